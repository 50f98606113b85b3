"""A decision can be taken back: the reject waits again, the record is as it was, and the trail tells of both."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bartack.errors import ConfigError, ConflictError
from bartack.hub import Hub
from bartack.store import tables
from support.crashing import Points, killed_at, points_of
from support.databases import PostgresServer
from support.ledger import assert_balanced
from support.numbered import NOW, Estate, NumberedConnector, hub_of, numbered, person

SETTINGS: dict[str, Any] = {"sync": {"gate": False}, "surprises": {"too_many_rejects": "accept"}}


def nameless(number: int, **more: Any) -> dict[str, Any]:
    return person(number, " ", **more)


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def estate(time: Time) -> Estate:
    found = Estate([person(1), nameless(2), person(3)], incremental=False)
    found.now = time
    return found


@pytest.fixture
def hub(tmp_path: Path, estate: Estate, time: Time) -> Iterator[Hub]:
    with hub_of(numbered(people=estate), tmp_path, clock=time, **SETTINGS) as made:
        sync(made)
        yield made


def sync(hub: Hub) -> Any:
    (ended,) = hub.sync("crm")
    assert ended.state == "published", ended
    assert_balanced(hub)
    return ended


def snapshot(hub: Hub) -> dict[str, Any]:
    """Return the rows of all records, as they are kept."""
    with hub.store.read() as connection:
        return {row["id"]: dict(row) for row in connection.execute(select(tables.records)).mappings()}


def states(hub: Hub) -> dict[int, str]:
    return {one.number: one.state for one in hub.review.list(state=None)}


def test_a_correction_taken_back_leaves_no_record_where_there_was_none(hub: Hub) -> None:
    before = snapshot(hub)
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    done = hub.review.undo(1, by="bob", note="the wrong Zoë")
    assert (done.number, str(done.ref), done.effect, done.entry.who) == (1, "crm/people/00002", "removed", "ann")
    assert snapshot(hub) == before
    assert states(hub) == {1: "waiting"}
    assert hub.review.show(1).decision is None
    assert_balanced(hub)
    assert hub.audit().findings == ()


def test_a_correction_taken_back_leaves_the_last_good_version_as_it_was(hub: Hub, estate: Estate) -> None:
    estate.rows[0] = nameless(1)
    sync(hub)
    before = snapshot(hub)
    assert before["00001"]["outdated"]
    number = max(states(hub))
    hub.review.fix(number, {"name.full": "Zoë"}, by="ann")
    assert snapshot(hub)["00001"] != before["00001"]
    assert hub.review.undo(number, by="ann").effect == "updated"
    assert snapshot(hub) == before
    assert_balanced(hub)
    changed = [(str(one.ref), one.kind) for one in hub.changes("person", limit=100).changes]
    assert changed[-1][0] == "crm/people/00001"


def test_followers_are_told_that_a_record_is_gone_again(hub: Hub) -> None:
    cursor = hub.changes("person").next_cursor
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    assert hub.search("person", "Zoë").total == 1
    hub.review.undo(1, by="ann")
    assert hub.search("person", "Zoë").total == 0
    (change,) = hub.changes("person", cursor=cursor).changes
    assert (str(change.ref), change.kind) == ("crm/people/00002", "delete")


def test_a_dismissal_taken_back_waits_again_also_after_the_next_sync(hub: Hub) -> None:
    hub.review.dismiss(1, by="ann")
    sync(hub)
    assert hub.review.undo(1, by="bob").effect is None
    assert states(hub) == {1: "waiting"}
    assert_balanced(hub)
    sync(hub)
    assert states(hub) == {1: "waiting"}
    hub.review.fix(1, {"name.full": "Zoë"}, by="bob")
    assert_balanced(hub)


def test_the_same_payload_is_rejected_again_once_its_correction_is_taken_back(hub: Hub) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    assert sync(hub).done["person/1"].delivered == 3
    assert hub.review.undo(1, by="ann").effect == "removed"
    assert sync(hub).done["person/1"].rejected == 1
    assert states(hub) == {1: "waiting"}
    assert set(snapshot(hub)) == {"00001", "00003"}


def test_older_payloads_that_a_correction_overtook_wait_again_with_it(hub: Hub, estate: Estate) -> None:
    estate.rows[1] = nameless(2, email="zoe@example.org")
    sync(hub)
    hub.review.fix(2, {"name.full": "Zoë"}, by="ann")
    assert states(hub) == {1: "superseded", 2: "fixed"}
    hub.review.undo(2, by="ann")
    assert states(hub) == {1: "waiting", 2: "waiting"}
    assert_balanced(hub)


def test_an_override_can_be_taken_back_too(tmp_path: Path, time: Time) -> None:
    estate = Estate([person(1), nameless(2, nick="Zoë")], incremental=False)
    with hub_of(numbered(people=estate), tmp_path, clock=time, **SETTINGS) as hub:
        sync(hub)
        before = snapshot(hub)
        hub.review.fix(1, override={"fields": {"name.full": "nick"}}, by="ann")
        hub.review.undo(1, by="ann")
        assert snapshot(hub) == before
        assert_balanced(hub)


def test_the_trail_tells_who_decided_what_when_and_why_and_who_took_it_back(hub: Hub) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann", note="phoned")
    hub.review.undo(1, by="bob", note="the wrong one")
    hub.review.dismiss(1, by="cyd")
    trail = hub.review.history(1)
    assert [(one.who, one.action, dict(one.body), one.note) for one in trail] == [
        ("ann", "correct", {"name.full": "Zoë"}, "phoned"),
        ("bob", "undo", {}, "the wrong one"),
        ("cyd", "dismiss", {}, None),
    ]
    assert [one.at for one in trail] == sorted(one.at for one in trail)
    assert hub.review.history() == tuple(reversed(trail))
    assert hub.review.history(source="crm", limit=1) == trail[-1:]
    assert hub.review.show(1).history == trail


def test_what_was_not_decided_cannot_be_taken_back(hub: Hub) -> None:
    with pytest.raises(ConflictError, match="reject 1 waits for a decision; nothing was undone"):
        hub.review.undo(1, by="ann")
    with pytest.raises(ConfigError, match="there is no reject 9"):
        hub.review.undo(9, by="ann")
    hub.review.dismiss(1, by="ann")
    hub.review.undo(1, by="bob")
    with pytest.raises(ConflictError, match="reject 1 waits: bob has taken the decision back at"):
        hub.review.undo(1, by="ann")
    assert_balanced(hub)


def test_an_undo_is_refused_where_the_source_has_moved_on(hub: Hub, estate: Estate) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    estate.rows[1] = person(2, "Zora")
    sync(hub)
    before = snapshot(hub)
    with pytest.raises(ConflictError, match=r"newer version since, which is a record.*nothing was undone"):
        hub.review.undo(1, by="ann")
    assert snapshot(hub) == before
    assert [one.action for one in hub.review.history(1)] == ["correct"]


def test_an_undo_is_refused_where_the_source_has_deleted_the_row(hub: Hub, estate: Estate) -> None:
    hub.review.dismiss(1, by="ann")
    hub.review.undo(1, by="ann")
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    del estate.rows[1]
    sync(hub)
    with pytest.raises(ConflictError, match="the source has deleted this record"):
        hub.review.undo(1, by="ann")


def test_a_dismissal_is_not_taken_back_where_the_source_has_sent_a_good_version_since(hub: Hub, estate: Estate) -> None:
    hub.review.dismiss(1, by="ann")
    estate.rows[1] = person(2, "Zora")
    sync(hub)
    with pytest.raises(ConflictError, match="newer version since"):
        hub.review.undo(1, by="ann")


def test_an_undo_is_refused_where_the_mapping_covers_the_row_by_now(tmp_path: Path, time: Time) -> None:
    estate = Estate([person(1), nameless(2, email="zoe@example.org")], incremental=False)
    with hub_of(numbered(people=estate), tmp_path, clock=time, **SETTINGS) as hub:
        sync(hub)
    mapping = NumberedConnector.mapping.replace("{path: name,", "{first: [name, email],")
    kind = type(
        "Improved",
        (NumberedConnector,),
        {"estates": {"people": estate}, "__module__": __name__, "mapping": mapping},
    )
    with hub_of(kind, tmp_path, clock=time, **SETTINGS) as hub:
        hub.review.retry()
        with pytest.raises(ConflictError, match="the mapping covers it since"):
            hub.review.undo(1, by="ann")


def test_an_undo_is_refused_where_the_mapping_has_made_a_record_of_the_row_that_the_correction_no_longer_fits(
    tmp_path: Path, time: Time
) -> None:
    estate = Estate([person(1), nameless(2, email="zoe@example.org")], incremental=False)
    with hub_of(numbered(people=estate), tmp_path, clock=time, **SETTINGS) as hub:
        sync(hub)
        hub.review.fix(1, {"emails[0].label": "home", "name.full": "Zoë"}, by="ann")
    mapping = NumberedConnector.mapping.replace("{path: name,", "{first: [name, email],").replace(
        "  emails: {each: [{path: email, label: work}], use: email}\n", ""
    )
    about = {"estates": {"people": estate}, "__module__": __name__, "mapping": mapping}
    with hub_of(type("Other", (NumberedConnector,), about), tmp_path, clock=time, **SETTINGS) as hub:
        sync(hub)
        assert not snapshot(hub)["00002"]["corrected"]
        with pytest.raises(ConflictError, match="made of something else by now"):
            hub.review.undo(1, by="ann")
        assert_balanced(hub)


def test_on_a_server_an_undo_does_the_same(
    postgres_cluster: PostgresServer, tmp_path: Path, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATE_URL", postgres_cluster.database("undo"))
    estate = Estate([person(1), nameless(2), person(3)], incremental=False)
    estate.now = time
    store = {"url": {"env": "STATE_URL"}}
    with hub_of(numbered(people=estate), tmp_path, clock=time, store=store, **SETTINGS) as hub:
        sync(hub)
        estate.rows[0] = nameless(1)
        sync(hub)
        before = snapshot(hub)
        for number in sorted(states(hub)):
            hub.review.fix(number, {"name.full": "Zoë"}, by="ann")
        assert snapshot(hub) != before
        for number in sorted(states(hub)):
            hub.review.undo(number, by="bob")
        assert snapshot(hub) == before
        assert set(states(hub).values()) == {"waiting"}
        assert [one.action for one in hub.review.history(1)] == ["correct", "undo"]
        assert len(hub.review.causes()) == 1
        assert_balanced(hub)


def test_a_correction_taken_back_in_the_middle_of_a_sync_does_not_come_back_with_its_end(
    tmp_path: Path, time: Time
) -> None:
    """The page with the row was read, and corrected, before the undo; the snapshot is published after it."""
    estate = Estate([person(1), nameless(2), person(3), person(4)], page_size=1, incremental=False)
    kind = numbered(people=estate)
    with hub_of(kind, tmp_path, clock=time, **SETTINGS) as hub:
        sync(hub)
        hub.review.fix(1, {"name.full": "Zoë"}, by="ann")

        def undo(number: int) -> None:
            if number == 3:
                with hub_of(kind, tmp_path, clock=time, **SETTINGS) as other:
                    other.review.undo(1, by="bob")

        estate.before_page = undo
        sync(hub)
        assert set(snapshot(hub)) == {"00001", "00003", "00004"}
        assert states(hub) == {1: "waiting"}


def test_killed_at_any_statement_an_undo_is_all_there_or_not_at_all(tmp_path: Path) -> None:
    corrected = tmp_path / "corrected"
    corrected.mkdir()
    with hub_of(numbered(people=Estate([person(1), nameless(2)])), corrected, **SETTINGS) as hub:
        list(hub.sync())
        hub.review.fix(1, {"name.full": "Zoë"}, by="ann")

    def begun(name: str) -> Path:
        return Path(shutil.copytree(corrected, tmp_path / name))

    def contents(folder: Path) -> Any:
        with hub_of(numbered(people=Estate()), folder, **SETTINGS) as hub:
            assert_balanced(hub)
            trail = [one.action for one in hub.review.history(1)]
            return sorted(snapshot(hub)), states(hub), hub.review.show(1).decision is None, trail

    def work(folder: Path, points: Points) -> None:
        with hub_of(numbered(people=Estate()), folder, **SETTINGS) as hub:
            points.watch(hub)
            hub.review.undo(1, by="bob")

    before, folder = contents(begun("before")), begun("after")
    passed = points_of(partial(work, folder))
    after = contents(folder)
    assert before == (["00001", "00002"], {1: "fixed"}, False, ["correct"])
    assert after == (["00001"], {1: "waiting"}, True, ["correct", "undo"])
    seen = []
    for number in range(1, len(passed) + 1):
        folder = begun(f"killed {number}")
        assert killed_at(number, partial(work, folder))
        left = contents(folder)
        assert left in (before, after), passed[number - 1]
        seen.append(left == after)
    assert {True, False} == set(seen)


def test_a_correction_is_not_taken_back_where_what_was_before_it_is_not_kept(hub: Hub) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    with hub.store.write() as connection:
        connection.execute(update(tables.history).values(before=None))
    with pytest.raises(ConflictError, match=r"what was before it is not kept"):
        hub.review.undo(1, by="ann")
    assert states(hub) == {1: "fixed"}
    assert_balanced(hub)


def test_masked_sources_keep_their_values_out_of_the_trail(tmp_path: Path) -> None:
    estate = Estate([nameless(2)])
    with hub_of(numbered(people=estate), tmp_path, keep={"mask": True}, **SETTINGS) as hub:
        list(hub.sync())
        hub.review.fix(1, {"name.full": "Zoë Canary"}, by="ann", note="asked Zoë Canary")
        assert "Canary" not in repr(hub.review.history()) + repr(hub.review.show(1))


def test_policies_for_raw_rows_reach_those_that_an_undo_would_put_back(tmp_path: Path, time: Time) -> None:
    estate = Estate([person(1, note="raw canary")], incremental=False)
    estate.now = time
    with hub_of(numbered(people=estate), tmp_path, clock=time, **SETTINGS) as hub:
        sync(hub)
        estate.rows[0] = nameless(1)
        sync(hub)
        hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
        with hub.store.read() as connection:
            kept = connection.execute(select(tables.history.c.payload)).scalar_one()
        assert kept is not None
    time.now = datetime(2026, 12, 24, tzinfo=UTC)
    with hub_of(numbered(people=estate), tmp_path, clock=time, keep={"raw": "1d"}, **SETTINGS) as hub:
        sync(hub)
        with hub.store.read() as connection:
            assert connection.execute(select(tables.history.c.payload)).scalar_one() is None
        hub.review.undo(1, by="ann")
        assert snapshot(hub)["00001"]["payload"] is None
    with hub_of(numbered(people=estate), tmp_path, clock=time, keep={"rejects": "1h"}, **SETTINGS) as hub:
        hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
        estate.rows[0] = person(1, "Zora")
        sync(hub)
        time.now = datetime(2026, 12, 25, tzinfo=UTC)
        sync(hub)
        assert states(hub) == {}
        with hub.store.read() as connection:
            assert set(connection.execute(select(tables.history.c.before)).scalars()) == {None}
        assert [one.action for one in hub.review.history(1)] == ["correct", "undo", "correct"]
