"""Erasing on request: the contents go, a stub stays that says what was erased, by whom and why.

The stub holds the ref and no contents. As long as it is not lifted, the same row is not let in again. Where the id itself
tells who it was, the stub holds a digest of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, and_, delete, func, select, true, update

from bartack.store import changes, documents
from bartack.store import history as trail
from bartack.store.staging import chunks
from bartack.store.tables import decisions, erasures, history, problems, records, rejects, staged
from bartack_contracts import Ref

__all__ = ["Erased", "KeptRow", "Stub", "erase", "erased", "everything", "lift", "stubs"]

_HIDDEN = "sha256:"


@dataclass(frozen=True, slots=True)
class KeptRow:
    """Something that is kept of a row, in words ``where``: ``plain`` are JSON texts, ``packed`` raw payloads."""

    ref: Ref
    contract: str
    where: str
    plain: tuple[str, ...]
    packed: tuple[str, ...]


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


def everything(connection: Connection) -> Iterator[KeptRow]:
    """Yield all that is kept of rows, also of those that are deleted, decided or only staged."""
    asked = connection.execution_options(yield_per=500)
    for row in asked.execute(select(records)).mappings():
        yield KeptRow(_ref(row), row["contract"], "record", (row["value"], row["issues"]), _texts(row["payload"]))
    for row in asked.execute(select(staged)).mappings():
        yield KeptRow(
            _ref(row), row["contract"], "staged", (*_texts(row["value"]), row["issues"]), _texts(row["payload"])
        )
    for row in asked.execute(select(rejects)).mappings():
        where = f"reject {row['number']}"
        yield KeptRow(_ref(row), row["contract"], where, (row["issues"],), _texts(row["payload"], row["raw"]))
    for row in asked.execute(select(decisions)).mappings():
        note = () if row["note"] is None else (json.dumps(row["note"]),)
        yield KeptRow(_ref(row), row["contract"], "decision", (row["body"], *note), ())
    for row in asked.execute(select(history).where(history.c.erased_at.is_(None))).mappings():
        note = () if row["note"] is None else (json.dumps(row["note"]),)
        plain = (row["body"], *_texts(row["before"]), *note)
        yield KeptRow(_ref(row), row["contract"], "history", plain, _texts(row["payload"]))
    for row in asked.execute(select(problems)).mappings():
        told = (json.dumps(row["words"]), *(() if row["note"] is None else (json.dumps(row["note"]),)))
        yield KeptRow(_ref(row), row["contract"], f"problem {row['number']}", told, ())


def erase(
    connection: Connection, ref: Ref, *, who: str, reason: str | None, now: datetime, hidden: bool = False
) -> dict[str, Erased]:
    """Erase everything that is kept of one row; return what that was, by contract.

    ``hidden``: the id tells who it was, and is kept as a digest only.
    """
    live = _by_contract(connection, records, ref, records.c.deleted_at.is_(None))
    known = _by_contract(connection, records, ref, true())
    waiting = _by_contract(connection, rejects, ref, rejects.c.state == "waiting")
    for table in (records, staged, rejects, decisions, problems):
        connection.execute(delete(table).where(_of(table, ref)))
    left = Ref(ref.source, ref.stream, _digest(ref.id)) if hidden else ref
    documents.remove(connection, ref)
    changes.forget(connection, ref, list(known))
    for contract in known:
        changes.log_one(connection, left, contract, gone=True, now=now)
    trail.blank(connection, ref, left=left, now=now)
    connection.execute(
        erasures.insert().values(
            source=ref.source,
            stream=ref.stream,
            id=left.id,
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
    of = and_(erasures.c.source == source, erasures.c.stream == stream, erasures.c.lifted_at.is_(None))
    hidden = set(connection.execute(select(erasures.c.id).where(of, erasures.c.id.startswith(_HIDDEN))).scalars())
    found = {one for one in ids if _digest(one) in hidden} if hidden else set()
    for some in chunks(list(ids)):
        found |= set(connection.execute(select(erasures.c.id).where(of, erasures.c.id.in_(some))).scalars())
    return found


def lift(connection: Connection, ref: Ref, now: datetime) -> bool:
    """Let a row in again with the next sync; false where nothing kept it out."""
    of = and_(erasures.c.source == ref.source, erasures.c.stream == ref.stream, erasures.c.lifted_at.is_(None))
    mine = and_(of, erasures.c.id.in_((ref.id, _digest(ref.id))))
    return connection.execute(update(erasures).where(mine).values(lifted_at=now)).rowcount > 0


def stubs(connection: Connection) -> list[Stub]:
    """Return all stubs, the oldest first."""
    rows = connection.execute(select(erasures).order_by(erasures.c.erasure)).mappings()
    return [Stub(**row) for row in rows]


def _ref(row: RowMapping) -> Ref:
    return Ref(row["source"], row["stream"], row["id"])


def _texts(*columns: str | None) -> tuple[str, ...]:
    return tuple(text for text in columns if text is not None)


def _digest(identity: str) -> str:
    return f"{_HIDDEN}{hashlib.sha256(identity.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _of(table: Table, ref: Ref) -> ColumnElement[bool]:
    return and_(table.c.source == ref.source, table.c.stream == ref.stream, table.c.id == ref.id)


def _by_contract(connection: Connection, table: Table, ref: Ref, condition: ColumnElement[bool]) -> dict[str, int]:
    asked = select(table.c.contract, func.count()).where(_of(table, ref), condition).group_by(table.c.contract)
    return {row[0]: int(row[1]) for row in connection.execute(asked)}
