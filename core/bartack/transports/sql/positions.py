"""Where in a table a row is: its key columns, and cursors that say where to go on.

A cursor holds the position of the last row of a page, as the driver gave it: rows behind it are those that the database
itself sorts behind it. So a page never ends between two rows with the same position; see :func:`undivided`. It also
holds the names of all columns, so that a read does not go on in another table than it began in.
"""

from __future__ import annotations

import base64
import binascii
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType, NoneType
from typing import Any, NamedTuple
from uuid import UUID

from bartack.errors import ConfigError
from bartack.paths import Key, parse
from bartack.transports.base import KeySpec
from bartack.transports.sql.values import Decoded, Undecoded, native

__all__ = ["Position", "column_of", "key_columns", "key_separator", "kind", "read_cursor", "undivided", "write_cursor"]

_JSON = frozenset({str, int, bool, NoneType})

_MICROSECOND = timedelta(microseconds=1)


def _base64(value: bytes | memoryview) -> str:
    return base64.b64encode(value).decode()


_WRITE: Mapping[type, tuple[str, Callable[[Any], str]]] = MappingProxyType(
    {
        Decimal: ("decimal", str),
        float: ("float", repr),
        datetime: ("datetime", datetime.isoformat),
        date: ("date", date.isoformat),
        time: ("time", time.isoformat),
        timedelta: ("microseconds", lambda value: str(value // _MICROSECOND)),
        bytes: ("bytes", _base64),
        memoryview: ("bytes", _base64),
        UUID: ("uuid", str),
        Decoded: ("text", lambda value: _base64(value.stored)),
        Undecoded: ("text", lambda value: _base64(value.stored)),
    }
)
_READ: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "decimal": Decimal,
        "float": float,
        "datetime": datetime.fromisoformat,
        "date": date.fromisoformat,
        "time": time.fromisoformat,
        "uuid": UUID,
        "microseconds": lambda text: int(text) * _MICROSECOND,
        "bytes": lambda text: base64.b64decode(text, validate=True),
        "text": lambda text: Undecoded(base64.b64decode(text, validate=True)),
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


def undivided(
    chunks: Iterator[list[Sequence[Any]]], columns: Sequence[int]
) -> Iterator[tuple[list[Sequence[Any]], bool]]:
    """Yield at least one chunk, each with whether more follow, and none that ends between rows of the same position.

    ``columns`` are the indexes of the ordering columns. What some collation may hold for the same (case, accents,
    blanks at the end) counts as the same: a chunk is then only longer than it must be.
    """

    def position(row: Sequence[Any]) -> list[Any]:
        return [_folded(row[column]) for column in columns]

    rows = next(chunks, [])
    while True:
        following = next(chunks, [])
        while following and position(following[0]) == (last := position(rows[-1])):
            split = next((at for at, row in enumerate(following) if position(row) != last), len(following))
            rows, following = [*rows, *following[:split]], following[split:] or next(chunks, [])
        yield rows, bool(following)
        if not following:
            return
        rows = following


def _folded(value: Any) -> Any:
    if isinstance(value, str):
        letters = unicodedata.normalize("NFKD", value.casefold())
        return "".join(one for one in letters if not unicodedata.combining(one)).rstrip()
    return "NaN" if isinstance(value, float | Decimal) and value != value else value


class Position(NamedTuple):
    """Where a read stopped: the values of the ordering columns, and the names of all columns."""

    values: tuple[Any, ...]
    columns: tuple[str, ...] = ()


def write_cursor(position: Position) -> str:
    """Write a position as text.

    >>> write_cursor(Position(("A", 7, Decimal("1.50"), None), ("id", "n")))
    '{"at":["A",7,{"decimal":"1.50"},null],"columns":["id","n"]}'
    """
    document = {"at": [_plain(value) for value in position.values], "columns": position.columns}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, default=str)


def read_cursor(text: str, count: int) -> Position:
    """Read a position of ``count`` values back.

    Raises
    ------
    ConfigError
        the text was not written by :func:`write_cursor` for this order.
    """
    try:
        document = json.loads(text)
        values = tuple(_value(item) for item in document["at"])
        columns = tuple(str(name) for name in document["columns"])
        if len(values) != count:
            raise ValueError
    except (ValueError, TypeError, KeyError, ArithmeticError, AttributeError, RecursionError, binascii.Error):
        raise ConfigError(
            "the cursor is not one of this stream", next_step="read the stream from its beginning"
        ) from None
    return Position(values, columns)


def kind(value: Any) -> str:
    """Name the kind of a driver's value: values of one kind are sorted among each other, whatever their type.

    >>> kind(7) == kind(Decimal("7.5")), kind("7"), kind(True)
    (True, 'text', 'flag')
    """
    return _KINDS.get(type(value), "text")  # other types are read back from their text


_KINDS: Mapping[type, str] = MappingProxyType(
    {
        bool: "flag",
        **dict.fromkeys((int, float, Decimal), "number"),
        **dict.fromkeys((str, Decoded, Undecoded), "text"),
        **dict.fromkeys((bytes, memoryview), "bytes"),
        **dict.fromkeys((date, datetime), "moment"),
        time: "time of day",
        timedelta: "duration",
        UUID: "identifier",
        list: "list",
        dict: "object",
    }
)


def _plain(value: Any) -> Any:
    if type(value) in _JSON:
        return value
    if isinstance(value, list):
        return [_plain(item) for item in value]
    name, write = _WRITE.get(type(value), ("", None))
    return native(value) if write is None else {name: write(value)}  # other types are read back from their text


def _value(item: Any) -> Any:
    if isinstance(item, list):
        return [_value(one) for one in item]
    if not isinstance(item, dict):
        return item
    ((name, text),) = item.items()
    return _READ[name](text)
