"""How far each stream can be trusted that an answer comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from bartack.reading.fallback import age_in_words
from bartack.replica.answers import Standing
from bartack.store import records, rejects, runs
from bartack.store.changes import Feed
from bartack.store.runs import Run

__all__ = ["standings_of"]


def standings_of(
    connection: Connection,
    feeds: Sequence[Feed],
    numbers: Mapping[Feed, int],
    *,
    now: datetime,
    max_age: float | None = None,
) -> list[Standing]:
    """Return the standing of each of ``feeds``; ``numbers`` of its records. Older than ``max_age`` seconds is stale."""
    waiting, last = rejects.waiting(connection), runs.last_syncs(connection)
    snapshots = records.known_of_all(connection)
    synced = {(source, stream) for source, stream, _ in snapshots}
    found = []
    for feed in feeds:
        place = feed[:2]
        known = snapshots.get(feed)
        as_of, completeness = (None, None) if known is None else (known.as_of, known.completeness)
        age = None if as_of is None else max((now - as_of).total_seconds(), 0.0)
        stale = [*_failed(last.get(place)), *_old(age, max_age)]
        reasons = [*_not_complete(as_of, completeness, synced=place in synced), *stale]
        found.append(
            Standing(
                *feed,
                records=numbers.get(feed, 0),
                waiting=waiting.get(feed, 0),
                as_of=as_of,
                age=age,
                completeness=completeness,
                freshness=None if as_of is None else "stale" if stale else "cached",
                reasons=tuple(reasons),
            )
        )
    return found


def _not_complete(as_of: datetime | None, completeness: str | None, *, synced: bool) -> Iterator[str]:
    if as_of is None:
        yield "it was not of this contract when it was synced" if synced else "no sync has come to its end"
    elif completeness != "complete":
        yield f"the snapshot is {completeness}"


def _failed(last: Run | None) -> Iterator[str]:
    """Say why what is here may be behind the source: the last sync was held back, or has failed."""
    if last is None:
        return
    when = f"{last.ended_at or last.started_at:%Y-%m-%d %H:%M} UTC"
    if last.state == "held":
        yield f"the sync of {when} was held back: {'; '.join(last.reasons) or 'it looks degraded'}"
    elif last.state == "unfinished" and last.error is not None:
        yield f"the sync of {when} failed: {last.error.get('type')}: {last.error.get('message')}"


def _old(age: float | None, max_age: float | None) -> Iterator[str]:
    if age is not None and max_age is not None and age > max_age:
        yield f"it is {age_in_words(age)} old, and {age_in_words(max_age)} was asked for"
