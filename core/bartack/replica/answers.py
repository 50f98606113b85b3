"""What the replica answers: records, how far each stream behind them can be trusted, and where to go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from bartack_contracts import Completeness, Contract, Record, Ref, Verdict

__all__ = ["Answer", "Change", "Changes", "Standing", "judged"]

C = TypeVar("C", bound=Contract)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far one stream can be trusted as one contract, at the moment of an answer.

    ``as_of``: when what is here was true at the source, ``None`` where no sync has come to its end; ``age`` in seconds.
    ``freshness``: ``stale`` where the last sync failed or was held back, or ``as_of`` is older than was asked for; ``None``
    where there is nothing. ``reasons``: why it is not complete, or not fresh. ``records`` live ones, ``waiting`` rejects.
    """

    source: str
    stream: str
    contract: str
    records: int
    waiting: int
    as_of: datetime | None
    age: float | None
    completeness: Completeness | None
    freshness: Literal["cached", "stale"] | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer(Generic[C]):
    """Records that were asked for, the best or first ones first; each says how fresh it is.

    ``total``: how many there are, on all pages; ``next_cursor``: asks for those that follow, ``None`` at the end.
    ``standings``: of every stream that was looked into, also where it had nothing. Of a search there are ``scores``, how well
    each record fits, the higher the better; and what was ``matched``: every word, or where no record has all, any of them.
    ``notices``: what else is to be known of the answer.
    """

    records: tuple[Record[C], ...]
    standings: tuple[Standing, ...]
    total: int
    next_cursor: str | None
    verdict: Verdict
    scores: tuple[float, ...] = ()
    matched: Literal["every", "any"] | None = None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """That a record is there now, or has gone.

    ``record``: as it is now; ``None`` where it has gone, or is of its contract no more. Of a record that was erased because
    its id tells who it was, the ref holds the SHA-256 digest of the id.
    """

    kind: Literal["put", "delete"]
    ref: Ref
    contract: str
    at: datetime
    record: Record[Any] | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed since a cursor, the oldest change first; each record once, as it is now.

    ``next_cursor``: asks for what changes after that; it is kept by whoever follows. ``more``: there is more to ask for now.
    """

    changes: tuple[Change, ...]
    next_cursor: str
    more: bool
    standings: tuple[Standing, ...]


def judged(standings: Sequence[Standing], delivered: int, *, limited: bool, lost: int = 0) -> Verdict:
    """Return the verdict over an answer of ``delivered`` records; ``lost``: so many could not be read any more."""
    told = [one.as_of for one in standings if one.as_of is not None]
    reasons = [f"{one.source}/{one.stream}: {reason}" for one in standings for reason in one.reasons]
    if lost:
        reasons.append(f"{lost} stored records are not of their contract any more: bartack sync --full")
    completeness: Completeness = "limited" if limited else "complete"
    if lost or any(one.completeness != "complete" for one in standings):
        completeness = "partial"
    if not told:
        completeness = "failed"
    return Verdict(
        rows=delivered,
        delivered=delivered,
        completeness=completeness,
        freshness="live" if not told else "stale" if any(one.freshness == "stale" for one in standings) else "cached",
        as_of=min(told, default=None),
        reasons=tuple(reasons),
    )
