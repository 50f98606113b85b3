"""The review queue: rows that could not become records, and what people decided about them.

A reject is one payload of one row: the same payload again is the same reject, seen once more. A decision is bound to
the payload's digest, so that it never reaches another one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, func, select, update

from bartack.store.staging import chunks
from bartack.store.tables import decisions, rejects
from bartack.store.upsert import insert_into

__all__ = [
    "Decision",
    "QueuedRow",
    "RejectState",
    "Waiting",
    "decide",
    "decided",
    "get",
    "listed",
    "queue",
    "settle",
    "waiting",
]

RejectState = Literal["waiting", "fixed", "dismissed", "superseded"]


@dataclass(frozen=True, slots=True)
class QueuedRow:
    """A rejected row as it goes into the queue; ``payload`` is packed by policy, ``raw`` the text as it was sent."""

    source: str
    stream: str
    contract: str
    id: str
    digest: str
    issues: str
    payload: str | None
    raw: str | None
    connector: str
    mapping: str
    made_by: str
    fetched_at: datetime
    request: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reject in the queue, by its ``number``."""

    number: int
    source: str
    stream: str
    contract: str
    id: str
    digest: str
    issues: tuple[Mapping[str, Any], ...]
    payload: str | None
    raw: str | None
    connector: str
    mapping: str
    made_by: str
    fetched_at: datetime
    request: str | None
    run: int
    state: RejectState
    times: int
    first_seen: datetime
    last_seen: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided over one payload: ``correct`` (values by contract field), ``override`` (rules), ``dismiss``."""

    source: str
    stream: str
    contract: str
    id: str
    digest: str
    action: Literal["correct", "override", "dismiss"]
    body: Mapping[str, Any]
    note: str | None
    who: str
    decided_at: datetime


def queue(connection: Connection, rows: Sequence[QueuedRow], run: int, now: datetime) -> int:
    """Put rejects into the queue; return how many of them were not waiting before.

    What was dismissed stays so; what was fixed or superseded and is rejected again waits again.
    """
    fresh = 0
    for row in {(row.contract, row.id, row.digest): row for row in rows}.values():
        mine = _same(row)
        before = connection.execute(select(rejects.c.number, rejects.c.state).where(mine)).one_or_none()
        if before is None:
            values = {**asdict(row), "run": run, "state": "waiting", "first_seen": now, "last_seen": now}
            connection.execute(insert_into(connection, rejects).values(**values))
            fresh += 1
            continue
        state = "dismissed" if before.state == "dismissed" else "waiting"
        fresh += state == "waiting" != before.state
        again = {"issues": row.issues, "mapping": row.mapping, "made_by": row.made_by, "run": run, "last_seen": now}
        connection.execute(
            update(rejects)
            .where(rejects.c.number == before.number)
            .values(**again, state=state, times=rejects.c.times + 1)
        )
    return fresh


def decided(
    connection: Connection, source: str, stream: str, contract: str, digests: Collection[str]
) -> dict[tuple[str, str], Decision]:
    """Return the decisions over payloads with these digests, by id and digest."""
    found: dict[tuple[str, str], Decision] = {}
    of = and_(decisions.c.source == source, decisions.c.stream == stream, decisions.c.contract == contract)
    for some in chunks(list(digests)):
        for row in connection.execute(select(decisions).where(of, decisions.c.digest.in_(some))).mappings():
            found[row["id"], row["digest"]] = _decision(row)
    return found


def decide(connection: Connection, decision: Decision) -> None:
    """Write down a decision; an earlier one over the same payload is replaced."""
    values = {**asdict(decision), "body": json.dumps(dict(decision.body), ensure_ascii=False)}
    statement = insert_into(connection, decisions).values(**values)
    changed = {name: statement.excluded[name] for name in ("action", "body", "note", "who", "decided_at")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["source", "stream", "contract", "id", "digest"], set_=changed)
    )


def settle(connection: Connection, number: int, state: RejectState, now: datetime) -> bool:
    """Take a reject out of the queue; false where it did not wait any more."""
    mine = and_(rejects.c.number == number, rejects.c.state == "waiting")
    return connection.execute(update(rejects).where(mine).values(state=state, settled_at=now)).rowcount == 1


def get(connection: Connection, number: int) -> Waiting | None:
    """Return one reject."""
    row = connection.execute(select(rejects).where(rejects.c.number == number)).mappings().one_or_none()
    return None if row is None else _waiting(row)


def listed(
    connection: Connection,
    *,
    source: str | None = None,
    stream: str | None = None,
    state: RejectState | None = "waiting",
    limit: int | None = None,
) -> list[Waiting]:
    """Return rejects, the oldest first."""
    asked = select(rejects).order_by(rejects.c.number).limit(limit)
    for column, wanted in ((rejects.c.source, source), (rejects.c.stream, stream), (rejects.c.state, state)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    return [_waiting(row) for row in connection.execute(asked).mappings()]


def waiting(connection: Connection) -> dict[tuple[str, str, str], int]:
    """Return how many rejects wait, by source, stream and contract."""
    of = (rejects.c.source, rejects.c.stream, rejects.c.contract)
    asked = select(*of, func.count()).where(rejects.c.state == "waiting").group_by(*of)
    return {(row[0], row[1], row[2]): int(row[3]) for row in connection.execute(asked)}


def _same(row: QueuedRow) -> ColumnElement[bool]:
    return and_(*(rejects.c[name] == getattr(row, name) for name in ("source", "stream", "contract", "id", "digest")))


def _waiting(row: RowMapping) -> Waiting:
    return Waiting(**{**row, "issues": tuple(json.loads(row["issues"]))})


def _decision(row: RowMapping) -> Decision:
    values = {name: row[name] for name in Decision.__dataclass_fields__}
    return Decision(**{**values, "body": json.loads(row["body"])})
