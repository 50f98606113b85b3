"""Which paths are missing, new, or the same under another name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import TypeVar

from bartack.drift.alarms import Alarm, Severity
from bartack.drift.baseline import Baseline
from bartack.drift.facts import Facts, PathFacts
from bartack.drift.odds import Share, rise

__all__ = ["moved_paths"]

K = TypeVar("K", str, int)

_USUAL = 0.5
"""A path that half of its objects had is missed where none has it."""

_ALWAYS = 0.95
"""The same, where only runs of the other kind are known: those of changes and those of everything may hold other records."""

_ALIKE = 0.8
"""So alike are the values of one path under two names (1: the same sorts, lengths and fill)."""


def moved_paths(facts: Facts, baseline: Baseline, known: dict[str, PathFacts], *, full: bool) -> list[Alarm]:
    """Return the alarms over paths that came and went; of nested ones only the outermost."""
    missing = _missed(facts, baseline, known, full=full)
    new = _came(facts, baseline, known)
    renamed = _pairs(missing, new, known, facts)
    alarms = [_renamed(old, now, known[old]) for old, now in renamed.items()]
    alarms += [_missing(path, facts, known[path]) for path in missing if path not in renamed]
    return alarms + [_new(path, facts) for path in new if path not in renamed.values()]


def _missed(facts: Facts, baseline: Baseline, known: dict[str, PathFacts], *, full: bool) -> list[str]:
    """Return the paths that are not there and should be: enough objects could have them, and most had them before.

    Paths no rule reads may not be there because they were left out, by another mapping or as one too many.
    """
    windows, usual = baseline.like(full=full), _USUAL
    if not windows:
        windows, usual = baseline.windows, _ALWAYS
    missed = []
    for path in _outermost(known.keys() - facts.paths.keys(), known):
        within, read = known[path].within, bool(known[path].fields)
        if facts.unlisted and not read:
            continue
        around = facts.around(path, within)
        absences = [_absences(path, within, one) for one in windows if read or one.mapping == facts.mapping]
        if rise(Share(around, around), absences, least=usual) is not None:
            missed.append(path)
    return missed


def _came(facts: Facts, baseline: Baseline, known: dict[str, PathFacts]) -> list[str]:
    """Return the paths that were never there, and now are beyond chance."""
    if any(window.unlisted for window in baseline.windows):
        return []
    came = []
    for path in _outermost(facts.paths.keys() - known.keys(), facts.paths):
        within = facts.paths[path].within
        before = [Share(0, window.around(path, within)) for window in baseline.windows]
        if rise(Share(facts.paths[path].sent, facts.around(path, within)), before, least=0.0) is not None:
            came.append(path)
    return came


def _outermost(paths: set[str], all_paths: dict[str, PathFacts]) -> list[str]:
    """Return the paths in order, without those inside of others, elements of lists, and keys that are data."""
    return [path for path in sorted(paths) if all_paths[path].within not in paths and not path.endswith(("[]", "*"))]


def _absences(path: str, within: str, window: Facts) -> Share:
    around = window.around(path, within)
    return Share(around - (window.paths[path].sent if path in window.paths else 0), around)


def _pairs(missing: Sequence[str], new: Sequence[str], known: dict[str, PathFacts], facts: Facts) -> dict[str, str]:
    """Match missing with new paths whose values are alike: the likest pair first."""
    scores = sorted(
        (
            (_likeness(known[old], facts.paths[now], old, now), old, now)
            for old in missing
            for now in new
            if known[old].within == facts.paths[now].within
        ),
        key=lambda one: (-one[0], one[1], one[2]),
    )
    pairs: dict[str, str] = {}
    for score, old, now in scores:
        if score >= _ALIKE and old not in pairs and now not in pairs.values():
            pairs[old] = now
    return pairs


def _likeness(old: PathFacts, now: PathFacts, old_name: str, name: str) -> float:
    """Return how alike the values of two paths are, from 0 to 1; names that are alike decide between equals."""
    closeness = [_overlap(old.types, now.types), _overlap(old.lengths, now.lengths)]
    closeness.append(_overlap(_characters(old), _characters(now)))
    closeness.append(1 - abs(old.filled / max(old.sent, 1) - now.filled / max(now.sent, 1)))
    if old.numbers and now.numbers:  # of texts they are known only where a rule reads them as numbers
        closeness.append(_overlap(old.numbers, now.numbers))
    return min(closeness) + 0.05 * difflib.SequenceMatcher(None, old_name, name).ratio()


def _overlap(one: Mapping[K, int], other: Mapping[K, int]) -> float:
    """Return the common part of two histograms, each taken as shares; 1 where neither has anything."""
    total, total_other = sum(one.values()), sum(other.values())
    if not total or not total_other:
        return 1.0 if total == total_other else 0.0
    return sum((min(one[key] / total, other[key] / total_other) for key in one.keys() & other.keys()), 0.0)


def _characters(facts: PathFacts) -> dict[str, int]:
    counted = {name: facts.texts[name] for name in ("digits", "spaces", "at", "dashes", "colons", "stops")}
    return {**counted, "letters": facts.texts["characters"] - sum(counted.values())}


def _missing(path: str, facts: Facts, before: PathFacts) -> Alarm:
    around = facts.around(path, before.within)
    return Alarm(
        kind="missing_field",
        severity=_grave(before),
        path=path,
        fields=before.fields,
        was=f"sent in {before.sent} values",
        now=f"in none of {around}",
        message=f"{path} is not sent any more{_feeds(before)}",
        next_step="ask whoever runs the source; if it is gone for good, correct the mapping",
    )


def _renamed(old: str, now: str, before: PathFacts) -> Alarm:
    return Alarm(
        kind="renamed_field",
        severity=_grave(before),
        path=old,
        fields=before.fields,
        was=old,
        now=now,
        message=f"{old} is not sent any more; {now} is new and holds values like it{_feeds(before)}",
        next_step=f"if it is the same under a new name, write {now} for {old} in the mapping",
    )


def _new(path: str, facts: Facts) -> Alarm:
    return Alarm(
        kind="new_field",
        severity="warn",
        path=path,
        was="never sent",
        now=f"sent in {facts.paths[path].sent} of {facts.around(path, facts.paths[path].within)}",
        message=f"{path} is new",
        next_step="map it, or leave it out on purpose: ignore",
    )


def _grave(before: PathFacts) -> Severity:
    """Hold a snapshot back for a path that some rule reads, not for one that is only kept along."""
    return "hold" if before.fields else "warn"


def _feeds(before: PathFacts) -> str:
    """Say in words what hangs on a path: five fields at most by name."""
    if not before.fields:
        return ""
    more = len(before.fields) - 5
    return f"; it feeds {', '.join(before.fields[:5])}{f' and {more} more' if more > 0 else ''}"
