"""A breaker: a source that fails is left alone for a while, and asked carefully before it is trusted again."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

__all__ = ["Breaker", "State", "Trip"]

State = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class Trip:
    """When a breaker opens and how it closes again.

    It opens when at least ``share`` of the latest calls failed: the last ``most`` calls of the last ``window`` seconds,
    at least ``calls`` of them. Then nothing goes through for ``wait`` seconds, and after that at most ``probes`` calls in
    any ``wait`` seconds; so many successes close it, one failure opens it again.
    """

    share: float = 0.5
    calls: int = 20
    most: int = 50
    window: float = 60.0
    wait: float = 30.0
    probes: int = 3


class Breaker:
    """The breaker of one host. Thread-safe.

    A call that is let through gets the number of the era it belongs to, and hands it back when it ends: what began
    before the breaker last changed says nothing about now.
    """

    def __init__(self, trip: Trip, monotonic: Callable[[], float]) -> None:
        self._trip = trip
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._state: State = "closed"
        self._era = 0
        self._calls: deque[tuple[float, bool]] = deque()
        self._failures = 0
        self._opened = 0.0
        self._probes: deque[float] = deque()
        self._passed = 0

    @property
    def state(self) -> State:
        """What the breaker does now; an open one turns half open with the first call after its wait."""
        return self._state

    def wait(self) -> float:
        """Return the seconds until a call may get through; 0 where one may now."""
        if self._state == "closed":
            return 0.0
        with self._lock:
            return self._wait(self._monotonic())

    def admit(self) -> int | None:
        """Let a call through: return its era, ``None`` when it must not be sent."""
        with self._lock:
            if self._state == "closed":
                return self._era
            now = self._monotonic()
            if self._wait(now) > 0:
                return None
            if self._state == "open":
                self._turn("half_open")
            self._probes.append(now)
            return self._era

    def ended(self, era: int, *, failed: bool | None) -> State | None:
        """Take in how a call ended (``None``: that says nothing about the source); return the state if it changed."""
        if failed is None:
            return None
        with self._lock:
            if era != self._era:
                return None
            if self._state == "half_open":
                return self._probed(failed)
            self._count(failed)
            return self._turn("open") if self._too_many() else None

    def _wait(self, now: float) -> float:
        """Return the seconds until a call may get through; forget probes that are a wait ago."""
        if self._state == "closed":
            return 0.0
        if self._state == "open":
            return max(0.0, self._opened + self._trip.wait - now)
        while self._probes and now - self._probes[0] >= self._trip.wait:
            self._probes.popleft()
        return 0.0 if len(self._probes) < self._trip.probes else self._probes[0] + self._trip.wait - now

    def _probed(self, failed: bool) -> State | None:  # noqa: FBT001 - how a call ended
        if failed:
            return self._turn("open")
        self._passed += 1
        return self._turn("closed") if self._passed >= self._trip.probes else None

    def _count(self, failed: bool) -> None:  # noqa: FBT001 - how a call ended
        now = self._monotonic()
        self._calls.append((now, failed))
        self._failures += failed
        while len(self._calls) > self._trip.most or now - self._calls[0][0] > self._trip.window:
            self._failures -= self._calls.popleft()[1]

    def _too_many(self) -> bool:
        calls = len(self._calls)
        return calls >= self._trip.calls and self._failures >= self._trip.share * calls

    def _turn(self, state: State) -> State:
        self._state = state
        self._era += 1
        self._calls.clear()
        self._failures = self._passed = 0
        if state == "open":
            self._opened = self._monotonic()
        return state
