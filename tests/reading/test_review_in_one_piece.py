"""A decision is all there or not at all, whatever kills the process, and of two people who decide at once one is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bartack.errors import ConflictError
from bartack.hub import Hub
from bartack.reading.decisions import by_decision
from bartack.store import tables
from support.crashing import Points, killed_at, points_of
from support.databases import PostgresServer
from support.ledger import assert_balanced
from support.numbered import Estate, hub_of, numbered, person
from support.worlds import Place, Places, postgres_places, sqlite_places

ROWS = [person(1), person(2, " "), person(3, " ", email="zoe@example.org"), person(4)]


def hub_at(place: Place) -> Hub:
    folder, store = place
    return hub_of(numbered(people=Estate(ROWS)), folder, sync={"gate": False}, store=store)


def fill(place: Place) -> None:
    with hub_at(place) as hub:
        list(hub.sync())


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    if request.param == "sqlite":
        return sqlite_places(tmp_path, fill)
    server: PostgresServer = request.getfixturevalue("postgres_cluster")
    return postgres_places(tmp_path, server, monkeypatch.setenv, fill)


def contents(place: Place) -> dict[str, Any]:
    """Return what is in the state, without moments."""
    asked = {
        "records": select(tables.records.c.id, tables.records.c.value, tables.records.c.corrected),
        "rejects": select(tables.rejects.c.number, tables.rejects.c.state),
        "decisions": select(tables.decisions.c.id, tables.decisions.c.action, tables.decisions.c.body),
        "runs": select(tables.runs.c.kind, tables.runs.c.state),
        "counts": select(tables.counts.c.rows, tables.counts.c.created, tables.counts.c.settled),
        "history": select(tables.history.c.number, tables.history.c.action, tables.history.c.who),
        "erasures": select(tables.erasures.c.id, tables.erasures.c.records, tables.erasures.c.rejects),
    }
    with hub_at(place) as hub:
        with hub.store.read() as connection:
            found = {name: sorted(map(tuple, connection.execute(one))) for name, one in asked.items()}
        assert_balanced(hub)
    return found


def fix(hub: Hub) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")


def dismiss(hub: Hub) -> None:
    hub.review.dismiss(1, by="ann")


def retry(hub: Hub) -> None:
    hub.review.retry()


def erase(hub: Hub) -> None:
    hub.governance.erase(["crm/people/00001", "crm/people/00003"], by="ann")


def work(do: Callable[[Hub], None], place: Place, points: Points) -> None:
    with hub_at(place) as hub:
        points.watch(hub)
        do(hub)


@pytest.mark.parametrize("do", [fix, dismiss, retry, erase])
def test_killed_at_any_statement_a_decision_is_all_there_or_not_at_all(
    places: Places, do: Callable[[Hub], None]
) -> None:
    before, place = contents(places()), places()
    passed = points_of(partial(work, do, place))
    after = contents(place)
    assert after != before
    seen = []
    for number in range(1, len(passed) + 1):
        place = places()
        assert killed_at(number, partial(work, do, place))
        left = contents(place)
        assert left in (before, after), passed[number - 1]
        seen.append(left == after)
        if left == before:
            work(do, place, Points())
            assert contents(place) == after
    assert {True, False} == set(seen)
    assert len(passed) > 10


@pytest.mark.parametrize("second", ["Zoë", "Zora"])
def test_of_two_people_who_decide_at_once_the_second_is_told(
    places: Places, monkeypatch: pytest.MonkeyPatch, second: str
) -> None:
    place = places()
    both = threading.Barrier(2)

    def together(*given: Any) -> Any:
        outcome = by_decision(*given)
        both.wait(20)  # now both have seen the reject waiting
        return outcome

    monkeypatch.setattr("bartack.reviewing.review.by_decision", together)
    results: dict[str, Any] = {}

    def decide(who: str, name: str) -> None:
        with hub_at(place) as hub:
            try:
                results[who] = hub.review.fix(1, {"name.full": name}, by=who).changed
            except ConflictError as error:
                results[who] = error

    people = [threading.Thread(target=decide, args=one) for one in (("ann", "Zoë"), ("bob", second))]
    for one in people:
        one.start()
    for one in people:
        one.join(30)
    if second == "Zoë":
        assert sorted(results.values()) == [False, True]
    else:
        (refused,) = [one for one in results.values() if isinstance(one, ConflictError)]
        (winner,) = [who for who, one in results.items() if one is True]
        assert f"{winner} has corrected name.full" in refused.message
    found = contents(place)
    assert len(found["decisions"]) == 1
    assert len(found["records"]) == 3


def test_a_decision_in_the_middle_of_a_sync_is_not_undone_by_its_end(places: Places) -> None:
    """The page with the row was read before the decision; the snapshot is published after it."""
    place = places()
    estate = Estate(ROWS, page_size=1)

    def decide(number: int) -> None:
        if number == 3:
            with hub_at(place) as other:
                fix(other)

    estate.before_page = decide
    folder, store = place
    with hub_of(numbered(people=estate), folder, sync={"gate": False}, store=store) as hub:
        (ended,) = hub.sync(full=True)
        assert ended.state == "published"
        with hub.store.read() as connection:
            kept = connection.execute(
                select(tables.records.c.corrected, tables.records.c.outdated, tables.records.c.deleted_at).where(
                    tables.records.c.id == "00002"
                )
            ).one()
        assert tuple(kept) == (True, False, None)
        assert_balanced(hub)
