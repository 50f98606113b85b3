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

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Table, and_, delete, func, select, update

from bartack.store.staging import chunks
from bartack.store.tables import decisions, rejects
from bartack.store.upsert import insert_into
from bartack_contracts import Issue, Ref

__all__ = [
    "Decision",
    "QueuedRow",
    "RejectState",
    "Waiting",
    "decide",
    "decided",
    "decision_over",
    "get",
    "listed",
    "older",
    "others_of",
    "overtaken",
    "queue",
    "rejected_again",
    "reopen",
    "settle",
    "undecide",
    "waiting",
    "waiting_of",
]

RejectState = Literal["waiting", "fixed", "dismissed", "superseded"]
"""``fixed``: it became a record, by a decision or another mapping. ``superseded``: the source has something else by now."""

_ISSUES = TypeAdapter(tuple[Issue, ...])


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
    issues: tuple[Issue, ...]
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

    @property
    def ref(self) -> Ref:
        """Which row it is."""
        return Ref(self.source, self.stream, self.id)


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
        before = connection.execute(
            select(rejects.c.number, rejects.c.state, rejects.c.settled_at).where(_same(rejects, row))
        ).one_or_none()
        if before is None:
            dismissed = _is_dismissed(connection, row)
            seen = {"run": run, "first_seen": now, "last_seen": now}
            stands = {"state": "dismissed" if dismissed else "waiting", "settled_at": now if dismissed else None}
            connection.execute(insert_into(connection, rejects).values(**asdict(row), **seen, **stands))
            fresh += not dismissed
            continue
        dismissed = before.state == "dismissed"
        fresh += not dismissed and before.state != "waiting"
        again = {"issues": row.issues, "mapping": row.mapping, "made_by": row.made_by, "run": run, "last_seen": now}
        again |= {"fetched_at": row.fetched_at, "request": row.request}  # it is what the source says now, not then
        stands = {
            "state": before.state if dismissed else "waiting",
            "settled_at": before.settled_at if dismissed else None,
        }
        connection.execute(
            update(rejects)
            .where(rejects.c.number == before.number)
            .values(**again, **stands, times=rejects.c.times + 1)
        )
    return fresh


def decided(
    connection: Connection, source: str, stream: str, contract: str, ids: Collection[str]
) -> dict[str, list[Decision]]:
    """Return the decisions over rows with these ids, by id; each holds for one payload."""
    found: dict[str, list[Decision]] = {}
    of = and_(decisions.c.source == source, decisions.c.stream == stream, decisions.c.contract == contract)
    for some in chunks(list(ids)):
        for row in connection.execute(select(decisions).where(of, decisions.c.id.in_(some))).mappings():
            found.setdefault(row["id"], []).append(_decision(row))
    return found


def decision_over(connection: Connection, row: Waiting | QueuedRow) -> Decision | None:
    """Return what was decided over the payload of a reject."""
    found = connection.execute(select(decisions).where(_same(decisions, row))).mappings().one_or_none()
    return None if found is None else _decision(found)


def decide(connection: Connection, decision: Decision) -> None:
    """Write down a decision; an earlier one over the same payload is replaced."""
    values = {**asdict(decision), "body": json.dumps(dict(decision.body), ensure_ascii=False)}
    statement = insert_into(connection, decisions).values(**values)
    changed = {name: statement.excluded[name] for name in ("action", "body", "note", "who", "decided_at")}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["source", "stream", "contract", "id", "digest"], set_=changed)
    )


def undecide(connection: Connection, row: Waiting) -> None:
    """Forget what was decided over the payload of a reject."""
    connection.execute(delete(decisions).where(_same(decisions, row)))


def reopen(connection: Connection, number: int) -> None:
    """Let a reject that was settled wait again."""
    connection.execute(update(rejects).where(rejects.c.number == number).values(state="waiting", settled_at=None))


def settle(connection: Connection, number: int, state: RejectState, now: datetime) -> bool:
    """Take a reject out of the queue; false where it did not wait any more."""
    mine = and_(rejects.c.number == number, rejects.c.state == "waiting")
    return connection.execute(update(rejects).where(mine).values(state=state, settled_at=now)).rowcount == 1


def rejected_again(connection: Connection, number: int, issues: Sequence[Issue], *, mapping: str, made_by: str) -> None:
    """Note why a reject that waits is rejected by now, and by which mapping."""
    text = _ISSUES.dump_json(tuple(issues)).decode()
    mine = and_(rejects.c.number == number, rejects.c.state == "waiting")
    connection.execute(update(rejects).where(mine).values(issues=text, mapping=mapping, made_by=made_by))


def overtaken(connection: Connection, row: Waiting, now: datetime) -> int:
    """Take older payloads of a row out of the queue, when a newer one became a record; return how many waited."""
    mine = rejects.c.number.in_(older(connection, row))
    return connection.execute(update(rejects).where(mine).values(state="superseded", settled_at=now)).rowcount


def older(connection: Connection, row: Waiting) -> tuple[int, ...]:
    """Return the numbers of older payloads of a row that wait."""
    there = others_of(connection, row.ref, row.contract, row.digest)
    return tuple(sorted(one.number for one in there if one.fetched_at <= row.fetched_at))


def others_of(connection: Connection, ref: Ref, contract: str, digest: str) -> list[Row[Any, Any, Any, Any]]:
    """Return number and ``fetched_at`` of the other payloads of a row that wait.

    The state is looked at afterwards: asked for it, SQLite would go through all that waits of the stream.
    """
    mine = {"source": ref.source, "stream": ref.stream, "contract": contract, "id": ref.id}
    columns = (rejects.c.number, rejects.c.fetched_at, rejects.c.state, rejects.c.digest)
    asked = select(*columns).where(*(rejects.c[name] == one for name, one in mine.items()))
    return [row for row in connection.execute(asked) if row.state == "waiting" and row.digest != digest]


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
    after: int = 0,
    limit: int | None = None,
) -> list[Waiting]:
    """Return rejects, the oldest first; those whose numbers come ``after`` one."""
    asked = select(rejects).where(rejects.c.number > after).order_by(rejects.c.number).limit(limit)
    for column, wanted in ((rejects.c.source, source), (rejects.c.stream, stream), (rejects.c.state, state)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    return [_waiting(row) for row in connection.execute(asked).mappings()]


def waiting(connection: Connection) -> dict[tuple[str, str, str], int]:
    """Return how many rejects wait, by source, stream and contract."""
    of = (rejects.c.source, rejects.c.stream, rejects.c.contract)
    asked = select(*of, func.count()).where(rejects.c.state == "waiting").group_by(*of)
    return {(row[0], row[1], row[2]): int(row[3]) for row in connection.execute(asked)}


def waiting_of(connection: Connection, source: str, stream: str) -> int:
    """Return how many rejects of a stream wait."""
    mine = and_(rejects.c.state == "waiting", rejects.c.source == source, rejects.c.stream == stream)
    return int(connection.execute(select(func.count()).select_from(rejects).where(mine)).scalar_one())


def _is_dismissed(connection: Connection, row: QueuedRow) -> bool:
    decision = decision_over(connection, row)
    return decision is not None and decision.action == "dismiss"


def _same(table: Table, row: Waiting | QueuedRow) -> ColumnElement[bool]:
    return and_(*(table.c[name] == getattr(row, name) for name in ("source", "stream", "contract", "id", "digest")))


def _waiting(row: RowMapping) -> Waiting:
    return Waiting(**{**row, "issues": _ISSUES.validate_json(row["issues"])})


def _decision(row: RowMapping) -> Decision:
    values = {name: row[name] for name in Decision.__dataclass_fields__}
    return Decision(**{**values, "body": json.loads(row["body"])})
