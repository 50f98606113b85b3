"""The audit trail of the review queue: who decided what, when and why, and who took it back.

Entries are added and never changed. Only contents leave them: of a row that is erased, and what an undo would need, as long
as the policy of the source keeps that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select, update

from bartack.store.records import Stored
from bartack.store.rejects import Decision, Waiting
from bartack.store.tables import Moment, history, records
from bartack_contracts import Ref

__all__ = ["Before", "Entry", "add", "add_undo", "before", "blank", "last", "listed", "of"]

_COLUMNS = ("entry", "number", "source", "stream", "contract", "id", "action", "body", "note", "who", "at", "erased_at")


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody did over reject ``number``: a decision, with its ``body``, or its ``undo``.

    ``erased_at``: when the row was erased; then ``body`` and ``note`` are gone, and the id where it told who it was.
    """

    entry: int
    number: int | None
    source: str
    stream: str
    contract: str
    id: str
    action: Literal["correct", "override", "dismiss", "undo"]
    body: Mapping[str, Any]
    note: str | None
    who: str
    at: datetime
    erased_at: datetime | None

    @property
    def ref(self) -> Ref:
        """Which row it was about."""
        return Ref(self.source, self.stream, self.id)


@dataclass(frozen=True, slots=True)
class Before:
    """What a decision changes beside its reject: the row of ``records`` as it was, if there was one, and older rejects.

    ``overtaken``: numbers of rejects that left the queue because of it.
    """

    record: Mapping[str, Any] | None = None
    overtaken: tuple[int, ...] = ()

    @classmethod
    def of(cls, stored: Stored | None, overtaken: tuple[int, ...]) -> Before:
        """Return what was before a correction."""
        return cls(None if stored is None else dict(stored.row), overtaken)


def add(connection: Connection, number: int, decision: Decision, before: Before) -> None:
    """Write down a decision over a reject, and what was before it."""
    row = before.record
    values = {
        name: getattr(decision, name) for name in ("source", "stream", "contract", "id", "digest", "action", "note")
    }
    connection.execute(
        history.insert().values(
            **values,
            number=number,
            body=json.dumps(dict(decision.body), ensure_ascii=False),
            who=decision.who,
            at=decision.decided_at,
            before=json.dumps({"record": None if row is None else _written(row), "overtaken": before.overtaken}),
            payload=None if row is None else row["payload"],
            payload_at=None if row is None else row["fetched_at"],
        )
    )


def add_undo(connection: Connection, reject: Waiting, who: str, note: str | None, now: datetime) -> None:
    """Write down that the decision over a reject was taken back."""
    values = {name: getattr(reject, name) for name in ("number", "source", "stream", "contract", "id", "digest")}
    connection.execute(history.insert().values(**values, action="undo", body="{}", note=note, who=who, at=now))


def of(connection: Connection, number: int) -> list[Entry]:
    """Return all that was done over a reject, the oldest first."""
    asked = select(history).where(history.c.number == number).order_by(history.c.entry)
    return [_entry(row) for row in connection.execute(asked).mappings()]


def last(connection: Connection, number: int) -> Entry | None:
    """Return what was done over a reject last."""
    found = of(connection, number)
    return found[-1] if found else None


def before(connection: Connection, entry: int) -> Before | None:
    """Return what was before a decision; ``None`` where that is not kept (any more)."""
    asked = select(history.c.before, history.c.payload).where(history.c.entry == entry)
    row = connection.execute(asked).one()
    if row.before is None:
        return None
    kept = json.loads(row.before)
    record = None if kept["record"] is None else {**_read(kept["record"]), "payload": row.payload}
    return Before(record, tuple(kept["overtaken"]))


def listed(
    connection: Connection, *, source: str | None = None, stream: str | None = None, limit: int | None = None
) -> list[Entry]:
    """Return what was done, the newest first."""
    asked = select(history).order_by(history.c.entry.desc()).limit(limit)
    for column, wanted in ((history.c.source, source), (history.c.stream, stream)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    return [_entry(row) for row in connection.execute(asked).mappings()]


def blank(connection: Connection, ref: Ref, *, left: Ref, now: datetime) -> None:
    """Take the contents of an erased row out of the trail; who decided when stays, under the ref that is ``left``."""
    gone = {
        "id": left.id,
        "digest": "",
        "body": "{}",
        "note": None,
        "before": None,
        "payload": None,
        "payload_at": None,
    }
    connection.execute(update(history).where(_about(ref)).values(**gone, erased_at=now))


def _about(ref: Ref) -> ColumnElement[bool]:
    return and_(history.c.source == ref.source, history.c.stream == ref.stream, history.c.id == ref.id)


def _entry(row: RowMapping) -> Entry:
    return Entry(**{**{name: row[name] for name in _COLUMNS}, "body": json.loads(row["body"])})


def _written(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of ``records`` as JSON holds it, without its payload: that has a column, and policies of its own."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if name != "payload"
    }


def _read(values: Mapping[str, Any]) -> dict[str, Any]:
    moments = {column.name for column in records.c if isinstance(column.type, Moment)}
    return {
        name: datetime.fromisoformat(value) if name in moments and value is not None else value
        for name, value in values.items()
    }
