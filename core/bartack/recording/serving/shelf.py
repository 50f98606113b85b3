"""Several recordings that are played as one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from bartack.errors import RecordingError
from bartack.recording.cassette import Cassette
from bartack.recording.messages import Interaction, RecordedRequest
from bartack.recording.playback import Playback
from bartack.recording.scrub import Scrubber

__all__ = ["Shelf"]


class Shelf:
    """The answers of all cassettes, round and round. Safe from several threads.

    Those whose personal data were replaced with the same key are played as one: what was recorded in several of them is
    answered in turn. Of the others the first one that knows a request answers it.
    """

    def __init__(self, cassettes: Iterable[Cassette], scrubber: Scrubber) -> None:
        kinds: dict[str | None, list[Cassette]] = {}
        for cassette in cassettes:
            kinds.setdefault(cassette.about.personal, []).append(cassette)
        self._cassettes = [_joined(alike) for alike in kinds.values()]
        self._playbacks = [Playback(one, scrubber, rounds=True) for one in self._cassettes]

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """What nobody has asked for yet."""
        return tuple(item for cassette in self._cassettes for item in cassette.unplayed)

    def answer(self, request: RecordedRequest) -> Interaction:
        """Return the next interaction recorded for ``request``.

        Raises
        ------
        RecordingError
            nothing was recorded for it; names the nearest recording in the first cassettes, and what differs.
        """
        missing: RecordingError | None = None
        for playback in self._playbacks:
            try:
                return playback.answer(request)
            except RecordingError as error:
                missing = missing or error
        raise missing or RecordingError("there is no recording")


def _joined(cassettes: Sequence[Cassette]) -> Cassette:
    if len(cassettes) == 1:
        return cassettes[0]
    folder = Path(os.path.commonpath([one.path.absolute() for one in cassettes]))
    return Cassette(folder, [item for one in cassettes for item in one.interactions], about=cassettes[0].about)
