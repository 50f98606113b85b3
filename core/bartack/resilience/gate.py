"""The gate that every call of one source passes: breaker, bulkhead, quota, in this order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

from bartack.errors import BartackError, SourceUnavailableError
from bartack.events import Emit, Event, Step, silent
from bartack.policies import Limits
from bartack.resilience.breaker import Breaker, State, Trip
from bartack.resilience.meter import Meter
from bartack.resilience.moments import spoken
from bartack.resilience.quota import Quota

__all__ = ["SourceGate"]

_GENERIC: Final = Quota()
_TRIP: Final = Trip()


class SourceGate:
    """The gate of one source, shared by its sessions and threads; a :class:`~bartack.transports.base.Gate`.

    A call that comes while the host's breaker is open is refused at once. At most ``limits.concurrency`` calls are under
    way; the next one waits for one of them to end, for ``limits.longest_wait`` at most, and is then refused: a source that
    hangs fills its own gate and no other. A call that the quota makes wait is delayed, for ``limits.longest_wait`` at most
    in all; where it would be longer it is refused at once, and the error says when it is worth trying again. What is
    refused was not sent, and is not retried in this process.

    A call counts against the host when it ends in an error that may pass (no connection, no whole answer in time), in
    status 429, or in status 5xx without a SOAP fault. Other refusals are the caller's own making.
    """

    def __init__(
        self,
        source: str,
        limits: Limits,
        quota: Quota = _GENERIC,
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        emit: Emit = silent,
        trip: Trip = _TRIP,
    ) -> None:
        self._source = source
        self._longest = limits.longest_wait.total_seconds()
        # Never more at once than the quota allows: else a call could wait for one that has no end yet to count from.
        self._most = limits.concurrency if quota.requests is None else min(limits.concurrency, quota.requests)
        self._turns = threading.BoundedSemaphore(self._most)
        self._meter = Meter(quota, limits.reserve, monotonic)
        self._trip = trip
        self._breakers: dict[str, Breaker] = {}
        self._lock = threading.Lock()
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._emit = emit

    @contextmanager
    def passing(self, host: str) -> Iterator[_Call]:
        """Wait for a turn, let a call through, and take in how it ended.

        Raises
        ------
        SourceUnavailableError
            the breaker is open, all turns are taken, or the quota is used up; ``retry_after`` says when to come again.
        """
        breaker = self._breaker(host)
        if (wait := breaker.wait()) > 0:
            raise self._left_alone(host, wait)
        if not self._turns.acquire(timeout=self._longest):
            raise self._full()
        try:
            self._wait_for_quota()
            try:
                era = breaker.admit()
                if era is None:
                    raise self._left_alone(host, breaker.wait())
                with self._watched(host, breaker, era) as call:
                    yield call
            finally:
                self._meter.leave()
        finally:
            self._turns.release()

    def state(self, host: str) -> str:
        """Return what the breaker of a host does: ``closed``, ``open`` or ``half_open``."""
        return self._breaker(host).state

    def worst(self) -> State:
        """Return what the breakers do, of all hosts of the source: the least well one counts."""
        states = {breaker.state for breaker in tuple(self._breakers.values())}
        return "open" if "open" in states else "half_open" if "half_open" in states else "closed"

    @contextmanager
    def _watched(self, host: str, breaker: Breaker, era: int) -> Iterator[_Call]:
        call = _Call(self._meter, self._clock)
        began = self._monotonic()
        outcome, failed = "ok", None
        try:
            yield call
            failed = call.failed
        except BartackError as error:
            outcome, failed = type(error).__name__, error.retryable or None
            raise
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            changed = breaker.ended(era, failed=failed)
            about = {"host": host} if call.status is None else {"host": host, "status": call.status}
            self._tell("request", outcome, self._monotonic() - began, **about)
            if changed is not None:
                self._tell("breaker", host=host, state=changed)

    def _wait_for_quota(self) -> None:
        waited = 0.0
        while True:
            wait, why = self._meter.enter()
            if wait <= 0:
                return
            if waited + wait > self._longest:
                raise SourceUnavailableError(
                    f"not asked now: {why}",
                    next_step=f"try again in {spoken(wait)}",
                    retry_after=wait,
                    retryable=False,
                )
            self._tell("quota", wait=round(wait, 3))
            self._sleep(wait)
            waited += wait

    def _breaker(self, host: str) -> Breaker:
        found = self._breakers.get(host)
        if found is None:
            with self._lock:
                found = self._breakers.setdefault(host, Breaker(self._trip, self._monotonic))
        return found

    def _left_alone(self, host: str, wait: float) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"not asked now: too many calls of {host} failed, so it is left alone for a while",
            next_step=f"try again in {spoken(wait)}",
            retry_after=wait,
            retryable=False,
        )

    def _full(self) -> SourceUnavailableError:
        return SourceUnavailableError(
            f"not asked now: {self._most} calls are under way, and none has ended in {spoken(self._longest)}",
            next_step="the source hangs, or limits.concurrency is too low for so many readers",
            retryable=False,
        )

    def _tell(self, step: Step, outcome: str = "ok", seconds: float | None = None, /, **about: str | float) -> None:
        self._emit(Event(step, self._clock(), self._source, None, outcome, seconds, about))


class _Call:
    """One call under way; a :class:`~bartack.transports.base.Call`."""

    __slots__ = ("_clock", "_mark", "_meter", "failed", "status")

    def __init__(self, meter: Meter, clock: Callable[[], datetime]) -> None:
        self._meter = meter
        self._clock = clock
        self._mark = meter.mark()
        self.status: int | None = None
        self.failed = False

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Take in the answer's status, and what its headers say about quotas."""
        self.status = status
        fault = status == 500 and "xml" in headers.get("content-type", "")  # a SOAP fault: the service itself speaks
        self.failed = status == 429 or (status >= 500 and not fault)
        self._meter.heard(status, headers, self._mark, self._clock())
