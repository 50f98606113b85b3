"""The simple types of the contracts, each with one spelling and no silent conversion.

pydantic reads the digits of ``20260102`` as seconds since 1970, in strict mode too. The date types here never do: in
Python they take dates and aware datetimes, in JSON the RFC 3339 text of one, and nothing else.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, Field, StringConstraints, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

__all__ = [
    "ContractId",
    "Count",
    "CountryCode",
    "CurrencyCode",
    "Day",
    "Many",
    "Moment",
    "Number",
    "Personal",
    "Text",
    "UtcDateTime",
]

T = TypeVar("T")

Many = Annotated[tuple[T, ...], Field(strict=False)]
"""A list: held as a tuple, taken from any list or tuple. Its only spelling of empty is ``()``."""

Personal = Annotated[T, Field(json_schema_extra={"personal": True})]
"""Marks a field that holds, or may hold, data about a person. The JSON Schema says ``"personal": true``."""

Text = Annotated[str, StringConstraints(min_length=1)]
"""Any Unicode text but the empty one (empty is None) and lone surrogates (no encoding can carry them)."""

CONTRACT_ID = r"^[a-z][a-z0-9_]*/[1-9][0-9]*$"

ContractId = Annotated[str, StringConstraints(pattern=CONTRACT_ID)]
"""Name and major version of a contract, such as ``person/1``."""

CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2."""

CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
"""ISO 4217 alphabetic code."""

Count = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""A whole number from 0; the upper bound is what every SQL database holds."""

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_RFC3339_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DECIMAL = re.compile(r"-?\d+(\.\d+)?(E[+-]?\d+)?", re.ASCII)
_LARGEST_EXPONENT = 64  # far beyond money and measures; keeps 1e999999999 from becoming a gigabyte of digits


def _refused(expected: str) -> PydanticCustomError:
    return PydanticCustomError("not_as_declared", "Input should be {expected}", {"expected": expected})


def _read_datetime(value: Any, info: ValidationInfo) -> datetime:
    if info.mode == "json" and isinstance(value, str) and _RFC3339.fullmatch(value):
        value = datetime.fromisoformat(value.upper())
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise _refused("a datetime with a time zone; in JSON as RFC 3339 text")
    if value.tzinfo is UTC:
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise _refused("a datetime between the years 1 and 9999 in UTC") from None


def _read_day(value: Any, info: ValidationInfo) -> date:
    if info.mode == "json" and isinstance(value, str) and _RFC3339_DAY.fullmatch(value):
        value = date.fromisoformat(value)
    if type(value) is not date:
        raise _refused("a date without a time; in JSON as YYYY-MM-DD")
    return value


def _read_moment(value: Any, info: ValidationInfo) -> date:
    if type(value) is date or (isinstance(value, str) and len(value) == len("YYYY-MM-DD")):
        return _read_day(value, info)
    return _read_datetime(value, info)


def _read_number(value: Any, info: ValidationInfo) -> Decimal:
    if (info.mode == "json" and isinstance(value, str) and _DECIMAL.fullmatch(value)) or type(value) is int:
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT:
        raise _refused("a Decimal or a whole number; in JSON as text, because a JSON number loses digits")
    return value


UtcDateTime = Annotated[datetime, BeforeValidator(_read_datetime)]
"""An aware datetime, held in UTC. Naive datetimes, numbers and other text are refused. RFC 3339 in JSON."""

Day = Annotated[date, BeforeValidator(_read_day)]
"""A calendar date. A datetime is refused: which day it is depends on a zone only the mapping can know."""

Moment = Annotated[datetime | date, BeforeValidator(_read_moment)]
"""A datetime (UTC) where the source tells the time, else a date: a date never becomes midnight."""

Number = Annotated[
    Decimal,
    BeforeValidator(_read_number),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?$"}),
]
"""An exact decimal number, never a float; keeps its scale (``12.50``). Text in JSON."""
