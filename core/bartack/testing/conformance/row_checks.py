"""Level dependable, on rows: whatever a row holds, it becomes a record or a reject, and the others stay what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from bartack.testing.conformance.bench import Bench, Performance, Recording
from bartack.testing.conformance.check import Check, Finding, check

__all__ = ["ROWS"]

_NEW = "no_such_field_before"
_STRANGE = "Ångström Zoë 山田 \U0001f9f5 a\u0301 \u202e x"
_ODD: tuple[Any, ...] = (None, "row", 7, [], True)


@check("dependable", repair="take a null for what it is: a value that is there, and empty")
def lives_through_nulls(bench: Bench) -> Iterator[Finding]:
    """A null in any field gives a record or a reject."""
    yield from _each_field(bench, lambda _: None)


@check("dependable", repair="take nothing for granted: a field that is not there is absent, not an exception")
def lives_through_missing_fields(bench: Bench) -> Iterator[Finding]:
    """A field that is not sent gives a record or a reject."""
    for recording, one in bench.whole():
        for name in _fields(bench, recording):
            played = bench.damaged(recording, one, _each(partial(_without, {name})))
            yield from _holds(played, one.take.report.rows, f"{recording}: {name}")


@check("dependable", repair="look at the type of what is there before you use it")
def lives_through_other_types(bench: Bench) -> Iterator[Finding]:
    """A field of another type gives a record or a reject."""
    yield from _each_field(bench, _other_type)


@check("dependable", repair="keep texts as they are: normalizers clean them, and say so")
def lives_through_strange_texts(bench: Bench) -> Iterator[Finding]:
    """Texts with other scripts, combining characters and directions are read or rejected."""
    yield from _each_field(bench, lambda value: _STRANGE if isinstance(value, str) else value)


@check("dependable", repair="set no limit of your own to what a field may hold")
def lives_through_huge_values(bench: Bench) -> Iterator[Finding]:
    """Very long texts and very large numbers are read or rejected."""
    yield from _each_field(bench, lambda value: 10**30 if isinstance(value, int | float) else "9" * 70_000)


@check("dependable", repair="count what the list held, also what is no object: Page(rows=…) takes anything")
def counts_rows_that_are_no_objects(bench: Bench) -> Iterator[Finding]:
    """Something that is no object among the rows is a reject, not a hole."""
    for recording, one in bench.whole():
        arrived = [len(page.rows) for page in bench.pages(recording) if page.rows]  # one more would pass a stated total
        for odd in _ODD:
            played = bench.damaged(recording, one, partial(_with_another, odd))
            where = f"{recording}: {odd!r} among the rows"
            yield from _holds(played, sum(arrived), where)
            if played.whole and played.take.report.rejected < len(arrived):
                yield f"{where}: {played.take.report.rejected} rows are rejected"


@check("dependable", repair="let the key be a path into the row, and make up no id for a row that has none")
def rejects_rows_without_an_id(bench: Bench) -> Iterator[Finding]:
    """A row without its id is a reject; it gets no other one, and is not lost."""
    for recording, one in bench.whole():
        key = one.take.feed.stream.key
        names = [key] if isinstance(key, str) else list(key) if isinstance(key, tuple) else []
        roots = {name.split(".")[0].split("[")[0] for name in names}
        if roots:
            played = bench.damaged(recording, one, _each(partial(_without, roots)))
            yield from _holds(played, one.take.report.rows, f"{recording}: rows without an id")
            if played.take.report.delivered:
                yield f"{recording}: {played.take.report.delivered} rows without an id become records"


@check("dependable", repair="hand rows on as they came, and declare custom: true in the mapping, or what is ignored")
def keeps_or_counts_new_fields(bench: Bench) -> Iterator[Finding]:
    """A field that is new changes no other one, and is kept or counted."""
    for recording, one in bench.whole():
        played = bench.damaged(recording, one, _each(lambda row: {**row, _NEW: "new"}))
        if not played.whole:
            yield f"{recording}: a new field: {played.ending}"
            continue
        if played.records.keys() != one.records.keys():
            yield f"{recording}: a new field makes {len(played.records)} records of {len(one.records)}"
        kept = all(any(_NEW in item.key for item in value.custom) for value in played.records.values())
        if not kept and not any(_NEW in path for path in played.take.report.unread):
            yield f"{recording}: a new field is neither kept under custom nor counted as unread"


@check("dependable", repair="hand each row on by itself: nothing of one row in the next")
def takes_each_row_by_itself(bench: Bench) -> Iterator[Finding]:
    """The order of the rows of a page, and what stands beside them, changes none of them."""
    for recording, one in bench.whole():
        if one.take.report.duplicates or "row.conflict" in one.take.report.issues:
            continue
        played = bench.damaged(recording, one, lambda rows: rows[::-1])
        shared = played.records.keys() & one.records.keys()
        if any(played.records[name] != one.records[name] for name in shared):
            yield f"{recording}: rows in another order become other records"


@check("dependable", repair="leave counting to Bartack; a row that comes twice is told apart by its id")
def counts_rows_that_come_twice(bench: Bench) -> Iterator[Finding]:
    """Rows that come twice are counted twice, and give each record once."""
    for recording, one in bench.whole():
        last = list(bench.pages(recording)[-1].rows)
        if not last or "row.conflict" in one.take.report.issues:
            continue
        # Of a stream in the order of its key only the last key is remembered: a row comes twice there directly behind itself.
        ordered = bool(getattr(one.take.feed.stream, "ordered_by_key", False))
        played = bench.damaged(recording, one, partial(_twice_in_place if ordered else _twice, last))
        yield from _holds(played, one.take.report.rows + len(last), f"{recording}: the last rows twice")
        if played.whole and len(played.take.records) != len(one.take.records):
            yield f"{recording}: the last rows twice: {len(played.take.records)} records, not {len(one.take.records)}"


@check("dependable", "totals", repair="hand the source's own total on: Page(total=…) or total='path'")
def notices_a_total_that_is_not_reached(bench: Bench) -> Iterator[Finding]:
    """A source that declares more rows than it sends is not read as complete."""
    for recording, one in bench.whole():
        pages = bench.pages(recording)
        if pages[-1].rows and any(page.total is not None for page in pages):
            played = bench.damaged(recording, one, partial(_one_less, list(pages[-1].rows)))
            if played.whole and played.take.report.completeness == "complete":
                yield f"{recording}: a row is missing of those that the source declares, and the read ends complete"


def _each(change: Callable[[Any], Any]) -> Callable[[list[Any]], list[Any]]:
    """Return what changes each row of a page that is an object."""
    return lambda rows: [change(row) if isinstance(row, dict) else row for row in rows]


def _each_field(bench: Bench, put: Callable[[Any], Any]) -> Iterator[Finding]:
    """Put something else into each native field, in all rows at once, and look at the books."""
    for recording, one in bench.whole():
        for name in _fields(bench, recording):
            played = bench.damaged(recording, one, _each(partial(_with, name, put)))
            yield from _holds(played, one.take.report.rows, f"{recording}: {name}")


def _fields(bench: Bench, recording: Recording) -> list[str]:
    """Return the native fields of a recording's rows."""
    rows = [row for page in bench.pages(recording) for row in page.rows if isinstance(row, dict)]
    return list(dict.fromkeys(key for row in rows for key in row))


def _holds(played: Performance, rows: int, where: str) -> Iterator[Finding]:
    """Yield what is wrong with a read of damaged rows: it ended with no BartackError, and a row is in no book."""
    if played.crash is not None or played.endless:
        yield f"{where}: {played.ending}"
        return
    books = played.take.report
    columns = books.delivered + books.rejected + books.duplicates + books.tombstones + books.skipped
    if played.take.error is None and not books.rows == columns == rows:
        yield f"{where}: {rows} rows came, {columns} are accounted for"


def _with(name: str, put: Callable[[Any], Any], row: dict[str, Any]) -> dict[str, Any]:
    return {**row, name: put(row[name])} if name in row else row


def _without(names: set[str], row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _with_another(odd: Any, rows: list[Any]) -> list[Any]:
    return [*rows[:-1], odd]


def _one_less(last: list[Any], rows: list[Any]) -> list[Any]:
    return rows[:-1] if _are(rows, last) else rows


def _twice_in_place(last: list[Any], rows: list[Any]) -> list[Any]:
    return [again for row in rows for again in (row, row)] if _are(rows, last) else rows


def _twice(last: list[Any], rows: list[Any]) -> list[Any]:
    return [*rows, *rows] if _are(rows, last) else rows


def _are(rows: list[Any], last: list[Any]) -> bool:
    return len(rows) == len(last) and _name(rows[-1]) == _name(last[-1])


def _name(row: Any) -> str:
    return str(next(iter(row.items()), "")) if isinstance(row, dict) else str(row)


def _other_type(value: Any) -> Any:
    match value:
        case bool():
            return "perhaps"
        case int() | float():
            return [value]
        case list() | dict():
            return "text"
        case _:
            return {"value": value}


ROWS: tuple[Check, ...] = (
    lives_through_nulls,
    lives_through_missing_fields,
    lives_through_other_types,
    lives_through_strange_texts,
    lives_through_huge_values,
    counts_rows_that_are_no_objects,
    rejects_rows_without_an_id,
    keeps_or_counts_new_fields,
    takes_each_row_by_itself,
    counts_rows_that_come_twice,
    notices_a_total_that_is_not_reached,
)
