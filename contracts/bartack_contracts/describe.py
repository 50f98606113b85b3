"""The fields of a model as people read them: for documentation and the command line."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bartack_contracts.contract import Contract
from bartack_contracts.values import Coded

__all__ = ["FieldDescription", "describe"]

_WORDS: dict[Any, str] = {
    str: "text",
    bool: "boolean",
    int: "whole number",
    Decimal: "decimal",
    datetime: "datetime",
    date: "date",
    time: "time",
    Any: "any value",
}


class FieldDescription(NamedTuple):
    """One field: ``type`` in words, ``personal`` where it holds data about a person."""

    name: str
    type: str
    required: bool
    personal: bool
    meaning: str


def describe(model: type[BaseModel]) -> tuple[FieldDescription, ...]:
    """Return the fields of a contract, value or envelope, its own first, then those which every contract has.

    >>> from bartack_contracts import Money
    >>> describe(Money)[0]
    FieldDescription(name='amount', type='decimal', required=True, personal=False, meaning="Exact ...")
    """
    common = Contract.model_fields if issubclass(model, Contract) and model is not Contract else {}
    fields = model.model_fields
    ordered = sorted(fields, key=lambda name: name in common and not fields[name].is_required())
    return tuple(_describe_field(name, fields[name]) for name in ordered)


def _describe_field(name: str, field: FieldInfo) -> FieldDescription:
    extra = field.json_schema_extra
    return FieldDescription(
        name=name,
        type=_in_words(field.annotation),
        required=field.is_required(),
        personal=isinstance(extra, dict) and extra.get("personal") is True,
        meaning=field.description or "",
    )


def _in_words(annotation: Any) -> str:
    origin, parts = get_origin(annotation), [part for part in get_args(annotation) if part is not NoneType]
    if origin is Annotated:
        return _in_words(parts[0])
    if origin in (Union, UnionType):
        return " or ".join(map(_in_words, parts))
    if origin is Literal:
        return ", ".join(map(str, parts))
    if origin is tuple:
        return f"list of {_in_words(parts[0])}"
    if origin is dict:
        return f"{_in_words(parts[1])} by {_in_words(parts[0])}"
    if isinstance(annotation, type) and issubclass(annotation, Coded):
        return f"Coded: {_in_words(annotation.model_fields['value'].annotation)}"
    return _WORDS.get(annotation) or str(getattr(annotation, "__name__", annotation))
