"""What a doctor finds in a folder of cassettes: how grave it is, where, and the command that repairs it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

__all__ = ["CODES", "SEVERITIES", "Finding", "Severity"]

Severity = Literal["note", "warning", "error"]

SEVERITIES: Final[tuple[Severity, ...]] = ("note", "warning", "error")
"""The mildest first."""

CODES: Final = MappingProxyType[str, Severity](
    {
        "unreadable": "error",
        "replay.error": "error",
        "replay.unplayed": "warning",
        "orphan.connector": "error",
        "orphan.stream": "error",
        "orphan.test": "warning",
        "stale.age": "warning",
        "stale.contract": "warning",
        "stale.mapping": "warning",
        "stale.document": "warning",
        "stale.connector": "note",
        "duplicate.cassette": "warning",
        "duplicate.interaction": "note",
        "uncovered.value": "note",
        "uncovered.null": "note",
        "uncovered.absent": "note",
        "uncovered.word": "note",
        "uncovered.failure": "note",
    }
)
"""Everything that can be found, with its severity."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One finding. ``place`` is ``connector/stream/scenario``, or ``connector/stream`` where it is about all of a stream's."""

    place: str
    code: str
    message: str
    next_step: str

    @property
    def severity(self) -> Severity:
        """How grave it is; see :data:`CODES`."""
        return CODES[self.code]

    def at_least(self, severity: Severity) -> bool:
        """Tell whether it is as grave as that."""
        return SEVERITIES.index(self.severity) >= SEVERITIES.index(severity)

    def to_document(self) -> dict[str, str]:
        """Return it as plain data."""
        return {
            "place": self.place,
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "next_step": self.next_step,
        }
