"""Records a stream of a source that is there: one read of it, and what is asked when a read goes on behind one of its pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bartack.errors import BartackError
from bartack.reading.fetch import FeedRead, Limit
from bartack.reading.guard import guarded
from bartack.reading.personal import personal_of
from bartack.reading.replayed import Take, about_source
from bartack.reading.source import Source
from bartack.recording import About, Cassette, recording
from bartack.transports.base import Page, Query

if TYPE_CHECKING:
    from bartack.recording.adapters import RecordingAdapter

__all__ = ["record", "record_resumptions", "recorder_of"]


def recorder_of(source: Source, path: Path, about: About) -> RecordingAdapter:
    """Return what records a source: without its secrets, and without personal data unless the operator keeps it."""
    personal = None if source.config.keep.personal == "keep" else personal_of(source, recording=True)
    secrets = source.known_secrets()
    inner = source.runtime.adapter
    return recording(path, secrets=secrets, personal=personal, keep_personal=personal is None, inner=inner, about=about)


def record(
    source: Source, stream: str, path: Path, query: Query | None = None, *, limit: int | None = None
) -> tuple[Take, Cassette]:
    """Read a stream to its end (or ``limit`` records) and record it; nothing is written yet: save the cassette for that.

    The take says how the read ended; an error of it was recorded, too.

    Raises
    ------
    ConfigError
        no such stream, or a mapping that cannot be compiled.
    """
    query = query if query is not None else Query()
    recorder = recorder_of(source, path, about_source(source, query, stream))
    live = replace(source, replay=None, runtime=replace(source.runtime, adapter=recorder))
    feed = live.feeds(stream=stream)[0]
    read = FeedRead(feed, Limit(limit))
    try:
        with live.open() as session:
            items = tuple(read.run(session, query))
    except BartackError as error:
        items = ()
        read.fail(error)
    return Take(feed, items, read.report(read.completeness), read.error), recorder.cassette


def record_resumptions(source: Source, stream: str, path: Path, query: Query | None = None) -> Cassette:
    """Record how a stream goes on behind each of its pages, in a session of its own each time.

    Raises
    ------
    BartackError
        the source fails.
    """
    query = query if query is not None else Query()
    recorder = recorder_of(source, path, about_source(source, query, stream))
    live = replace(source, replay=None, runtime=replace(source.runtime, adapter=recorder))
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
