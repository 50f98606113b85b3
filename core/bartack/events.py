"""What happens, as it happens: one frozen event a step, handed to whoever listens.

Events are for monitoring: they carry counts, durations and names, never an id, a value, an address with parameters or a
secret. Steps and what their ``attributes`` hold:

==============  =========================================================================================
``request``     one exchange with the source: ``host``, ``status`` (HTTP), ``outcome`` ok or the error's type
``retry``       a page is asked for again: ``attempt``, ``wait`` (s), ``error``
``quota``       a request waits for its turn: ``wait`` (s)
``breaker``     a breaker changes: ``host``, ``state``
``login``       a session logs in: ``outcome``
``page``        a page was mapped: ``rows``, ``delivered``, ``rejected``, ``duplicates``, ``tombstones``, ``skipped``;
                ``at`` is when it was there, ``seconds`` how long it was waited for
``commit``      a page is in the store: ``rows``
``read``        a stream was read to its end: ``completeness``, ``freshness``, and the counts
``sync``        a stream was synced: ``completeness``, ``published``, and the counts; ``waiting``: rejects to review
``fallback``    the store answers instead of the source: ``age`` (s), ``error``
``surprise``    a row or page is not as known: ``kind``, ``action``
``alarm``       a stream degrades: ``kind``, ``field``
``review``      somebody decided over a reject: ``action``; ``waiting``: rejects to review
==============  =========================================================================================

Of ``page``, ``read`` and ``sync`` there is also the ``connector``, and ``trace``: a random word that the steps of one read
have in common; of ``page`` and ``read`` the ``contract``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Literal

__all__ = ["BREAKER", "OUTCOMES", "Emit", "Event", "Listeners", "Step", "silent"]

Step = Literal[
    "request", "retry", "quota", "breaker", "login", "page", "commit", "read", "sync", "fallback", "surprise", "alarm", "review"
]  # fmt: skip


OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "delivered": "accepted",
        "rejected": "quarantined",
        "duplicates": "duplicate",
        "tombstones": "tombstone",
        "skipped": "skipped",
    }
)
"""What became of rows, in the words of monitoring."""

BREAKER: Mapping[str, int] = MappingProxyType({"closed": 0, "half_open": 1, "open": 2})
"""The states of a breaker as the figures that monitoring shows."""


@dataclass(frozen=True, slots=True)
class Event:
    """One step. ``outcome`` is ``ok`` or the name of an error's type; ``seconds`` how long it took, where that is known."""

    step: Step
    at: datetime
    source: str
    stream: str | None = None
    outcome: str = "ok"
    seconds: float | None = None
    attributes: Mapping[str, str | int | float | bool] = field(default_factory=dict)


Emit = Callable[[Event], None]
"""Takes an event. Must be quick, safe in threads, and never raise."""


def silent(_event: Event) -> None:
    """Listen to nothing."""


class Listeners:
    """Hands each event to several listeners, each under a name. Safe to use from several threads.

    A listener that raises disturbs nobody: its name and the type of its error are logged, once, and nothing of the event.
    """

    def __init__(self, listeners: Iterable[tuple[str, Emit]]) -> None:
        self._listeners = tuple(listeners)
        self._lock = threading.Lock()
        self._failed: set[str] = set()

    def __call__(self, event: Event) -> None:
        """Hand on an event."""
        for name, listener in self._listeners:
            try:
                listener(event)
            except Exception as error:
                self._report(name, error)

    def _report(self, name: str, error: Exception) -> None:
        with self._lock:
            if name in self._failed:
                return
            self._failed.add(name)
        logging.getLogger(__name__).warning(
            "the listener %s raises %s; this is said once, the read goes on", name, type(error).__name__
        )
