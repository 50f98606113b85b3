"""Records a stream of a source that is there: one read of it, and what is asked when a read goes on behind one of its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bartack.errors import BartackError
from bartack.reading.fetch import FeedRead, Item, Limit
from bartack.reading.guard import guarded
from bartack.reading.personal import personal_of
from bartack.reading.replayed import Take, about_source
from bartack.reading.source import Feed, Source
from bartack.recording import About, Cassette, Scrubber, recording
from bartack.recording.sql import SqlCassette, SqlRecorder
from bartack.transports.base import Page, Query, Runtime

if TYPE_CHECKING:
    from bartack.recording.adapters import RecordingAdapter

__all__ = ["Recorder", "Watch", "record", "record_resumptions", "recorder_of", "records_here"]

Watch = Callable[[Iterator[Item]], Iterable[Item]]
"""Looks on while a stream is recorded; passes its items on."""


def records_here(environ: Mapping[str, str]) -> bool:
    """Tell whether recording is allowed: CI never records, for nobody would look at what it has recorded."""
    return environ.get("CI", "").lower() in ("", "0", "false")


@dataclass(frozen=True, slots=True)
class Recorder:
    """Takes down what a source answers, over HTTP and out of databases."""

    adapter: RecordingAdapter
    tape: SqlRecorder

    @property
    def cassette(self) -> Cassette | SqlCassette:
        """What was recorded: statements where there are some, else interactions."""
        return self.tape.cassette if len(self.tape.cassette) else self.adapter.cassette

    def beside(self, runtime: Runtime) -> Runtime:
        """Return a runtime whose sessions are recorded."""
        return replace(runtime, adapter=self.adapter, tape=self.tape)


def recorder_of(source: Source, path: Path, about: About) -> Recorder:
    """Return what records a source: without its secrets, and without personal data unless the operator keeps it."""
    personal = None if source.config.keep.personal == "keep" else personal_of(source, recording=True)
    secrets = source.known_secrets()
    inner = source.runtime.adapter
    adapter = recording(
        path, secrets=secrets, personal=personal, keep_personal=personal is None, inner=inner, about=about
    )
    cassette = SqlCassette(path, about=adapter.cassette.about)
    return Recorder(adapter, SqlRecorder(cassette, Scrubber(secrets, personal), source.runtime.monotonic))


def record(
    source: Source,
    stream: str,
    path: Path,
    query: Query | None = None,
    *,
    limit: int | None = None,
    watch: Watch = iter,
) -> tuple[Take, Cassette | SqlCassette]:
    """Read a stream to its end (or ``limit`` records) and record it; nothing is written yet: save the cassette for that.

    Of a stream that feeds several contracts, ``limit`` records of each are in it. The take says how the read ended; an error
    of it was recorded, too.

    Raises
    ------
    ConfigError
        no such stream, or a mapping that cannot be compiled.
    """
    query = query if query is not None else Query()
    about = about_source(source, query, stream)
    if limit is not None:
        about = replace(about, query={**about.query, "limit": str(limit)})
    feeds = source.feeds(stream=stream)
    # Reads of a stream ask for the same; only where they stop at a limit, one may go further than the others.
    recorded = [_recorded(feed, path, about, query, limit, watch) for feed in (feeds[:1] if limit is None else feeds)]
    return max(recorded, key=lambda one: len(one[1]))


def _recorded(
    feed: Feed, path: Path, about: About, query: Query, limit: int | None, watch: Watch
) -> tuple[Take, Cassette | SqlCassette]:
    recorder = recorder_of(feed.source, path, about)
    live = replace(feed.source, replay=None, runtime=recorder.beside(feed.source.runtime))
    feed = replace(feed, source=live)
    read = FeedRead(feed, Limit(limit))
    items: tuple[Item, ...] = ()
    try:
        with live.open() as session:
            items = tuple(watch(read.run(session, query)))
    except BartackError as error:
        read.fail(error)
    return Take(feed, items, read.report(read.completeness), read.error), recorder.cassette


def record_resumptions(source: Source, stream: str, path: Path, query: Query | None = None) -> Cassette | SqlCassette:
    """Record how a stream goes on behind each of its pages, in a session of its own each time.

    Raises
    ------
    BartackError
        the source fails.
    """
    query = query if query is not None else Query()
    recorder = recorder_of(source, path, about_source(source, query, stream))
    live = replace(source, replay=None, runtime=recorder.beside(source.runtime))
    seen = 0
    for page in _pages(replace(source, replay=None), stream, query)[:-1]:
        seen += len(page.rows)
        if page.next is not None:
            _pages(live, stream, replace(query, cursor=page.next, seen=seen))
    return recorder.cassette


def _pages(source: Source, stream: str, query: Query) -> Sequence[Page]:
    feed = source.feeds(stream=stream)[0]
    with source.open() as session:
        return list(guarded(feed.pages(session, query), query))
