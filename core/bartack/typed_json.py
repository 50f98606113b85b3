"""Values of rows as JSON that gives equal values back.

What JSON cannot say is an object with one key that begins with ``$``::

    {"$decimal": "12.50"}   {"$date": "2026-01-31"}   {"$datetime": "2026-01-31T09:00:00+01:00"}   {"$time": "09:00:00"}
    {"$bytes": "/w=="}      {"$float": "inf"}         {"$uuid": "…"}                {"$seconds": "86400.5"}
    {"$object": {"$date": 1}}    an object that would be taken for one
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

__all__ = ["tagged", "untagged"]


def tagged(value: Any) -> Any:
    """Return ``value`` in the types of JSON.

    Raises
    ------
    TypeError
        it is of a type that no row can hold.
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, list | tuple):
        return [tagged(item) for item in value]
    if isinstance(value, Mapping):
        members = {key: tagged(item) for key, item in value.items()}
        return {"$object": members} if _looks_tagged(value) else members
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": repr(value)}
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, UUID):
        return {"$uuid": str(value)}
    if isinstance(value, timedelta):
        return {"$seconds": str(Decimal(value // timedelta(microseconds=1)) / 1_000_000)}
    for tag, of in (("$datetime", datetime), ("$date", date), ("$time", time)):
        if isinstance(value, of):
            return {tag: value.isoformat()}
    msg = f"a row cannot hold a {type(value).__name__}"
    raise TypeError(msg)


def untagged(value: Any) -> Any:
    """Return the value that was :func:`tagged`.

    Raises
    ------
    ValueError, KeyError, TypeError, ArithmeticError
        it is none.
    """
    if isinstance(value, list):
        return [untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if not _looks_tagged(value):
        return {key: untagged(item) for key, item in value.items()}
    ((tag, item),) = value.items()
    return _READ[tag](item)


def _looks_tagged(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith("$")


def _object(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: untagged(item) for key, item in value.items()}


_READ: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "$object": _object,
        "$float": float,
        "$decimal": Decimal,
        "$bytes": lambda text: base64.b64decode(text, validate=True),
        "$datetime": datetime.fromisoformat,
        "$date": date.fromisoformat,
        "$time": time.fromisoformat,
        "$uuid": UUID,
        "$seconds": lambda text: timedelta(microseconds=int(Decimal(text) * 1_000_000)),
    }
)
