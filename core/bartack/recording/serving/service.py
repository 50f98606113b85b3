"""Decides what each request gets; knows nothing of sockets."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from bartack.errors import RecordingError
from bartack.recording.cassette import Cassette
from bartack.recording.messages import RecordedRequest
from bartack.recording.playback import Playback
from bartack.recording.scrub import Scrubber
from bartack.recording.serving.addresses import Addresses
from bartack.recording.serving.manner import Limiter, Manner
from bartack.recording.serving.wire import RESET, SILENT, TOO_MANY, Wire, unknown, wire_of

__all__ = ["Service"]

_MADE = {"429": TOO_MANY, "reset": RESET, "timeout": SILENT}
_MOST_MISSES = 100
"""So many different misses are kept, to be told at the end."""


class Service:
    """A cassette with manners. Safe from several threads.

    ``counts``: how many requests were ``answered``, ``limited`` by the rate, ``unknown``, or failed as they were to
    (``429``, ``reset``, ``timeout``). ``misses``: what was asked and never recorded.
    """

    def __init__(
        self, cassette: Cassette, scrubber: Scrubber, addresses: Addresses, manner: Manner, clock: Callable[[], float]
    ) -> None:
        self._playback = Playback(cassette, scrubber, rounds=True)
        self._addresses = addresses
        self._manner = manner
        self._limiter = None if manner.rate is None else Limiter(manner.rate, clock)
        self._lock = threading.Lock()
        self._number = 0
        self.counts: Counter[str] = Counter()
        self.misses: dict[str, RecordingError] = {}

    def reply(self, request: RecordedRequest) -> tuple[float, Wire]:
        """Return the seconds to wait, and what to send then."""
        made = self._failure()
        if made is not None:
            return 0.0, made
        try:
            item = self._playback.answer(self._led(request).unpacked())
        except RecordingError as error:
            with self._lock:
                self.counts["unknown"] += 1
                if len(self.misses) < _MOST_MISSES:
                    self.misses.setdefault(error.message, error)
            return 0.0, unknown(error)
        with self._lock:
            self.counts["answered"] += 1
        return self._manner.wait(item.seconds), wire_of(item, self._addresses)

    def _failure(self) -> Wire | None:
        with self._lock:
            if self._limiter is not None and not self._limiter.passes():
                self.counts["limited"] += 1
                return TOO_MANY
            self._number += 1
            name = self._manner.failure(self._number)
            if name is None:
                return None
            self.counts[name] += 1
            return _MADE[name]

    def _led(self, request: RecordedRequest) -> RecordedRequest:
        """Return a request as it would have been at the source."""
        there = self._addresses.there
        body = None if request.body is None else there(request.body)
        return replace(request, uri=there(request.uri.encode()).decode(), body=body)
