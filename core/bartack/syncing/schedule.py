"""Syncs sources in the background, each one again and again, and never twice at the same time."""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from bartack.errors import BartackError, StoreError
from bartack.syncing.synced import Synced

__all__ = ["Schedule", "Stop", "SyncOne", "Turn"]

_log = logging.getLogger(__name__)

_JITTER = 0.1
"""Share of the pause by which it is longer or shorter, so that sources and processes do not march in step."""

_FIRST = timedelta(seconds=2)
"""Within so much time after the start every source has its first turn."""

Stop = Callable[[], bool]
"""Asked after each page, whether to end there."""

SyncOne = Callable[[str, Stop], Iterable[Synced]]
"""Syncs one source; yields how each stream ended."""


@dataclass(frozen=True, slots=True)
class Turn:
    """How the scheduled syncs of one source go.

    ``outcome`` of the last one: ``published``; ``held`` back or ``unfinished``, at least one stream of it; ``elsewhere``, where
    another process was at it; else the type of the error it ended with. ``failures``: how many have failed in a row.
    """

    state: Literal["waiting", "running", "stopped"] = "waiting"
    began_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    failures: int = 0
    next_at: datetime | None = None


class Schedule:
    """Syncs each source ``every`` so often, counted from the end of the last time. Safe in threads.

    ``wait`` sleeps for so many seconds or until :meth:`stop`, and tells whether that was it; ``random`` gives a share from 0
    to below 1. :meth:`run` is the life of one source: whoever starts it gives it a thread.
    """

    def __init__(
        self,
        sync: SyncOne,
        sources: Sequence[str],
        every: timedelta,
        *,
        clock: Callable[[], datetime],
        random: Callable[[], float],
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        self._sync = sync
        self._every = every.total_seconds()
        self._clock = clock
        self._random = random
        self._stopping = threading.Event()
        self._wait = wait or self._stopping.wait
        self._lock = threading.Lock()
        self._turns = dict.fromkeys(sources, Turn())

    @property
    def turns(self) -> Mapping[str, Turn]:
        """How each source stands, by name."""
        with self._lock:
            return MappingProxyType(dict(self._turns))

    def stop(self) -> None:
        """Begin no more syncs; those that run end after their page, and what they have is kept."""
        self._stopping.set()

    def run(self, source: str) -> None:
        """Sync a source again and again, until :meth:`stop`."""
        pause = self._random() * min(_FIRST.total_seconds(), self._every)
        while not self._paused(source, pause):
            self._now(source)
            pause = self._every * (1 + _JITTER * (2 * self._random() - 1))
        self._note(source, state="stopped", next_at=None)

    def start(self) -> list[threading.Thread]:
        """Run all sources, a thread each; none of them keeps the process alive."""
        with self._lock:
            names = list(self._turns)
        threads = [threading.Thread(target=self.run, args=(name,), daemon=True, name=f"sync {name}") for name in names]
        for thread in threads:
            thread.start()
        return threads

    def _paused(self, source: str, seconds: float) -> bool:
        """Wait for the next turn; tell whether there is none."""
        self._note(source, next_at=self._clock() + timedelta(seconds=seconds))
        return self._wait(seconds)

    def _now(self, source: str) -> None:
        self._note(source, state="running", began_at=self._clock(), next_at=None)
        try:
            outcome, failed = _outcome(self._sync(source, self._stopping.is_set))
        except BartackError as error:
            outcome, failed = type(error).__name__, True
            _log.warning("the scheduled sync of %s failed: %s", source, error)
        except Exception as error:
            outcome, failed = type(error).__name__, True
            frames = "".join(traceback.format_tb(error.__traceback__))
            _log.error("the scheduled sync of %s failed with %s\n%s", source, outcome, frames)
        with self._lock:
            failures = self._turns[source].failures + 1 if failed else 0
        self._note(source, state="waiting", ended_at=self._clock(), outcome=outcome, failures=failures)

    def _note(self, source: str, **changes: object) -> None:
        with self._lock:
            self._turns[source] = replace(self._turns[source], **changes)  # type: ignore[arg-type]  # fields of Turn


def _outcome(ended: Iterable[Synced]) -> tuple[str, bool]:
    """Return the word for how a sync ended, and whether that is a failure; the worst of its streams counts."""
    found = "published"
    failure: BartackError | None = None
    for one in ended:
        if _is_elsewhere(one):
            found = "elsewhere" if found == "published" else found
        elif one.error is not None:
            failure = failure or one.error
            _log.warning("the scheduled sync of %s/%s failed: %s", one.source, one.stream, one.error)
        elif one.state != "published":
            found = one.state
    return (type(failure).__name__, True) if failure is not None else (found, False)


def _is_elsewhere(one: Synced) -> bool:
    """Tell whether another process syncs this stream now: then its lease could not be had."""
    return isinstance(one.error, StoreError) and one.error.where == f"{one.source}/{one.stream}"
