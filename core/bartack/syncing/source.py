"""Syncs the streams of one source, one after the other over one session; the failure of one does not touch the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bartack.errors import BartackError, ConfigError, ConflictError, StoreError
from bartack.reading.makers import made_by
from bartack.reading.source import Feed, Source
from bartack.reading.watching import Watch
from bartack.store import leases, runs
from bartack.store import streams as standings
from bartack.store.retention import Removed, retain
from bartack.store.runs import Run
from bartack.store.state import StateStore
from bartack.syncing.plan import plan
from bartack.syncing.publishing import publish_run
from bartack.syncing.stream import StreamSync
from bartack.syncing.synced import Synced

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["accept_held", "not_ready", "sync_source"]


def sync_source(
    source: Source,
    store: StateStore,
    *,
    streams: Sequence[str] = (),
    full: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Synced]:
    """Sync streams of a source (those of its configuration, when none is named), and yield how each ended.

    Raises
    ------
    ConfigError
        no such stream, or a mapping that cannot be compiled.
    StoreError
        the store cannot be used.
    """
    feeds = _by_stream(source, streams)
    last = list(feeds)[-1]
    for ended in _ends(source, store, feeds, full=full, stop=stop):
        yield ended if ended.stream != last else replace(ended, removed=_retain(source, store))


def _ends(
    source: Source, store: StateStore, feeds: Mapping[str, Sequence[Feed]], *, full: bool, stop: Callable[[], bool]
) -> Iterator[Synced]:
    try:
        session = source.open()
    except BartackError as error:
        failure = error.at(source.name)
        for name, of_stream in feeds.items():
            _note_failure(source, of_stream, store, failure, full=full)
            yield Synced(source.name, name, "failed", reasons=(_words(failure),), error=failure)
        return
    with session:
        for name, of_stream in feeds.items():
            if stop():
                return
            try:
                yield StreamSync(source, of_stream, store, full=full, stop=stop).run(session)
            except StoreError as error:
                if error.where != f"{source.name}/{name}":  # the store itself, not the lease of this stream
                    raise
                yield Synced(source.name, name, "failed", reasons=(_words(error),), error=error)


def _note_failure(
    source: Source, feeds: Sequence[Feed], store: StateStore, failure: BartackError, *, full: bool
) -> None:
    """Write down that a stream could not be asked, so that whoever is answered from the store is told.

    What an earlier run has read stays, and so does a snapshot that waits for a person, and what another process does.
    """
    name, now = feeds[0].stream.name, source.runtime.clock()
    try:
        with store.write() as connection:
            lease = leases.acquire(connection, source.name, name, leases.me(), now)
            leases.release(connection, lease)
            if runs.held(connection, source.name, name) is None:
                run = runs.unfinished(connection, source.name, name) or _begun(
                    connection, source, feeds, now, full=full
                )
                told: dict[str, Any] = {
                    "completeness": "failed",
                    "reasons": (_words(failure),),
                    "error": failure.told(),
                }
                runs.finish(connection, run.run, "unfinished", now=now, **told)
    except StoreError as error:
        if error.where != f"{source.name}/{name}":  # the store itself, not that another process syncs this stream
            raise


def _begun(connection: Connection, source: Source, feeds: Sequence[Feed], now: datetime, *, full: bool) -> Run:
    place, by = (source.name, feeds[0].stream.name), made_by(source, feeds)
    standing = standings.standing(connection, *place)
    chosen = plan(standing, None, feeds[0].stream, by, source.config.sync, now, full=full)
    return runs.begin(connection, *place, chosen.kind, now=now, since=chosen.since, made_by=by)


def _retain(source: Source, store: StateStore) -> Removed:
    return retain(store.database, source.name, source.config.keep, store.key, source.runtime.clock())


def accept_held(
    source: Source, store: StateStore, streams: Sequence[str] = (), *, by: str | None = None, seen: int | None = None
) -> Iterator[Synced]:
    """Publish snapshots that were held back, because a person says that they are right.

    Records that are absent from a snapshot which is not complete stay. ``seen``: the run that the person has looked at.

    Raises
    ------
    ConflictError
        another one is held back by now, or none.
    """
    for name, of_stream in _by_stream(source, streams).items():
        now = source.runtime.clock()
        with store.write() as connection:
            lease = leases.acquire(connection, source.name, name, leases.me(), now)
            run = runs.held(connection, source.name, name)
            if seen is not None and (run is None or run.run != seen):
                raise _another_held(f"{source.name}/{name}", run)
            if run is not None:
                before = runs.counted(connection, run.run)
                watches = [Watch(feed, before[feed.contract].facts) for feed in of_stream if feed.contract in before]
                publish_run(connection, run, watches, run.completeness or "partial", now, anew=True)
                reasons = (*run.reasons, f"accepted by {by or 'a person'}")
                runs.finish(
                    connection,
                    run.run,
                    "published",
                    now=now,
                    completeness=run.completeness,
                    reasons=reasons,
                    alarms=run.alarms,
                )
                done = runs.counted(connection, run.run)
            leases.release(connection, lease)
        if run is not None:
            accepted = Synced(source.name, name, "published", run=run.run, reasons=reasons, done=done)
            yield replace(accepted, completeness=run.completeness or "partial")  # type: ignore[arg-type]


def _another_held(where: str, run: Run | None) -> ConflictError:
    what = "nothing is held back any more" if run is None else f"another snapshot is held back by now, of run {run.run}"
    return ConflictError(what, where=where, next_step="look again")


def _by_stream(source: Source, streams: Sequence[str]) -> dict[str, list[Feed]]:
    chosen = [source.stream(name).name for name in streams or source.config.sync.streams]
    found: dict[str, list[Feed]] = {}
    for feed in source.feeds():
        if not chosen or feed.stream.name in chosen:
            found.setdefault(feed.stream.name, []).append(feed)
    if not found:
        raise ConfigError("no stream that feeds a contract", where=source.name, next_step="bartack connectors NAME")
    return found


def not_ready(name: str, error: BartackError) -> Synced:
    """Say that a source, whose configuration cannot be used, was not synced."""
    return Synced(name, "*", "failed", reasons=(_words(error),), error=error)


def _words(error: BartackError) -> str:
    return f"{type(error).__name__}: {error.message}"
