"""What a run did, in numbers. Nothing heavy is imported here: reading counts the same way, with and without a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["COLUMNS", "COUNTED", "Counts"]

COLUMNS = ("delivered", "rejected", "duplicates", "tombstones", "skipped")
"""Where a row may end: ``rows`` is their sum."""

COUNTED = ("rows", *COLUMNS, "created", "updated", "unchanged", "removed", "queued", "settled")


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run did for one contract.

    ``rows = delivered + rejected + duplicates + tombstones + skipped``. Of the records: ``created``, ``updated``,
    ``unchanged`` and ``removed`` when its snapshot was published; of the queue: ``queued`` and ``settled`` rejects.
    ``notes`` and ``facts`` are for a run that goes on.
    """

    rows: int = 0
    delivered: int = 0
    rejected: int = 0
    duplicates: int = 0
    tombstones: int = 0
    skipped: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    queued: int = 0
    settled: int = 0
    issues: Mapping[str, int] = field(default_factory=dict)
    unread: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    facts: str | None = None
