"""Whose turn it is: the declared quota, what the source says is left, and what it asked to wait."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from datetime import datetime

from bartack.resilience.moments import retry_after, spoken
from bartack.resilience.quota import Left, Quota
from bartack.resilience.window import Window

__all__ = ["Meter"]

_ASK_AGAIN = 900.0
"""Where nobody says when a limit is whole again, one call looks after so many seconds."""

_UNKNOWN = 60.0
"""The same, where it is not even known what time the limit is for."""

_PAUSING = frozenset({429, 503})


class Meter:
    """The quotas of one source, for all its threads.

    Each call enters when nothing makes it wait, and leaves when it has ended. What an answer says is left is less than
    that by the share that is reserved for others, and by the calls that were under way beside it, which the source may or
    may not have counted. So the reserve holds exactly, however many threads there are.
    """

    def __init__(self, quota: Quota, reserve: float, monotonic: Callable[[], float]) -> None:
        self._window = Window(quota.requests, quota.per) if quota.requests is not None else None
        self._headers = quota.headers
        self._reserve = reserve
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._limits: dict[str, _Limit] = {}
        self._paused_until = -math.inf
        self._under_way = 0
        self._ended = 0

    def enter(self) -> tuple[float, str]:
        """Take a turn and return 0; or return the seconds to wait before asking again, and why."""
        with self._lock:
            now = self._monotonic()
            wait, why = self._wait(now)
            if wait > 0:
                return wait, why
            if self._window is not None:
                self._window.enter()
            for limit in self._limits.values():
                limit.take()
            self._under_way += 1
            return 0.0, ""

    def leave(self) -> None:
        """Note that a call has ended."""
        with self._lock:
            self._under_way -= 1
            self._ended += 1
            if self._window is not None:
                self._window.leave(self._monotonic())

    def mark(self) -> int:
        """Return how many calls have ended so far, to be handed to :meth:`heard` with the answer of a call that begins."""
        return self._ended

    def heard(self, status: int, headers: Mapping[str, str], mark: int, clock: datetime) -> None:
        """Read what an answer says about limits; its call is still under way."""
        pause = retry_after(headers, clock) if status in _PAUSING else None
        said = [left for header in self._headers for left in header.read(headers, clock) if left.limit != 0]
        if pause is None and not said:
            return
        with self._lock:
            now = self._monotonic()
            if pause is not None:
                self._paused_until = max(self._paused_until, now + pause)
            beside = self._under_way - 1 + self._ended - mark
            for left in said:
                if left.name not in self._limits:
                    self._limits[left.name] = _Limit(self._reserve)
                self._limits[left.name].told(left, beside, now)

    def _wait(self, now: float) -> tuple[float, str]:
        waits = [(limit.wait(now), limit.words) for limit in self._limits.values()]
        waits.append((self._paused_until - now, "it asked to wait"))
        if (window := self._window) is not None:
            words = f"its quota of {window.requests} requests in {spoken(window.per)} is used up"
            waits.append((window.wait(now), words))
        return max(waits)


class _Limit:
    """One limit of a source, as its answers tell it: ``left`` calls may still begin before ``until``."""

    def __init__(self, reserve: float) -> None:
        self._reserve = reserve
        self._left = 0
        self._until = 0.0
        self._hold = 0.0
        self._whole = 1
        self.words = ""

    def told(self, said: Left, beside: int, now: float) -> None:
        kept = math.ceil(self._reserve * (said.limit or 0) - 1e-9)
        self._left = said.remaining - kept - beside
        self._hold = said.resets_in if said.resets_in is not None else min(said.per or _UNKNOWN, _ASK_AGAIN)
        self._until = now + self._hold
        known = said.resets_in is not None or (said.per or math.inf) <= _ASK_AGAIN
        self._whole = max(1, said.limit - kept) if known and said.limit is not None else 1
        of = "" if said.limit is None else f" of {said.limit}"
        reserve = f", and the last {kept} are reserved" if kept else ""
        self.words = f"{said.remaining}{of} requests are left of its limit {said.name!r}{reserve}"

    def wait(self, now: float) -> float:
        if self._left > 0:
            return 0.0
        if now < self._until:
            return self._until - now
        self._left, self._until = self._whole, now + self._hold
        return 0.0

    def take(self) -> None:
        self._left -= 1
