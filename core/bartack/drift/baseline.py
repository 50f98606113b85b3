"""What a stream usually looks like: the facts of its last good runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict

from bartack.drift.facts import Facts, PathFacts

__all__ = ["Baseline", "Run"]

WINDOWS = 8
"""So many windows are kept: what is usual follows the source, and forgets."""

WINDOW_ROWS = 500
"""Runs are put together until they have so many rows; a larger run is a window of its own."""

RUNS = 56
"""So many volumes are kept: eight weeks of daily runs."""

_WEEKS = timedelta(days=14)


class Run(NamedTuple):
    """The volume of one good run; ``full``: of a whole snapshot."""

    began: datetime | None
    rows: int
    full: bool


class Baseline(BaseModel):
    """The last good runs of a stream, oldest first. Immutable; :meth:`learn` returns the next one. Goes through JSON.

    ``snapshots``: windows of whole reads; ``changes``: of reads of what changed, which may well be other records than most.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    snapshots: tuple[Facts, ...] = ()
    changes: tuple[Facts, ...] = ()
    runs: tuple[Run, ...] = ()

    def learn(self, facts: Facts, *, full: bool) -> Self:
        """Return the baseline with a good run added; a run without rows teaches only its volume."""
        update: dict[str, Any] = {"runs": (*self.runs, Run(facts.began, facts.rows, full))[-RUNS:]}
        if facts.rows:
            update["snapshots" if full else "changes"] = _longer(self.like(full=full), facts)
        return self.model_copy(update=update)

    @classmethod
    def anew(cls, facts: Facts, *, full: bool) -> Self:
        """Return the baseline of a stream that is meant to look as it does now, whatever it looked like before."""
        return cls().learn(facts, full=full)

    @property
    def windows(self) -> tuple[Facts, ...]:
        """All windows."""
        return self.snapshots + self.changes

    def like(self, *, full: bool) -> tuple[Facts, ...]:
        """Return the windows of one kind of run, which shares are compared with."""
        return self.snapshots if full else self.changes

    @property
    def rows(self) -> int:
        """Rows of all windows."""
        return sum(one.rows for one in self.windows)

    def paths(self) -> dict[str, PathFacts]:
        """Return all paths that are known, with the facts of the windows put together."""
        found: dict[str, PathFacts] = {}
        for window in self.windows:
            for path, facts in window.paths.items():
                if path in found:
                    found[path].add(facts)
                else:
                    found[path] = facts.model_copy(deep=True)
        return found

    def volumes(self, began: datetime | None, *, full: bool) -> Sequence[int]:
        """Return the volumes a run that began then is held against: of its kind, and its weekday where weeks are known."""
        runs = [run for run in self.runs if run.full is full]
        dated = [run.began for run in runs if run.began is not None]
        if began is not None and dated and max(dated) - min(dated) >= _WEEKS:
            same_day = [run for run in runs if run.began is not None and run.began.weekday() == began.weekday()]
            if len(same_day) >= 3:
                runs = same_day
        return [run.rows for run in runs]


def _longer(windows: tuple[Facts, ...], facts: Facts) -> tuple[Facts, ...]:
    last = windows[-1] if windows else None
    alike = last is not None and last.mapping == facts.mapping
    if last is not None and alike and last.rows < WINDOW_ROWS and facts.rows < WINDOW_ROWS:
        return (*windows[:-1], last.model_copy(deep=True).add(facts))
    return (*windows, facts.model_copy(deep=True))[-WINDOWS:]
