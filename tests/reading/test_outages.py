"""A real HTTP service that was synced, and then fails on the wire: what its readers get meanwhile, and afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bartack import config
from bartack.errors import AccessError, IncompleteRead
from bartack.hub import Hub
from bartack_contracts import Person, Record
from support.http_vendor import Answer, Vendor, running_vendor
from support.told import MAPPING, NOW

RESET = Answer(wire=b"")
CUT = Answer(wire=b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"items": [')
DOWN = Answer({"message": "maintenance"}, 503)
RENAMED = {"elements": [{"id": 1, "name": "Person 1"}]}
REFUSED = {"error": "the report engine is not licensed"}


class World:
    """A service, and a clock that also moves while somebody sleeps."""

    def __init__(self, folder: Path, vendor: Vendor) -> None:
        self.vendor = vendor
        self.now = NOW
        (folder / "people.yaml").write_text(MAPPING)
        stream = {
            "path": "/people",
            "rows": "items",
            "key": "id",
            "total": "total",
            "mapping": "people.yaml",
            "paging": {"kind": "cursor", "next": "next", "param": "cursor"},
        }
        source = {"connector": "http", "base_url": vendor.url, "streams": {"people": stream}}
        self.config = config.parse({"sources": {"crm": source}}, folder)

    def clock(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def hub(self) -> Hub:
        return Hub(self.config, clock=self.clock, sleep=self.sleep, monotonic=lambda: (self.now - NOW).total_seconds())


def people(first: int, last: int, *, total: int, following: str | None = None) -> dict[str, Any]:
    rows = [{"id": number, "name": f"Person {number}"} for number in range(first, last + 1)]
    return {"items": rows, "total": total, "next": following}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Three people in two pages, synced at NOW."""
    with running_vendor() as vendor:
        made = World(tmp_path, vendor)
        vendor.on("/people", people(1, 2, total=3, following="a"), people(3, 3, total=3))
        with made.hub() as hub:
            assert [one.state for one in hub.sync()] == ["published"]
        yield made


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (RESET, "SourceUnavailableError"),
        (CUT, "WireError"),
        (DOWN, "SourceUnavailableError"),
        (RENAMED, "SourceChangedError"),
        (Answer(b"<html><title>Log in</title></html>", headers={"Content-Type": "text/html"}), ""),
    ],
)
def test_readers_get_the_last_good_snapshot_with_its_age_and_the_reason(world: World, answer: Any, error: str) -> None:
    world.vendor.on("/people", answer)
    world.now += timedelta(hours=14)
    with world.hub() as hub:
        read = hub.read(Person)
        records = list(read)
    assert [(record.ref.id, record.freshness, record.as_of) for record in records] == [
        ("1", "stale", NOW),
        ("2", "stale", NOW),
        ("3", "stale", NOW),
    ]
    assert "14 h old" in read.report.verdict.reasons[0]
    assert error in read.report.verdict.reasons[0]
    assert read.report.verdict.completeness == "complete"


def test_a_revoked_token_ends_the_answers_at_once(world: World) -> None:
    world.vendor.on("/people", Answer({"message": "token revoked"}, 401))
    with world.hub() as hub, pytest.raises(AccessError):
        list(hub.read(Person))


def test_a_service_that_fails_in_the_middle_is_not_patched_with_old_rows(world: World) -> None:
    world.vendor.on("/people", people(1, 2, total=3, following="a"), RENAMED)
    seen: list[Record[Person]] = []
    with world.hub() as hub:
        read = hub.read(Person)
        with pytest.raises(IncompleteRead, match="SourceChangedError"):
            for record in read:
                seen.append(record)
    assert [(record.ref.id, record.freshness) for record in seen] == [("1", "live"), ("2", "live")]
    assert (read.report.verdict.freshness, read.report.verdict.completeness) == ("live", "partial")


def test_a_page_that_is_asked_for_again_is_no_circle(world: World) -> None:
    world.vendor.on("/people", people(1, 2, total=3, following="a"), DOWN, CUT, people(3, 3, total=3))
    with world.hub() as hub:
        read = hub.read(Person)
        assert [record.ref.id for record in read] == ["1", "2", "3"]
    assert (read.report.verdict.completeness, read.report.verdict.duplicates) == ("complete", 0)


@pytest.mark.parametrize(
    "last", [people(3, 3, total=9, following="a"), people(1, 2, total=9, following="c")], ids=["cursor", "rows"]
)
def test_a_circle_is_one_also_where_a_page_was_asked_for_again(world: World, last: dict[str, Any]) -> None:
    """Who goes on after a failure begins a new walk; the reading remembers the whole way."""
    world.vendor.on("/people", people(1, 2, total=9, following="a"), people(4, 5, total=9, following="b"), DOWN, last)
    before = len(world.vendor.asked)
    with world.hub() as hub:
        read = hub.read(Person, allow_partial=True)
        list(read)
    assert len(world.vendor.asked) - before == 4
    assert read.report.verdict.duplicates == 0
    assert read.report.verdict.completeness == "partial"
    assert "in circles" in " ".join(read.report.verdict.reasons)


def test_an_hour_of_outage_costs_no_answer_and_the_first_one_after_it_is_fresh(world: World) -> None:
    """Sixty readers, a minute apart, through retries and the breaker; then the service is back."""
    world.vendor.on("/people", DOWN)
    before = len(world.vendor.asked)
    ages: list[float] = []
    with world.hub() as hub:
        for minute in range(1, 61):
            world.now = max(world.now, NOW + timedelta(minutes=minute))
            read = hub.read(Person)
            records = list(read)
            assert len(records) == 3
            assert {(record.freshness, record.as_of) for record in records} == {("stale", NOW)}
            ages.append((world.now - NOW).total_seconds())
        asked = len(world.vendor.asked) - before
        world.vendor.on("/people", people(1, 2, total=4, following="a"), people(3, 4, total=4))
        world.now += timedelta(minutes=1)
        fresh = hub.read(Person)
        records = list(fresh)
    assert len(ages) == 60
    assert ages == sorted(ages)
    assert asked <= 60 * 1.2 + 20  # what its readers ask, a budget of retries, and what the breaker needs to open
    assert {record.freshness for record in records} == {"live"}
    assert (fresh.report.verdict.completeness, fresh.report.verdict.delivered) == ("complete", 4)
