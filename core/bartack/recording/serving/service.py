"""Decides what each request gets; knows nothing of sockets."""

from __future__ import annotations

import math
import threading
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from bartack.errors import RecordingError
from bartack.recording.cassette import Cassette
from bartack.recording.messages import RecordedRequest
from bartack.recording.scrub import Scrubber
from bartack.recording.serving.addresses import Addresses
from bartack.recording.serving.manner import Limiter, Manner
from bartack.recording.serving.shelf import Shelf
from bartack.recording.serving.wire import RESET, SILENT, TOO_MANY, Wire, takes_gzip, unknown, wire_of

__all__ = ["Service"]

_MADE = {"429": TOO_MANY, "reset": RESET, "timeout": SILENT}
_MOST_MISSES = 100
"""So many different misses are kept, to be told at the end."""


class Service:
    """Cassettes with manners. Safe from several threads.

    ``counts``: how many requests were ``answered``, ``limited`` by the rate, ``unknown``, or failed as they were to
    (``429``, ``reset``, ``timeout``). ``misses``: what was asked and never recorded.
    ``most``: so many requests are taken; ``enough`` is set when all of them have what they get.
    """

    def __init__(
        self,
        cassettes: Iterable[Cassette],
        scrubber: Scrubber,
        addresses: Addresses,
        manner: Manner,
        clock: Callable[[], float],
        most: int | None = None,
    ) -> None:
        self.shelf = Shelf(cassettes, scrubber)
        self.clock = clock
        self.enough = threading.Event()
        self._most = most
        self._taken = self._finished = 0
        self._times = array("d")
        self._addresses = addresses
        self._manner = manner
        self._limiter = None if manner.rate is None else Limiter(manner.rate, clock)
        self._lock = threading.Lock()
        self._number = 0
        self.counts: Counter[str] = Counter()
        self.misses: dict[str, RecordingError] = {}

    def takes(self) -> bool:
        """Tell whether one more request is taken."""
        with self._lock:
            self._taken += 1
            return self._most is None or self._taken <= self._most

    def finished(self, seconds: float | None) -> None:
        """Take note that a request has what it gets, and after how many seconds, where that is an answer."""
        with self._lock:
            self._finished += 1
            if seconds is not None:
                self._times.append(seconds)
            if self._finished == self._most:
                self.enough.set()

    def within(self, share: float) -> float | None:
        """Return the seconds within which so large a share of the answers was given; ``None`` where there was none."""
        with self._lock:
            times = sorted(self._times)
        return times[max(math.ceil(share * len(times)), 1) - 1] if times else None

    def reply(self, request: RecordedRequest) -> tuple[float, Wire]:
        """Return the seconds to wait, and what to send then."""
        made = self._failure()
        if made is not None:
            return 0.0, made
        try:
            item = self.shelf.answer(self._led(request).unpacked())
        except RecordingError as error:
            with self._lock:
                self.counts["unknown"] += 1
                if len(self.misses) < _MOST_MISSES:
                    self.misses.setdefault(error.message, error)
            return 0.0, unknown(error)
        with self._lock:
            self.counts["answered"] += 1
        return self._manner.wait(item.seconds), wire_of(item, self._addresses, gzips=takes_gzip(request.headers))

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
