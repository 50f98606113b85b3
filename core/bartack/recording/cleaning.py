"""Cleans what was recorded before, and counts what of which kind stood where; the values themselves are told nowhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from bartack.errors import RecordingError
from bartack.recording.cassette import Cassette
from bartack.recording.keys import VARIABLE
from bartack.recording.messages import Interaction
from bartack.recording.names import PLACEHOLDER
from bartack.recording.personal import Personal
from bartack.recording.readings import KEPT
from bartack.recording.scrub import Scrubber
from bartack.recording.tokens import Kind, Stands, Tokens

__all__ = ["Cleaned", "clean"]

T = TypeVar("T")

Found = Counter[tuple[str, str]]
"""(where, kind) -> how many values: ``("answer body", "email"): 3``."""


@dataclass(frozen=True)
class Cleaned:
    """A cassette as it should be. ``found`` is empty where it was so already."""

    cassette: Cassette
    found: Found


def clean(cassette: Cassette, scrubber: Scrubber) -> Cleaned:
    """Return a cassette without secrets and personal data, to be saved in the place of ``cassette``.

    What was replaced before is left, whatever key that was done with; where a cassette says that its personal data is kept on
    purpose, it is.

    Raises
    ------
    RecordingError
        there is personal data left in a cassette that was scrubbed with another key: two keys in one file join nothing.
    """
    mark, personal = cassette.about.personal, scrubber.personal
    if mark == KEPT:
        personal = None
    elif mark and personal is not None:
        personal = personal.again()
    tally = _Tally(personal)
    counting = scrubber.with_personal(None if personal is None else personal.standing(tally))
    items = [tally.interaction(counting, item) for item in cassette.interactions]
    if personal is not None and personal.key_id != mark:
        if mark and tally.personal:
            raise RecordingError(
                f"it was scrubbed with key {mark}, which is not here, and there is personal data left in it",
                where=str(cassette.path),
                next_step=f"set {VARIABLE} to that key",
            )
        mark = mark or personal.key_id
    about = replace(cassette.about, personal=mark)
    repeats = cassette.allow_playback_repeats
    return Cleaned(Cassette(cassette.path, items, about=about, allow_playback_repeats=repeats), +tally.counts)


class _Tally:
    """Stands in as another does, and counts what it replaces, and where."""

    def __init__(self, personal: Personal | None) -> None:
        self.counts: Found = Counter()
        self._stands: Stands | None = None if personal is None else personal.stands
        self._where = ""

    @property
    def key_id(self) -> str:
        return self._stands.key_id if isinstance(self._stands, Tokens) else ""

    @property
    def personal(self) -> bool:
        """Whether anything personal was replaced."""
        return any(kind != "secret" for (_, kind), count in self.counts.items() if count)

    def of(self, kind: Kind, text: str) -> str:
        return self._counted(kind, text, text if self._stands is None else self._stands.of(kind, text))

    def found(self, kind: Kind, text: str) -> str:
        return self._counted(kind, text, text if self._stands is None else self._stands.found(kind, text))

    def interaction(self, scrubber: Scrubber, item: Interaction) -> Interaction:
        """Clean an interaction, part by part."""
        request, response, failure = item.request, item.response, item.failure
        bare = replace(item, failure=None)
        uri = self._part("address", scrubber.uri, request.uri)
        asked = self._part("request headers", scrubber.headers, request.headers)
        answered = self._part("answer headers", scrubber.headers, response.headers)
        message = self._part("status line", scrubber.text, response.message)
        sent = replace(request, uri=uri, headers=asked)
        got = replace(response, message=message, headers=answered)
        sent = self._part("request body", scrubber.request, sent)
        got = self._part("answer body", scrubber.response, got)
        if failure is not None:
            failure = replace(failure, message=self._part("failure", scrubber.text, failure.message))
        return replace(bare, request=sent, response=got, failure=failure).unpacked()

    def _part(self, where: str, scrub: Callable[[T], T], part: T) -> T:
        self._where = where
        before = self.counts.total()
        cleaned = scrub(part)
        self.counts[where, "secret"] += _placeholders(cleaned) - _placeholders(part)
        if where.endswith("body") and cleaned != part and self.counts.total() == before:
            self.counts[where, "secret"] += 1  # within base64, or packed
        return cleaned

    def _counted(self, kind: Kind, text: str, token: str) -> str:
        if token != text:
            self.counts[self._where, kind] += 1
        return token


def _placeholders(part: object) -> int:
    if isinstance(part, str):
        return part.count(PLACEHOLDER)
    if isinstance(part, tuple):
        return sum(map(_placeholders, part))
    body = getattr(part, "body", None)
    return body.count(PLACEHOLDER.encode("ascii")) if isinstance(body, bytes) else 0
