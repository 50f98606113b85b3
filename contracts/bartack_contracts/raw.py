"""Raw values as a source sent them, and how they are written as JSON."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, PlainSerializer, ValidationInfo, WithJsonSchema

__all__ = ["RawJson", "exact_numbers", "raw_to_json"]

_DEEPEST = 200  # pydantic writes at most 255 levels
_LONGEST_INTEGER = 300  # digits; a Decimal such as 1E+999999 stays short text


def raw_to_json(value: Any, depth: int = 0) -> Any:
    r"""Return ``value`` in the types JSON has, as closely as they can say it.

    A Decimal becomes a number where a number says exactly the same, else text; dates and times become ISO 8601 text,
    bytes base64 text (RFC 4648), lone surrogates escapes, anything a driver may invent its ``str``. What lies deeper
    than 200 levels becomes one JSON text.

    >>> from decimal import Decimal
    >>> raw_to_json({"price": Decimal("9.99"), "pi": Decimal("3.14159265358979323846"), "blob": b"\xff"})
    {'price': 9.99, 'pi': '3.14159265358979323846', 'blob': '/w=='}
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, Decimal):
        return _number_to_json(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, Mapping | list | tuple) and depth >= _DEEPEST:
        return json.dumps(value, default=str)
    if isinstance(value, Mapping):
        return {str(key): raw_to_json(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [raw_to_json(item, depth + 1) for item in value]
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    return raw_to_json(str(value))


def _number_to_json(value: Decimal) -> int | float | str:
    if not value.is_finite() or abs(value.adjusted()) > _LONGEST_INTEGER:
        return str(value)
    if value.as_tuple().exponent == 0:
        return int(value)
    near = float(value)
    return near if Decimal(repr(near)) == value else str(value)


def exact_numbers(value: Any) -> Any:
    """Return ``value`` as rows hold it: each float as the Decimal of its shortest text, tuples as lists."""
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, dict):
        return {key: exact_numbers(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [exact_numbers(item) for item in value]
    return value


def _read_raw(value: Any, info: ValidationInfo) -> Any:
    return exact_numbers(value) if info.mode == "json" else value


RawJson = Annotated[
    Any,
    AfterValidator(_read_raw),
    PlainSerializer(raw_to_json, when_used="json"),
    WithJsonSchema({}),
]
"""Any value a source can send, untouched in Python; in JSON as :func:`raw_to_json` writes it."""
