"""Erasing on request: the contents go, a stub stays that says what was erased, by whom and why.

The stub holds the ref and no contents. As long as it is not lifted, the same row is not let in again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, select, update

from bartack.store.staging import chunks
from bartack.store.tables import decisions, erasures, records, rejects, staged
from bartack_contracts import Ref

__all__ = ["Erased", "Stub", "erase", "erased", "lift", "stubs"]


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took out of one contract: live records, and rejects that waited."""

    records: int
    rejects: int


@dataclass(frozen=True, slots=True)
class Stub:
    """What is left of an erased row."""

    erasure: int
    source: str
    stream: str
    id: str
    who: str
    reason: str | None
    erased_at: datetime
    lifted_at: datetime | None
    records: int
    rejects: int


def erase(connection: Connection, ref: Ref, *, who: str, reason: str | None, now: datetime) -> dict[str, Erased]:
    """Erase everything that is kept of one row; return what that was, by contract."""
    live = _by_contract(connection, records, ref, records.c.deleted_at.is_(None))
    waiting = _by_contract(connection, rejects, ref, rejects.c.state == "waiting")
    for table in (records, staged, rejects, decisions):
        connection.execute(delete(table).where(_of(table, ref)))
    connection.execute(
        erasures.insert().values(
            source=ref.source,
            stream=ref.stream,
            id=ref.id,
            who=who,
            reason=reason,
            erased_at=now,
            records=sum(live.values()),
            rejects=sum(waiting.values()),
        )
    )
    return {name: Erased(live.get(name, 0), waiting.get(name, 0)) for name in sorted({*live, *waiting})}


def erased(connection: Connection, source: str, stream: str, ids: Collection[str]) -> set[str]:
    """Return those of ``ids`` that were erased and are not to come back."""
    found: set[str] = set()
    of = and_(erasures.c.source == source, erasures.c.stream == stream, erasures.c.lifted_at.is_(None))
    for some in chunks(list(ids)):
        found |= set(connection.execute(select(erasures.c.id).where(of, erasures.c.id.in_(some))).scalars())
    return found


def lift(connection: Connection, ref: Ref, now: datetime) -> bool:
    """Let a row in again with the next sync; false where nothing kept it out."""
    mine = and_(_of(erasures, ref), erasures.c.lifted_at.is_(None))
    return connection.execute(update(erasures).where(mine).values(lifted_at=now)).rowcount > 0


def stubs(connection: Connection) -> list[Stub]:
    """Return all stubs, the oldest first."""
    rows = connection.execute(select(erasures).order_by(erasures.c.erasure)).mappings()
    return [Stub(**row) for row in rows]


def _of(table: Table, ref: Ref) -> ColumnElement[bool]:
    return and_(table.c.source == ref.source, table.c.stream == ref.stream, table.c.id == ref.id)


def _by_contract(connection: Connection, table: Table, ref: Ref, condition: ColumnElement[bool]) -> dict[str, int]:
    asked = select(table.c.contract, func.count()).where(_of(table, ref), condition).group_by(table.c.contract)
    return {row[0]: int(row[1]) for row in connection.execute(asked)}
