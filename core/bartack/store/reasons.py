"""Why rejects wait, and what was decided before where something was wrong: the queue as a whole, without payloads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, select

from bartack.store.tables import decisions, rejects
from bartack_contracts import Issue

__all__ = ["Corrected", "Reasons", "corrections", "reasons"]

_ISSUES = TypeAdapter(tuple[Issue, ...])


@dataclass(frozen=True, slots=True)
class Reasons:
    """A reject that waits, and why, without what was sent: ``issues`` as JSON, for there may be many."""

    number: int
    source: str
    stream: str
    contract: str
    issues: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Corrected:
    """A correction that is in force, and what was wrong with the payload it was made for."""

    number: int
    id: str
    digest: str
    values: Mapping[str, Any]
    who: str
    decided_at: datetime
    issues: tuple[Issue, ...]


def reasons(connection: Connection, *, source: str | None = None, stream: str | None = None) -> Iterator[Reasons]:
    """Yield what waits and why, the oldest first, without reading what was sent."""
    columns = [rejects.c[name] for name in Reasons.__dataclass_fields__]
    asked = select(*columns).where(rejects.c.state == "waiting").order_by(rejects.c.number)
    for column, wanted in ((rejects.c.source, source), (rejects.c.stream, stream)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    for row in connection.execution_options(yield_per=500).execute(asked).mappings():
        yield Reasons(**row)


def corrections(
    connection: Connection, source: str, stream: str, contract: str, *, limit: int = 500
) -> Iterator[Corrected]:
    """Yield the newest corrections of a stream that are in force, with what was wrong where that is kept."""
    same = and_(*(decisions.c[name] == rejects.c[name] for name in ("source", "stream", "contract", "id", "digest")))
    of = and_(decisions.c.source == source, decisions.c.stream == stream, decisions.c.contract == contract)
    columns = (decisions.c.id, decisions.c.digest, decisions.c.body, decisions.c.who, decisions.c.decided_at)
    asked = (
        select(rejects.c.number, *columns, rejects.c.issues)
        .join(rejects, same)
        .where(of, decisions.c.action == "correct")
        .order_by(decisions.c.decision.desc())
        .limit(limit)
    )
    for row in connection.execute(asked).mappings():
        values, issues = json.loads(row["body"]), _ISSUES.validate_json(row["issues"])
        yield Corrected(row["number"], row["id"], row["digest"], values, row["who"], row["decided_at"], issues)
