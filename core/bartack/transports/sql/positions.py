"""Where in a table a row is: its key columns, and cursors that say where to go on."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from bartack.errors import ConfigError
from bartack.paths import Key, parse
from bartack.transports.base import KeySpec

__all__ = ["column_of", "key_columns", "key_separator", "read_cursor", "write_cursor"]

_WRITE: Mapping[type, tuple[str, Callable[[Any], str]]] = MappingProxyType(
    {
        Decimal: ("decimal", str),
        datetime: ("datetime", datetime.isoformat),
        date: ("date", date.isoformat),
        time: ("time", time.isoformat),
        bytes: ("bytes", lambda value: base64.b64encode(value).decode()),
    }
)
_READ: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "decimal": Decimal,
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "bytes": lambda text: base64.b64decode(text, validate=True),
    }
)


_QUOTE = "quote the name of a column that has dots or brackets in it: 'a.b'"


def key_columns(key: KeySpec) -> tuple[str, ...]:
    """Return the columns a key is made of.

    Raises
    ------
    ConfigError
        the key is neither a column, nor columns, nor a rule ``path`` or ``join`` over columns.
    """
    if isinstance(key, str):
        return (column_of(key),)
    if isinstance(key, Mapping):
        path, parts = key.get("path"), key.get("join")
        if isinstance(path, str):
            return (column_of(path),)
        key = tuple(parts) if isinstance(parts, list | tuple) and all(isinstance(part, str) for part in parts) else ()
    if not key:
        raise ConfigError(
            "the key of a table is a column, several columns, or a rule with path or join over columns",
            next_step="name the columns that identify a row",
        )
    return tuple(column_of(part) for part in key)


def column_of(path: str) -> str:
    """Return the column that a mapping path names: ``customer_id``, ``'odd.name'``.

    Raises
    ------
    ConfigError
        the path has several steps; a row of a table is flat.
    """
    try:
        steps = parse(path)
    except ValueError as error:
        raise ConfigError(str(error), next_step=_QUOTE) from None
    if len(steps) != 1 or not isinstance(steps[0], Key):
        raise ConfigError(f"{path!r} names no column", next_step=_QUOTE)
    return str(steps[0])


def key_separator(key: KeySpec) -> str:
    """Return what stands between the parts of an id: a comma, unless a rule says otherwise."""
    return str(key.get("with", " ")) if isinstance(key, Mapping) else ","


def write_cursor(values: Sequence[Any]) -> str:
    """Write the position of a row as text.

    >>> write_cursor(["A", 7, Decimal("1.50"), None])
    '["A",7,{"decimal":"1.50"},null]'
    """
    return json.dumps([_plain(value) for value in values], separators=(",", ":"), ensure_ascii=False)


def read_cursor(text: str, count: int) -> list[Any]:
    """Read a position of ``count`` values back.

    Raises
    ------
    ConfigError
        the text was not written by :func:`write_cursor` for this order.
    """
    try:
        values = [_value(item) for item in json.loads(text)]
        if len(values) != count:
            raise ValueError
    except (ValueError, TypeError, KeyError, ArithmeticError, binascii.Error):
        raise ConfigError(
            "the cursor is not one of this stream", next_step="read the stream from its beginning"
        ) from None
    return values


def _plain(value: Any) -> Any:
    name, write = _WRITE.get(type(value), ("", None))
    return value if write is None else {name: write(value)}


def _value(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    ((name, text),) = item.items()
    return _READ[name](text)
