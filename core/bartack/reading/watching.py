"""Watches what a run reads: facts of its pages, held against what the stream usually looks like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bartack.drift.alarms import Judgement
from bartack.drift.baseline import Baseline
from bartack.drift.facts import Facts
from bartack.drift.gate import judge
from bartack.drift.shape import Shape
from bartack.mapping.compiled import Outcome
from bartack.reading.fetch import Entry
from bartack.reading.source import Feed
from bartack.store.streams import Standing
from bartack.transports.base import Page

__all__ = ["Watch", "baseline_of"]


class Watch:
    """The facts of one feed in one run; goes on from the text that an interrupted run left."""

    def __init__(self, feed: Feed, facts: str | None) -> None:
        self.contract = feed.contract
        place = {"source": feed.source.name, "stream": feed.stream.name, "contract": feed.contract}
        made = Facts(**place, mapping=feed.mapping.digest)
        self.facts = made if facts is None else Facts.model_validate_json(facts)
        self._shape = Shape.of(feed.mapping)
        self._outcomes: Sequence[Outcome] = ()

    def look(self, _rows: Sequence[Any], outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Look at a mapped page; the last judge, for it changes nothing."""
        self._outcomes = outcomes
        return outcomes

    def count(self, page: Page, entries: Sequence[Entry]) -> None:
        """Count the page that was looked at, when all of its rows are in the books."""
        columns: Counter[str] = Counter(entry.column for entry in entries)
        self.facts.page(
            page.rows, self._outcomes, self._shape, at=page.fetched_at, seconds=page.seconds, counts=columns
        )

    def judged(self, standing: Standing, *, full: bool) -> Judgement:
        """Hold the run against what the stream usually looks like."""
        return judge(baseline_of(standing, self.contract), self.facts, full=full)


def baseline_of(standing: Standing, contract: str) -> Baseline | None:
    """Return what a stream usually looks like; ``None`` where nobody knows yet."""
    known = standing.baselines.get(contract)
    return None if known is None else Baseline.model_validate(known)
