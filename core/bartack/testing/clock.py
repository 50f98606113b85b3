"""A clock that stands still until somebody sleeps: tests pass an hour in no time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

__all__ = ["FakeClock"]

START = datetime(2026, 11, 23, 10, tzinfo=UTC)


class FakeClock:
    """Wall clock, monotonic clock and sleep of one imagined machine, safe in threads.

    ``Hub(config, clock=clock.now, sleep=clock.sleep, monotonic=clock.monotonic)``. It begins at ``start``, an aware moment;
    ``passed`` are the seconds since then, ``slept`` what was slept of them, in order.
    """

    def __init__(self, start: datetime = START) -> None:
        self._lock = threading.Lock()
        self._start = start
        self.passed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        """Return the moment it is."""
        return self._start + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        """Return the seconds since the start."""
        return self.passed

    def sleep(self, seconds: float) -> None:
        """Let time pass, at once."""
        with self._lock:
            self.passed += seconds
            self.slept.append(seconds)

    def go_on(self, seconds: float) -> None:
        """Let time pass without anybody sleeping."""
        with self._lock:
            self.passed += seconds
