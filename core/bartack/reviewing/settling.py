"""Takes rejects out of the queue: what they have become goes into the snapshot, in the same transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bartack.mapping.compiled import Outcome
from bartack.reading.makers import made_by
from bartack.reading.source import Feed
from bartack.store import records, rejects, runs
from bartack.store.counts import Counts
from bartack.store.payloads import Payloads
from bartack.store.rejects import Waiting
from bartack.store.runs import Checkpoint
from bartack.store.staging import StagedRow
from bartack.syncing.keeping import issues_json

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Judged", "finished_run", "moved_on", "settle"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A reject that waits, its native row, and what this becomes now."""

    reject: Waiting
    row: Any
    outcome: Outcome


def settle(connection: Connection, feed: Feed, judged: Sequence[Judged], key: str | None, *, now: datetime) -> Counts:
    """Settle rejects of one feed as a run of its own, and return what it did; ``key`` encrypts payloads, by policy.

    A record goes into the snapshot, unless that has a newer version of it; a row that a rule leaves out, or that the
    source has deleted, leaves the queue; one that is rejected still gets its new reasons.
    """
    payloads = Payloads.for_policy(feed.source.config.keep, key)
    by = made_by(feed.source, feed.source.feeds(stream=feed.stream.name))
    run = runs.begin(connection, feed.source.name, feed.stream.name, "review", now=now, since=None, made_by=by)
    done: Counter[str] = Counter()
    issues: Counter[str] = Counter()
    for one in judged:
        done.update(_settled(connection, feed, one, payloads, run.run, by, now))
        issues.update(issue.code for issue in one.outcome.issues)
    added: dict[str, Any] = dict(done)
    counts = replace(Counts(issues=issues), **added)
    finished_run(connection, run.run, {feed.contract: counts}, now)
    return counts


def finished_run(connection: Connection, run: int, done: dict[str, Counts], now: datetime) -> None:
    """Write down what a run did that began and ends in this very transaction."""
    rows = sum(counts.rows for counts in done.values())
    runs.advance(connection, run, Checkpoint(done=True, rows=rows), done)
    runs.finish(connection, run, "published", now=now, completeness="complete")


def moved_on(connection: Connection, reject: Waiting) -> str | None:
    """Say in which way the snapshot is newer than the payload of a reject; ``None`` where it is not."""
    stored = records.kept(connection, reject.ref, reject.contract)
    if stored is None:
        return None
    row = stored.row
    if row["deleted_at"] is not None and row["deleted_at"] > reject.last_seen:
        return f"the source has deleted this record (noticed {row['deleted_at']:%Y-%m-%d %H:%M} UTC)"
    if row["digest"] != reject.digest and row["fetched_at"] > reject.fetched_at:
        return f"the source has sent a newer version since, which is a record ({row['fetched_at']:%Y-%m-%d %H:%M} UTC)"
    return None


def _settled(
    connection: Connection, feed: Feed, one: Judged, payloads: Payloads, run: int, by: str, now: datetime
) -> dict[str, int]:
    """Settle one reject; return what that adds to the counts."""
    reject, outcome = one.reject, one.outcome
    if moved_on(connection, reject) is not None:
        return {"settled": rejects.settle(connection, reject.number, "superseded", now)}
    if outcome.kind == "reject":
        rejects.rejected_again(connection, reject.number, outcome.issues, mapping=feed.mapping.digest, made_by=by)
        return {"rows": 1, "rejected": 1}
    if outcome.kind == "record":
        effect = records.put(connection, _row(feed, one, payloads), run, now)
        settled = rejects.settle(connection, reject.number, "fixed", now)
        return {"rows": 1, "delivered": 1, effect: 1, "settled": settled + rejects.overtaken(connection, reject, now)}
    settled = rejects.settle(connection, reject.number, "superseded", now)
    if outcome.kind == "skipped":
        return {"rows": 1, "skipped": 1, "settled": settled}
    removed = records.remove(connection, reject.ref, reject.contract, run=run, now=now)
    return {"rows": 1, "tombstones": 1, "removed": removed, "settled": settled}


def _row(feed: Feed, one: Judged, payloads: Payloads) -> StagedRow:
    value, reject = one.outcome.value, one.reject
    assert value is not None  # noqa: S101 - a record has one
    return StagedRow(
        reject.source,
        reject.stream,
        reject.contract,
        reject.id,
        reject.digest,
        "record",
        connector=feed.source.connector.name,
        mapping=feed.mapping.digest,
        fetched_at=reject.fetched_at,
        request=reject.request,
        issues=issues_json(issue for issue in one.outcome.issues if issue.code != "row.corrected"),
        payload=payloads.pack(one.row),
        value=value.model_dump_json(),
        updated_at=value.updated_at,
        corrected=any(issue.code == "row.corrected" for issue in one.outcome.issues),
    )
