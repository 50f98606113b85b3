"""What a run reads is staged, page by page, and replaces the last good snapshot in one step, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, exists, func, literal, select, update

from bartack.store import changes
from bartack.store.tables import records, rejects, staged
from bartack.store.upsert import upsert, upsert_from
from bartack_contracts import Ref

__all__ = ["Published", "StagedRow", "chunks", "forget", "of_streams", "publish", "seen", "stage", "uncorrected"]

T = TypeVar("T")

_CHUNK = 500
"""So many values in one IN."""

_COPIED = (
    *("source", "stream", "contract", "id", "digest", "payload", "connector", "mapping", "fetched_at", "request"),
    *("issues", "value", "updated_at", "corrected"),
)


class StagedRow(NamedTuple):
    """A row as a run has read it: a record with its ``value`` as JSON text, a tombstone, or a reject."""

    source: str
    stream: str
    contract: str
    id: str
    digest: str
    kind: Literal["record", "tombstone", "reject"]
    connector: str
    mapping: str
    fetched_at: datetime
    request: str | None
    issues: str = "[]"
    payload: str | None = None
    value: str | None = None
    updated_at: datetime | None = None
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What became of the records of one contract when a snapshot was published."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    settled: int = 0


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a sequence into pieces that fit into one statement."""
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


def of_streams(table: Table, rows: Iterable[tuple[str, str, str, str]]) -> Iterator[ColumnElement[bool]]:
    """Yield conditions that together mean ``rows`` (source, stream, contract, id), some of one stream in each.

    Written out, for SQLite searches no index for rows that stand in a list.
    """
    streams: dict[tuple[str, str, str], list[str]] = {}
    for source, stream, contract, identity in rows:
        streams.setdefault((source, stream, contract), []).append(identity)
    for place, ids in streams.items():
        for some in chunks(ids):
            yield and_(_of(table, *place), table.c.id.in_(some))


def seen(connection: Connection, source: str, stream: str, contract: str, ids: Collection[str]) -> dict[str, str]:
    """Return the digests of those ``ids`` that the unfinished run has staged."""
    found: dict[str, str] = {}
    for some in chunks(list(ids)):
        asked = select(staged.c.id, staged.c.digest).where(_of(staged, source, stream, contract), staged.c.id.in_(some))
        found.update({row.id: row.digest for row in connection.execute(asked)})
    return found


def stage(connection: Connection, rows: Sequence[StagedRow]) -> None:
    """Stage rows; of those with the same id the last one counts."""
    upsert(connection, staged, [row._asdict() for row in {(row.contract, row.id): row for row in rows}.values()])


def uncorrected(connection: Connection, ref: Ref, contract: str, digest: str) -> None:
    """Let a row that a run has read, and that was corrected then, be a reject again: the correction was taken back."""
    mine = and_(_of(staged, ref.source, ref.stream, contract), staged.c.id == ref.id, staged.c.digest == digest)
    connection.execute(
        update(staged).where(mine, staged.c.corrected).values(kind="reject", value=None, corrected=False)
    )


def forget(connection: Connection, source: str, stream: str) -> None:
    """Forget what is staged of a stream."""
    connection.execute(delete(staged).where((staged.c.source == source) & (staged.c.stream == stream)))


def publish(
    connection: Connection, source: str, stream: str, contract: str, *, run: int, full: bool, now: datetime
) -> Published:
    """Let what is staged of one contract replace what readers see.

    ``full``: the run has read all there is, so that records it did not see are deleted at the source.
    """
    here = _of(staged, source, stream, contract)
    there = _of(records, source, stream, contract)
    live = and_(there, records.c.deleted_at.is_(None))
    same = _same(staged, records)
    fresh = and_(here, staged.c.kind == "record")

    known = exists().where(same, live)
    alike = exists().where(same, live, records.c.value == staged.c.value)
    created = _count(connection, fresh, ~known)
    unchanged = _count(connection, fresh, alike)
    updated = _count(connection, fresh, known) - unchanged

    gone = exists().where(same, here, staged.c.kind == "tombstone")
    absent = ~exists().where(same, here) if full else literal(value=False)
    changes.log(connection, _rows(staged).where(fresh, ~alike), gone=False, now=now)
    changes.log(connection, _rows(records).where(live, gone | absent), gone=True, now=now)
    removed = connection.execute(
        update(records).where(live, gone | absent).values(deleted_at=now, run=run, outdated=False)
    ).rowcount

    copied = [staged.c[name] for name in _COPIED]
    added = (literal(run).label("run"), literal(value=False).label("outdated"))
    upsert_from(
        connection, records, [*_COPIED, "run", "outdated", "deleted_at"],
        select(*copied, *added, literal(None, records.c.deleted_at.type)).where(fresh),
    )  # fmt: skip
    corrected = and_(records.c.corrected, records.c.digest == staged.c.digest)  # by a person, since it was read
    worse = exists().where(same, here, staged.c.kind == "reject", ~corrected)
    connection.execute(update(records).where(live, worse).values(outdated=True))

    better = exists().where(_same(staged, rejects), here, staged.c.kind != "reject")
    vanished = ~exists().where(_same(staged, rejects), here) if full else literal(value=False)
    waiting = and_(_of(rejects, source, stream, contract), rejects.c.state == "waiting")
    settled = connection.execute(
        update(rejects).where(waiting, better | vanished).values(state="superseded", settled_at=now)
    ).rowcount
    return Published(created, updated, unchanged, removed, settled)


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).select_from(staged).where(*conditions)).scalar_one())


def _of(table: Table, source: str, stream: str, contract: str) -> ColumnElement[bool]:
    return and_(table.c.source == source, table.c.stream == stream, table.c.contract == contract)


def _rows(table: Table) -> Select[Any]:
    return select(table.c.source, table.c.stream, table.c.contract, table.c.id)


def _same(one: Table, other: Table) -> ColumnElement[bool]:
    return and_(*(one.c[name] == other.c[name] for name in ("source", "stream", "contract", "id")))
