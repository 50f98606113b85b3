"""At most so many calls in any so many seconds, as the source counts them."""

from __future__ import annotations

from collections import deque

__all__ = ["Window"]


class Window:
    """A sliding window that is exact where it matters: at the source.

    When a request arrives there is not known, only that it is between its start and its answer. So a call takes its
    place from its start until ``per`` seconds after its end: then no ``requests + 1`` arrivals lie within ``per`` seconds
    of each other, however long the way was. Its owner holds a lock; so many calls at most are under way at once.
    """

    def __init__(self, requests: int, per: float) -> None:
        self.requests = requests
        self.per = per
        self._under_way = 0
        self._ended: deque[float] = deque()

    def wait(self, now: float) -> float:
        """Return the seconds until there may be a place; 0 when there is one."""
        while self._ended and self._ended[0] + self.per <= now:
            self._ended.popleft()
        if self._under_way + len(self._ended) < self.requests:
            return 0.0
        return self._ended[0] + self.per - now if self._ended else self.per

    def enter(self) -> None:
        """Take a place."""
        self._under_way += 1

    def leave(self, now: float) -> None:
        """Note that a call has ended; its place is free ``per`` seconds later."""
        self._under_way -= 1
        self._ended.append(now)
