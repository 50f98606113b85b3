"""How many retries a source is worth: they are paid for by what went well before."""

from __future__ import annotations

import threading

__all__ = ["RetryBudget"]

_RETRY = 1000
"""A retry in the budget's own coin: whole numbers, so that five fifths are one."""


class RetryBudget:
    """Retries of all threads that read one source. A success deposits ``share`` of a retry; each retry takes one.

    So a source that fails now and then is asked again, and one that is down is not asked twice as often as one that is
    well, just when it can bear it least. The idea is that of Finagle and Envoy: retries are a share of the traffic, with
    a floor to begin with.
    """

    def __init__(self, *, start: float = 4.0, share: float = 0.2, most: float = 10.0) -> None:
        self._lock = threading.Lock()
        self._left, self._share, self._most = (round(given * _RETRY) for given in (start, share, most))

    @property
    def left(self) -> float:
        """So many retries can be paid for now."""
        return self._left / _RETRY

    def deposit(self) -> None:
        """Note a success."""
        with self._lock:
            self._left = min(self._most, self._left + self._share)

    def take(self) -> bool:
        """Pay for a retry; ``False`` where there is not enough left for one."""
        with self._lock:
            if self._left < _RETRY:
                return False
            self._left -= _RETRY
            return True
