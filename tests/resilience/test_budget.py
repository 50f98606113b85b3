"""A source that is down is not asked much more often than one that is well."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import AccessError, BartackError, SourceChangedError, SourceUnavailableError, WireError
from bartack.policies import Limits
from bartack.resilience.breaker import Trip
from bartack.resilience.budget import RetryBudget
from bartack.resilience.gate import SourceGate
from bartack.resilience.retry import Patience
from bartack.testing.clock import FakeClock

NEVER = Trip(calls=10**9)


def quiet(*_: object) -> None: ...


class Down:
    """A source of which every call fails, and what reaches it."""

    def __init__(self, clock: FakeClock, trip: Trip) -> None:
        self.reached = 0
        self.first_attempts = 0
        self.clock = clock
        self.gate = SourceGate(
            "crm", Limits(), clock=clock.now, monotonic=clock.monotonic, sleep=clock.sleep, trip=trip
        )

    def page(self) -> None:
        with self.gate.passing("crm.example"):
            self.reached += 1
            raise SourceUnavailableError("down")

    def read_for(self, seconds: float, patience: Patience, every: float) -> float:
        """Begin a read ``every`` so many seconds; return requests that reached the source per first attempt."""
        until = self.clock.passed + seconds
        while self.clock.passed < until:
            self.first_attempts += 1
            with pytest.raises(SourceUnavailableError):
                patience.call(self.page, sleep=quiet, before_sleep=quiet)  # other readers go on meanwhile
            self.clock.go_on(every)
        return self.reached / self.first_attempts


@pytest.mark.parametrize("every", [0.05, 0.125, 0.5, 1.0])
@pytest.mark.parametrize(
    "budget", [RetryBudget, lambda: RetryBudget(start=10.0)], ids=["at first", "after a good time"]
)
def test_under_total_failure_at_most_a_fifth_more_reaches_the_source(
    budget: Callable[[], RetryBudget], every: float
) -> None:
    down = Down(FakeClock(), NEVER)
    assert down.read_for(60, Patience(budget=budget()), every) <= 1.2


def test_with_the_breaker_hardly_anything_reaches_a_source_that_is_down() -> None:
    down = Down(FakeClock(), Trip())
    amplification = down.read_for(60, Patience(), 0.125)
    assert amplification <= 0.1
    assert down.reached <= 20 + 2 * 3  # what opens the breaker, and the probes of two waits


@given(st.lists(st.booleans(), max_size=300))
def test_retries_are_never_more_than_the_floor_and_a_fifth_of_the_successes(outcomes: list[bool]) -> None:
    budget, successes, retries = RetryBudget(), 0, 0
    for worked in outcomes:
        if worked:
            budget.deposit()
            successes += 1
        else:
            retries += budget.take()
        assert retries <= 4 + successes * 0.2 + 1e-6
        assert 0 <= budget.left <= 10


def test_five_successes_pay_for_one_retry() -> None:
    budget = RetryBudget(start=0.0)
    for _ in range(4):
        budget.deposit()
    assert not budget.take()
    budget.deposit()
    assert budget.take()
    assert not budget.take()


def test_good_pages_pay_for_the_retries_of_bad_ones() -> None:
    patience, clock = Patience(budget=RetryBudget(start=0.0)), FakeClock()
    with pytest.raises(WireError):
        call(patience, Flaky(WireError("cut")), clock)
    for _ in range(5):
        call(patience, Flaky(), clock)
    assert call(patience, Flaky(WireError("cut")), clock) == "page"


class Flaky:
    """Fails as told, then answers."""

    def __init__(self, *failures: BartackError) -> None:
        self.failures = list(failures)
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "page"


def call(patience: Patience, flaky: Flaky, clock: FakeClock) -> str:
    return patience.call(flaky, sleep=clock.sleep, before_sleep=quiet)


def test_waits_are_drawn_between_nothing_and_a_doubling_bound() -> None:
    drawn: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return high

    clock, flaky = FakeClock(), Flaky(*(SourceUnavailableError("down") for _ in range(7)))
    patience = Patience(attempts=8, budget=RetryBudget(start=10), uniform=uniform)
    assert call(patience, flaky, clock) == "page"
    assert drawn == [(0.0, bound) for bound in (0.5, 1, 2, 4, 8, 16, 30)]
    assert clock.slept == [0.5, 1, 2, 4, 8, 16, 30]


@pytest.mark.parametrize("attempts", [1, 2, 4])
def test_a_page_is_asked_for_so_often_and_no_more(attempts: int) -> None:
    flaky = Flaky(*(WireError("cut", retry_after=None) for _ in range(10)))
    with pytest.raises(WireError):
        call(Patience(attempts=attempts), flaky, FakeClock())
    assert flaky.calls == attempts


@pytest.mark.parametrize(
    "error",
    [AccessError("revoked"), SourceChangedError("renamed"), WireError("oversized", retryable=False)],
    ids=lambda error: type(error).__name__,
)
def test_what_does_not_pass_is_not_waited_for(error: BartackError) -> None:
    clock, flaky = FakeClock(), Flaky(error)
    with pytest.raises(type(error)):
        call(Patience(), flaky, clock)
    assert (flaky.calls, clock.slept) == (1, [])


@given(st.floats(0, 60), st.floats(0, 1))
def test_what_the_source_asks_for_is_waited_to_a_tenth_and_never_cut_short(asked: float, luck: float) -> None:
    clock, flaky = FakeClock(), Flaky(SourceUnavailableError("busy", retry_after=asked))
    patience = Patience(uniform=lambda low, high: low + luck * (high - low))
    assert call(patience, flaky, clock) == "page"
    assert asked <= clock.slept[0] <= min(60.0, asked * 1.1 + 1e-9)


def test_a_wait_over_a_minute_is_not_slept_but_said() -> None:
    clock, flaky = FakeClock(), Flaky(SourceUnavailableError("busy", retry_after=86_400.0))
    with pytest.raises(SourceUnavailableError) as caught:
        call(Patience(), flaky, clock)
    assert (flaky.calls, clock.slept) == (1, [])
    assert caught.value.retry_after == 86_400.0
    assert "try again in 24 h 0 min" in str(caught.value)
