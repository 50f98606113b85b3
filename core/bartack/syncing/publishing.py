"""The end of a run: what it staged replaces the last good snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from bartack.drift.baseline import Baseline
from bartack.reading.watching import Watch, baseline_of
from bartack.store import runs, staging, streams
from bartack.store.counts import Counts
from bartack.store.runs import Run

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["publish_run"]


def publish_run(
    connection: Connection,
    run: Run,
    watches: Sequence[Watch],
    completeness: str,
    now: datetime,
    *,
    anew: bool = False,
) -> None:
    """Let what a run has staged replace the last good snapshot, and write down where the stream stands then.

    ``anew``: a person says that the stream is meant to look as it does now, whatever it looked like before.
    """
    full = run.kind == "full" and completeness == "complete"
    before = runs.counted(connection, run.run)
    standing = streams.standing(connection, run.source, run.stream)
    baselines = dict(standing.baselines)
    for watch in watches:
        contract = watch.contract
        what = staging.publish(connection, run.source, run.stream, contract, run=run.run, full=full, now=now)
        done = replace(
            before.get(contract, Counts()),
            created=what.created,
            updated=what.updated,
            unchanged=what.unchanged,
            removed=what.removed,
            settled=what.settled,
        )
        runs.count(connection, run.run, contract, done)
        known = (not anew and baseline_of(standing, contract)) or Baseline()
        baselines[contract] = known.learn(watch.facts, full=run.kind == "full").model_dump(mode="json")
    staging.forget(connection, run.source, run.stream)
    seen = [moment for moment in (standing.high_water, run.at.high_water) if moment is not None]
    now_standing = replace(
        standing,
        high_water=min(max(seen), run.started_at) if seen else None,
        full_at=run.started_at if full else standing.full_at,
        as_of=run.started_at,
        run=run.run,
        completeness=completeness,
        made_by=run.made_by,
        baselines=baselines,
    )
    streams.put_standing(connection, now_standing)
