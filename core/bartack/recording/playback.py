"""Finds the recorded answer to a request; each one is given once, in the order of recording."""

from __future__ import annotations

import threading
from functools import cached_property
from itertools import islice

from bartack.errors import RecordingError
from bartack.recording.canonical import Canonical, canonical
from bartack.recording.cassette import Cassette
from bartack.recording.differences import Address, away, distance, first_difference
from bartack.recording.keys import VARIABLE
from bartack.recording.messages import Interaction, RecordedRequest
from bartack.recording.readings import Readings
from bartack.recording.scrub import Scrubber

__all__ = ["Playback"]

_COMPARED = 200
"""Recordings of one address, and addresses, that are looked through for the nearest: a miss may not take for ever, either."""


class Playback:
    """The answers of a cassette that are left to give. Safe from several threads; each answer goes to one of them.

    ``rounds``: an answer that was given is left to give again, after the others to the same request.
    """

    def __init__(self, cassette: Cassette, scrubber: Scrubber, *, rounds: bool = False) -> None:
        self._cassette = cassette
        self._readings = Readings.of(scrubber, cassette.about.personal)
        self._rounds = rounds
        self._lock = threading.Lock()
        self._left: dict[Canonical, list[Interaction]] = {}
        self._last: dict[Canonical, Interaction] = {}
        for interaction in cassette.interactions:
            self._left.setdefault(canonical(self._readings.stored.request(interaction.request)), []).append(interaction)
        self._addresses: dict[Address, list[Canonical]] = {}
        for key, recorded in self._left.items():
            recorded.reverse()  # so that the oldest is popped first
            self._addresses.setdefault(key.address, []).append(key)
        self._times = {key: len(recorded) for key, recorded in self._left.items()}

    def answer(self, request: RecordedRequest) -> Interaction:
        """Return the next interaction recorded for ``request``, which is scrubbed here as the recording was.

        Raises
        ------
        RecordingError
            nothing was recorded for it, or all that was has been given; names the nearest recording and what differs.
        """
        read: list[tuple[RecordedRequest, Canonical]] = []
        for scrubbed in (reading.request(request) for reading in self._readings.asked):
            read.append((scrubbed, canonical(scrubbed)))
            if (given := self._taken(read[-1][1])) is not None:
                return given
        alike = self._alike(request)
        if len(alike) == 1 and (given := self._taken(alike[0])) is not None:
            return given
        raise self._missing(*read[0], alike)

    def _taken(self, key: Canonical) -> Interaction | None:
        """Take the next answer to a request; ``None`` where there is none."""
        with self._lock:
            left = self._left.get(key)
            if left:
                given = left.pop()
                if self._rounds:
                    left.insert(0, given)
            elif self._cassette.allow_playback_repeats and key in self._last:
                given = self._last[key]
            else:
                return None
            self._last[key] = given
        self._cassette.played(given)
        return given

    def _alike(self, request: RecordedRequest) -> list[Canonical]:
        """Return the keys left that differ from ``request`` in nothing but personal values, for those without the key."""
        by_kind = self._readings.by_kind
        if by_kind is None:
            return []
        alike = self._kinds.get(canonical(by_kind.request(request)), ())
        with self._lock:
            return [key for key in alike if self._left[key]]

    @cached_property
    def _kinds(self) -> dict[Canonical, list[Canonical]]:
        """The keys by what they are where all personal values of a kind are one."""
        by_kind, kinds = self._readings.by_kind, dict[Canonical, list[Canonical]]()
        seen = set[Canonical]()
        for item in self._cassette.interactions if by_kind is not None else ():
            key = canonical(self._readings.stored.request(item.request))
            if by_kind is not None and key not in seen:
                seen.add(key)
                kinds.setdefault(canonical(by_kind.request(item.request)), []).append(key)
        return kinds

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """The interactions nobody has asked for yet, in the order of recording."""
        with self._lock:
            left = {id(item) for items in self._left.values() for item in items}
        return tuple(item for item in self._cassette.interactions if id(item) in left)

    def _missing(self, request: RecordedRequest, key: Canonical, alike: list[Canonical]) -> RecordingError:
        by_kind = self._readings.by_kind
        if by_kind is not None:
            request = by_kind.request(request)
        if alike:
            mark = self._cassette.about.personal
            message = f"{len(alike)} recordings differ from {request} in personal values alone, which need key {mark}"
            step = f"set {VARIABLE} to the key it was recorded with, or record with invented data"
        elif key in self._times:
            message = f"{request} was recorded {self._times[key]}x and is asked for once more"
            step = "record what is asked now, or set allow_playback_repeats in the cassette's metadata"
        else:
            nearest = self._nearest(key)
            message = f"there is no recording of {request}" + (f"; nearest is {nearest}" if nearest else "")
            step = "record it, or compare what the connector asks now with what it asked then"
        return RecordingError(message, where=str(self._cassette.path), next_step=step)

    def _nearest(self, asked: Canonical) -> str:
        """Say which recording is nearest, and what is different in it; blank where there is none."""
        address = asked.address
        if address not in self._addresses:
            address = min(islice(self._addresses, _COMPARED), key=lambda one: away(asked.address, one), default=address)
        keys = islice(self._addresses.get(address, ()), _COMPARED)
        nearest = min(keys, key=lambda one: distance(asked, one), default=None)
        if nearest is None:
            return ""
        query = "&".join(f"{name}={value}" for name, value in nearest.query)
        where = f"{nearest.method} {nearest.origin}{nearest.path}{'?' if query else ''}{query}"
        return f"{where}, where {first_difference(asked, nearest)}"
