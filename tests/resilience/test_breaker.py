"""A host that fails is left alone, asked carefully, and trusted again."""

from __future__ import annotations

import random
import statistics
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import SourceUnavailableError
from bartack.policies import Limits
from bartack.resilience.breaker import Breaker, Trip
from bartack.resilience.gate import SourceGate
from bartack.testing.clock import FakeClock


def calls(breaker: Breaker, *failed: bool) -> int:
    """Make calls one after another; return how many were let through."""
    through = 0
    for one in failed:
        era = breaker.admit()
        if era is not None:
            through += 1
            breaker.ended(era, failed=one)
    return through


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def breaker(clock: FakeClock) -> Breaker:
    return Breaker(Trip(), clock.monotonic)


def test_it_opens_with_the_twentieth_call_when_half_of_them_failed(breaker: Breaker) -> None:
    assert calls(breaker, *[True, False] * 9, True) == 19
    assert breaker.wait() == 0
    calls(breaker, True)
    assert (breaker.state, breaker.wait()) == ("open", 30)


def test_fewer_than_twenty_calls_say_nothing(breaker: Breaker) -> None:
    calls(breaker, *[True] * 19)
    assert breaker.state == "closed"


def test_after_a_good_time_it_opens_within_the_window(breaker: Breaker) -> None:
    calls(breaker, *[False] * 1000)
    assert calls(breaker, *[True] * 100) == 25


def test_what_is_long_ago_is_forgotten(breaker: Breaker, clock: FakeClock) -> None:
    calls(breaker, *[True] * 19)
    clock.go_on(61)
    calls(breaker, *[True] * 19)
    assert breaker.state == "closed"


def test_an_open_one_lets_nothing_through_for_its_wait_and_then_three_probes(
    breaker: Breaker, clock: FakeClock
) -> None:
    calls(breaker, *[True] * 20)
    assert calls(breaker, *[False] * 50) == 0
    assert breaker.wait() == 30
    clock.go_on(29.9)
    assert breaker.admit() is None
    clock.go_on(0.1)
    assert [breaker.admit() is not None for _ in range(10)] == [True] * 3 + [False] * 7
    clock.go_on(29)
    assert breaker.admit() is None
    clock.go_on(1)  # the probes hang: three more
    assert [breaker.admit() is not None for _ in range(10)] == [True] * 3 + [False] * 7


def test_it_closes_within_one_cycle_of_probes_after_recovery(breaker: Breaker, clock: FakeClock) -> None:
    calls(breaker, *[True] * 20)
    clock.go_on(30)
    assert calls(breaker, False, False, False) == 3
    assert breaker.state == "closed"
    assert calls(breaker, *[False] * 100) == 100


def test_one_failed_probe_opens_it_for_another_wait(breaker: Breaker, clock: FakeClock) -> None:
    calls(breaker, *[True] * 20)
    clock.go_on(30)
    assert calls(breaker, False, True, False, False) == 2
    assert (breaker.state, breaker.wait()) == ("open", 30)


def test_calls_from_before_it_opened_do_not_count_as_probes(breaker: Breaker, clock: FakeClock) -> None:
    old = [breaker.admit() for _ in range(5)]
    calls(breaker, *[True] * 20)
    clock.go_on(30)
    assert breaker.admit() is not None
    for era in old:
        assert era is not None
        breaker.ended(era, failed=False)
    assert breaker.state == "half_open"


def test_one_failure_in_ten_never_opens_it(breaker: Breaker, clock: FakeClock) -> None:
    chance = random.Random(7)
    for _ in range(100_000):
        calls(breaker, chance.random() < 0.1)
        clock.go_on(0.05)
    assert breaker.state == "closed"


outcomes = st.lists(st.tuples(st.booleans(), st.floats(0, 40)), max_size=300)


@given(outcomes)
def test_over_any_outcomes_it_is_open_only_with_reason_and_probes_are_few(history: list[tuple[bool, float]]) -> None:
    clock = FakeClock()
    breaker = Breaker(Trip(), clock.monotonic)
    seen: list[tuple[float, bool]] = []
    probes: list[float] = []
    opened = None
    for failed, pause in history:
        clock.go_on(pause)
        before = breaker.state
        era = breaker.admit()
        if era is None:
            assert before != "closed", "a closed breaker refuses nothing"
            assert breaker.wait() > 0
            continue
        assert opened is None or before == "closed" or clock.passed >= opened + 30, (
            "nothing goes through while it waits"
        )
        if before != "closed":
            probes.append(clock.passed)
            assert len([at for at in probes if at > clock.passed - 30]) <= 3
        changed = breaker.ended(era, failed=failed)
        seen.append((clock.passed, failed))
        if changed == "open" and before == "closed":
            latest = [one for at, one in seen[-50:] if at >= clock.passed - 60]
            assert len(latest) >= 20
            assert sum(latest) * 2 >= len(latest)
        if changed is not None:
            seen.clear()
        opened = clock.passed if changed == "open" else opened


@given(st.lists(st.booleans(), min_size=1, max_size=300))
def test_it_opens_exactly_when_half_of_the_latest_calls_failed(history: list[bool]) -> None:
    breaker = Breaker(Trip(), FakeClock().monotonic)
    for number in range(1, len(history) + 1):
        calls(breaker, history[number - 1])
        latest = history[max(0, number - 50) : number]
        if len(latest) >= 20 and sum(latest) * 2 >= len(latest):
            assert breaker.state == "open"
            return
        assert breaker.state == "closed"


def test_a_refused_call_costs_less_than_a_millisecond() -> None:
    clock = FakeClock()
    gate = SourceGate("crm", Limits(), clock=clock.now, monotonic=clock.monotonic, sleep=clock.sleep)
    for _ in range(20):
        with pytest.raises(SourceUnavailableError), gate.passing("crm.example"):
            raise SourceUnavailableError("down")

    def p99() -> float:
        times = []
        for _ in range(1000):
            began = time.perf_counter()
            with pytest.raises(SourceUnavailableError, match="left alone"), gate.passing("crm.example"):
                pytest.fail("it went through")
            times.append(time.perf_counter() - began)
        return statistics.quantiles(times, n=100)[98]

    assert min(p99() for _ in range(3)) <= 0.001  # in the round that other processes disturbed least
