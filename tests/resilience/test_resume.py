"""A failure costs a wait, not the read: whatever the transport, the read goes on behind its last good page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bartack import config
from bartack.errors import AccessError, BartackError, IncompleteRead, SourceUnavailableError, WireError
from bartack.events import Event
from bartack.hub import Hub
from bartack.reading.read import Read
from bartack.resilience.budget import RetryBudget
from bartack.testing.clock import FakeClock
from bartack.transports.base import Page, Query
from support.http_vendor import Answer, Asked, Vendor, running_vendor
from support.told import MAPPING, hub, page, person

CUT = Answer(wire=b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"items": [')
NO_ANSWER = Answer(wire=b"")
DOWN = Answer({"message": "maintenance"}, 503)
BUSY = Answer({"message": "slow down"}, 429, headers={"Retry-After": "7"})
FAULTS = {"cut body": CUT, "no answer": NO_ANSWER, "503": DOWN, "429": BUSY}

HTTP = """
[sources.crm]
connector = "http"
base_url = "{url}"
[sources.crm.streams.people]
path = "/people"
rows = "items"
key = "id"
total = "total"
paging = {{ kind = "cursor", next = "next", param = "cursor" }}
mapping = "people.yaml"
one = "/people/{{id}}"
"""


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with running_vendor() as running:
        yield running


class Bench:
    """A hub over a vendor, on a clock that only sleeping moves."""

    def __init__(self, folder: Path, text: str, **tables: Any) -> None:
        import tomllib

        (folder / "people.yaml").write_text(MAPPING)
        self.clock = FakeClock()
        self.events: list[Event] = []
        data = tomllib.loads(text)
        for source in data["sources"].values():
            source.update(tables)
        self.hub = Hub(
            config.parse(data, folder),
            clock=self.clock.now,
            sleep=self.clock.sleep,
            monotonic=self.clock.monotonic,
            listener=self.events.append,
        )

    def read(self) -> Read[Any]:
        return self.hub.read("person", allow_partial=True)

    def told(self, *steps: str) -> list[Event]:
        return [event for event in self.events if event.step in steps]


def people(asked: Asked) -> Answer:
    """Six persons on three pages."""
    number = int(asked.query.get("cursor", "0"))
    following = str(number + 2) if number < 4 else None
    return Answer({"items": [person(number + 1), person(number + 2)], "total": 6, "next": following})


def ids(read: Read[Any]) -> list[str]:
    return [record.ref.id for record in read]


# -- http -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_page_that_fails_is_asked_for_again_and_the_read_is_complete(
    tmp_path: Path, vendor: Vendor, at: int, fault: str
) -> None:
    vendor.on("/people", *[people] * at, FAULTS[fault], people)
    bench = Bench(tmp_path, HTTP.format(url=vendor.url))
    read = bench.read()
    assert ids(read) == ["1", "2", "3", "4", "5", "6"]
    assert read.report.verdict.completeness == "complete"
    assert len(vendor.asked) == 4
    (retry,) = bench.told("retry")
    assert (retry.source, retry.stream) == ("crm", "people")
    assert retry.attributes["attempt"] == 1
    assert retry.attributes["error"] in ("SourceUnavailableError", "WireError")


@pytest.mark.parametrize(("written", "seconds"), [("7", 7.0), ("1.5", 1.5), ("Mon, 23 Nov 2026 10:00:20 GMT", 20.0)])
def test_nothing_is_sent_before_the_source_asked_for_it(
    tmp_path: Path, vendor: Vendor, written: str, seconds: float
) -> None:
    at: list[float] = []

    def noted(answer: Any) -> Any:
        def reply(asked: Asked) -> Answer:
            at.append(bench.clock.passed)
            found: Answer = answer(asked) if callable(answer) else answer
            return found

        return reply

    headers = {"Retry-After": written, "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    bench = Bench(tmp_path, HTTP.format(url=vendor.url))
    vendor.on("/people", noted(Answer({"message": "slow down"}, 429, headers=headers)), noted(people))
    assert len(ids(bench.read())) == 6
    assert seconds <= at[1] - at[0] <= seconds * 1.1


@pytest.mark.parametrize("written", ["86400", "61", "Tue, 24 Nov 2026 10:00:00 GMT"])
def test_a_source_that_wants_a_day_ends_the_read_and_the_error_says_when(
    tmp_path: Path, vendor: Vendor, written: str
) -> None:
    headers = {"Retry-After": written, "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    vendor.on("/people", people, Answer({"message": "quota"}, 429, headers=headers))
    bench = Bench(tmp_path, HTTP.format(url=vendor.url))
    read = bench.read()
    assert ids(read) == ["1", "2"]
    assert bench.clock.slept == []
    (error,) = read.errors
    assert error.retry_after is not None
    assert error.retry_after > 60
    assert "try again in" in str(error)
    with pytest.raises(SourceUnavailableError, match="it asked to wait"):  # nor is it asked by the next one
        bench.hub.explain("crm/people/1")
    assert len(vendor.asked) == 2


def test_a_source_that_stays_down_is_asked_as_often_as_configured(tmp_path: Path, vendor: Vendor) -> None:
    vendor.on("/people", people, DOWN)
    bench = Bench(tmp_path, HTTP.format(url=vendor.url), limits={"attempts": 3})
    read = bench.read()
    assert ids(read) == ["1", "2"]
    assert read.report.verdict.completeness == "partial"
    assert len(vendor.asked) == 1 + 3
    assert [event.attributes["attempt"] for event in bench.told("retry")] == [1, 2]


def test_what_a_person_must_mend_is_not_asked_for_again(tmp_path: Path, vendor: Vendor) -> None:
    vendor.on("/people", people, Answer({"message": "no scope"}, 403))
    bench = Bench(tmp_path, HTTP.format(url=vendor.url))
    read = bench.read()
    ids(read)
    assert [type(error) for error in read.errors] == [AccessError]
    assert len(vendor.asked) == 2
    assert bench.clock.slept == []


def test_one_record_is_asked_for_again(tmp_path: Path, vendor: Vendor) -> None:
    vendor.on("/people/7", DOWN, Answer(person(7)), CUT, Answer(person(7)))
    bench = Bench(tmp_path, HTTP.format(url=vendor.url))
    assert bench.hub.get("crm/people/7").ref.id == "7"
    assert bench.hub.explain("crm/people/7").ref.id == "7"
    assert len(vendor.asked) == 4


def test_the_breaker_answers_for_a_source_that_is_down(tmp_path: Path, vendor: Vendor) -> None:
    vendor.on("/people", DOWN)
    bench = Bench(tmp_path, HTTP.format(url=vendor.url), limits={"attempts": 1})
    for _ in range(20):
        ids(bench.read())
    assert len(vendor.asked) == 20
    read = bench.read()
    ids(read)
    assert len(vendor.asked) == 20
    assert read.errors[0].retry_after == pytest.approx(30)
    (opened,) = bench.told("breaker")
    assert opened.attributes["state"] == "open"
    vendor.on("/people", people)
    bench.clock.go_on(30)
    assert len(ids(bench.read())) == 6  # three pages: three probes
    assert [event.attributes["state"] for event in bench.told("breaker")] == ["open", "closed"]


def test_each_exchange_is_told_with_its_host_and_status(tmp_path: Path, vendor: Vendor) -> None:
    vendor.on("/people", DOWN, people)
    bench = Bench(tmp_path, HTTP.format(url=vendor.url))
    ids(bench.read())
    host = vendor.url.removeprefix("http://")
    assert [dict(event.attributes) for event in bench.told("request")] == [
        {"host": host, "status": status} for status in (503, 200, 200, 200)
    ]


# -- soap and sql -----------------------------------------------------------------------------------------------------


def test_a_soap_read_is_asked_for_again_although_it_is_a_post(tmp_path: Path, vendor: Vendor) -> None:
    from support.soap_service import NAMESPACE, WSDL, envelope

    def listed(first: int, following: str) -> Answer:
        customers = "".join(f"<customer><id>{n}</id><name>Person {n}</name></customer>" for n in (first, first + 1))
        inner = f'<ListCustomersResponse xmlns="{NAMESPACE}">{following}{customers}</ListCustomersResponse>'
        return Answer(envelope(inner).encode(), headers={"Content-Type": "text/xml; charset=utf-8"})

    (tmp_path / "crm.wsdl").write_text(WSDL.replace("https://crm.example/service", f"{vendor.url}/service"))
    vendor.on("/service", listed(1, "<next>b</next>"), DOWN, CUT, listed(3, ""))
    text = """
    [sources.crm]
    connector = "soap"
    wsdl = "crm.wsdl"
    [sources.crm.streams.people]
    operation = "ListCustomers"
    rows = "customer"
    key = "id"
    paging = { kind = "token", argument = "token", token = "next" }
    mapping = "people.yaml"
    """
    bench = Bench(tmp_path, text)
    read = bench.read()
    assert ids(read) == ["1", "2", "3", "4"]
    assert read.report.verdict.completeness == "complete"
    assert {one.method for one in vendor.asked} == {"POST"}
    assert len(vendor.asked) == 4


def test_a_database_that_is_locked_for_a_moment_ends_no_read(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO people VALUES (?, ?)", [(n, f"Person {n}") for n in range(5)])
    text = """
    [sources.crm]
    connector = "sql"
    url = "sqlite:///crm.db"
    connect_timeout = 0.01
    [sources.crm.streams.people]
    table = "people"
    key = "id"
    mapping = "people.yaml"
    """
    bench = Bench(tmp_path, text)
    writer = sqlite3.connect(tmp_path / "crm.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")

    def sleep(seconds: float) -> None:
        if writer.in_transaction:
            writer.execute("ROLLBACK")

    bench.clock.sleep = sleep  # type: ignore[method-assign]
    locked = Hub(bench.hub.config, clock=bench.clock.now, sleep=sleep, listener=bench.events.append)
    read = locked.read("person")
    assert len(ids(read)) == 5
    assert [event.attributes["error"] for event in bench.told("retry")] == ["SourceUnavailableError"]
    writer.close()


# -- any stream -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Faulty:
    """Pages of two rows, by cursor; fails as told, before, on and behind its pages."""

    pages_in_all: int
    failures: list[tuple[int, BartackError]]
    name: str = "people"
    mapping: str = "people.yaml"
    key: str = "id"
    evidence: str = "live"
    asked: list[Query] = field(default_factory=list)
    cursors: bool = True

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        self.asked.append(query)
        start = int(query.cursor or 0)
        for number in range(start, self.pages_in_all):
            self._fail(number)
            following = str(number + 1) if self.cursors and number + 1 < self.pages_in_all else None
            yield page(person(2 * number), person(2 * number + 1), next=following, total=2 * self.pages_in_all)
        self._fail(self.pages_in_all)

    def _fail(self, number: int) -> None:
        for one in self.failures:
            if one[0] == number:
                self.failures.remove(one)
                raise one[1]

    def decode(self, body: Any) -> Page:
        raise NotImplementedError


def read_faulty(folder: Path, stream: Faulty) -> Read[Any]:
    clock = FakeClock()
    how = {"sleep": clock.sleep, "monotonic": clock.monotonic}
    made = hub(folder, stream, how=how, limits={"attempts": 4})  # type: ignore[arg-type]
    source = made.source("crm")
    made._prepared["crm"] = replace(
        source, patience=replace(source.patience, budget=RetryBudget(start=1000, most=1000))
    )
    return made.read("person", allow_partial=True)


errors = st.sampled_from(
    [SourceUnavailableError("down"), WireError("cut"), SourceUnavailableError("busy", retry_after=3)]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.integers(1, 6).flatmap(
        lambda pages: st.tuples(st.just(pages), st.lists(st.integers(0, pages - 1), max_size=12))
    ),
    st.data(),
)
def test_wherever_a_read_fails_it_ends_complete_with_each_row_once_or_says_what_is_missing(
    tmp_path: Path, told: tuple[int, list[int]], data: st.DataObject
) -> None:
    pages, places = told
    stream = Faulty(pages, [(place, data.draw(errors)) for place in places])
    read = read_faulty(tmp_path, stream)
    found = ids(read)
    whole = [str(number) for number in range(2 * pages)]
    if all(places.count(place) < 4 for place in places):
        assert (found, read.report.verdict.completeness) == (whole, "complete")
    else:
        assert read.report.verdict.completeness in ("partial", "failed")
        assert found == whole[: len(found)]
    assert read.report.verdict.rows == len(found)
    assert all(query.seen == 2 * int(query.cursor) for query in stream.asked if query.cursor)


def test_a_failure_behind_the_last_page_begins_nothing_again(tmp_path: Path) -> None:
    stream = Faulty(2, [(2, SourceUnavailableError("the connection broke"))])
    read = read_faulty(tmp_path, stream)
    assert ids(read) == ["0", "1", "2", "3"]
    assert len(stream.asked) == 1


def test_a_stream_without_cursors_is_begun_again_only_while_nothing_was_handed_on(tmp_path: Path) -> None:
    stream = Faulty(2, [(0, SourceUnavailableError("down"))], cursors=False)
    assert ids(read_faulty(tmp_path, stream)) == ["0", "1", "2", "3"]
    stream = Faulty(2, [(1, SourceUnavailableError("down"))], cursors=False)
    read = read_faulty(tmp_path, stream)
    assert ids(read) == ["0", "1"]
    with pytest.raises(IncompleteRead):
        read.hold(complete=True)


def test_readers_who_leave_early_leave_nothing_open(tmp_path: Path) -> None:
    closed: list[str] = []

    class Closing(Faulty):
        def pages(self, session: Any, query: Query) -> Iterator[Page]:
            try:
                yield from super().pages(session, query)
            finally:
                closed.append("closed")

    read = read_faulty(tmp_path, Closing(3, []))
    next(iter(read))
    read.close()
    assert closed == ["closed"]
