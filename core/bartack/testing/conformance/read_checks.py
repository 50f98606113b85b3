"""Level dependable, on reads: they can be repeated, resumed, ended early, and made side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import zip_longest
from typing import Any

from bartack.errors import BartackError, RecordingError
from bartack.reading.fetch import FeedRead, Limit
from bartack.reading.guard import guarded
from bartack.reading.replayed import recorded_query
from bartack.recording import Cassette
from bartack.recording.canonical import Canonical, canonical
from bartack.recording.library import RESUMED
from bartack.testing.conformance.bench import Bench, Performance, Recording
from bartack.testing.conformance.check import Check, Finding, check
from bartack.testing.conformance.stage import recorded
from bartack.transports.base import Query
from bartack.twins import try_twins
from bartack_contracts import Record

__all__ = ["READS"]

_FAMILIES = ("encodings",)
"""What no check of its own looks at; bartack cassette mutate tries all families."""


@check("dependable", repair="hold nothing of a read in the connector, its streams or a module")
def reads_the_same_again(bench: Bench) -> Iterator[Finding]:
    """A second read with the same connector gives what the first one gave."""
    for recording, one in bench.whole():
        first = bench.perform(one.take.feed, recording, same=True)
        again = bench.perform(one.take.feed, recording, same=True)
        if again.records != one.records or again.take.report.rows != first.take.report.rows:
            yield f"{recording}: the second read gives {len(again.records)} records, the first one {len(one.records)}"


@check("dependable", "paging", repair="hold nothing of a read in the connector or its streams: threads share them")
def reads_side_by_side(bench: Bench) -> Iterator[Finding]:
    """Two reads at the same time, page by page in turns, give what one gives."""
    for recording, one in bench.whole():
        query = recorded_query(recording.cassette.about)
        feed, _, _ = bench.staged(one.take.feed, recording)
        other, _, _ = bench.staged(feed, recording, same=True)
        mine: list[Any] = []
        yours: list[Any] = []
        try:
            with feed.source.open() as first, other.source.open() as second:
                for left, right in zip_longest(feed.pages(first, query), other.pages(second, query)):
                    mine += left.rows if left is not None else ()
                    yours += right.rows if right is not None else ()
        except BartackError as error:
            yield f"{recording}: {error.message}"
        alone = [row for page in bench.pages(recording) for row in page.rows]
        if mine != alone or yours != alone:
            yield f"{recording}: side by side {len(mine)} and {len(yours)} rows come, alone {len(alone)}"


@check("dependable", "http", "paging", repair="make pages() a generator: ask for a page when it is wanted")
def asks_when_it_is_wanted(bench: Bench) -> Iterator[Finding]:
    """The next page is asked for when the one before was taken, so memory does not grow with the source."""
    for recording, one in bench.whole():
        if len(bench.pages(recording)) < 2:
            continue
        feed, stage, _ = bench.staged(one.take.feed, recording)
        with feed.source.open() as session:
            pages = feed.pages(session, recorded_query(recording.cassette.about))
            next(pages)
            if len(stage.asked) >= len(one.stage.asked):
                yield f"{recording}: all {len(stage.asked)} requests were made before the first page was taken"


@check("dependable", "paging", repair="yield pages with next=cursor, and begin at Query.cursor where it is set")
def goes_on_from_every_page(bench: Bench) -> Iterator[Finding]:
    """A read can go on behind each of its pages, in a new session: that is how an interrupted sync is resumed."""
    for recording, one in bench.whole():
        pages = bench.pages(recording)
        seen = 0
        for number, page in enumerate(pages[:-1], 1):
            seen += len(page.rows)
            if page.next is None:
                continue
            rest = [row for later in pages[number:] for row in later.rows]
            query = replace(recorded_query(recording.cassette.about), cursor=page.next, seen=seen)
            found, error = _rows(bench, recording, one, query)
            if isinstance(error, RecordingError):
                yield f"{recording}: what is asked behind page {number} was not recorded: record the scenario {RESUMED!r}"
            elif error is not None:
                yield f"{recording}: behind page {number}: {error.message}"
            elif found != rest:
                yield f"{recording}: behind page {number} {len(found)} rows come, {len(rest)} were left"


@check("dependable", repair="make pages() a generator that ends when it is closed, and asks for nothing then")
def stops_when_told(bench: Bench) -> Iterator[Finding]:
    """A reader who has enough costs the source no further request, and the verdict says so."""
    for recording, one in bench.whole():
        if len(one.take.records) < 2:
            continue
        feed, stage, _ = bench.staged(one.take.feed, recording)
        read = FeedRead(feed, Limit(1), stops_floods=False)
        query = recorded_query(recording.cassette.about)
        taken, asked = 0, 0
        with feed.source.open() as session:
            for item in read.run(session, query):
                if isinstance(item, Record):
                    taken, asked = taken + 1, len(stage.asked)
        if taken != 1 or read.completeness != "limited":
            yield f"{recording}: one record was wanted; {taken} came, and the read ends {read.completeness}"
        if len(stage.asked) > asked + 1:  # whether there is a next page may take one
            yield f"{recording}: one record was wanted, and {len(stage.asked) - asked} requests were made after it"


@check("dependable", "http", "incremental", repair="declare since=Since(…), or do not claim to be incremental")
def asks_for_changes_since(bench: Bench) -> Iterator[Finding]:
    """An incremental stream asks for what has changed since a moment, whatever zone it is written in."""
    moment = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    for recording, one in bench.whole():
        if not getattr(one.take.feed.stream, "incremental", False):
            continue
        utc = _asked(bench, recording, one, moment)
        if utc == _asked(bench, recording, one, None):
            yield f"{recording}: the requests since {moment} are those of a whole read"
        elif utc != _asked(bench, recording, one, moment.astimezone(timezone(timedelta(hours=9)))):
            yield f"{recording}: the same moment in another zone is asked for otherwise"


@check("dependable", repair="let fetched_at be the session's clock, and request say what was asked")
def tells_where_it_comes_from(bench: Bench) -> Iterator[Finding]:
    """Each record and reject says who made it, when (by the clock that was passed in) and by which request."""
    for recording, one in bench.whole():
        begun = one.clock.now() - timedelta(seconds=one.clock.passed)
        for item in one.take.items:
            about = item.provenance
            if about.connector != bench.name or not about.request or not begun <= about.fetched_at <= one.clock.now():
                yield f"{recording}: {item.ref} comes from {about.connector}, {about.request!r}, at {about.fetched_at}"
                break


@check("dependable", "http", repair="look at one of them: bartack cassette mutate FILE names it, and --write saves it")
def survives_its_hostile_twins(bench: Bench) -> Iterator[Finding]:
    """Answers in other encodings than they say become records, rejects or a BartackError; nothing is lost in silence."""
    for recording, one in bench.whole():
        cassette = recording.cassette
        if not isinstance(cassette, Cassette) or one.left:
            continue
        trial = try_twins(one.take.feed, cassette, seed=len(cassette), families=_FAMILIES)
        for violation in trial.violations:
            yield f"{recording}: {violation}"


def _rows(bench: Bench, recording: Recording, one: Performance, query: Query) -> tuple[list[Any], BartackError | None]:
    feed, _, _ = bench.staged(one.take.feed, recording)
    found: list[Any] = []
    try:
        with feed.source.open() as session:
            for page in guarded(feed.pages(session, query), query):
                found += page.rows
    except BartackError as error:
        return found, error
    return found, None


def _asked(bench: Bench, recording: Recording, one: Performance, since: datetime | None) -> list[Canonical]:
    """Return what is asked since a moment, as far as answers go: those of the recording, whatever is asked."""
    answers = one.stage.answers
    query = replace(recorded_query(recording.cassette.about), since=since)
    played = bench.perform(one.take.feed, recording, lambda turn: answers[min(turn.number, len(answers)) - 1], query)
    return [canonical(recorded(request)) for request in played.stage.asked]


READS: tuple[Check, ...] = (
    reads_the_same_again,
    reads_side_by_side,
    asks_when_it_is_wanted,
    goes_on_from_every_page,
    stops_when_told,
    asks_for_changes_since,
    tells_where_it_comes_from,
    survives_its_hostile_twins,
)
