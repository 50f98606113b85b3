"""The log of changes: which records came, changed or went, in the order in which readers saw it happen.

Each record stands in it once, with its newest change, so that the log is as long as the snapshot and no longer. Who
follows keeps the number of the last change it has seen. Numbers must become visible in their order, or a follower would
pass one over: SQLite has one writer at a time, on PostgreSQL a lock is taken until the transaction has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    true,
    tuple_,
    update,
)

from bartack.store.tables import changes, records, replica
from bartack_contracts import Ref

__all__ = ["Feed", "Logged", "any_before", "forget", "forget_gone", "forgotten", "last", "log", "log_one", "since"]

_LOCK = 0x62617273
"""Key of the lock under which one transaction at a time numbers changes on a server."""

Feed = tuple[str, str, str]
"""Source, stream and contract."""

_ROW = ("source", "stream", "contract", "id")


@dataclass(frozen=True, slots=True)
class Logged:
    """One change; ``gone``: the record is not there any more."""

    change: int
    source: str
    stream: str
    contract: str
    id: str
    gone: bool
    changed_at: datetime

    @property
    def ref(self) -> Ref:
        """Which record."""
        return Ref(self.source, self.stream, self.id)

    @property
    def row(self) -> tuple[str, str, str, str]:
        """Source, stream, contract and id."""
        return (self.source, self.stream, self.contract, self.id)


def log(connection: Connection, rows: Select[Any], *, gone: bool, now: datetime) -> None:
    """Note that the records which ``rows`` selects (source, stream, contract, id) came or changed, or are gone."""
    _in_order(connection)
    changed = rows.subquery()
    before = exists().where(*(changed.c[name] == changes.c[name] for name in _ROW))
    connection.execute(delete(changes).where(before))
    named = select(*(changed.c[name] for name in _ROW), literal(gone), literal(now, changes.c.changed_at.type))
    in_order = named.order_by(*(changed.c[name] for name in _ROW))
    connection.execute(insert(changes).from_select([*_ROW, "gone", "changed_at"], in_order))


def log_one(connection: Connection, ref: Ref, contract: str, *, gone: bool, now: datetime) -> None:
    """Note that one record came or changed, or is gone."""
    _in_order(connection)
    row = {"source": ref.source, "stream": ref.stream, "contract": contract, "id": ref.id}
    forget(connection, ref, (contract,))
    connection.execute(insert(changes).values(**row, gone=gone, changed_at=now))


def forget(connection: Connection, ref: Ref, contracts: Sequence[str]) -> None:
    """Take a record out of the log."""
    of = and_(changes.c.source == ref.source, changes.c.stream == ref.stream, changes.c.id == ref.id)
    connection.execute(delete(changes).where(of, changes.c.contract.in_(contracts)))


def forget_gone(connection: Connection, source: str) -> None:
    """Forget deletions of a source whose records are not kept any longer; followers that are behind them must begin anew."""
    kept = exists().where(*(records.c[name] == changes.c[name] for name in _ROW))
    lost = and_(changes.c.source == source, changes.c.gone, ~kept)
    newest = connection.execute(select(func.max(changes.c.change)).where(lost)).scalar_one()
    if newest is not None:
        connection.execute(delete(changes).where(lost))
        behind = replica.c.forgotten < newest
        connection.execute(update(replica).where(behind).values(forgotten=newest))


def forgotten(connection: Connection) -> int:
    """Return the newest change that was forgotten: nobody can go on from before it."""
    return int(connection.execute(select(replica.c.forgotten)).scalar_one())


def last(connection: Connection) -> int:
    """Return the number of the newest change; 0 where there was none yet."""
    return int(connection.execute(select(func.coalesce(func.max(changes.c.change), 0))).scalar_one())


def since(
    connection: Connection,
    change: int,
    *,
    limit: int,
    feeds: Sequence[Feed] | None = None,
) -> list[Logged]:
    """Return at most ``limit`` changes after one, the oldest first; of ``feeds``, where they are given."""
    of = true() if feeds is None else _of(feeds)
    asked = select(changes).where(changes.c.change > change, of).order_by(changes.c.change).limit(limit)
    return [Logged(**row) for row in connection.execute(asked).mappings()]


def any_before(connection: Connection, change: int, feeds: Sequence[Feed]) -> bool:
    """Tell whether ``feeds`` have changes up to one."""
    before = exists().where(changes.c.change <= change, _of(feeds))
    return bool(connection.execute(select(before)).scalar_one())


def _of(feeds: Sequence[Feed]) -> ColumnElement[bool]:
    return tuple_(changes.c.source, changes.c.stream, changes.c.contract).in_(list(feeds))


def _in_order(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
