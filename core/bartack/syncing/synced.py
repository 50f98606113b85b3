"""How the sync of one stream ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bartack.drift.alarms import Alarm
from bartack.errors import BartackError
from bartack.store.counts import Counts
from bartack.store.retention import Removed
from bartack_contracts import Completeness, StreamReport

__all__ = ["Synced"]


@dataclass(frozen=True, slots=True)
class Synced:
    """How the sync of one stream ended.

    ``state``: ``published``; ``held`` back, for a person to look at; ``unfinished``, when it was interrupted and goes on with
    the next sync; ``failed`` before it had begun. ``done`` counts by contract. ``went_on_after``: so many pages were there
    from before it was interrupted. ``removed``: with the last stream of a source, what its policy took out of the store.
    """

    source: str
    stream: str
    state: Literal["published", "held", "unfinished", "failed"]
    kind: Literal["full", "incremental"] | None = None
    run: int | None = None
    completeness: Completeness = "failed"
    reasons: tuple[str, ...] = ()
    reports: tuple[StreamReport, ...] = ()
    done: Mapping[str, Counts] | None = None
    alarms: tuple[Alarm, ...] = ()
    error: BartackError | None = None
    went_on_after: int = 0
    removed: Removed = field(default_factory=Removed)
