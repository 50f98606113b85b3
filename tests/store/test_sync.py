"""bartack sync: what is in the store afterwards is what the source has, whatever happened on the way."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import AccessError, BartackError, ConfigError, SourceUnavailableError, StoreError
from bartack.hub import Hub
from bartack.store import leases, runs
from bartack.syncing.synced import Synced
from bartack.transports.base import Query
from bartack_contracts import Person
from support.numbered import NOW, Estate, hub_of, numbered, person


def names(hub: Hub) -> dict[str, str | None]:
    return {
        record.ref.id: record.value.name.full if record.value.name is not None else None
        for record in hub.store.records("crm", "people", "person/1", model=Person)
    }


def sync(hub: Hub, **how: Any) -> Synced:
    (ended,) = hub.sync("crm", **how)
    return ended


def test_a_first_sync_reads_everything_and_publishes_it(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(12)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        ended = sync(hub)
        assert (ended.state, ended.kind, ended.completeness) == ("published", "full", "complete")
        assert len(names(hub)) == 12
        known = hub.store.known("crm", "people", "person/1")
        assert known is not None
        assert known.as_of == NOW
        assert hub.store.live("crm", "people", "person/1") == 12


def test_the_next_sync_asks_only_for_what_has_changed(tmp_path: Path) -> None:
    estate = Estate([person(n, minutes=n) for n in range(12)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        sync(hub)
        estate.rows[3] = person(3, "Zoë", minutes=30)
        estate.rows.append(person(12, minutes=31))
        ended = sync(hub)
        assert ended.kind == "incremental"
        assert estate.asked[-1].since == NOW - timedelta(days=1) + timedelta(minutes=11) - timedelta(minutes=5)
        assert ended.done is not None
        counts = ended.done["person/1"]
        assert (counts.created, counts.updated, counts.removed) == (1, 1, 0)
        assert names(hub)["00003"] == "Zoë"
        assert len(names(hub)) == 13


def test_rows_with_the_very_moment_of_the_last_one_and_late_ones_are_read_again_and_change_nothing(
    tmp_path: Path,
) -> None:
    estate = Estate([person(n, minutes=10) for n in range(12)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        sync(hub)
        estate.rows.append(person(50, minutes=10))  # the same moment, written after the last page was read
        estate.rows.append(person(51, minutes=7))  # late: dated before the last one
        ended = sync(hub)
        assert ended.done is not None
        counts = ended.done["person/1"]
        assert (counts.rows, counts.created, counts.unchanged, counts.updated) == (14, 2, 12, 0)


def test_a_row_dated_in_the_future_does_not_stop_later_syncs(tmp_path: Path) -> None:
    estate = Estate([person(1, minutes=10), person(2, minutes=10_000_000)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        sync(hub)
        estate.rows.append(person(3, minutes=1440))
        sync(hub)
        assert set(names(hub)) == {"00001", "00002", "00003"}


def test_without_a_changed_field_every_sync_is_a_full_one(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(3)], incremental=False)
    with hub_of(numbered(people=estate), tmp_path) as hub:
        assert [sync(hub).kind, sync(hub).kind] == ["full", "full"]


def test_a_full_sync_finds_deletions_nobody_told_of(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(12)])
    with hub_of(numbered(people=estate), tmp_path, sync={"gate": False}) as hub:
        sync(hub)
        del estate.rows[4]
        assert sync(hub).done["person/1"].removed == 0  # type: ignore[index]
        assert sync(hub, full=True).done["person/1"].removed == 1  # type: ignore[index]
        assert "00004" not in names(hub)
        estate.rows.insert(4, person(4, "back again", minutes=60))
        assert sync(hub).done["person/1"].created == 1  # type: ignore[index]
        assert names(hub)["00004"] == "back again"


def test_a_full_sync_is_due_after_some_time(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(3)])
    moments = [NOW]
    with hub_of(numbered(people=estate), tmp_path, clock=lambda: moments[-1], sync={"full_every": "2d"}) as hub:
        sync(hub)
        moments.append(NOW + timedelta(days=1))
        assert sync(hub).kind == "incremental"
        moments.append(NOW + timedelta(days=2))
        assert sync(hub).kind == "full"


def test_a_tombstone_removes_its_record_at_once(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(12)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        sync(hub)
        estate.rows[7] = person(7, minutes=60, gone=True)
        ended = sync(hub)
        assert ended.done is not None
        assert ended.done["person/1"].removed == 1
        assert "00007" not in names(hub)


def test_an_incomplete_read_deletes_nothing_and_is_not_shown_to_readers(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(12)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        sync(hub)

        def fail(number: int) -> None:
            if number == 1:
                raise AccessError("not allowed any more")

        estate.rows = [person(n, "changed", minutes=60) for n in range(9)]
        estate.before_page = fail
        ended = sync(hub, full=True)
        assert (ended.state, ended.completeness) == ("unfinished", "partial")
        assert set(names(hub).values()) == {f"Person {n}" for n in range(12)}


def test_an_interrupted_sync_goes_on_where_it_was(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(23)])

    def fail(number: int) -> None:
        if number == 3:
            raise AccessError("down for a moment")

    estate.before_page = fail
    with hub_of(numbered(people=estate), tmp_path) as hub:
        assert sync(hub).state == "unfinished"
    estate.before_page = lambda _number: None
    with hub_of(numbered(people=estate), tmp_path) as hub:
        ended = sync(hub)
        assert estate.asked[-1] == Query(cursor="15", seen=15)
        assert ended.state == "published"
        assert ended.reports[0].rows == 23
        assert ended.done is not None
        assert ended.done["person/1"].created == 23


def test_a_cursor_that_the_source_has_forgotten_means_to_begin_anew(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(23)])

    def fail(number: int) -> None:
        if number == 3:
            raise AccessError("down for a moment")

    estate.before_page = fail
    with hub_of(numbered(people=estate), tmp_path) as hub:
        assert sync(hub).state == "unfinished"
        estate.before_page = lambda _number: None
        estate.known_cursors = lambda _cursor: len(estate.asked) > 2
        ended = sync(hub)
        assert (ended.state, ended.reports[0].rows) == ("published", 23)
        with hub.store.read() as connection:
            states = [run.state for run in runs.history(connection)]
        assert states == ["published", "abandoned"]


def test_a_refusal_that_is_not_about_the_cursor_keeps_the_place(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(23)])
    broken = [3]

    def fail(number: int) -> None:
        if number >= broken[0]:
            raise AccessError("the token is not accepted")

    estate.before_page = fail
    with hub_of(numbered(people=estate), tmp_path) as hub:
        sync(hub)
        broken[0] = 0
        assert sync(hub).state == "unfinished"
        broken[0] = 100
        ended = sync(hub)
        assert (ended.state, estate.asked[-1].cursor) == ("published", "15")


def test_a_changed_mapping_begins_anew_and_reads_everything(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(12)])
    kind = numbered(people=estate)
    with hub_of(kind, tmp_path) as hub:
        sync(hub)
    kind.mapping = kind.mapping.replace("label: work", "label: home")
    with hub_of(kind, tmp_path) as hub:
        assert sync(hub).kind == "full"
        assert sync(hub).kind == "incremental"


def test_no_rows_where_there_were_some_is_held_back(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(12)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        sync(hub)
        estate.rows = []
        ended = sync(hub, full=True)
        assert (ended.state, ended.completeness) == ("held", "suspicious_empty")
        assert len(names(hub)) == 12
        (accepted,) = hub.accept("crm")
        assert accepted.state == "published"
        assert len(names(hub)) == 12  # an incomplete snapshot never deletes


def test_a_held_snapshot_is_replaced_by_the_next_good_one(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(12)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        sync(hub)
        estate.rows = []
        sync(hub, full=True)
        estate.rows = [person(n, "good", minutes=60) for n in range(12)]
        assert sync(hub, full=True).state == "published"
        assert set(names(hub).values()) == {"good"}
        assert list(hub.accept("crm")) == []


def test_rejects_wait_once_however_often_they_come(tmp_path: Path) -> None:
    estate = Estate([person(1), person(2, " "), person(3)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        first, second = sync(hub), sync(hub, full=True)
        assert first.done is not None
        assert second.done is not None
        assert (first.done["person/1"].queued, second.done["person/1"].queued) == (1, 0)
        estate.rows[1] = person(2, "now with a name", minutes=60)
        third = sync(hub)
        assert third.done is not None
        assert (third.done["person/1"].created, third.done["person/1"].settled) == (1, 1)


def test_a_record_whose_newer_version_is_rejected_stays_and_says_so(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(3)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        sync(hub)
        estate.rows[1] = person(1, " ", minutes=60)
        sync(hub, full=True)
        found = {r.ref.id: r for r in hub.store.records("crm", "people", "person/1", model=Person)}
        assert [issue.code for issue in found["00001"].issues] == ["row.outdated"]
        assert found["00000"].issues == ()


def test_the_failure_of_one_stream_does_not_touch_the_others(tmp_path: Path) -> None:
    def fail(_number: int) -> None:
        raise AccessError("no permission")

    good, bad = Estate([person(1)]), Estate([person(2)], before_page=fail)
    with hub_of(numbered(bad=bad, good=good), tmp_path) as hub:
        ended = {one.stream: one for one in hub.sync("crm")}
        assert (ended["bad"].state, ended["good"].state) == ("unfinished", "published")
        assert isinstance(ended["bad"].error, AccessError)


def test_a_source_that_is_down_fails_with_its_error(tmp_path: Path) -> None:
    kind = numbered(people=Estate([person(1)]))
    kind.down.append(SourceUnavailableError("refused"))
    with hub_of(kind, tmp_path) as hub:
        ended = sync(hub)
        assert (ended.state, type(ended.error)) == ("failed", SourceUnavailableError)


def test_a_source_that_hangs_does_not_hold_up_the_others(tmp_path: Path) -> None:
    woken = threading.Event()

    def hang(number: int) -> None:
        if threading.current_thread().name in waiting:
            woken.wait(30)

    waiting: set[str] = set()
    estate = Estate([person(n) for n in range(12)])
    kind = numbered(people=estate)

    class Slow(kind):  # type: ignore[misc, valid-type]
        def open(self, runtime: Any) -> Any:
            if runtime.source == "slow":
                waiting.add(threading.current_thread().name)
            return super().open(runtime)

    estate.before_page = hang
    with hub_of(Slow, tmp_path, sources=["slow", "quick"]) as hub:
        ending = hub.sync()
        assert next(ending).source == "quick"
        woken.set()
        assert next(ending).source == "slow"
        assert hub.audit().findings == ()


def test_a_source_that_is_not_ready_is_told_and_the_others_are_synced(tmp_path: Path) -> None:
    with hub_of(numbered(people=Estate([person(1)])), tmp_path, sources=["crm", "erp"]) as hub:
        broken = replace(hub.config.sources["erp"], settings={"unknown": 1})
        hub.config = replace(hub.config, sources={**hub.config.sources, "erp": broken})
        ended = {one.source: one for one in hub.sync()}
        assert (ended["crm"].state, ended["erp"].state) == ("published", "failed")
        with pytest.raises(ConfigError):
            list(hub.sync("erp"))


def test_two_syncs_of_one_stream_do_not_run_at_once(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(12)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        with hub.store.write() as connection:
            leases.acquire(connection, "crm", "people", leases.me(), NOW)
        ended = sync(hub)
        assert (ended.state, type(ended.error)) == ("failed", StoreError)
        assert "is being synced by process" in str(ended.error)


def test_asked_to_end_it_keeps_the_page_it_has_and_goes_on_next_time(tmp_path: Path) -> None:
    estate = Estate([person(n) for n in range(23)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        ended = sync(hub, stop=lambda: len(estate.asked) > 0)
        assert ended.state == "unfinished"
        assert "interrupted after 1 pages" in ended.reasons[0]
        assert sync(hub).done["person/1"].created == 23  # type: ignore[index]


@pytest.mark.parametrize("page_size", [1, 2, 5, 12, 100])
def test_going_on_from_every_page_gives_the_same_records(tmp_path: Path, page_size: int) -> None:
    rows = [person(n, " " if n % 5 == 2 else None) for n in range(12)]
    for broken in range(11 // page_size + 1):
        estate = Estate(list(rows), page_size)

        def fail(number: int, broken: int = broken) -> None:
            if number == broken:
                raise AccessError("down for a moment")

        estate.before_page = fail
        folder = tmp_path / f"{broken}"
        with hub_of(numbered(people=estate), folder) as hub:
            sync(hub)
            estate.before_page = lambda _number: None
            ended = sync(hub)
            assert ended.done is not None
            counts = ended.done["person/1"]
            assert (counts.rows, counts.delivered, counts.rejected, counts.created) == (12, 10, 2, 10)
            assert counts.queued + counts.settled == 2


def test_what_goes_wrong_is_never_a_foreign_exception(tmp_path: Path) -> None:
    def fail(_number: int) -> None:
        raise BartackError("any")

    with hub_of(numbered(people=Estate([person(1)], before_page=fail)), tmp_path) as hub:
        assert sync(hub).error is not None
