"""The last good snapshot: what readers are answered from when they do not ask the source."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, select, update

from bartack.errors import StoreError
from bartack.store import changes
from bartack.store.rejects import others_of
from bartack.store.staging import StagedRow, of_streams
from bartack.store.tables import counts, records, streams
from bartack.store.upsert import upsert
from bartack_contracts import Completeness, Contract, Issue, Provenance, Record, Ref, Severity

__all__ = [
    "EFFECTS",
    "Effect",
    "Known",
    "Restored",
    "Stored",
    "find",
    "find_all",
    "kept",
    "known",
    "known_of_all",
    "live",
    "put",
    "remove",
    "restore",
    "stored",
]

C = TypeVar("C", bound=Contract)

Effect = Literal["created", "updated", "unchanged"]
EFFECTS: tuple[Effect, ...] = ("created", "updated", "unchanged")
"""What putting a record does to the snapshot."""

Restored = Literal["removed", "updated", "unchanged"]
"""What putting back an older one does."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of one stream as one contract: the snapshot of a ``run``, as it was at ``as_of``."""

    as_of: datetime
    run: int
    completeness: Completeness


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as it is kept: with the packed raw row, where that is kept, and when the source deleted it."""

    row: RowMapping

    def value(self) -> Any:
        """Return the value of the record as JSON holds it."""
        return json.loads(self.row["value"])

    def record(self, model: type[C]) -> Record[C]:
        """Return the record, as a value of its contract.

        A newer version of it that was rejected, and a correction by a person, are told by an issue.

        Raises
        ------
        StoreError
            it is none any more: the contract has changed since, or the row was tampered with.
        """
        try:
            return self._record(model)
        except (ValueError, TypeError):  # a ValidationError is a ValueError
            row = self.row
        raise StoreError(
            f"the stored record is no {row['contract']} (any more)",
            where=f"{row['source']}/{row['stream']}/{row['id']}",
            next_step=f"bartack sync {row['source']} --full",
        )

    def _record(self, model: type[C]) -> Record[C]:
        row = self.row
        issues = [Issue.model_validate_json(json.dumps(one)) for one in json.loads(row["issues"])]
        if row["outdated"]:
            issues.append(
                _remark(
                    "row.outdated", "what the source sends now was rejected; this is the last good version", "warning"
                )
            )
        if row["corrected"]:
            issues.append(_remark("row.corrected", "a person corrected what the source sent", "info"))
        return Record[model](  # type: ignore[valid-type]
            ref=Ref(row["source"], row["stream"], row["id"]),
            contract=row["contract"],
            value=model.model_validate_json(row["value"]),
            issues=tuple(issues),
            provenance=Provenance(
                connector=row["connector"],
                mapping=row["mapping"],
                payload=row["digest"],
                fetched_at=row["fetched_at"],
                request=row["request"],
            ),
        )


def known(connection: Connection, source: str, stream: str, contract: str) -> Known | None:
    """Return what is known of a stream as one contract; ``None`` where no sync of that has come to its end.

    A contract that the stream was mapped to only later is not known to have no records.
    """
    standing = _published(connection, source, stream, contract)
    if standing is None:
        return None
    return Known(standing["as_of"], standing["run"], standing["completeness"] or "complete")


def known_of_all(connection: Connection) -> dict[tuple[str, str, str | None], Known]:
    """Return what is :func:`known` of every stream, by source, stream and contract.

    A stream whose snapshot was mapped to no contract at all is there under the contract ``None``.
    """
    of = (streams.c.source, streams.c.stream, counts.c.contract, streams.c.as_of, streams.c.run, streams.c.completeness)
    mapped = streams.outerjoin(counts, counts.c.run == streams.c.run)
    asked = select(*of).select_from(mapped).where(streams.c.as_of.is_not(None))
    return {(row[0], row[1], row[2]): Known(row[3], row[4], row[5] or "complete") for row in connection.execute(asked)}


def live(connection: Connection, source: str, stream: str, contract: str) -> int | None:
    """Return how many live records there are of a stream; ``None`` where nothing is :func:`known` of it."""
    if _published(connection, source, stream, contract) is None:
        return None
    asked = select(func.count()).select_from(records).where(_live(source, stream, contract))
    return int(connection.execute(asked).scalar_one())


def stored(
    connection: Connection, source: str, stream: str, contract: str, *, since: datetime | None = None
) -> Iterator[Stored]:
    """Yield the live records of a stream in the order of their ids; with ``since`` those changed from then on.

    Records that do not say when they were changed always come.
    """
    conditions = [_live(source, stream, contract)]
    if since is not None:
        conditions.append((records.c.updated_at >= since) | records.c.updated_at.is_(None))
    asked = select(records).where(*conditions).order_by(records.c.id)
    for row in connection.execution_options(yield_per=500).execute(asked).mappings():
        yield Stored(row)


def find(connection: Connection, ref: Ref, contract: str) -> Stored | None:
    """Return one live record."""
    mine = and_(_live(ref.source, ref.stream, contract), records.c.id == ref.id)
    row = connection.execute(select(records).where(mine)).mappings().one_or_none()
    return None if row is None else Stored(row)


def find_all(
    connection: Connection, rows: Iterable[tuple[str, str, str, str]]
) -> dict[tuple[str, str, str, str], Stored]:
    """Return the live ones of ``rows`` (source, stream, contract, id)."""
    found: dict[tuple[str, str, str, str], Stored] = {}
    for these in of_streams(records, rows):
        for row in connection.execute(select(records).where(these, records.c.deleted_at.is_(None))).mappings():
            found[row["source"], row["stream"], row["contract"], row["id"]] = Stored(row)
    return found


def kept(connection: Connection, ref: Ref, contract: str) -> Stored | None:
    """Return one record also where the source has deleted it."""
    mine = _one(ref.source, ref.stream, contract, ref.id)
    row = connection.execute(select(records).where(mine)).mappings().one_or_none()
    return None if row is None else Stored(row)


def put(connection: Connection, row: StagedRow, run: int, now: datetime) -> Effect:
    """Put one record into the snapshot beside a sync, in place of what is there; say what that changed.

    It counts as outdated where a newer payload of the same row waits in the review queue.
    """
    mine = _one(row.source, row.stream, row.contract, row.id)
    before = connection.execute(select(records.c.value, records.c.deleted_at).where(mine)).one_or_none()
    outdated = _newer_waits(connection, row._asdict())
    values = {name: value for name, value in row._asdict().items() if name != "kind"}
    upsert(connection, records, [{**values, "run": run, "outdated": outdated, "deleted_at": None}])
    effect: Effect = "unchanged"
    if before is None or before.deleted_at is not None:
        effect = "created"
    elif before.value != row.value:
        effect = "updated"
    if effect != "unchanged":
        ref = Ref(row.source, row.stream, row.id)
        changes.log_one(connection, ref, row.contract, gone=False, now=now)
    return effect


def remove(connection: Connection, ref: Ref, contract: str, *, run: int, now: datetime) -> bool:
    """Note that the source has deleted a record; false where there is no live one."""
    mine = and_(_live(ref.source, ref.stream, contract), records.c.id == ref.id)
    gone = update(records).where(mine).values(deleted_at=now, run=run, outdated=False)
    if connection.execute(gone).rowcount != 1:
        return False
    changes.log_one(connection, ref, contract, gone=True, now=now)
    return True


def _published(connection: Connection, source: str, stream: str, contract: str) -> RowMapping | None:
    """Return where a stream stands, if a run that mapped it to the contract was published."""
    asked = select(streams).where(streams.c.source == source, streams.c.stream == stream)
    standing = connection.execute(asked).mappings().one_or_none()
    if standing is None or standing["as_of"] is None:
        return None
    mapped = select(counts.c.run).where(counts.c.run == standing["run"], counts.c.contract == contract)
    return None if connection.execute(mapped).first() is None else standing


def restore(
    connection: Connection, ref: Ref, contract: str, before: Mapping[str, Any] | None, now: datetime
) -> Restored:
    """Put back what the snapshot held of a row, or that it held nothing, and say what that changed.

    What it held counts as outdated where a newer payload waits in the review queue, as with :func:`put`.
    """
    mine = _one(ref.source, ref.stream, contract, ref.id)
    value = connection.execute(select(records.c.value).where(mine)).scalar_one()
    if before is None:
        connection.execute(delete(records).where(mine))
    else:
        outdated = before["deleted_at"] is None and _newer_waits(connection, before)
        upsert(connection, records, [{**before, "outdated": outdated}])
    gone = before is None or before["deleted_at"] is not None
    if before is not None and not gone and before["value"] == value:
        return "unchanged"
    changes.log_one(connection, ref, contract, gone=gone, now=now)
    return "removed" if gone else "updated"


def _newer_waits(connection: Connection, row: Mapping[str, Any]) -> bool:
    ref = Ref(row["source"], row["stream"], row["id"])
    there = others_of(connection, ref, row["contract"], row["digest"])
    return any(one.fetched_at > row["fetched_at"] for one in there)


def _one(source: str, stream: str, contract: str, identity: str) -> ColumnElement[bool]:
    of = and_(records.c.source == source, records.c.stream == stream, records.c.contract == contract)
    return and_(of, records.c.id == identity)


def _live(source: str, stream: str, contract: str) -> ColumnElement[bool]:
    of = and_(records.c.source == source, records.c.stream == stream, records.c.contract == contract)
    return and_(of, records.c.deleted_at.is_(None))


def _remark(code: str, message: str, severity: Severity) -> Issue:
    return Issue(path=None, field=None, code=code, raw=None, message=message, rule=None, severity=severity)


def counts_live(connection: Connection) -> dict[tuple[str, str, str], int]:
    """Return the number of live records by source, stream and contract."""
    of = (records.c.source, records.c.stream, records.c.contract)
    asked = select(*of, func.count()).where(records.c.deleted_at.is_(None)).group_by(*of)
    return {(row[0], row[1], row[2]): int(row[3]) for row in connection.execute(asked)}
