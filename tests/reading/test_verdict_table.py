"""The table of completeness, row by row, over streams of any transport; and what no sequence of pages may bring about."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import IncompleteRead, SourceChangedError, SourceUnavailableError, StoreError
from bartack.reading.fetch import FeedRead, Limit
from bartack.sdk import Page, Query
from bartack_contracts import Person, Record
from support.told import Closed, Told, hub, page, person


def people(*numbers: int, **said: Any) -> Page:
    return page(*(person(number) for number in numbers), **said)


def verdict(folder: Any, *steps: Any, **how: Any) -> tuple[str, str]:
    read = hub(folder, Told("people", steps)).read(Person, allow_partial=True, **how)
    list(read)
    return read.report.verdict.completeness, " ".join(read.report.verdict.reasons)


MANY = tuple(range(1, 21))
EMPTY = [page(next=str(number)) for number in range(200)]

TABLE = [
    # all pages read, no contradiction
    ("one page", [people(1, 2)], "complete", ""),
    ("a page smaller than the others in the middle", [people(1, 2, next="a"), people(3, next="b"), people(4, 5)], "complete", ""),
    ("an empty page in the middle", [people(1, next="a"), page(next="b"), people(2)], "complete", ""),
    ("a total that grew while it was read", [people(1, next="a", total=2), people(2, 3, total=3)], "complete", ""),
    ("one row twice, where pages overlap", [people(1, 2, 3, next="a", total=5), people(3, 4, 5, total=5)], "complete", ""),
    ("a source that counts the row it sends twice on a page", [people(1, 1, total=2)], "complete", ""),
    ("rejected rows are accounted for", [page({"id": 1, "name": ""}, total=1)], "complete", ""),
    # a declared total contradicted
    ("a total that was not reached", [people(1, 2, total=3)], "partial", "declared 3 rows, 2 arrived"),
    ("a total that no source can have", [people(1, 2, total=-5)], "partial", "declared -5 rows"),
    ("a total that was passed", [people(1, 2, total=1)], "partial", "declared 1 rows, 2 arrived"),
    ("more announced by total, none by has_more", [people(1, total=9, has_more=False)], "partial", "total_mismatch"),
    ("a total reached only by rows that came again", [people(1, 2, next="a", total=4), people(2, 3, total=4)], "partial",
     "declared 4 rows, 3 arrived; 1 came again on later pages"),
    ("a total that shrank under the read", [people(1, 2, next="a", total=4), people(3, total=3)], "partial", "total_shrank"),
    ("a total below the rows that were read", [people(1, 2, next="a", total=3), people(3, total=2)], "partial", "total_mismatch"),
    # has-more contradicted, a next page not fetched
    ("more announced, but no cursor", [people(1, has_more=True)], "partial", "more_pages"),
    ("no more announced, but a cursor", [people(1, next="a", has_more=False)], "partial", "more_pages"),
    ("a next page that was not asked for", [people(1, next="a")], "partial", "more_pages"),
    ("rows after the last page", [people(1, next="a", has_more=False), people(2)], "partial", "more_after_last"),
    # a page lost
    ("an error after the first row", [people(1, next="a"), SourceUnavailableError("down")], "partial", "down"),
    ("a composite answer of which a part failed", [people(1, partial="2 of 3 parts failed")], "partial", "2 of 3 parts"),
    # pages that go in circles
    ("the cursor of this page again", [people(1, next="a"), people(2, next="a"), people(3)], "partial", "circles"),
    ("the cursor of any earlier page", [people(1, next="a"), people(2, next="b"), people(3, next="a")], "partial", "circles"),
    ("the rows of the page before", [people(1, 2, next="a"), people(1, 2, next="b")], "partial", "circles"),
    ("the rows of any earlier page", [people(1, next="a"), people(2, next="b"), people(1, next="c")], "partial", "circles"),
    ("most rows came before", [people(*MANY, next="a"), people(*MANY[:12], 98, 99)], "partial", "repeated_rows: 12 rows"),
    ("empty pages without end", [people(1, next="x"), *EMPTY], "partial", "pages in a row are empty"),
    ("empty pages from the beginning", EMPTY, "failed", "pages in a row are empty"),
    # nothing where there was something
    ("no rows, though the source counts some", [page(total=5)], "suspicious_empty", "declared 5 rows, 0 arrived"),
    ("no page, so no word of the source", [], "suspicious_empty", "no_page"),
    ("no rows, and the source counts none", [page(total=0)], "complete", ""),
    # failed
    ("an error before the first row", [SourceUnavailableError("down")], "failed", "down"),
    ("an error behind an empty page", [page(next="a"), SourceUnavailableError("down")], "failed", "down"),
]  # fmt: skip


@pytest.mark.parametrize(("steps", "completeness", "words"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_the_table_of_completeness(tmp_path: Any, steps: Any, completeness: str, words: str) -> None:
    found, reasons = verdict(tmp_path, *steps)
    assert (found, words in reasons) == (completeness, True), reasons


def test_a_page_that_came_before_is_not_counted_again(tmp_path: Any) -> None:
    read = hub(tmp_path, Told("people", (people(1, 2, next="a"), people(1, 2, next="b")))).read(Person)
    with pytest.raises(IncompleteRead, match="circles"):
        list(read)
    assert read.report.verdict.rows == 2


def test_the_same_rows_shuffled_under_ever_new_cursors_come_to_an_end(tmp_path: Any) -> None:
    @dataclass(frozen=True)
    class Shuffling(Told):
        def pages(self, session: Any, query: Query) -> Iterator[Page]:
            number = 0
            while True:
                number += 1
                yield page(*({**person(one), "visits": number} for one in (1, 2, 3)), next=str(number))

    read = hub(tmp_path, Shuffling("people", ())).read(Person, allow_partial=True)
    list(read)
    assert read.report.verdict.completeness == "partial"
    assert "101 pages in a row brought nothing new" in " ".join(read.report.verdict.reasons)


def test_a_stream_is_closed_when_its_read_ends_early(tmp_path: Any) -> None:
    closed: list[str] = []

    @dataclass(frozen=True)
    class Closing(Told):
        def pages(self, session: Any, query: Query) -> Iterator[Page]:
            try:
                yield from super().pages(session, query)
            finally:
                closed.append(self.name)

    read = hub(tmp_path, Closing("people", (people(1, next="a"), people(2, next="a"), people(3)))).read(Person)
    with pytest.raises(IncompleteRead) as caught:
        list(read)
    assert closed == ["people"], caught.value  # while the error, and with it the traceback, is still held


# -- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "limit", "completeness"),
    [
        ((people(1, 2, 3),), 2, "limited"),
        ((people(1, 2),), 2, "complete"),
        ((people(1, 2, next="a"), people(3)), 2, "limited"),
        ((people(1, 2), people(3)), 2, "limited"),  # the first page does not announce the second
        ((people(1, 2, total=3),), 2, "limited"),
        ((people(1, 2, has_more=True),), 2, "limited"),
    ],
)
def test_a_limit_that_left_something_makes_a_read_limited(
    tmp_path: Any, steps: Any, limit: int, completeness: str
) -> None:
    assert verdict(tmp_path, *steps, limit=limit)[0] == completeness


def test_a_stream_the_limit_left_unasked_makes_the_read_limited(tmp_path: Any) -> None:
    told = Told("people", (people(1, 2, total=2),)), Told("staff", (people(9),))
    read = hub(tmp_path, *told).read(Person, limit=2)
    assert len(list(read)) == 2
    assert read.report.verdict.completeness == "limited"
    assert [one.completeness for one in read.report.streams] == ["complete", "limited"]
    assert told[1].asked == []
    sources = hub(tmp_path, sources={"crm": told[:1], "tickets": told[1:]}).read(Person, limit=2)
    assert len(list(sources)) == 2
    assert [(one.source, one.completeness) for one in sources.report.streams] == [
        ("crm", "complete"),
        ("tickets", "limited"),
    ]


def test_a_read_that_has_not_begun_is_not_complete(tmp_path: Any) -> None:
    read = hub(tmp_path, Told("people", (people(1),)), Told("staff", (people(2),))).read(Person)
    seen = [read.report.verdict.completeness]
    seen += [read.report.verdict.completeness for _ in read]
    assert [*seen, read.report.verdict.completeness] == ["limited", "limited", "limited", "complete"]


# -- what the store knows ---------------------------------------------------------------------------------------------


def read_feed(folder: Any, *steps: Any, query: Query | None = None, **how: Any) -> FeedRead:
    (feed,) = hub(folder, Told("people", steps)).source("crm").feeds()
    read = FeedRead(feed, Limit(None), **how)
    list(read.run(Closed(), query or Query()))
    return read


def test_no_rows_where_the_store_knows_some_is_suspicious(tmp_path: Any) -> None:
    assert read_feed(tmp_path, page(), expected=lambda: 7).completeness == "suspicious_empty"
    assert read_feed(tmp_path, page(), expected=lambda: 0).completeness == "complete"
    assert read_feed(tmp_path, page(), expected=lambda: None).completeness == "complete"
    assert read_feed(tmp_path, people(1), expected=lambda: 7).completeness == "complete"


def test_what_there_was_is_only_asked_for_when_nothing_comes(tmp_path: Any) -> None:
    asked: list[None] = []
    read_feed(tmp_path, people(1), expected=lambda: asked.append(None))
    assert asked == []


def test_a_store_that_cannot_be_read_leaves_an_empty_read_in_doubt(tmp_path: Any) -> None:
    def broken() -> int:
        raise StoreError("damaged")

    read = read_feed(tmp_path, page(), expected=broken)
    assert read.completeness == "partial"
    assert "what there was cannot be told: StoreError: damaged" in " ".join(read.account.reasons)


def test_rows_that_a_rule_leaves_out_one_and_all_are_none(tmp_path: Any) -> None:
    firms = page({"id": 1, "type": "firm"}, {"id": 2, "type": "firm"})
    assert read_feed(tmp_path, firms, expected=lambda: 7).completeness == "suspicious_empty"
    assert read_feed(tmp_path, firms).completeness == "complete"


def test_rows_that_were_all_deleted_are_some(tmp_path: Any) -> None:
    assert read_feed(tmp_path, page({"id": 1, "gone": True}), expected=lambda: 7).completeness == "complete"


@pytest.mark.parametrize("query", [Query(id="7"), Query(cursor="a"), Query(since=page().fetched_at)])
def test_a_part_of_the_source_may_well_be_empty(tmp_path: Any, query: Query) -> None:
    assert read_feed(tmp_path, page(), expected=lambda: 7, query=query).completeness == "complete"


def test_a_read_that_goes_on_is_held_to_the_total_of_the_whole(tmp_path: Any) -> None:
    rest = people(3, 4, total=4)
    assert read_feed(tmp_path, rest, query=Query(cursor="a", seen=2)).completeness == "complete"
    assert read_feed(tmp_path, rest, query=Query(cursor="a", seen=1)).completeness == "partial"
    assert read_feed(tmp_path, rest, query=Query(cursor="a")).completeness == "complete"  # nobody knows how far it was
    assert read_feed(tmp_path, people(3, next="a"), query=Query(cursor="a")).completeness == "partial"


# -- the threshold of rejects -----------------------------------------------------------------------------------------


def rows(good: int, bad: int, first: int = 1) -> list[dict[str, Any]]:
    numbers = range(first, first + good + bad)
    return [person(number) if number < first + good else {"id": number} for number in numbers]


def flooded(folder: Any, *steps: Any, **tables: Any) -> Any:
    read = hub(folder, Told("people", steps), **tables).read(Person, allow_partial=True)
    items = list(read.items())
    return read, items


def test_a_flood_of_rejects_ends_the_read_as_failed(tmp_path: Any) -> None:
    read, items = flooded(tmp_path, page(*rows(9, 11), next="a"), people(90))
    assert read.report.verdict.completeness == "failed"
    assert "too_many_rejects: 11 of 20 rows" in " ".join(read.report.verdict.reasons)
    assert "required.absent" in " ".join(read.report.verdict.reasons)
    assert len(items) == 20  # what arrived is accounted for, and no further page is asked
    assert [type(error) for error in read.errors] == [SourceChangedError]


@pytest.mark.parametrize(
    ("steps", "tables", "completeness"),
    [
        ([page(*rows(10, 10))], {}, "complete"),  # no more than the share
        ([page(*rows(8, 11))], {}, "complete"),  # too few rows to tell
        ([page(*rows(8, 11), next="a"), page(*rows(0, 1, 50))], {}, "failed"),
        ([page(*rows(0, 30))], {"surprises": {"too_many_rejects": "accept"}}, "complete"),
        ([page(*rows(25, 5))], {"surprises": {"reject_share": 0.1}}, "failed"),
        ([page(*rows(0, 30))], {"surprises": {"streams": {"people": {"too_many_rejects": "warn"}}}}, "complete"),
        ([page(*rows(0, 30))], {"surprises": {"streams": {"others": {"too_many_rejects": "warn"}}}}, "failed"),
        ([page(*rows(25, 5))], {"surprises": {"streams": {"people": {"reject_share": 0.1}}}}, "failed"),
    ],
)
def test_the_operator_decides_how_many_rejects_are_too_many(
    tmp_path: Any, steps: Any, tables: Any, completeness: str
) -> None:
    assert flooded(tmp_path, *steps, **tables)[0].report.verdict.completeness == completeness


def test_rows_left_out_by_a_rule_do_not_thin_a_flood(tmp_path: Any) -> None:
    firms = [{"id": 100 + number, "type": "firm"} for number in range(500)]
    assert flooded(tmp_path, page(*firms, *rows(9, 11)))[0].report.verdict.completeness == "failed"


def test_a_page_can_be_judged_between_mapping_and_books(tmp_path: Any) -> None:
    def no_zoe(found: Sequence[Any], outcomes: list[Any]) -> list[Any]:
        assert len(found) == len(outcomes) == 2
        return [
            one._replace(kind="skipped") if row["id"] == 2 else one for row, one in zip(found, outcomes, strict=True)
        ]

    read = read_feed(tmp_path, people(1, 2), judges=[no_zoe])
    assert (read.account.counts["delivered"], read.account.counts["skipped"]) == (1, 1)


# -- any sequence of pages --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """What a source holds, how it hands that out, and what goes wrong on the way."""

    ids: tuple[int, ...]
    size: int
    says_total: bool
    says_more: bool
    fault: str
    at: int

    def pages(self) -> list[Any]:
        """The pages a client gets that follows every cursor until there is none."""
        cut = [self.ids[start : start + self.size] for start in range(0, len(self.ids), self.size)] or [()]
        at = self.at % len(cut)
        made: list[Any] = [
            people(
                *part,
                next=None if number + 1 == len(cut) else str(number + 1),
                total=len(self.ids) if self.says_total else None,
                has_more=number + 1 < len(cut) if self.says_more else None,
            )
            for number, part in enumerate(cut)
        ]
        if self.fault == "error":
            made[at:] = [SourceUnavailableError("down")]
        elif self.fault == "stops":
            del made[at + 1 :]
        elif self.fault == "loses a page":
            del made[at]
        elif self.fault == "loses a row":
            made[at] = people(*cut[at][1:], next=made[at].next, total=made[at].total, has_more=made[at].has_more)
        elif self.fault == "loops":
            back = made[at]
            made[at + 1 :] = [people(*back_rows, next=back.next) for back_rows in [cut[0]] * 3]
        elif self.fault == "says partial":
            one = made[at]
            made[at] = people(*cut[at][1:], next=one.next, total=None, has_more=one.has_more, partial="a part failed")
        elif self.fault == "sends others again" and at > 0:
            again = (*cut[at - 1][-1:], *cut[at][1:])
            made[at] = people(*again, next=made[at].next, total=made[at].total, has_more=made[at].has_more)
        return made

    @property
    def lets_on(self) -> bool:
        """Whether anything in the answers betrays the fault: no reader can know of a page nobody mentions."""
        return self.says_total or self.fault in ("error", "stops", "loops", "says partial", "none")


FAULTS = ["none", "error", "stops", "loses a page", "loses a row", "loops", "says partial", "sends others again"]
sources = st.builds(
    Source,
    ids=st.lists(st.integers(1, 500), unique=True, max_size=30).map(tuple),
    size=st.integers(1, 7),
    says_total=st.booleans(),
    says_more=st.booleans(),
    fault=st.sampled_from(FAULTS),
    at=st.integers(0, 30),
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@given(source=sources)
def test_a_read_of_which_rows_are_missing_is_never_complete(folder: Path, source: Source) -> None:
    read = hub(folder, Told("people", tuple(source.pages()))).read(Person, allow_partial=True)
    got = {int(record.ref.id) for record in read}
    completeness = read.report.verdict.completeness
    if source.fault == "none":
        assert (got, completeness) == (set(source.ids), "complete"), read.report.verdict.reasons
    elif got != set(source.ids) and source.lets_on:
        assert completeness in ("partial", "failed", "suspicious_empty")
        assert read.report.verdict.reasons


tokens = st.one_of(st.none(), st.sampled_from("abcdef"))
told_pages = st.builds(
    lambda numbers, **said: people(*numbers, **said),
    st.lists(st.integers(1, 9), max_size=6),
    next=tokens,
    has_more=st.sampled_from([None, None, True, False]),
    total=st.one_of(st.none(), st.integers(0, 12)),
    partial=st.sampled_from([None, None, None, "half"]),
)
steps = st.lists(st.one_of(told_pages, told_pages, told_pages, st.just(SourceUnavailableError("down"))), max_size=6)


@given(steps=steps)
def test_a_complete_read_contradicts_nothing_the_source_said(folder: Path, steps: list[Any]) -> None:
    read = hub(folder, Told("people", tuple(steps))).read(Person, allow_partial=True)
    items = list(read.items())
    report = read.report
    assert report.verdict.rows == report.verdict.delivered + report.verdict.duplicates
    assert len(items) == report.verdict.delivered
    if report.verdict.completeness != "complete":
        assert report.verdict.reasons
        return
    assert all(isinstance(step, Page) for step in steps)
    totals = [step.total for step in steps if step.total is not None]
    earlier: list[set[int]] = [set()]
    for step in steps:
        earlier.append(earlier[-1] | {row["id"] for row in step.rows})
    again = sum(row["id"] in before for step, before in zip(steps, earlier, strict=False) for row in step.rows)
    cursors = [step.next for step in steps if step.next is not None]
    assert not any(step.partial for step in steps)
    assert len(set(cursors)) == len(cursors)
    assert not steps or (steps[-1].next is None and steps[-1].has_more is not True)
    assert not totals or totals[-1] == report.verdict.rows - again
    assert totals == sorted(totals)
    assert all(not after.rows for before, after in itertools.pairwise(steps) if before.has_more is False)
    contents = [tuple(row["id"] for row in step.rows) for step in steps if step.rows]
    assert len(set(contents)) == len(contents)
    assert {int(item.ref.id) for item in items if isinstance(item, Record)} == earlier[-1]


@dataclass(frozen=True)
class Moving(Told):
    """A source paged by position, whose rows come and go between two pages; it counts them anew with each."""

    ids: tuple[int, ...] = ()
    size: int = 1
    changes: tuple[tuple[str, int], ...] = ()
    stayed: set[int] = field(default_factory=set)

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        there = list(self.ids)
        self.stayed.update(there)
        offset, fresh = 0, 1000
        changes = iter(self.changes)
        while True:
            part = there[offset : offset + self.size]
            offset += len(part)
            more = bool(part) and offset < len(there)
            yield people(*part, total=len(there), next=str(offset) if more else None)
            if not more:
                return
            change, at = next(changes, ("nothing", 0))
            if change == "insert":
                there.insert(at % (len(there) + 1), fresh)
                fresh += 1
            elif change == "delete":
                self.stayed.discard(there.pop(at % len(there)))


@given(
    ids=st.lists(st.integers(1, 500), unique=True, max_size=20).map(tuple),
    size=st.integers(1, 6),
    changes=st.lists(st.tuples(st.sampled_from(["insert", "delete", "nothing"]), st.integers(0, 40)), max_size=8),
)
def test_rows_that_slip_over_the_end_of_a_page_are_missed_but_not_in_silence(
    folder: Path, ids: tuple[int, ...], size: int, changes: list[tuple[str, int]]
) -> None:
    moving = Moving("people", (), ids=ids, size=size, changes=tuple(changes))
    read = hub(folder, moving).read(Person, allow_partial=True)
    got = {int(record.ref.id) for record in read}
    if not moving.stayed <= got:
        assert read.report.verdict.completeness == "partial", (moving.stayed - got, read.report)
    if all(change == "nothing" for change, _ in changes):
        assert read.report.verdict.completeness == "complete"
