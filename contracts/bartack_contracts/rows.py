"""A contract value as one row of a table, and back, with its three states."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from bartack_contracts.base import Value

__all__ = ["FETCHED", "Scalar", "from_row", "to_row"]

FETCHED = "_fetched"
"""The column that names the fetched fields, as a JSON list; it tells "not fetched" from "empty"."""

Scalar = str | int | None

V = TypeVar("V", bound=Value)


def to_row(value: Value) -> dict[str, Scalar]:
    """Return one column a field, and ``_fetched``.

    Text, numbers with a fraction, dates and times are text; whole numbers and booleans are numbers; lists and nested
    values are JSON text. A column is None where its field is empty and where it was not fetched: ``_fetched`` tells.
    """
    dumped = value.model_dump(mode="json")
    row: dict[str, Scalar] = dict.fromkeys(type(value).model_fields)
    for name, item in dumped.items():
        row[name] = json.dumps(item, ensure_ascii=False) if isinstance(item, dict | list) else item
    row[FETCHED] = json.dumps(list(dumped))
    return row


def from_row(contract: type[V], row: Mapping[str, Any]) -> V:
    """Return the value :func:`to_row` made the row of. Columns that are no fields of the contract are not looked at.

    Raises
    ------
    ValueError
        the row has no ``_fetched``, that names a column which is not there, or a column does not fit its field
        (then a pydantic ``ValidationError``).

    """
    try:
        fetched = json.loads(row[FETCHED])
        columns = {name: _to_json(contract, name, row[name]) for name in fetched}
    except KeyError as error:
        msg = f"the row has no column {error.args[0]!r}, which {contract.__name__} needs"
        raise ValueError(msg) from None
    return contract.model_validate_json(json.dumps(columns))


def _to_json(contract: type[Value], name: str, column: Any) -> Any:
    if column is None or name not in contract.model_fields:
        return column  # pydantic names the field that does not exist
    kind = _kinds(contract)[name]
    if kind == "json":
        return json.loads(column)
    return bool(column) if kind == "boolean" and column in (0, 1) else column


@cache
def _kinds(contract: type[Value]) -> dict[str, Literal["plain", "boolean", "json"]]:
    return {name: _kind(field.annotation) for name, field in contract.model_fields.items()}


def _kind(annotation: Any) -> Literal["plain", "boolean", "json"]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin in (Union, UnionType):
        kinds = {_kind(part) for part in get_args(annotation) if part is not NoneType}
        return kinds.pop() if len(kinds) == 1 else "json"
    if origin is Literal or annotation in (str, int, Decimal, date, datetime):
        return "plain"
    return "boolean" if annotation is bool else "json"
