"""Whoever follows the changes has what readers see: nothing is missed, however much happens in between."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import ConfigError, ConflictError
from bartack.hub import Hub
from bartack_contracts import Ref
from support.numbered import NOW, Estate, hub_of, numbered, person
from support.replicas import people, synced


class Follower:
    """An index of somebody's own, which knows the store only by its changes."""

    def __init__(self, limit: int = 100) -> None:
        self.cursor: str | None = None
        self.known: dict[Ref, Any] = {}
        self.limit = limit

    def follow(self, hub: Hub, **more: Any) -> int:
        count = 0
        while True:
            told = hub.changes(cursor=self.cursor, limit=self.limit, **more)
            for change in told.changes:
                count += 1
                if change.kind == "delete":
                    self.known.pop(change.ref, None)
                else:
                    assert change.record is not None
                    self.known[change.ref] = change.record.value
            self.cursor = told.next_cursor
            if not told.more:
                return count


def snapshot(hub: Hub) -> dict[Ref, Any]:
    return {record.ref: record.value for record in hub.query("person", limit=1000).records}


def made(estate: Estate, tmp_path: Path, store: dict[str, Any] | None, **more: Any) -> Hub:
    return hub_of(
        numbered(people=estate),
        tmp_path,
        store=store,
        sync={"gate": False},
        surprises={"too_many_rejects": "accept"},
        **more,
    )


def test_a_follower_has_the_snapshot_after_any_history(tmp_path: Path, store: dict[str, Any] | None) -> None:
    chance = random.Random(11)
    estate = Estate(page_size=4)
    follower, late = Follower(limit=3), Follower()
    with made(estate, tmp_path, store) as hub:
        for minute in range(12):
            ids = {row["id"]: row for row in estate.rows}
            for number in range(chance.randrange(6)):
                one = chance.randrange(20)
                gone = {"gone": True} if chance.random() < 0.2 else {}
                name = chance.choice(["Ann", "Bob", " "])
                ids[f"{one:05}"] = person(one, name, minutes=minute * 10 + number, **gone)
            if ids and chance.random() < 0.4:
                ids.pop(chance.choice(sorted(ids)))
            estate.rows = [ids[one] for one in sorted(ids)]
            list(hub.sync(full=chance.random() < 0.6))
            waiting = hub.review.list()
            if waiting and chance.random() < 0.7:
                hub.review.fix(waiting[0].number, {"name.full": f"Fixed {minute}"}, by="ann")
            if chance.random() < 0.6:
                follower.follow(hub)
                assert follower.known == snapshot(hub)
        follower.follow(hub)
        late.follow(hub)
        assert follower.known == late.known == snapshot(hub) != {}


def test_a_record_comes_once_however_often_it_changed(tmp_path: Path, store: dict[str, Any] | None) -> None:
    estate = Estate([person(1), person(2)])
    with made(estate, tmp_path, store) as hub:
        for minute in range(5):
            estate.rows[0] = person(1, f"Ann {minute}", minutes=minute)
            list(hub.sync(full=True))
        changes = hub.changes().changes
        assert [change.ref.id for change in changes] == ["00002", "00001"]
        assert changes[1].record is not None
        assert changes[1].record.value.name.full == "Ann 4"


def test_what_is_as_it_was_is_no_change(tmp_path: Path) -> None:
    with synced(people(person(1)), tmp_path) as hub:
        cursor = hub.changes().next_cursor
        list(hub.sync(full=True))
        told = hub.changes(cursor=cursor)
        assert (told.changes, told.more) == ((), False)


def test_an_erased_person_is_told_of_by_the_ref_and_by_a_digest_where_that_is_personal(
    tmp_path: Path, store: dict[str, Any] | None
) -> None:
    named = {**person(1, email="zoe@example.org"), "id": "zoe@example.org"}
    with made(Estate([named, person(2)]), tmp_path, store) as hub:
        list(hub.sync())
        cursor = hub.changes().next_cursor
        hub.governance.erase([*hub.governance.find({"id": "zoe@example.org"}).found, "crm/people/00002"], by="ann")
        told = {change.ref.id: change.kind for change in hub.changes(cursor=cursor).changes}
        digest = "sha256:" + hashlib.sha256(b"zoe@example.org").hexdigest()
        assert told == {digest: "delete", "00002": "delete"}
        assert "zoe@example.org" not in repr(hub.changes())


def test_who_follows_a_masked_source_gets_masked_records(tmp_path: Path) -> None:
    with synced(people(person(1, "Zoë")), tmp_path, keep={"mask": True}) as hub:
        (change,) = hub.changes().changes
        assert change.record is not None
        assert change.record.value.name.full == "***"


def test_a_follower_that_is_behind_what_was_forgotten_must_begin_anew(
    tmp_path: Path, store: dict[str, Any] | None
) -> None:
    estate = Estate([person(1), person(2)])
    now = [NOW]
    with made(estate, tmp_path, store, clock=lambda: now[0], keep={"records": "1d"}) as hub:
        list(hub.sync(full=True))
        before = hub.changes().next_cursor
        estate.rows.pop()
        list(hub.sync(full=True))
        after = hub.changes(cursor=before).next_cursor
        now[0] = NOW.replace(day=30)
        list(hub.sync(full=True))
        with pytest.raises(ConflictError, match="not known any more") as told:
            hub.changes(cursor=before)
        assert "begin anew" in str(told.value.next_step)
        assert hub.changes(cursor=after).changes == ()
        assert [change.kind for change in hub.changes().changes] == ["put"]


def test_a_stream_that_was_not_followed_and_has_a_past_makes_a_follower_begin_anew(tmp_path: Path) -> None:
    estates = {"people": Estate([person(1)]), "others": Estate([person(2)])}
    with hub_of(numbered(**estates), tmp_path) as hub:
        list(hub.sync())
    with hub_of(numbered(people=estates["people"]), tmp_path) as hub:
        cursor = hub.changes().next_cursor
        assert len(hub.changes().changes) == 1
    with hub_of(numbered(**estates), tmp_path) as hub, pytest.raises(ConflictError, match="not known any more"):
        hub.changes(cursor=cursor)


def test_a_source_that_is_new_is_followed_with_the_old_cursor(tmp_path: Path) -> None:
    people_, others = Estate([person(1)]), Estate([person(2)])
    with hub_of(numbered(people=people_), tmp_path) as hub:
        list(hub.sync())
        cursor = hub.changes().next_cursor
    with hub_of(numbered(people=people_, others=others), tmp_path) as hub:
        list(hub.sync())
        assert [change.ref.stream for change in hub.changes(cursor=cursor).changes] == ["others"]


def test_a_cursor_that_was_made_up_is_refused(tmp_path: Path) -> None:
    with synced(people(person(1)), tmp_path) as hub, pytest.raises(ConfigError, match="not one of this question"):
        hub.changes(cursor="MDAwMDAwMDAwMDAwWzAsW11d")


@pytest.mark.parametrize("writers", [4])
def test_nothing_is_passed_over_while_several_sources_are_synced_at_once(
    tmp_path: Path, store: dict[str, Any] | None, writers: int
) -> None:
    """Numbers of changes become visible in their order, though transactions end in another one."""
    names = [f"s{number}" for number in range(writers)]
    estate = Estate([person(number) for number in range(40)], page_size=10)
    follower = Follower(limit=7)
    with made(estate, tmp_path, store, sources=names) as hub:
        ended = threading.Event()
        failures: list[BaseException] = []

        def guarded(work: Callable[[], None]) -> Callable[[], None]:
            def run() -> None:
                try:
                    work()
                except BaseException as error:
                    failures.append(error)

            return run

        def write() -> None:
            for round_ in range(4):
                estate.rows = [person(number, f"Round {round_}") for number in range(40)]
                assert {one.state for one in hub.sync(full=True)} == {"published"}

        def read() -> None:
            while not ended.is_set():
                follower.follow(hub)

        reader = threading.Thread(target=guarded(read))
        reader.start()
        guarded(write)()
        ended.set()
        reader.join()
        assert not failures
        follower.follow(hub)
        assert follower.known == snapshot(hub)
        assert len(follower.known) == 40 * writers
