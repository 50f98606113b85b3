"""How a request of today is looked at so that it equals the recorded one, whose secrets and personal data were replaced."""

from __future__ import annotations

from dataclasses import dataclass

from bartack.recording.personal import Personal
from bartack.recording.scrub import Scrubber
from bartack.recording.tokens import Kinds

__all__ = ["KEPT", "Readings"]

KEPT = "kept"
"""What a cassette says of itself where personal data was not replaced, because it is invented."""


@dataclass(frozen=True)
class Readings:
    """Scrubbers for the two sides of a comparison.

    ``stored`` is for what was recorded. ``asked`` are tried in turn on what is asked: a request may carry what an earlier
    recorded answer gave, which is a token already, or the real value. ``by_kind``, for both sides, is for those who have not
    the key the recording was made with: all personal values of a kind are one.
    """

    stored: Scrubber
    asked: tuple[Scrubber, ...]
    by_kind: Scrubber | None = None

    @classmethod
    def of(cls, scrubber: Scrubber, mark: str) -> Readings:
        """Return how to read requests for a cassette whose ``about.personal`` is ``mark``."""
        personal = scrubber.personal
        stored = scrubber.with_personal(None)
        if mark in ("", KEPT):
            return cls(stored, (stored,))
        if personal is not None and personal.key_id == mark:
            return cls(stored, (scrubber.with_personal(personal.again()), scrubber))
        kinds = Personal(Kinds()) if personal is None else personal.by_kind()
        return cls(stored, (stored,), scrubber.with_personal(kinds))
