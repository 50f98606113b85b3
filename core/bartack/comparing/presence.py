"""Paths that went, came, or go by another name."""

from __future__ import annotations

from collections.abc import Iterator

from bartack.comparing.findings import Difference
from bartack.comparing.table import Pair
from bartack.drift.facts import PathFacts
from bartack.drift.odds import FEWEST, Share
from bartack.drift.presence import moved_paths

__all__ = ["moved"]


def moved(pair: Pair) -> Iterator[Difference]:
    """Yield what is missing, new or renamed: beyond chance, or thin where each of a few rows had it and none has it now."""
    known = pair.baseline.paths()
    told: set[str] = set()
    for alarm in moved_paths(pair.facts, pair.baseline, known, full=True):
        path = alarm.path or ""
        match alarm.kind:
            case "new_field":
                now = pair.facts.paths[path]
                yield _difference(pair, "new", path, now, was="never sent", now=f"sent as {_type(now)}")
            case "renamed_field":
                told.add(path)
                yield _difference(pair, "renamed", path, known[path], was=path, now=alarm.now, other=alarm.now)
            case _:
                told.add(path)
                yield _difference(pair, "missing", path, known[path], was=_type(known[path]), now="not sent")
    yield from _thin(pair, known, told)


def _thin(pair: Pair, known: dict[str, PathFacts], told: set[str]) -> Iterator[Difference]:
    gone = known.keys() - pair.facts.paths.keys() - told
    for path in sorted(gone):
        within = known[path].within
        if within in gone or within in told or path.endswith(("[]", "*")):
            continue
        found = _difference(pair, "missing", path, known[path], was=_type(known[path]), now="not sent")
        if found.before.part == found.before.whole and found.after.whole:
            enough = min(found.before.whole, found.after.whole) >= FEWEST
            yield _difference(
                pair, "missing", path, known[path], was=found.was, now=found.now, strength="thin" if enough else "few"
            )


def _difference(pair: Pair, kind: str, path: str, facts: PathFacts, **told: object) -> Difference:
    before = sum(window.around(path, facts.within) for window in pair.baseline.windows)
    was_sent = sum(window.paths[path].sent for window in pair.baseline.windows if path in window.paths)
    now = pair.facts.paths.get(path)
    new_name = told.get("other")
    at = str(new_name) if new_name is not None else path
    values = [
        side.columns[name].values for side, name in ((pair.before, path), (pair.after, at)) if name in side.columns
    ]
    return Difference(
        kind,  # type: ignore[arg-type]
        path,
        before=Share(was_sent, before),
        after=Share(now.sent if now is not None else 0, pair.facts.around(path, facts.within)),
        examples=tuple(next((one for one in found if one not in (None, "")), None) for found in values),
        **told,  # type: ignore[arg-type]
    )


def _type(facts: PathFacts) -> str:
    kinds = facts.kinds or facts.types
    return max(sorted(kinds), key=lambda name: kinds[name]) if kinds else "null"
