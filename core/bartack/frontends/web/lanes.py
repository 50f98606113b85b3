"""Where blocking work is done: threads, so many and no more, and sources that hang only ever hold some of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import anyio
from anyio.to_thread import run_sync

from bartack.errors import BartackError

__all__ = ["BusyError", "Lanes"]

T = TypeVar("T")

QUICK = 4
"""Threads for what the store answers: more would only wait for each other, for Python runs one at a time."""

SLOW = 8
"""Threads for what sources are asked, which may take as long as they are waited for."""

_WAITING = 16


class BusyError(BartackError):
    """Too many questions wait for sources already."""

    retryable = True
    next_step = "ask the replica, or again in a moment"


class Lanes:
    """Two sets of threads. Work that nobody waits for any more is let alone, and ends when it ends."""

    def __init__(self, quick: int = QUICK, slow: int = SLOW, waiting: int = _WAITING) -> None:
        self._quick = anyio.CapacityLimiter(quick)
        self._slow = anyio.CapacityLimiter(slow)
        self._waiting = waiting

    async def quick(self, work: Callable[..., T], *args: Any, **named: Any) -> T:
        """Do what asks only the store."""
        return await run_sync(partial(work, *args, **named), limiter=self._quick, abandon_on_cancel=True)

    async def slow(self, work: Callable[..., T], *args: Any, **named: Any) -> T:
        """Do what may ask a source.

        Raises
        ------
        BusyError
            so many wait already that it would take too long.
        """
        if self._slow.statistics().tasks_waiting >= self._waiting:
            raise BusyError("too many questions wait for sources", retry_after=5)
        return await run_sync(partial(work, *args, **named), limiter=self._slow, abandon_on_cancel=True)
