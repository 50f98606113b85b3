"""Syncs in the background: when each source has its turn, what becomes of failures, and how it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bartack.errors import ConfigError, SourceUnavailableError, StoreError
from bartack.store import leases
from bartack.syncing.schedule import Schedule, Stop
from bartack.syncing.synced import Synced
from bartack.testing.clock import FakeClock
from support.numbered import NOW, Estate, hub_of, numbered, person

EVERY = timedelta(minutes=5)


class Waits:
    """A wait that passes at once, so many times; then it is told to stop."""

    def __init__(self, clock: FakeClock, times: int) -> None:
        self._clock = clock
        self._left = times
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> bool:
        self.seconds.append(seconds)
        self._clock.go_on(seconds)
        self._left -= 1
        return self._left < 0


def published(source: str, _stop: Stop) -> Iterator[Synced]:
    yield Synced(source, "people", "published")


def schedule_of(
    sync: Callable[[str, Stop], Iterable[Synced]], clock: FakeClock, *, times: int, random: float = 0.5
) -> tuple[Schedule, Waits]:
    waits = Waits(clock, times)
    return Schedule(sync, ["crm", "erp"], EVERY, clock=clock.now, random=lambda: random, wait=waits), waits


def test_a_source_has_its_turn_soon_and_then_every_so_often() -> None:
    clock = FakeClock()
    schedule, waits = schedule_of(published, clock, times=3)
    schedule.run("crm")
    assert waits.seconds == [1, 300, 300, 300]
    turn = schedule.turns["crm"]
    assert (turn.state, turn.outcome, turn.failures, turn.next_at) == ("stopped", "published", 0, None)
    assert schedule.turns["erp"].began_at is None  # its turns are its own


@pytest.mark.parametrize(("random", "pause"), [(0.0, 270), (0.999, 330)])
def test_pauses_are_a_little_longer_or_shorter_so_that_nobody_marches_in_step(random: float, pause: float) -> None:
    schedule, waits = schedule_of(published, FakeClock(), times=2, random=random)
    schedule.run("crm")
    assert waits.seconds[1:] == pytest.approx([pause, pause], abs=0.1)


def test_a_pause_is_counted_from_the_end_so_that_a_slow_sync_never_meets_itself() -> None:
    clock = FakeClock()

    def slow(source: str, _stop: Stop) -> Iterator[Synced]:
        assert schedule.turns[source].state == "running"
        assert schedule.turns[source].next_at is None
        clock.go_on(1000)
        yield Synced(source, "people", "published")

    schedule, waits = schedule_of(slow, clock, times=2)
    schedule.run("crm")
    assert waits.seconds == [1, 300, 300]
    assert clock.passed == pytest.approx(1 + 1000 + 300 + 1000 + 300)


@pytest.mark.parametrize(
    "error", [SourceUnavailableError("down"), StoreError("full"), ConfigError("no"), ValueError("x")]
)
def test_a_sync_that_fails_is_told_and_tried_again(error: Exception) -> None:
    failing = [True, True, False]

    def sync(source: str, _stop: Stop) -> Iterator[Synced]:
        if failing.pop(0):
            raise error
        yield Synced(source, "people", "published")

    seen = []
    clock = FakeClock()
    waits = Waits(clock, 3)

    def wait(seconds: float) -> bool:
        seen.append((schedule.turns["crm"].outcome, schedule.turns["crm"].failures))
        return waits(seconds)

    schedule = Schedule(sync, ["crm"], EVERY, clock=clock.now, random=lambda: 0.5, wait=wait)
    schedule.run("crm")
    name = type(error).__name__
    assert seen == [(None, 0), (name, 1), (name, 2), ("published", 0)]


@pytest.mark.parametrize(
    ("ended", "outcome", "failures"),
    [
        ([Synced("crm", "a", "published"), Synced("crm", "b", "held")], "held", 0),
        ([Synced("crm", "a", "unfinished"), Synced("crm", "b", "published")], "unfinished", 0),
        ([Synced("crm", "a", "failed", error=SourceUnavailableError("down")), Synced("crm", "b", "published")], "SourceUnavailableError", 1),
        ([Synced("crm", "a", "failed", error=StoreError("held", where="crm/a")), Synced("crm", "b", "published")], "elsewhere", 0),
        ([Synced("crm", "a", "failed", error=StoreError("full", where="store"))], "StoreError", 1),
    ],
)  # fmt: skip
def test_the_worst_of_its_streams_is_how_a_sync_went(ended: list[Synced], outcome: str, failures: int) -> None:
    schedule, _ = schedule_of(lambda source, stop: ended, FakeClock(), times=1)
    schedule.run("crm")
    assert (schedule.turns["crm"].outcome, schedule.turns["crm"].failures) == (outcome, failures)


def test_what_runs_when_it_is_stopped_keeps_its_page_and_goes_on_the_next_time(tmp_path: Path) -> None:
    clock = FakeClock()
    reached = threading.Event()
    go_on = threading.Event()

    def before_page(number: int) -> None:
        if number == 2:
            reached.set()
            assert go_on.wait(20)

    estate = Estate([person(number) for number in range(40)], before_page=before_page)
    hub = hub_of(numbered(people=estate), tmp_path)
    with hub:
        (name,) = hub.sources
        schedule = Schedule(
            lambda source, stop: hub.sync(source, stop=stop), [name], EVERY, clock=clock.now, random=lambda: 0.0
        )
        (thread,) = schedule.start()
        assert reached.wait(20)
        assert schedule.turns[name].state == "running"
        schedule.stop()
        go_on.set()
        thread.join(20)
        assert not thread.is_alive()
        assert schedule.turns[name].outcome == "unfinished"
        (one,) = hub.sync(name)
        assert (one.state, one.went_on_after > 0) == ("published", True)
        assert one.done is not None
        assert one.done["person/1"].rows == 40


def test_a_stream_that_another_process_syncs_is_left_to_it(tmp_path: Path) -> None:
    estate = Estate([person(number) for number in range(3)])
    with hub_of(numbered(people=estate), tmp_path) as hub:
        with hub.store.write() as connection:
            held = leases.acquire(connection, "crm", "people", "another-machine:17:4711", NOW)
        schedule, _ = schedule_of(lambda source, stop: hub.sync(source, stop=stop), FakeClock(NOW), times=1)
        schedule.run("crm")
        assert (schedule.turns["crm"].outcome, schedule.turns["crm"].failures) == ("elsewhere", 0)
        assert estate.asked == []
        with hub.store.write() as connection:
            leases.release(connection, held)
        schedule, _ = schedule_of(lambda source, stop: hub.sync(source, stop=stop), FakeClock(NOW), times=1)
        schedule.run("crm")
        assert schedule.turns["crm"].outcome == "published"
