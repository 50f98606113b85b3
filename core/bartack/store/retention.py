"""What is not kept any longer, and what is kept in another form, as the operator decides for a source.

Rejects that wait are never removed by age: nobody has looked at them yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, bindparam, delete, or_, select, update

from bartack.policies import Keep
from bartack.store import changes, documents
from bartack.store.database import Database
from bartack.store.leases import wait_for_all
from bartack.store.payloads import ENCRYPTED, Payloads
from bartack.store.tables import history, problems, records, rejects, staged

__all__ = ["Removed", "retain"]

_BATCH = 500
"""So many payloads are encrypted in one transaction."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What the policy of a source took away: raw ``payloads`` of records, decided ``rejects``, deleted ``records``.

    ``encrypted``: so many payloads were kept in clear, and are encrypted now.
    """

    payloads: int = 0
    rejects: int = 0
    records: int = 0
    encrypted: int = 0

    def __bool__(self) -> bool:
        return bool(self.payloads or self.rejects or self.records or self.encrypted)


def retain(database: Database, source: str, keep: Keep, key: str | None, now: datetime) -> Removed:
    """Bring what is kept of a source to its policy.

    Raises
    ------
    ConfigError
        payloads are to be encrypted, and there is no key.
    StoreError
        the store cannot be written.
    """
    gone = _removed(database, source, keep, now) if _removes(keep) else Removed()
    if keep.payload != "encrypt":
        return gone
    payloads = Payloads.for_policy(keep, key)
    encrypted = sum(_encrypted(database, source, payloads))
    return Removed(gone.payloads, gone.rejects, gone.records, encrypted)


def _removes(keep: Keep) -> bool:
    return keep.payload == "drop" or any(age is not None for age in (keep.raw, keep.rejects, keep.records))


def _removed(database: Database, source: str, keep: Keep, now: datetime) -> Removed:
    with database.write() as connection:
        wait_for_all(connection, source)
        return Removed(
            _without_payloads(connection, source, keep, now),
            _without_decided(connection, source, keep, now),
            _without_deleted(connection, source, keep, now),
        )


def _without_payloads(connection: Connection, source: str, keep: Keep, now: datetime) -> int:
    _without_older_payloads(connection, source, keep, now)
    there = and_(records.c.source == source, records.c.payload.is_not(None))
    if keep.payload == "drop":
        waits = and_(staged.c.source == source, staged.c.payload.is_not(None))
        connection.execute(update(staged).where(waits).values(payload=None))
        return connection.execute(update(records).where(there).values(payload=None)).rowcount
    if keep.raw is None:
        return 0
    old = and_(there, records.c.fetched_at < now - keep.raw)
    return connection.execute(update(records).where(old).values(payload=None)).rowcount


def _without_older_payloads(connection: Connection, source: str, keep: Keep, now: datetime) -> None:
    """Treat the raw rows of records that an undo would put back as those of records."""
    there = and_(history.c.source == source, history.c.payload.is_not(None))
    if keep.payload == "drop":
        connection.execute(update(history).where(there).values(payload=None))
    elif keep.raw is not None:
        old = and_(there, history.c.payload_at < now - keep.raw)
        connection.execute(update(history).where(old).values(payload=None))


def _without_decided(connection: Connection, source: str, keep: Keep, now: datetime) -> int:
    if keep.rejects is None:
        return 0
    before = now - keep.rejects  # what is still sent, and dismissed each time, stays to be looked up
    old = and_(rejects.c.state != "waiting", rejects.c.settled_at < before, rejects.c.last_seen < before)
    removed = connection.execute(delete(rejects).where(rejects.c.source == source, old)).rowcount
    settled = and_(problems.c.source == source, problems.c.state != "waiting", problems.c.settled_at < before)
    removed += connection.execute(delete(problems).where(settled)).rowcount
    alone = and_(
        history.c.source == source, history.c.before.is_not(None), history.c.number.not_in(select(rejects.c.number))
    )
    connection.execute(update(history).where(alone).values(before=None, payload=None))  # who decided what stays
    return removed


def _without_deleted(connection: Connection, source: str, keep: Keep, now: datetime) -> int:
    if keep.records is None:
        return 0
    old = and_(records.c.source == source, records.c.deleted_at < now - keep.records)
    documents.remove_of(connection, old)  # the index follows the log, and may not have seen yet what is forgotten here
    removed = connection.execute(delete(records).where(old)).rowcount
    if removed:
        changes.forget_gone(connection, source)
    return removed


def _encrypted(database: Database, source: str, payloads: Payloads) -> Iterator[int]:
    """Encrypt what is still kept in clear, batch by batch; yield how many rows each one had."""
    kept = ((records, ("payload",)), (staged, ("payload",)), (history, ("payload",)), (rejects, ("payload", "raw")))
    for table, names in kept:
        columns = [table.c[name] for name in names]
        while done := _batch(database, source, payloads, table, columns):
            yield done


def _batch(database: Database, source: str, payloads: Payloads, table: Table, columns: list[Column[Any]]) -> int:
    key = list(table.primary_key)
    clear = or_(*(and_(column.is_not(None), ~column.startswith(ENCRYPTED)) for column in columns))
    change = update(table).where(*(column == bindparam(f"key_{column.name}") for column in key))
    with database.write() as connection:
        wait_for_all(connection, source)
        asked = select(*key, *columns).where(table.c.source == source, clear).limit(_BATCH)
        rows = connection.execute(asked).mappings().all()
        if rows:
            new = [
                {f"key_{column.name}": row[column.name] for column in key}
                | {column.name: payloads.repack(row[column.name]) for column in columns}
                for row in rows
            ]
            connection.execute(change.values({column.name: bindparam(column.name) for column in columns}), new)
    return len(rows)
