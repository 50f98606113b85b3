"""What a model is told of the arguments of a tool. The words are read by models in every framework: short, and exact."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bartack.service.answers import Detail
from bartack.service.failures import QuestionError
from bartack.service.pages import MOST
from bartack.service.shapes import brief

__all__ = [
    "Citation",
    "Condition",
    "Conditions",
    "ContractName",
    "Cursor",
    "Details",
    "Fields",
    "Limit",
    "MaxAge",
    "OneContract",
    "OrderBy",
    "Sources",
    "Words",
    "where_of",
]

Operator = Literal["eq", "ne", "in", "gt", "gte", "lt", "lte", "prefix", "exists"]
"""Conditions are a list here, and not a mapping as in :mod:`bartack.replica.where`: strict schemas allow no free keys."""


class Condition(BaseModel):
    """A condition on one path of a contract."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, json_schema_extra=brief)

    path: str = Field(description="Such as status, total.amount or emails.address; bartack_contracts lists them.")
    operator: Operator
    value: str | int | float | bool | list[str] = Field(
        description='Amounts and dates as text: "100.00", "2026-01-31". A list for in, true or false for exists.'
    )


ContractName = Annotated[str, Field(description="person, invoice, organization …; bartack_contracts lists them.")]
OneContract = Annotated[str | None, Field(description="Only of this contract.")]
Citation = Annotated[str, Field(description="bartack://source/stream/id, as answers cite it.")]
Words = Annotated[str, Field(description='Words, or the beginnings of some; "two words" in quotes stand together.')]
Sources = Annotated[list[str] | None, Field(description="Only these sources; bartack_sources lists them.")]
Conditions = Annotated[list[Condition] | None, Field(description="All of these hold.", max_length=50)]
OrderBy = Annotated[list[str] | None, Field(description='Paths; "-updated_at" is the latest first.')]
Limit = Annotated[
    int | None, Field(ge=1, le=MOST, description="Items in one answer (20); fewer come where they are large.")
]
Cursor = Annotated[str | None, Field(description="next_cursor of the answer before; everything else as it was then.")]
MaxAge = Annotated[str | None, Field(description="What is older is marked stale: 90s, 30m, 1h, 2d.")]
Fields = Annotated[list[str] | None, Field(description="Only these paths of each value, such as name.full.")]
Details = Annotated[Detail | None, Field(description="full: with raw texts, custom fields, provenance.")]


def where_of(conditions: Sequence[Condition] | None) -> dict[str, Any] | None:
    """Return conditions as the mapping that a query takes.

    Raises
    ------
    QuestionError
        the same is asked twice of a path.
    """
    if conditions is None:
        return None
    where: dict[str, Any] = {}
    for one in conditions:
        tests = where.setdefault(one.path, {})
        if one.operator in tests:
            raise QuestionError(
                f"{one.path}: {one.operator} twice", next_step="one condition an operator; in takes several values"
            )
        tests[one.operator] = one.value
    return where
