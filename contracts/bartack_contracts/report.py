"""How a read ended: what became of every row, and how far the answer can be trusted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from bartack_contracts.base import FrozenModel
from bartack_contracts.freshness import Freshness, least_fresh, says_how_old
from bartack_contracts.scalars import ContractId, Count, Many, Text, UtcDateTime

__all__ = ["Completeness", "Report", "StreamReport", "Verdict"]

Completeness = Literal["complete", "limited", "partial", "suspicious_empty", "failed"]
"""``limited``: the caller asked for less; ``suspicious_empty``: no rows where there used to be some."""


class _Counts(FrozenModel):
    """What became of every row that left the wire."""

    rows: Count = Field(0, description="Rows counted where they left the wire.")
    delivered: Count = Field(0, description="Rows handed on as records.")
    rejected: Count = Field(0, description="Rows that could not become a record.")
    duplicates: Count = Field(0, description="Rows whose ref had come before.")
    tombstones: Count = Field(0, description="Rows that say a record was deleted.")
    skipped: Count = Field(0, description="Rows left out by a declared rule.")

    @model_validator(mode="after")
    def _account_for_every_row(self) -> Self:
        accounted = self.delivered + self.rejected + self.duplicates + self.tombstones + self.skipped
        if self.rows != accounted:
            msg = (
                f"{self.rows} rows, but {accounted} accounted for: {self.delivered} delivered,"
                f" {self.rejected} rejected, {self.duplicates} duplicates, {self.tombstones} tombstones,"
                f" {self.skipped} skipped"
            )
            raise ValueError(msg)
        return self


_COUNTS = tuple(_Counts.model_fields)


class StreamReport(_Counts):
    """How the read of one stream ended."""

    source: Text = Field(description="The source.")
    stream: Text = Field(description="The stream.")
    contract: ContractId = Field(description="What its rows became.")
    pages: Count = Field(0, description="Answers that were read.")
    declared_total: Count | None = Field(None, description="Rows the source said it has, where it says so.")
    unread: dict[str, Count] = Field(
        default_factory=dict, description="Native paths no rule reads, with the number of rows that had a value there."
    )
    issues: dict[str, Count] = Field(default_factory=dict, description="Issue codes, with how often they were given.")
    reasons: Many[Text] = Field((), description="Why it is not complete, or not live.")
    completeness: Completeness = Field(description="How much of what was asked for is there.")
    freshness: Freshness = Field("live", description="Whether the source answered now.")
    as_of: UtcDateTime | None = Field(None, description="When it was true at the source; UTC.")

    @model_validator(mode="after")
    def _say_how_old(self) -> Self:
        return says_how_old(self)


class Verdict(_Counts):
    """How far an answer can be trusted, on two axes, with the count of all rows."""

    completeness: Completeness = Field(description="How much of what was asked for is there.")
    freshness: Freshness = Field(description="Whether the source answered now.")
    as_of: UtcDateTime | None = Field(None, description="When the oldest part of it was true at the source; UTC.")
    reasons: Many[Text] = Field((), description="Why it is not complete, or not live.")

    @model_validator(mode="after")
    def _say_how_old(self) -> Self:
        return says_how_old(self)

    @classmethod
    def over(
        cls,
        streams: Iterable[StreamReport],
        *,
        completeness: Completeness,
        freshness: Freshness | None = None,
        as_of: datetime | None = None,
        reasons: Iterable[str] = (),
    ) -> Self:
        """Return the verdict over ``streams``: their counts added up, and as the reader judged them.

        Where they are left out, ``freshness`` is the least fresh of the streams, ``as_of`` the oldest.
        """
        reports = tuple(streams)
        told = [report.as_of for report in reports if report.as_of is not None]
        return cls(
            completeness=completeness,
            freshness=least_fresh(report.freshness for report in reports) if freshness is None else freshness,
            as_of=min(told, default=None) if as_of is None else as_of,
            reasons=tuple(reasons),
            **{name: sum(getattr(report, name) for report in reports) for name in _COUNTS},
        )


class Report(FrozenModel):
    """What a read ends with: the account of every stream, and the verdict over all of them."""

    streams: Many[StreamReport] = Field(description="One account for each stream that was read.")
    verdict: Verdict = Field(description="The verdict over all streams.")

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        for name in _COUNTS:
            total = sum(getattr(stream, name) for stream in self.streams)
            if getattr(self.verdict, name) != total:
                msg = f"the verdict counts {getattr(self.verdict, name)} {name}, its streams {total}"
                raise ValueError(msg)
        freshness = least_fresh(stream.freshness for stream in self.streams)
        if least_fresh([freshness, self.verdict.freshness]) != self.verdict.freshness:
            msg = f"the verdict says {self.verdict.freshness}, a stream of it is {freshness}"
            raise ValueError(msg)
        return self
