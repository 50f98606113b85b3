"""The questions of the API as models: the arguments of the service's verbs, each of them bounded."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from bartack.service.answers import Detail
from bartack.service.pages import MOST

__all__ = [
    "ChangesQuestion",
    "ContractsQuestion",
    "ExplainQuestion",
    "GetQuestion",
    "NoQuestion",
    "QueryQuestion",
    "Question",
    "ReportQuestion",
    "SearchQuestion",
]

_Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Names = Annotated[tuple[_Name, ...], Field(min_length=1, max_length=100)]
_Cursor = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]

_CONTRACT = "A contract: person, invoice/1."
_SOURCE = "Only these sources; all that may be asked, where it is left out."
_WHERE = (
    'Conditions on contract fields: {"status": "open", "total.amount": {"gte": "100.00"}}. Operators: eq, ne, in, gt, gte, '
    "lt, lte, prefix, exists. Paths are dotted; lists are transparent."
)
_CURSOR = "next_cursor of the page before, with the same question."
_MAX_AGE = "What is older is marked stale: 90s, 30m, 1h, 2d, or seconds."
_FIELDS = "Only these fields: dotted names, such as name.full."
_LIMIT = "So many at most; the answer may hold fewer, and says so."
_CITATION = "bartack://source/stream/id"


class Question(BaseModel):
    """What is asked. What is not known here is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NoQuestion(Question):
    """Nothing more is asked than the verb itself."""


class ContractsQuestion(Question):
    """Which contracts are told, and how much of them."""

    name: _Name | None = Field(None, description=f"Only this one, with its fields. {_CONTRACT}")
    schema_: bool = Field(
        default=False, alias="schema", description="With name: its JSON Schema instead of the fields."
    )


class SearchQuestion(Question):
    """Which records are searched, and how they are shown."""

    contract: _Name = Field(description=_CONTRACT)
    text: _Text = Field(description="Words; the best records come first.")
    source: _Names | None = Field(None, description=_SOURCE)
    where: dict[str, JsonValue] | None = Field(None, description=_WHERE, max_length=50)
    limit: int = Field(20, ge=1, le=MOST, description=_LIMIT)
    cursor: _Cursor | None = Field(None, description=_CURSOR)
    max_age: _Name | None = Field(None, description=_MAX_AGE)
    fields: _Names | None = Field(None, description=_FIELDS)
    detail: Detail = Field("concise", description="full: with raw texts, custom fields and provenance.")


class QueryQuestion(Question):
    """Which records are wanted, in which order, and how they are shown."""

    contract: _Name = Field(description=_CONTRACT)
    source: _Names | None = Field(None, description=_SOURCE)
    where: dict[str, JsonValue] | None = Field(None, description=_WHERE, max_length=50)
    order_by: _Names | None = Field(None, description="Fields; -field for the last first.")
    limit: int = Field(20, ge=1, le=MOST, description=_LIMIT)
    cursor: _Cursor | None = Field(None, description=_CURSOR)
    max_age: _Name | None = Field(None, description=_MAX_AGE)
    fields: _Names | None = Field(None, description=_FIELDS)
    detail: Detail = Field("concise", description="full: with raw texts, custom fields and provenance.")


class GetQuestion(Question):
    """Which record, and how it is shown."""

    citation: _Text = Field(description=_CITATION)
    fields: _Names | None = Field(None, description=_FIELDS)
    detail: Detail = Field("full", description="concise: without raw texts, custom fields and provenance.")
    live: bool = Field(default=False, description="Ask its source now; the replica, where that does not answer.")


class ExplainQuestion(Question):
    """The fields of which record are explained; its source is asked for it."""

    citation: _Text = Field(description=_CITATION)
    fields: _Names | None = Field(None, description=_FIELDS)


class ChangesQuestion(Question):
    """What is followed, and from where on."""

    contract: _Name | None = Field(None, description=f"Only records of this one. {_CONTRACT}")
    source: _Names | None = Field(None, description=_SOURCE)
    cursor: _Cursor | None = Field(None, description="next_cursor of the last answer; left out: from the beginning.")
    limit: int = Field(MOST, ge=1, le=MOST, description=_LIMIT)
    fields: _Names | None = Field(None, description=_FIELDS)
    detail: Detail = Field("concise", description="full: with raw texts, custom fields and provenance.")


class ReportQuestion(Question):
    """What is wrong with which record, in the words of whoever noticed."""

    citation: _Text = Field(description=_CITATION)
    problem: _Text = Field(description="What is wrong, for a person to read.")
    field: _Name | None = Field(None, description="The contract field that it is about: emails.address.")
