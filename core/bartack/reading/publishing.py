"""The end of a run: what it staged replaces the last good snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bartack.errors import BartackError
from bartack.reading.fetch import FeedRead
from bartack.store import runs, staging, streams
from bartack.store.counts import Counts
from bartack.store.runs import Run
from bartack.store.streams import Standing

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["counts_of", "publish_run", "told"]


def publish_run(
    connection: Connection, run: Run, contracts: Iterable[str], completeness: str, now: datetime
) -> Standing:
    """Let what a run has staged replace the last good snapshot, and write down where the stream stands then."""
    full = run.kind == "full" and completeness == "complete"
    before = runs.counted(connection, run.run)
    for contract in contracts:
        what = staging.publish(connection, run.source, run.stream, contract, run=run.run, full=full, now=now)
        done = before.get(contract, Counts())
        runs.count(
            connection,
            run.run,
            contract,
            replace(
                done,
                created=what.created,
                updated=what.updated,
                unchanged=what.unchanged,
                removed=what.removed,
                settled=what.settled,
            ),
        )
    staging.forget(connection, run.source, run.stream)
    standing = streams.standing(connection, run.source, run.stream)
    seen = [moment for moment in (standing.high_water, run.at.high_water) if moment is not None]
    standing = replace(
        standing,
        high_water=min(max(seen), run.started_at) if seen else None,
        full_at=run.started_at if full else standing.full_at,
        as_of=run.started_at,
        run=run.run,
        completeness=completeness,
        made_by=run.made_by,
    )
    streams.put_standing(connection, standing)
    return standing


def told(error: BartackError) -> dict[str, Any]:
    """Return an error as plain data, for the store and for machines."""
    return {
        "type": type(error).__name__,
        "message": error.message,
        "where": error.where,
        "next_step": error.next_step,
        "retry_after": error.retry_after,
    }


def counts_of(read: FeedRead, before: Counts, queued: Mapping[str, int]) -> Counts:
    """Return what a run has counted so far: its account, and the rejects that are new in the queue."""
    account = read.account
    return replace(
        before,
        rows=account.rows,
        delivered=account.counts["delivered"],
        rejected=account.counts["rejected"],
        duplicates=account.counts["duplicates"],
        tombstones=account.counts["tombstones"],
        skipped=account.counts["skipped"],
        queued=before.queued + queued.get(read.feed.contract, 0),
        issues=dict(account.issues),
        unread=dict(account.unread),
        notes=account.notes(),
    )
