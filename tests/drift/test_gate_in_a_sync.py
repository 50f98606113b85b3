"""Baseline, gate and surprises over a source and a store: what consumers see when a source drifts, from `bartack sync` on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bartack.hub import Hub
from support.told import NOW, Told, hub, page, person

Rows = list[dict[str, Any]]


class Crm:
    """A source whose rows change from one sync to the next, a day apart, and the hub that knows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.day = 0
        self.rows: Rows = []

    def now(self) -> datetime:
        return NOW + timedelta(days=self.day)

    def hub(self, **tables: Any) -> Hub:
        pages = tuple(page(*self.rows[at : at + 100], next=str(at)) for at in range(0, len(self.rows), 100))
        pages = (*pages[:-1], page(*pages[-1].rows))
        return hub(self.folder, Told("people", pages), clock=self.now, **tables)

    def sync(self, rows: Rows, **tables: Any) -> tuple[str, list[str]]:
        """Sync these rows the next day; return the state and the kinds of alarms."""
        self.day += 1
        self.rows = rows
        with self.hub(**tables) as one:
            (synced,) = one.sync(full=True)
        return synced.state, [alarm.kind for alarm in synced.alarms]

    def served(self) -> list[str]:
        """The names that consumers get from the store."""
        with self.hub() as one:
            return sorted(record.value.name.full for record in one.read("person", cached=True))


def people(count: int = 600, change: Callable[[dict[str, Any]], dict[str, Any]] = lambda row: row) -> Rows:
    return [change(person(number, email=f"p{number}@example.org")) for number in range(count)]


@pytest.fixture
def crm(tmp_path: Path) -> Crm:
    made = Crm(tmp_path)
    for extra in range(3):
        assert made.sync(people(600 + extra)) == ("published", [])
    return made


def renamed(row: dict[str, Any]) -> dict[str, Any]:
    return {"fullname" if key == "name" else key: value for key, value in row.items()}


def test_a_snapshot_that_drifted_never_reaches_a_consumer(crm: Crm) -> None:
    before = crm.served()
    state, kinds = crm.sync(people(400))
    assert (state, kinds) == ("held", ["volume"])
    assert crm.served() == before
    assert crm.sync(people(603)) == ("published", [])
    assert len(crm.served()) == 603


def test_a_person_can_accept_what_was_held_and_it_is_usual_from_then_on(crm: Crm) -> None:
    assert crm.sync(people(400))[0] == "held"
    with crm.hub() as one:
        assert [synced.state for synced in one.accept("crm")] == ["published"]
    assert len(crm.served()) == 400
    assert crm.sync(people(401)) == ("published", [])


def test_without_the_gate_it_is_told_and_published(crm: Crm) -> None:
    assert crm.sync(people(400), sync={"gate": False}) == ("published", ["volume"])


def test_a_surprise_that_stops_leaves_the_last_good_snapshot(crm: Crm) -> None:
    before = crm.served()
    crm.day += 1
    crm.rows = people(600, renamed)
    with crm.hub(surprises={"missing_field": "stop"}) as one:
        (synced,) = one.sync(full=True)
    assert (synced.state, type(synced.error).__name__) == ("unfinished", "SourceChangedError")
    assert "missing_field: name is not sent any more" in str(synced.error)
    assert crm.served() == before


def test_what_was_warned_of_is_known_after_a_good_sync(crm: Crm) -> None:
    def with_tags(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "tags": ["a"]}

    def new_fields() -> int:
        with crm.hub() as one:
            return sum(
                i.code == "surprise.new_field" for record in one.read("person", live=True) for i in record.issues
            )

    crm.rows = people(600, with_tags)
    assert new_fields() == 1
    assert crm.sync(people(600, with_tags)) == ("published", ["new_field"])
    assert new_fields() == 0
