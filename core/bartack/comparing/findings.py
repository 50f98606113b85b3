"""What a comparison found: differences as the data shows them, and findings as people need them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from bartack.drift.odds import Share

__all__ = ["SEVERITIES", "Difference", "Finding", "Kind", "Severity", "Undecided", "interval", "ordered"]

Severity = Literal["BREAKING", "SILENT", "RISK", "COMPATIBLE", "NOISE"]
"""``BREAKING``: a reader fails, or a field is gone. ``SILENT``: it still reads, and means something else. ``RISK``: the evidence
is thin, or nobody can say. ``COMPATIBLE``: another form, and nothing comes of it. ``NOISE``: it changes with every answer."""

SEVERITIES: tuple[Severity, ...] = ("BREAKING", "SILENT", "RISK", "COMPATIBLE", "NOISE")

Kind = Literal[
    "missing", "renamed", "new", "type", "empty", "values", "constant", "recoded", "format", "length", "range", "scale",
    "precision", "zone", "encoding", "cardinality", "order", "key", "identity", "rejected", "issues", "paging", "envelope",
    "status", "error", "auth", "header", "namespace", "read",
]  # fmt: skip
"""What changed. The last nine are of answers, the others of a native path or a contract field."""

Strength = Literal["sure", "thin", "few"]
"""``sure``: beyond chance. ``thin``: all rows changed, but they are few. ``few``: so few that nothing follows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that is another than before, at one path; nobody has said yet what it means.

    ``before`` and ``after``: in how many of the values it is so that ``now`` holds. ``examples``: one value of before and one
    of after, as they were sent. ``other``: the name a path goes by now.
    """

    kind: Kind
    path: str
    was: str
    now: str
    before: Share
    after: Share
    strength: Strength = "sure"
    examples: tuple[Any, ...] = ()
    other: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference, what it means, and whom it hits.

    ``stream``: the stream, or the address it is about. ``path``: native; ``fields``: of contracts (``person.emails.address``).
    ``before`` and ``after``: ``part`` of ``whole`` values. ``example``: a value of after, without personal data; ``why``: what
    makes it as grave as it is. ``consumers``: those that read one of the fields.
    """

    kind: Kind
    severity: Severity
    stream: str
    path: str | None
    fields: tuple[str, ...]
    was: str
    now: str
    message: str
    why: str
    next_step: str
    before: Share
    after: Share
    example: str | None = None
    consumers: tuple[str, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """Return it as plain data, with the range of each share that chance allows (Wilson, 95 %)."""
        document: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        for side in ("before", "after"):
            share: Share = document[side]
            document[side] = {"part": share.part, "whole": share.whole, "interval": interval(share)}
        return document


@dataclass(frozen=True, slots=True, order=True)
class Undecided:
    """Something that could not be compared, and why: it is neither well nor broken."""

    stream: str
    about: str
    reason: str


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings most severe first, then by place, so that the same comparison always reads the same."""
    return tuple(
        sorted(
            findings, key=lambda one: (SEVERITIES.index(one.severity), one.stream, one.path or "", one.kind, one.now)
        )
    )


def interval(share: Share) -> tuple[float, float]:
    """Return the range of a share by Wilson's score (1927) at 95 %; nothing known is from 0 to 1.

    >>> interval(Share(5, 5))
    (0.566, 1.0)
    """
    if not share.whole:
        return 0.0, 1.0
    z, size = 1.96, share.whole
    middle = (share.rate + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * math.sqrt(share.rate * (1 - share.rate) / size + z * z / (4 * size * size))
    return round(max(0.0, middle - half), 3), round(min(1.0, middle + half), 3)
