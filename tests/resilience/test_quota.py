"""No source is asked more than it allows, and none more than the business can spare."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import SourceUnavailableError
from bartack.events import Event
from bartack.policies import Limits
from bartack.resilience.gate import SourceGate
from bartack.resilience.quota import GENERIC, Left, Quota, RateLimitFields, RemainingHeader, UsageHeader
from bartack.testing.clock import FakeClock
from bartack_connectors.hubspot.connector import HubSpot
from bartack_connectors.salesforce.connector import Salesforce

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


def read(headers: dict[str, str], *readers: Any) -> list[Left]:
    return [left for reader in readers or GENERIC for left in reader.read(headers, NOW)]


# -- what vendors say -------------------------------------------------------------------------------------------------

SALESFORCE = [
    ("api-usage=18/5000", (4982, 5000)),
    ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample-app)", (4975, 5000)),
    ("per-app-api-usage=17/250(appName=sample-app), api-usage=26/5000", (4974, 5000)),
    ("api-usage=6000/5000", (0, 5000)),
    ("api-usage=many/5000", None),
    ("per-app-api-usage=17/250(appName=sample-app)", None),
    ("", None),
]


@pytest.mark.parametrize(("value", "left"), SALESFORCE)
def test_salesforces_usage_is_understood(value: str, left: tuple[int, int] | None) -> None:
    found = read({"sforce-limit-info": value}, *Salesforce.quota.headers)
    assert [(one.remaining, one.limit) for one in found] == ([] if left is None else [left])


def test_hubspots_headers_are_understood() -> None:
    headers = {
        "x-hubspot-ratelimit-daily": "250000",
        "x-hubspot-ratelimit-daily-remaining": "249999",
        "x-hubspot-ratelimit-interval-milliseconds": "10000",
        "x-hubspot-ratelimit-max": "110",
        "x-hubspot-ratelimit-remaining": "109",
        "x-hubspot-ratelimit-secondly": "11",
        "x-hubspot-ratelimit-secondly-remaining": "10",
    }
    assert HubSpot.quota is not None
    burst, daily = read(headers, *HubSpot.quota.headers)
    assert (burst.remaining, burst.limit, burst.per) == (109, 110, 10.0)
    assert (daily.remaining, daily.limit, daily.per) == (249_999, 250_000, 86_400)


FIELDS = [
    # draft-ietf-httpapi-ratelimit-headers from version 08 on
    ('"default";r=50;t=30', '"default";q=100;w=10', [Left("default", 50, 100, 10, 30)]),
    ('"default";r=50', '"default";q=100;w=10', [Left("default", 50, 100, 10)]),
    ('"default";r=0;t=5', None, [Left("default", 0, None, None, 5)]),
    ('"problemPolicy";pk=:QXBwLTk5OQ==:;t=60;r=9', None, [Left("problemPolicy", 9, None, None, 60)]),
    (
        '"hour";r=10;t=100, "day";r=4000;t=5000',
        '"day";q=5000;w=86400, "hour";q=1000;w=3600',
        [Left("hour", 10, 1000, 3600, 100), Left("day", 4000, 5000, 86_400, 5000)],
    ),
    # version 07
    ("limit=100, remaining=50, reset=5", "100;w=60", [Left("ratelimit", 50, 100, None, 5)]),
    ("soon", None, []),
    ('"default";r=-1;t=x', None, []),
]


@pytest.mark.parametrize(("value", "policy", "left"), FIELDS)
def test_the_draft_of_the_ietf_is_understood(value: str, policy: str | None, left: list[Left]) -> None:
    headers = {"ratelimit": value} | ({} if policy is None else {"ratelimit-policy": policy})
    assert read(headers, RateLimitFields()) == left


RESETS = [
    ("2", 2),  # Pipedrive: seconds
    ("0", 0),
    ("86400", 86_400),
    (str(EPOCH + 90), 90),  # GitHub: seconds since 1970
    (str((EPOCH + 90) * 1000), 90),  # milliseconds since 1970
    (str(EPOCH - 90), 0),
    ("5000000", None),  # neither: two months, or February 1970
    (str(EPOCH + 40 * 86_400), None),
    ("soon", None),
    ("-5", None),
    ("", None),
    ("9" * 400, None),
]


@pytest.mark.parametrize(("value", "seconds"), RESETS)
def test_moments_and_seconds_of_a_reset_are_told_apart(value: str, seconds: float | None) -> None:
    headers = {"x-ratelimit-limit": "80", "x-ratelimit-remaining": "7", "x-ratelimit-reset": value}
    assert read(headers) == [Left("X-RateLimit-Remaining", 7, 80, None, seconds)]


def test_a_reset_is_measured_against_the_answers_own_clock() -> None:
    there = NOW + timedelta(minutes=10)
    headers = {
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(EPOCH + 660),
        "date": there.strftime("%a, %d %b %Y %H:%M:%S GMT"),
    }
    assert read(headers)[0].resets_in == 60


@given(
    st.dictionaries(
        st.sampled_from(
            "ratelimit ratelimit-policy ratelimit-remaining x-ratelimit-remaining "
            "x-ratelimit-limit x-ratelimit-reset sforce-limit-info x-hubspot-ratelimit-interval-milliseconds date".split()
        ),
        st.text(max_size=40),
    )
)
def test_no_header_ends_a_read(headers: dict[str, str]) -> None:
    for left in read(headers, *GENERIC, UsageHeader("sforce-limit-info", "api-usage")):
        assert left.remaining >= 0


# -- the gate ---------------------------------------------------------------------------------------------------------


class Guarded:
    """A gate on a fake clock, with a source behind it that says what it is told to."""

    def __init__(self, quota: Quota = Quota(), **limits: Any) -> None:  # noqa: B008 - frozen
        self.clock = FakeClock()
        self.events: list[Event] = []
        self.gate = SourceGate(
            "crm",
            Limits(**limits),
            quota,
            clock=self.clock.now,
            monotonic=self.clock.monotonic,
            sleep=self.clock.sleep,
            emit=self.events.append,
        )

    def ask(self, status: int = 200, **headers: str) -> float:
        """Make a call; return when it reached the source."""
        with self.gate.passing("crm.example") as call:
            call.answered(status, {name.replace("_", "-"): value for name, value in headers.items()})
            return self.clock.passed


def test_calls_come_at_most_so_often_in_any_window() -> None:
    guarded = Guarded(Quota(5, per=10))
    arrived = [guarded.ask() for _ in range(18)]
    assert arrived == [0] * 5 + [10] * 5 + [20] * 5 + [30] * 3
    assert [event.attributes["wait"] for event in guarded.events if event.step == "quota"] == [10, 10, 10]


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=6, max_size=60))
def test_whenever_calls_come_and_however_long_they_take_no_window_holds_more(calls: list[tuple[float, float]]) -> None:
    guarded = Guarded(Quota(5, per=10))
    arrived = []
    for pause, way in calls:
        guarded.clock.go_on(pause)
        with guarded.gate.passing("crm.example"):
            guarded.clock.go_on(way / 2)
            arrived.append(guarded.clock.passed)
            guarded.clock.go_on(way / 2)
    assert all(later - earlier >= 10 - 1e-6 for earlier, later in zip(arrived, arrived[5:], strict=False))


def test_threads_together_keep_the_quota_to_the_call() -> None:
    arrived: list[float] = []
    gate = SourceGate("crm", Limits(concurrency=8), Quota(10, per=0.3), clock=lambda: NOW)

    def work() -> None:
        for _ in range(6):
            with gate.passing("crm.example"):
                arrived.append(time.monotonic())  # list.append is atomic
                time.sleep(0.02)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    arrived.sort()
    assert len(arrived) == 48
    assert min(later - earlier for earlier, later in zip(arrived, arrived[10:], strict=False)) >= 0.3


def test_a_wait_over_a_minute_is_an_error_that_says_when() -> None:
    guarded = Guarded(Quota(1, per=3600))
    guarded.ask()
    with pytest.raises(SourceUnavailableError) as caught:
        guarded.ask()
    assert guarded.clock.slept == []
    assert caught.value.retry_after == 3600
    assert "quota of 1 requests in 60 min is used up" in str(caught.value)
    assert "try again in 60 min" in str(caught.value)
    assert not caught.value.retryable


@pytest.mark.parametrize("status", [429, 503])
def test_what_one_call_is_asked_to_wait_all_calls_wait(status: int) -> None:
    guarded = Guarded()
    guarded.ask(status, retry_after="30")
    assert guarded.ask() == 30
    guarded.ask(status, retry_after="86400")
    with pytest.raises(SourceUnavailableError, match="it asked to wait") as caught:
        guarded.ask()
    assert caught.value.retry_after == 86_400


def used(quota: Quota, reserve: float, header: Callable[[int], dict[str, str]], calls: int = 200) -> int:
    """Ask until the gate refuses; return how many calls the source counted."""
    guarded = Guarded(quota, reserve=reserve)
    count = 0
    for _ in range(calls):
        try:
            with guarded.gate.passing("crm.example") as call:
                count += 1
                call.answered(200, header(count))
        except SourceUnavailableError:
            return count
    return count


@pytest.mark.parametrize(("reserve", "most"), [(0.4, 60), (0.0, 100), (0.1, 90), (0.55, 45)])
def test_never_more_than_the_share_of_salesforces_daily_calls_that_is_not_reserved(reserve: float, most: int) -> None:
    assert used(Salesforce.quota, reserve, lambda count: {"sforce-limit-info": f"api-usage={count}/100"}) == most


def test_the_reserve_holds_with_calls_of_others_and_threads_that_overtake_each_other() -> None:
    lock, count, asked = threading.Lock(), 0, 0
    gate = SourceGate("crm", Limits(reserve=0.4, concurrency=8), Salesforce.quota, clock=lambda: NOW)

    def work() -> None:
        nonlocal count, asked
        while True:
            try:
                with gate.passing("crm.example") as call:
                    with lock:
                        count, asked = count + 1, asked + 1
                        said = f"api-usage={count}/1000"
                    time.sleep(0.0005 * (asked % 3))
                    call.answered(200, {"sforce-limit-info": said})
            except SourceUnavailableError:
                return

    threads = [threading.Thread(target=work, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert 600 - 8 <= count <= 600


def test_when_nobody_says_when_a_limit_is_whole_again_one_call_looks_after_a_quarter_of_an_hour() -> None:
    guarded = Guarded(Salesforce.quota, reserve=0.4)
    guarded.ask(sforce_limit_info="api-usage=600/1000")
    for _ in range(3):
        with pytest.raises(
            SourceUnavailableError, match=r"400 of 1000 requests are left.*last 400 are reserved"
        ) as caught:
            guarded.ask()
        assert caught.value.retry_after == 900
    guarded.clock.go_on(900)
    with guarded.gate.passing("crm.example") as looking:
        with pytest.raises(SourceUnavailableError), guarded.gate.passing("crm.example"):
            pytest.fail("a second call went through before the first had looked")
        looking.answered(200, {"sforce-limit-info": "api-usage=100/1000"})
    guarded.ask(sforce_limit_info="api-usage=101/1000")


def test_a_limit_that_says_when_it_is_whole_again_is_waited_for() -> None:
    guarded = Guarded(reserve=0.0)
    guarded.ask(x_ratelimit_limit="80", x_ratelimit_remaining="0", x_ratelimit_reset="2")
    assert guarded.ask() == 2


def test_a_limit_of_nothing_is_none() -> None:
    guarded = Guarded()
    guarded.ask(x_ratelimit_limit="0", x_ratelimit_remaining="0")
    assert guarded.ask() == 0


def test_a_connector_declares_its_own_headers() -> None:
    quota = Quota(headers=(RemainingHeader("X-Calls-Left", limit="X-Calls", reset="X-Calls-Reset"),))
    guarded = Guarded(quota, reserve=0.5)
    guarded.ask(x_calls="10", x_calls_left="5", x_calls_reset="7")
    assert guarded.ask() == 7
