"""The verbs of the API: how each is asked, and what it answers. API and OpenAPI are both made of this table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from pydantic import BaseModel

from bartack.frontends.web import questions as q
from bartack.service import answers as a

__all__ = ["PREFIX", "VERBS", "Verb"]

PREFIX: Final = "/api/v1"


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of :class:`~bartack.service.service.Service`, under its name.

    ``get``: the question stands in the query string, and may be asked by a link; ``post``: in a JSON body. ``tagged``: the
    answer changes seldom, and has an ETag. ``asks``: a source is asked; also where a question says ``live``.
    """

    name: str
    method: Literal["get", "post"]
    question: type[q.Question]
    answer: type[BaseModel]
    summary: str
    tagged: bool = False
    asks: bool = False

    @property
    def path(self) -> str:
        """Where it is asked."""
        return f"{PREFIX}/{self.name}"


VERBS: Final = (
    Verb(
        "sources", "get", q.NoQuestion, a.SourcesAnswer, "The sources that may be asked, and how each of them stands."
    ),
    Verb(
        "contracts",
        "get",
        q.ContractsQuestion,
        a.ContractsAnswer,
        "The contracts; with a name this one and its fields.",
        tagged=True,
    ),
    Verb("search", "post", q.SearchQuestion, a.RecordsAnswer, "The records in which words are, the best ones first."),
    Verb("query", "post", q.QueryQuestion, a.RecordsAnswer, "The records that fulfil conditions on their fields."),
    Verb("get", "get", q.GetQuestion, a.RecordAnswer, "One record."),
    Verb("explain", "get", q.ExplainQuestion, a.ExplainAnswer, "How each field of a record came about.", asks=True),
    Verb("changes", "get", q.ChangesQuestion, a.ChangesAnswer, "What has changed since a cursor, deletions too."),
    Verb("report", "post", q.ReportQuestion, a.ReportAnswer, "Let a problem with a record wait for a person."),
)
