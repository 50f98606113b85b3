"""Level dependable, on rows: whatever a row holds, it becomes a record or a reject, and the others stay what they are."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import Any

from bartack.errors import BartackError, RecordingError
from bartack.reading.fetch import FeedRead, Limit
from bartack.reading.guard import guarded
from bartack.reading.recorded import RESUMED
from bartack.reading.replayed import Take, recorded_query
from bartack.testing.conformance.bench import Bench, Performance, Recording
from bartack.testing.conformance.check import Check, Finding, check
from bartack.transports.base import Page, Query
from bartack_contracts import Record, Reject

__all__ = ["ROWS"]

Change = Callable[[Any], Any]

_ODD: tuple[Any, ...] = (None, "row", 7, [], True)

_NEW = "no_such_field_before"
_STRANGE = "Ångström Zoë 山田 \U0001f9f5 a\u0301 \u202e x"


def _mapped(bench: Bench, recording: Recording, one: Performance, change: Change) -> Take | Exception:
    """Map a recording's rows, each changed; an exception that is none of Bartack's comes back."""
    try:
        return bench.remapped(one.take.feed, bench.pages(recording), change)
    except Exception as error:
        return error


def _holds(take: Take | Exception, rows: int, where: str) -> Iterator[Finding]:
    """Yield what is wrong with the books of damaged rows."""
    if isinstance(take, Exception):
        yield f"{where}: {type(take).__name__}: {take}"
        return
    books = take.report
    columns = books.delivered + books.rejected + books.duplicates + books.tombstones + books.skipped
    if take.error is None and not books.rows == columns == rows:
        yield f"{where}: {rows} rows came, {columns} are accounted for"


def _instead(odd: Any, _row: Any) -> Any:
    return odd


def _each_field(bench: Bench, put: Callable[[Any], Any]) -> Iterator[Finding]:
    """Put something else into each native field, in all rows at once, and look at the books."""
    for recording, one in bench.whole():
        rows = [row for page in bench.pages(recording) for row in page.rows if isinstance(row, dict)]
        for name in dict.fromkeys(key for row in rows for key in row):

            def change(row: Any, name: str = name) -> Any:
                return {**row, name: put(row[name])} if isinstance(row, dict) and name in row else row

            yield from _holds(_mapped(bench, recording, one, change), one.take.report.rows, f"{recording}: {name}")


@check("dependable", repair="let the mapping say what a null means; a function of one's own has to take None")
def lives_through_nulls(bench: Bench) -> Iterator[Finding]:
    """A null in any field gives a record or a reject."""
    yield from _each_field(bench, lambda _: None)


@check("dependable", repair="take nothing for granted: a path that leads nowhere is absent, not an exception")
def lives_through_missing_fields(bench: Bench) -> Iterator[Finding]:
    """A field that is not sent gives a record or a reject."""
    for recording, one in bench.whole():
        rows = [row for page in bench.pages(recording) for row in page.rows if isinstance(row, dict)]
        for name in dict.fromkeys(key for row in rows for key in row):

            def change(row: Any, name: str = name) -> Any:
                return {key: value for key, value in row.items() if key != name} if isinstance(row, dict) else row

            yield from _holds(_mapped(bench, recording, one, change), one.take.report.rows, f"{recording}: {name}")


@check("dependable", repair="normalize with functions that raise NotReadableError for what they cannot read")
def lives_through_other_types(bench: Bench) -> Iterator[Finding]:
    """A field of another type gives a record or a reject."""
    yield from _each_field(bench, _other_type)


@check("dependable", repair="keep texts as they are: normalizers clean them, and say so")
def lives_through_strange_texts(bench: Bench) -> Iterator[Finding]:
    """Texts with other scripts, combining characters and directions are read or rejected."""
    yield from _each_field(bench, lambda value: _STRANGE if isinstance(value, str) else value)


@check("dependable", repair="normalize with functions that know a limit, and raise NotReadableError beyond it")
def lives_through_huge_values(bench: Bench) -> Iterator[Finding]:
    """Very long texts and very large numbers are read or rejected."""
    yield from _each_field(bench, lambda value: 10**30 if isinstance(value, int | float) else "9" * 70_000)


@check("dependable", repair="count what the list held, also what is no object: Page(rows=…) takes anything")
def counts_rows_that_are_no_objects(bench: Bench) -> Iterator[Finding]:
    """Something that is no object in the list of rows is a reject, not a hole."""
    for recording, one in bench.whole():
        for odd in _ODD:
            take = _mapped(bench, recording, one, partial(_instead, odd))
            where = f"{recording}: {odd!r} for a row"
            yield from _holds(take, one.take.report.rows, where)
            if isinstance(take, Take) and take.report.delivered:
                yield f"{where} becomes a record"


@check("dependable", repair="let the key be a path into the row, and make up no id for a row that has none")
def rejects_rows_without_an_id(bench: Bench) -> Iterator[Finding]:
    """A row without its id is a reject; it gets no other one, and is not lost."""
    for recording, one in bench.whole():
        key = one.take.feed.stream.key
        names = [key] if isinstance(key, str) else list(key) if isinstance(key, tuple) else []
        roots = {name.split(".")[0].split("[")[0] for name in names}
        if not roots:
            continue

        def change(row: Any, roots: set[str] = roots) -> Any:
            return {name: value for name, value in row.items() if name not in roots} if isinstance(row, dict) else row

        take = _mapped(bench, recording, one, change)
        yield from _holds(take, one.take.report.rows, f"{recording}: rows without an id")
        if isinstance(take, Take) and take.report.delivered:
            yield f"{recording}: {take.report.delivered} rows without an id become records"


@check("dependable", repair="declare custom: true in the mapping, or list what is ignored on purpose")
def keeps_or_counts_new_fields(bench: Bench) -> Iterator[Finding]:
    """A field that is new changes no other one, and is kept or counted."""
    for recording, one in bench.whole():
        take = _mapped(bench, recording, one, lambda row: {**row, _NEW: "new"} if isinstance(row, dict) else row)
        if isinstance(take, Exception):
            yield f"{recording}: {type(take).__name__}: {take}"
            continue
        if len(take.records) != len(one.take.records):
            yield f"{recording}: a new field makes {len(take.records)} records of {len(one.take.records)}"
        kept = all(any(_NEW in item.key for item in record.value.custom) for record in take.records)
        if not kept and not any(_NEW in path for path in take.report.unread):
            yield f"{recording}: a new field is neither kept under custom nor counted as unread"


@check("dependable", repair="map each row by itself: no state of one row in the next")
def maps_each_row_by_itself(bench: Bench) -> Iterator[Finding]:
    """The order of rows, and what stands beside them, changes none of them."""
    for recording, one in bench.whole():
        pages = [replace(page, rows=list(reversed(page.rows)), raws=None) for page in reversed(bench.pages(recording))]
        take = bench.remapped(one.take.feed, pages, lambda row: row)
        if bench.values(take) != one.records and one.take.report.duplicates == 0:
            yield f"{recording}: rows in another order become other records"


@check("dependable", repair="never change a row that is being mapped: take a copy")
def leaves_rows_as_they_are(bench: Bench) -> Iterator[Finding]:
    """Mapping does not change the raw row: it is kept, hashed and shown to people."""
    for recording, one in bench.whole():
        pages = bench.pages(recording)
        before = copy.deepcopy([list(page.rows) for page in pages])
        bench.remapped(one.take.feed, pages, lambda row: row)
        if before != [list(page.rows) for page in pages]:
            yield f"{recording}: a row is not what it was before it was mapped"


@check("dependable", repair="leave counting to Bartack; a row that comes twice is told apart by its id")
def counts_rows_that_come_twice(bench: Bench) -> Iterator[Finding]:
    """A page that comes twice gives each record once."""
    for recording, one in bench.whole():
        pages = bench.pages(recording)
        take = bench.remapped(one.take.feed, [*pages, *pages], lambda row: row)
        if take.error is None and len(bench.values(take)) != len(take.records):
            yield f"{recording}: a row that came twice became two records"
        elif bench.values(take) != one.records:
            yield f"{recording}: rows that came twice became other records"


@check("dependable", repair="hold nothing of a read in the connector, its streams or a module")
def reads_the_same_again(bench: Bench) -> Iterator[Finding]:
    """A second read gives what the first one gave."""
    for recording, one in bench.whole():
        again = bench.perform(one.take.feed, recording)
        if again.records != one.records or again.take.report.rows != one.take.report.rows:
            yield f"{recording}: the second read gives {len(again.records)} records, the first one {len(one.records)}"


@check("dependable", repair="hold nothing of a read in the connector, its streams or a module: threads share them")
def reads_in_threads(bench: Bench) -> Iterator[Finding]:
    """Four reads at the same time give what one gives."""
    for recording, one in bench.whole():
        feed = one.take.feed
        with ThreadPoolExecutor(4) as pool:
            played = list(pool.map(lambda _: bench.perform(feed, recording), range(4)))  # noqa: B023
        if any(other.records != one.records for other in played):
            yield f"{recording}: reads in threads give other records"


@check("dependable", "paging", repair="make pages() a generator: ask for a page when it is wanted")
def asks_when_it_is_wanted(bench: Bench) -> Iterator[Finding]:
    """The next page is asked for when the one before was taken, so memory does not grow with the source."""
    for recording, one in bench.whole():
        if len(bench.pages(recording)) < 2:
            continue
        feed, stage, _ = bench.staged(one.take.feed, recording)
        with feed.source.open() as session:
            next(feed.pages(session, recorded_query(recording.cassette.about)))
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
                yield f"{recording}: behind page {number}: {error}"
            elif found != rest:
                yield f"{recording}: behind page {number} {len(found)} rows come, {len(rest)} were left"


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


@check("dependable", repair="make pages() a generator that lets go of what it holds when it is closed")
def stops_when_told(bench: Bench) -> Iterator[Finding]:
    """A reader who has enough costs the source no further request, and the verdict says so."""
    for recording, one in bench.whole():
        if len(one.take.records) < 2:
            continue
        feed, stage, _ = bench.staged(one.take.feed, recording)
        read = FeedRead(feed, Limit(1), stops_floods=False)
        query = recorded_query(recording.cassette.about)
        with feed.source.open() as session:
            taken = [item for item in read.run(session, query) if isinstance(item, Record)]
        if len(taken) != 1 or read.completeness != "limited":
            yield f"{recording}: one record was wanted; {len(taken)} came, and the read ends {read.completeness}"
        if len(stage.asked) > len(one.stage.asked):
            yield f"{recording}: one record was wanted, {len(stage.asked)} requests were made"


@check(
    "dependable",
    "http",
    "incremental",
    repair="declare since=Since(…), or do not claim to be incremental",
)
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


def _asked(bench: Bench, recording: Recording, one: Performance, since: datetime | None) -> list[tuple[Any, ...]]:
    """Return what is asked since a moment, as far as answers go: those of the recording, whatever is asked."""
    answers = one.stage.answers
    query = replace(recorded_query(recording.cassette.about), since=since)
    played = bench.perform(one.take.feed, recording, lambda turn: answers[min(turn.number, len(answers)) - 1], query)
    return [(request.method, request.url, request.body) for request in played.stage.asked]


@check("dependable", "http", "totals", repair="hand the source's own total on: Page(total=…) or total='path'")
def notices_a_total_that_is_not_reached(bench: Bench) -> Iterator[Finding]:
    """A source that says more rows than it sends is read as partial."""
    for recording, one in bench.whole():
        pages = bench.pages(recording)
        if pages[0].total is None or not pages[-1].rows:
            continue
        shorter: list[Page] = [*pages[:-1], replace(pages[-1], rows=pages[-1].rows[:-1], raws=None)]
        take = bench.remapped(one.take.feed, shorter, lambda row: row)
        if take.report.completeness == "complete":
            yield f"{recording}: a row is missing of the {pages[0].total} declared ones, and the read ends complete"


@check(
    "dependable",
    repair="let fetched_at be the session's clock, and request say what was asked",
)
def tells_where_it_comes_from(bench: Bench) -> Iterator[Finding]:
    """Each record and reject says who made it, from what, when (by the clock that was passed in) and by which request."""
    for recording, one in bench.whole():
        begun = one.clock.now() - timedelta(seconds=one.clock.passed)
        for item in one.take.items:
            about = item.provenance
            if about.connector != bench.name or not about.request or not begun <= about.fetched_at <= one.clock.now():
                yield f"{recording}: {item.ref} comes from {about.connector}, {about.request!r}, at {about.fetched_at}"
                break


@check("dependable", repair="give a reject its row as it came")
def rejects_keep_their_rows(bench: Bench) -> Iterator[Finding]:
    """A reject carries the row as it was sent, and at least one reason."""
    for recording, one in bench.whole():
        rows = [row for page in bench.pages(recording) for row in page.rows]
        for item in one.take.items:
            if isinstance(item, Reject) and (item.payload not in rows or not item.issues):
                yield f"{recording}: the reject {item.ref} does not carry its row and a reason"
                break


def _other_type(value: Any) -> Any:
    match value:
        case bool():
            return "perhaps"
        case str():
            return {"value": value}
        case int() | float():
            return [value]
        case list() | dict():
            return "text"
        case _:
            return {"value": str(value)}


ROWS: tuple[Check, ...] = (
    lives_through_nulls,
    lives_through_missing_fields,
    lives_through_other_types,
    lives_through_strange_texts,
    lives_through_huge_values,
    counts_rows_that_are_no_objects,
    rejects_rows_without_an_id,
    keeps_or_counts_new_fields,
    maps_each_row_by_itself,
    leaves_rows_as_they_are,
    counts_rows_that_come_twice,
    reads_the_same_again,
    reads_in_threads,
    asks_when_it_is_wanted,
    goes_on_from_every_page,
    stops_when_told,
    asks_for_changes_since,
    notices_a_total_that_is_not_reached,
    tells_where_it_comes_from,
    rejects_keep_their_rows,
)
