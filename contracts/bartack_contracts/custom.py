"""Fields only one system has: kept with their type, so that nothing is lost on the way through JSON."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, PlainSerializer, ValidationInfo, WithJsonSchema, model_validator

from bartack_contracts.base import Value
from bartack_contracts.raw import RawJson, exact_numbers, raw_to_json
from bartack_contracts.scalars import Personal, Text

__all__ = ["CustomField", "CustomType"]

CustomType = Literal["text", "integer", "decimal", "boolean", "date", "datetime", "time", "binary", "json"]
"""What a custom value is; ``json`` is a list or an object."""

_TYPES: Mapping[type, CustomType] = MappingProxyType(
    {
        str: "text",
        int: "integer",
        Decimal: "decimal",
        bool: "boolean",
        date: "date",
        datetime: "datetime",
        time: "time",
        bytes: "binary",
        dict: "json",
        list: "json",
        tuple: "json",
    }
)

_CLOCK = re.compile(r"\d\d:\d\d.*", re.ASCII)
_CALENDAR = re.compile(r"\d{4}-\d\d-\d\d.*", re.ASCII)


def _from_text(pattern: re.Pattern[str], read: Callable[[str], Any]) -> Callable[[Any], Any]:
    def reader(value: Any) -> Any:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(value)
        return read(value)

    return reader


_READ_JSON: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "decimal": lambda value: Decimal(str(value)),
        "date": _from_text(_CALENDAR, date.fromisoformat),
        "datetime": _from_text(_CALENDAR, datetime.fromisoformat),
        "time": _from_text(_CLOCK, time.fromisoformat),
        "binary": lambda value: base64.b64decode(value, validate=True),
    }
)


def _read_json(declared: str, value: Any) -> Any:
    try:
        return _READ_JSON[declared](value)
    except (ValueError, TypeError, ArithmeticError):
        msg = f"the value is not the JSON spelling of a {declared}"
        raise ValueError(msg) from None


def _type_of(value: Any) -> CustomType | None:
    return next((_TYPES[base] for base in type(value).__mro__ if base in _TYPES), None)


def _to_json(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else raw_to_json(value)


class CustomField(Value):
    """A native field without a place in the contract.

    ``value`` is typed: in JSON a decimal, date, datetime, time or binary value is text, and ``type`` says how to read
    it back. ``type`` is filled in from the value where it is left out. Inside a ``json`` value only what JSON has
    survives JSON: numbers with a fraction are Decimals and keep their value, not their trailing zeros; dates are text.
    """

    key: Text = Field(description="Native name or path of the field.")
    label: Text | None = Field(None, description="What the source shows to its users for that field.")
    type: CustomType | None = Field(None, description="What the value is; None where the value is None.")
    value: Personal[Annotated[Any, PlainSerializer(_to_json, when_used="json"), WithJsonSchema({})]] = Field(
        description="The value; None where the source sent an empty one."
    )
    raw: Personal[RawJson] = Field(None, description="As the source sent it, where that differs from the value.")

    @model_validator(mode="before")
    @classmethod
    def _agree_on_the_type(cls, data: Any, info: ValidationInfo) -> Any:
        if not isinstance(data, dict) or data.get("value") is None:
            return data
        declared: Any = data.get("type")
        value = exact_numbers(data["value"])
        if declared in _READ_JSON and info.mode == "json":
            value = _read_json(declared, value)
        found = _type_of(value)
        if found is None or declared not in (None, found):
            msg = f"the value is a {found or type(value).__name__}, the type says {declared or 'nothing'}"
            raise ValueError(msg)
        return {**data, "type": found, "value": value}
