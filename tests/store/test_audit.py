"""bartack status: what stands how, what to do next, and books that balance over all runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, update

from bartack.errors import AccessError, SourceChangedError
from bartack.hub import Hub
from bartack.store import tables
from support.numbered import NOW, Estate, hub_of, numbered, person


@pytest.fixture
def estate() -> Estate:
    return Estate([person(n, " " if n == 3 else None, minutes=n) for n in range(12)])


@pytest.fixture
def hub(estate: Estate, tmp_path: Path) -> Hub:
    return hub_of(numbered(people=estate), tmp_path)


def test_a_stream_that_was_never_synced_says_what_to_type(hub: Hub) -> None:
    (one,) = hub.status()
    assert (one.state, one.records, one.next_steps) == ("never", 0, ("bartack sync crm --stream people",))


def test_after_a_sync_it_says_how_old_the_snapshot_is_and_what_waits(hub: Hub) -> None:
    list(hub.sync())
    (one,) = hub.status()
    assert (one.state, one.as_of, one.records, one.waiting) == ("published", NOW, 11, 1)
    assert one.next_steps == ("bartack review list --source crm --stream people",)


def test_an_unfinished_sync_says_where_it_goes_on_and_what_to_do_first(hub: Hub, estate: Estate) -> None:
    def fail(number: int) -> None:
        if number == 1:
            raise AccessError("the token is not accepted", next_step="renew the token")

    estate.before_page = fail
    list(hub.sync())
    (one,) = hub.status()
    assert one.state == "unfinished"
    assert one.next_steps[0] == "bartack sync crm --stream people (goes on after 1 pages); first: renew the token"


def test_a_snapshot_held_back_says_why_and_how_to_let_it_through(hub: Hub, estate: Estate) -> None:
    list(hub.sync())
    estate.rows = []
    list(hub.sync(full=True))
    (one,) = hub.status()
    assert one.state == "held"
    assert "there were 11 records, and now there is none" in one.reasons[0]
    assert "--accept" in one.next_steps[0]


def test_the_books_balance_over_many_runs(hub: Hub, estate: Estate) -> None:
    for generation in range(5):
        list(hub.sync(full=generation % 2 == 0))
        estate.rows[generation] = person(generation, f"changed {generation}", minutes=100 + generation)
        del estate.rows[-1]
        estate.rows.append(person(50 + generation, " ", minutes=200 + generation))
    list(hub.sync(full=True))
    found = hub.audit()
    assert found.findings == ()
    assert (found.lost, found.doubled) == (0, 0)
    assert all(one.rows == one.accounted for one in found.balances)


@pytest.mark.parametrize(
    ("harm", "finding"),
    [
        (delete(tables.records).where(tables.records.c.id == "00005"), "1 lost, 0 doubled"),
        (delete(tables.rejects), "1 lost, 0 doubled"),
        (update(tables.counts).values(rows=11), "its columns add up to another number"),
        (
            insert(tables.records).from_select(
                [c.name for c in tables.records.c],
                select(*(c if c.name != "id" else (c + "x") for c in tables.records.c)).where(tables.records.c.id == "00005"),
            ),
            "0 lost, 1 doubled",
        ),
        (
            insert(tables.staged).values(
                source="crm", stream="people", contract="person/1", id="7", digest="sha256:0", kind="record", connector="x",
                mapping="sha256:0", fetched_at=NOW, issues="[]", corrected=False,
            ),
            "rows are staged that no run will publish",
        ),
    ],
)  # fmt: skip
def test_what_was_taken_from_or_slipped_into_the_store_is_found(hub: Hub, harm: object, finding: str) -> None:
    list(hub.sync())
    with hub.store.write() as connection:
        connection.execute(harm)  # type: ignore[call-overload]
    assert any(finding in one for one in hub.audit().findings)


def test_a_change_of_policy_takes_effect_at_once_and_is_shown(estate: Estate, tmp_path: Path) -> None:
    kind = numbered(people=estate)
    estate.rows += [person(n, minutes=n) for n in range(20, 70)]  # enough to know what is usual
    with hub_of(kind, tmp_path) as hub:
        list(hub.sync())
    estate.rows.append(person(77, minutes=100, nickname="Z"))
    with hub_of(kind, tmp_path, surprises={"new_field": "stop"}) as hub:
        (ended,) = hub.sync(full=True)
        assert (ended.state, type(ended.error)) == ("unfinished", SourceChangedError)
        assert [(p.kind, p.action, p.origin) for p in hub.policies()["crm"] if p.origin != "default"] == [
            ("new_field", "stop", "source")
        ]
    with hub_of(kind, tmp_path, surprises={"new_field": "accept"}) as hub:
        (ended,) = hub.sync(full=True)
        assert ended.state == "published"
