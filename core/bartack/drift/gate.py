"""The publish gate: a snapshot that does not look like its predecessors does not replace the last good one."""

from __future__ import annotations

from collections.abc import Sequence

from bartack.drift.alarms import Alarm, Judgement
from bartack.drift.baseline import Baseline
from bartack.drift.contents import changed_contents
from bartack.drift.facts import Facts
from bartack.drift.outcomes import changed_outcomes
from bartack.drift.presence import moved_paths

__all__ = ["judge"]


def judge(baseline: Baseline | None, facts: Facts, *, full: bool) -> Judgement:
    """Hold a run against what the stream usually looks like.

    ``full``: the run read the whole stream, so that fewer rows mean fewer records. Without a baseline there is nothing to
    compare with, and everything is published. Shares are compared with those of runs of the same kind; what a path is called
    and holds, with all runs. The same facts always give the same alarms.
    """
    if baseline is None or not baseline.runs:
        return Judgement(publish=True)
    known = baseline.paths()
    alarms = [*moved_paths(facts, baseline, known, full=full), *changed_contents(facts, baseline, known, full=full)]
    alarms += changed_outcomes(facts, baseline, full=full, explained=_explained(alarms, facts, baseline))
    ordered = sorted(alarms, key=lambda one: (one.severity, one.kind, one.path or "", one.fields))
    return Judgement(publish=all(one.severity != "hold" for one in ordered), alarms=tuple(ordered))


def _explained(alarms: Sequence[Alarm], facts: Facts, baseline: Baseline) -> frozenset[str]:
    """Return the contract fields fed by a path there is an alarm over: what is odd about them follows from it."""
    paths = {alarm.path for alarm in alarms if alarm.path is not None}
    read = {
        (path, window.paths[path].fields)
        for window in (facts, *baseline.windows)
        for path in paths & window.paths.keys()
    }
    return frozenset(field for _, fields in read for field in fields or ("custom",))
