"""A clock that stands still until somebody sleeps: tests pass an hour in no time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

__all__ = ["FakeClock"]

START = datetime(2026, 11, 23, 10, tzinfo=UTC)


class FakeClock:
    """Wall clock, monotonic clock and sleep of one imagined machine; ``slept`` holds what was slept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.passed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.passed += seconds
            self.slept.append(seconds)

    def go_on(self, seconds: float) -> None:
        """Let time pass without anybody sleeping."""
        with self._lock:
            self.passed += seconds
