"""One hanging or failing source takes nothing from the others, and no refusal is counted that the caller earned."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bartack import aio
from bartack.errors import AccessError, BartackError, ConfigError, SourceUnavailableError, WireError
from bartack.events import Event, silent
from bartack.policies import Limits
from bartack.resilience.gate import SourceGate
from bartack.resilience.quota import Quota
from bartack.testing.clock import FakeClock
from bartack.transports.base import OPEN, Page, Query, Runtime
from bartack_contracts import Person
from support.told import Told, hub, page, person


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def gate(clock: FakeClock, events: list[Event] | None = None, quota: Quota = Quota(), **limits: Any) -> SourceGate:  # noqa: B008
    emit = silent if events is None else events.append
    return SourceGate(
        "crm", Limits(**limits), quota, clock=clock.now, monotonic=clock.monotonic, sleep=clock.sleep, emit=emit
    )


def ask(
    guarded: SourceGate, status: int = 200, error: BaseException | None = None, content_type: str = "application/json"
) -> None:
    """Make a call that ends so."""
    with suppress(BartackError, KeyboardInterrupt), guarded.passing("crm.example") as call:
        if error is not None:
            raise error
        call.answered(status, {"content-type": content_type})


# -- what counts against a source ------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_servers_that_fail_or_throttle_open_the_breaker(clock: FakeClock, status: int) -> None:
    guarded = gate(clock)
    for _ in range(20):
        ask(guarded, status)
    assert guarded.state("crm.example") == "open"


@pytest.mark.parametrize(
    "error", [SourceUnavailableError("no connection"), WireError("cut")], ids=["no connection", "cut"]
)
def test_connections_that_fail_open_the_breaker(clock: FakeClock, error: BartackError) -> None:
    guarded = gate(clock)
    for _ in range(20):
        ask(guarded, error=error)
    assert guarded.state("crm.example") == "open"


@pytest.mark.parametrize("status", [200, 204, 302, 400, 401, 403, 404, 409, 410, 422])
def test_refusals_of_the_callers_own_making_do_not(clock: FakeClock, status: int) -> None:
    guarded = gate(clock)
    for _ in range(100):
        ask(guarded, status)
    assert guarded.state("crm.example") == "closed"


def test_a_soap_fault_is_an_answer_and_a_proxys_500_is_not(clock: FakeClock) -> None:
    guarded = gate(clock)
    for _ in range(100):
        ask(guarded, 500, content_type="text/xml; charset=utf-8")
    assert guarded.state("crm.example") == "closed"
    for _ in range(100):
        ask(guarded, 500, content_type="text/html")
    assert guarded.state("crm.example") == "open"


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("no trusted TLS connection"),
        AccessError("no"),
        WireError("too large", retryable=False),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_says_nothing_about_the_source_is_not_counted(clock: FakeClock, error: BaseException) -> None:
    guarded = gate(clock)
    for _ in range(100):
        ask(guarded, error=error)
    assert guarded.state("crm.example") == "closed"


def test_hosts_of_one_source_have_breakers_of_their_own(clock: FakeClock) -> None:
    guarded = gate(clock)
    for _ in range(20):
        ask(guarded, 503)
    with guarded.passing("login.example") as call:
        call.answered(200, {})
    with pytest.raises(SourceUnavailableError, match=r"crm\.example"), guarded.passing("crm.example"):
        pytest.fail("it went through")


def test_what_happens_is_told(clock: FakeClock) -> None:
    events: list[Event] = []
    guarded = gate(clock, events, Quota(20, per=10))
    for _ in range(19):
        ask(guarded, 503)
    ask(guarded, error=WireError("cut"))
    clock.go_on(30)
    for _ in range(3):
        ask(guarded)
    told = [
        (event.step, event.outcome, event.attributes.get("status"), event.attributes.get("state")) for event in events
    ]
    assert told == [
        *[("request", "ok", 503, None)] * 19,
        ("request", "WireError", None, None),
        ("breaker", "ok", None, "open"),
        *[("request", "ok", 200, None)] * 3,
        ("breaker", "ok", None, "closed"),
    ]
    assert {event.source for event in events} == {"crm"}


# -- bulkhead ---------------------------------------------------------------------------------------------------------


class Hanging:
    """Calls that hang until they are let go."""

    def __init__(self, guarded: SourceGate, calls: int) -> None:
        self.under_way = threading.Semaphore(0)
        self.let_go = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(guarded,), daemon=True) for _ in range(calls)]

    def _call(self, guarded: SourceGate) -> None:
        with guarded.passing("crm.example"):
            self.under_way.release()
            self.let_go.wait(10)

    def __enter__(self) -> Hanging:
        for thread in self._threads:
            thread.start()
        for _ in self._threads:
            assert self.under_way.acquire(timeout=10)
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go.set()
        for thread in self._threads:
            thread.join(10)


def test_when_all_turns_are_taken_the_next_call_waits_and_is_then_refused(clock: FakeClock) -> None:
    guarded = gate(clock, concurrency=3, longest_wait=0.1)
    with Hanging(guarded, 3):
        with (
            pytest.raises(SourceUnavailableError, match="3 calls are under way") as caught,
            guarded.passing("crm.example"),
        ):
            pytest.fail("it went through")
        assert not caught.value.retryable
        with gate(clock).passing("other.example"):
            pass  # another source has turns of its own
    with guarded.passing("crm.example"):
        pass


def test_a_call_that_waits_gets_the_turn_of_one_that_ends(clock: FakeClock) -> None:
    guarded = gate(clock, concurrency=1, longest_wait=10)
    with Hanging(guarded, 1) as hanging:
        threading.Timer(0.05, hanging.let_go.set).start()
        with guarded.passing("crm.example"):
            pass


def test_never_more_calls_are_under_way_than_allowed() -> None:
    guarded = SourceGate("crm", Limits(concurrency=3), clock=Runtime().clock)
    lock, now, most = threading.Lock(), 0, 0

    def work() -> None:
        nonlocal now, most
        for _ in range(20):
            with guarded.passing("crm.example"):
                with lock:
                    now += 1
                    most = max(most, now)
                time.sleep(0.001)
                with lock:
                    now -= 1

    threads = [threading.Thread(target=work, daemon=True) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == 3


# -- through asyncio --------------------------------------------------------------------------------------------------


class Hung(Told):
    """A stream whose source never answers until ``let_go``."""

    let_go = threading.Event()

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        self.let_go.wait(20)
        yield page(person(1))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[aio.AsyncHub]:
    Hung.let_go.clear()
    well = Told("people", (page(*(person(n) for n in range(50))),))
    yield aio.AsyncHub(hub(tmp_path, sources={"hung": [Hung("people", ())], "well": [well]}))
    Hung.let_go.set()


def test_a_source_that_hangs_does_not_hold_up_the_records_of_another(bench: aio.AsyncHub) -> None:
    async def run() -> list[str]:
        seen: list[str] = []
        async with bench:
            async for record in bench.read(Person):
                seen.append(record.ref.source)
                if len(seen) == 50:
                    Hung.let_go.set()  # only now: all of the healthy source have arrived
        return seen

    assert asyncio.run(asyncio.wait_for(run(), 15)) == ["well"] * 50 + ["hung"]


def test_calls_that_hang_do_not_take_the_threads_of_other_sources(bench: aio.AsyncHub) -> None:
    async def run() -> None:
        async with bench:
            hanging = [asyncio.ensure_future(bench.get("hung/people/1")) for _ in range(40)]
            record = await asyncio.wait_for(bench.get("well/people/7"), 10)
            assert record.ref.id == "7"
            assert not any(one.done() for one in hanging)
            Hung.let_go.set()
            assert {one.ref.id for one in await asyncio.gather(*hanging)} == {"1"}

    asyncio.run(run())


def test_the_open_gate_refuses_nothing() -> None:
    for _ in range(100):
        with suppress(SourceUnavailableError), OPEN.passing("crm.example") as call:
            call.answered(503, {"retry-after": "86400"})
            raise SourceUnavailableError("down")


def test_a_database_that_cannot_be_reached_is_left_alone_too(clock: FakeClock) -> None:
    pytest.importorskip("psycopg")
    from bartack.transports.sql import SqlSession, SqlSettings

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]  # from here on nobody listens there
    events: list[Event] = []
    guarded = gate(clock, events)
    settings = SqlSettings(url=f"postgresql://reader@127.0.0.1:{port}/crm", connect_timeout=2)
    with SqlSession(settings, Runtime(gate=guarded)) as session:
        for _ in range(20):
            with pytest.raises(SourceUnavailableError), session.snapshot("crm/people"):
                pytest.fail("it connected")
        with pytest.raises(SourceUnavailableError, match="left alone"), session.snapshot("crm/people"):
            pytest.fail("it connected")
    assert [event.attributes["host"] for event in events] == [f"127.0.0.1:{port}"] * 21
    assert guarded.state(f"127.0.0.1:{port}") == "open"
