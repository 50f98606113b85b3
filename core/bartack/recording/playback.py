"""Finds the recorded answer to a request; each one is given once, in the order of recording."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from bartack.errors import RecordingError
from bartack.recording.canonical import Canonical, canonical
from bartack.recording.cassette import Cassette
from bartack.recording.keys import VARIABLE
from bartack.recording.messages import Interaction, RecordedRequest
from bartack.recording.readings import Readings
from bartack.recording.scrub import Scrubber

__all__ = ["Playback"]

_EXCERPT = 60
"""Characters shown of each side of a difference."""


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
        # From the back, so that the oldest is popped first.
        for interaction in reversed(cassette.interactions):
            self._left.setdefault(canonical(self._readings.stored.request(interaction.request)), []).append(interaction)

    def answer(self, request: RecordedRequest) -> Interaction:
        """Return the next interaction recorded for ``request``, which is scrubbed here as the recording was.

        Raises
        ------
        RecordingError
            nothing was recorded for it, or all that was has been given; names the nearest recording and what differs.
        """
        with self._lock:
            key = self._found(request)
            left = self._left[key]
            if left:
                self._last[key] = left.pop()
                if self._rounds:
                    left.insert(0, self._last[key])
            given = self._last[key]
        self._cassette.played(given)
        return given

    def _found(self, request: RecordedRequest) -> Canonical:
        """Return the key under which there is an answer to ``request``."""
        repeats = self._cassette.allow_playback_repeats
        keys = []
        for reading in self._readings.asked:
            scrubbed = reading.request(request)
            key = canonical(scrubbed)
            if self._left.get(key) or (repeats and key in self._last):
                return key
            keys.append((scrubbed, key))
        alike = self._alike(request)
        if len(alike) == 1:
            return alike[0]
        raise self._missing(*keys[0], alike)

    def _alike(self, request: RecordedRequest) -> list[Canonical]:
        """Return the keys left that differ from ``request`` in nothing but personal values, for those without the key."""
        by_kind = self._readings.by_kind
        if by_kind is None:
            return []
        wanted = canonical(by_kind.request(request))
        items = ((key, left[-1]) for key, left in self._left.items() if left)
        return [key for key, item in items if canonical(by_kind.request(item.request)) == wanted]

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """The interactions nobody has asked for yet, in the order of recording."""
        with self._lock:
            left = {id(item) for items in self._left.values() for item in items}
        return tuple(item for item in self._cassette.interactions if id(item) in left)

    def _missing(self, request: RecordedRequest, key: Canonical, alike: list[Canonical]) -> RecordingError:
        known = self._left.get(key)
        by_kind = self._readings.by_kind
        if by_kind is not None:
            request = by_kind.request(request)
        if alike:
            mark = self._cassette.about.personal
            message = f"{len(alike)} recordings differ from {request} in personal values alone, which need key {mark}"
            step = f"set {VARIABLE} to the key it was recorded with, or record with invented data"
        elif known is not None:
            stored = self._readings.stored
            times = sum(canonical(stored.request(item.request)) == key for item in self._cassette.interactions)
            message = f"{request} was recorded {times}x and is asked for once more"
            step = "record what is asked now, or set allow_playback_repeats in the cassette's metadata"
        else:
            nearest = min(self._left, key=lambda other: _distance(key, other), default=None)
            message = f"there is no recording of {request}" + (
                f"; nearest is {_nearest(key, nearest)}" if nearest else ""
            )
            step = "record it, or compare what the connector asks now with what it asked then"
        return RecordingError(message, where=str(self._cassette.path), next_step=step)


def _distance(asked: Canonical, recorded: Canonical) -> tuple[int, ...]:
    """Return how far two requests are apart, the weightiest first."""
    shared = len(set(asked.query) & set(recorded.query))
    steps = zip_longest(asked.path.split("/"), recorded.path.split("/"))
    return (
        asked.origin != recorded.origin,
        sum(mine != theirs for mine, theirs in steps),
        asked.method != recorded.method,
        len(asked.query) + len(recorded.query) - 2 * shared,
        asked.kind != recorded.kind,
        -_common(asked.body, recorded.body),
    )


def _nearest(asked: Canonical, recorded: Canonical) -> str:
    query = "&".join(f"{name}={value}" for name, value in recorded.query)
    address = f"{recorded.method} {recorded.origin}{recorded.path}{'?' if query else ''}{query}"
    return f"{address}, where {next(_differences(asked, recorded))}"


def _differences(asked: Canonical, recorded: Canonical) -> Iterator[str]:
    """Yield what two different requests differ in, one sentence each."""
    for part in ("method", "origin", "path"):
        mine, theirs = getattr(asked, part), getattr(recorded, part)
        if mine != theirs:
            yield f"the {part} is {theirs}, not {mine}"
    yield from _query_differences(asked, recorded)
    if asked.kind == recorded.kind == "json":
        yield from _json_differences(json.loads(asked.body), json.loads(recorded.body), "$")
    at = _common(asked.body, recorded.body)
    start = max(0, at - _EXCERPT // 3)
    yield f"the body has {_excerpt(recorded.body[start:])} at position {at}, not {_excerpt(asked.body[start:])}"


def _query_differences(asked: Canonical, recorded: Canonical) -> Iterator[str]:
    mine, theirs = dict(asked.query), dict(recorded.query)
    for name in sorted(mine.keys() | theirs.keys()):
        if name not in theirs:
            yield f"there is no parameter {name}={mine[name]}"
        elif name not in mine:
            yield f"there is a parameter {name}={theirs[name]}"
        elif mine[name] != theirs[name]:
            yield f"the parameter {name} is {theirs[name]}, not {mine[name]}"
    if mine == theirs and asked.query != recorded.query:
        yield "a parameter is repeated with other values"


def _json_differences(asked: Any, recorded: Any, path: str) -> Iterator[str]:
    if isinstance(asked, dict) and isinstance(recorded, dict):
        for name in sorted(asked.keys() | recorded.keys()):
            if name not in recorded:
                yield f"the body has no {path}.{name}"
            elif name not in asked:
                yield f"the body has {path}.{name} too"
            else:
                yield from _json_differences(asked[name], recorded[name], f"{path}.{name}")
    elif isinstance(asked, list) and isinstance(recorded, list) and len(asked) == len(recorded):
        for position, (mine, theirs) in enumerate(zip(asked, recorded, strict=True)):
            yield from _json_differences(mine, theirs, f"{path}[{position}]")
    elif asked != recorded:
        mine, theirs = json.dumps(asked, ensure_ascii=False), json.dumps(recorded, ensure_ascii=False)
        yield f"the body's {path} is {_excerpt(theirs)}, not {_excerpt(mine)}"


def _common(mine: str | bytes, theirs: str | bytes) -> int:
    """Return how many characters two bodies begin with in common."""
    if type(mine) is not type(theirs):
        return 0
    low, high = 0, min(len(mine), len(theirs))
    while low < high:  # slices compare faster than characters
        middle = (low + high + 1) // 2
        if mine[:middle] == theirs[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _excerpt(body: str | bytes) -> str:
    text = body if isinstance(body, str) else body.decode("utf-8", "backslashreplace")
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
