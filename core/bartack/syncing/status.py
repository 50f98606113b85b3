"""How each stream stands, and what an operator does next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bartack.errors import BartackError
from bartack.reading.source import Source
from bartack.store import records, rejects, runs, streams
from bartack.store.runs import Run
from bartack.store.state import StateStore
from bartack.store.streams import Standing

__all__ = ["StreamStatus", "statuses", "unready"]


@dataclass(frozen=True, slots=True)
class StreamStatus:
    """How one stream stands.

    ``state``: ``never`` synced, ``published``, ``held`` back or ``unfinished``. ``as_of``: when what readers see was true.
    ``records`` live ones, ``waiting`` rejects, both over all contracts. ``reasons``: why not all is well; ``alarms``: how the
    last run looked other than usual. ``next_steps``: what to type, nothing where nothing needs doing.
    """

    source: str
    stream: str
    state: str
    as_of: datetime | None
    age: float | None
    completeness: str | None
    records: int
    waiting: int
    last_run: Run | None
    reasons: tuple[str, ...]
    alarms: tuple[Mapping[str, Any], ...]
    next_steps: tuple[str, ...]


def statuses(sources: Iterable[Source], store: StateStore) -> list[StreamStatus]:
    """Return how each configured stream stands that is to be synced.

    Raises
    ------
    ConfigError
        a mapping that cannot be compiled.
    StoreError
        the store cannot be read.
    """
    found = []
    with store.read() as connection:
        live, waiting = records.counts_live(connection), rejects.waiting(connection)
        for source in sources:
            for name in _streams(source):
                place = (source.name, name)
                last = runs.history(connection, *place, limit=1)
                standing = streams.standing(connection, *place)
                found.append(
                    _status(
                        standing,
                        last[0] if last else None,
                        sum(count for of, count in live.items() if of[:2] == place),
                        sum(count for of, count in waiting.items() if of[:2] == place),
                        source.runtime.clock(),
                    )
                )
    return found


def _streams(source: Source) -> list[str]:
    names = dict.fromkeys(feed.stream.name for feed in source.feeds())
    chosen = source.config.sync.streams
    return [name for name in names if not chosen or name in chosen]


def _status(standing: Standing, last: Run | None, live: int, waiting: int, now: datetime) -> StreamStatus:
    state = "never" if last is None else last.state if last.state in ("held", "unfinished") else "published"
    if standing.as_of is None and state == "published":
        state = "never"
    reasons = () if last is None or state == "published" else last.reasons
    return StreamStatus(
        standing.source,
        standing.stream,
        state,
        standing.as_of,
        None if standing.as_of is None else (now - standing.as_of).total_seconds(),
        standing.completeness,
        live,
        waiting,
        last,
        reasons,
        () if last is None else last.alarms,
        tuple(_next_steps(standing, state, last, waiting)),
    )


def _next_steps(standing: Standing, state: str, last: Run | None, waiting: int) -> Iterable[str]:
    sync = f"bartack sync {standing.source} --stream {standing.stream}"
    if state == "never":
        yield sync
    elif state == "unfinished" and last is not None:
        told = (last.error or {}).get("next_step")
        where = f" (goes on after {last.at.pages} pages)" if last.at.pages else ""
        yield f"{sync}{where}" + (f"; first: {told}" if told else "")
    elif state == "held":
        yield f"look at the reasons; if the source is right: {sync} --accept; if not: repair it and {sync}"
    if waiting:
        yield f"bartack review list --source {standing.source} --stream {standing.stream}"


def unready(name: str, error: BartackError) -> StreamStatus:
    """Return the status of a source whose configuration cannot be used."""
    reasons = (f"{type(error).__name__}: {error.message}",)
    steps = (error.next_step,) if error.next_step else ()
    return StreamStatus(name, "*", "unready", None, None, None, 0, 0, None, reasons, (), steps)
