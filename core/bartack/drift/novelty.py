"""What a page holds that the stream never held before: paths and types that are new, and paths that are gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bartack.drift.baseline import Baseline
from bartack.drift.columns import ROWS, Column, columns
from bartack.drift.facts import PathFacts
from bartack.drift.measures import TYPE_NAMES, kind_of
from bartack.drift.odds import Share, rise
from bartack.drift.shape import Shape

__all__ = ["Novelties", "Novelty"]

_KNOWN = 50
"""So many values (or objects) tell which types a path has (or which paths an object has)."""

_ALWAYS = 0.99
"""A path that so many of its objects had is expected in any page; others may well be missing on some."""


@dataclass(frozen=True, slots=True)
class Novelty:
    """One novelty of a page. ``was`` and ``now`` in words; ``rows``: the numbers of the rows that it is about."""

    kind: Literal["new_field", "missing_field", "changed_type"]
    path: str
    was: str
    now: str
    rows: tuple[int, ...]


class Novelties:
    """Looks at the pages of one read, in order, beside the baseline of the stream."""

    def __init__(self, baseline: Baseline, shape: Shape) -> None:
        self._shape = shape
        self._known = baseline.paths()
        self._unlisted = any(window.unlisted for window in baseline.windows)
        self._objects = sum(window.objects for window in baseline.windows)
        self._types = {path: facts.kinds for path, facts in self._known.items()}
        self._always = {
            path: around
            for path, facts in self._known.items()
            if (around := self._around(path, facts)) >= _KNOWN and facts.sent >= _ALWAYS * around
        }
        self._seen: Counter[str] = Counter()
        self._could: Counter[str] = Counter()

    def page(self, rows: Sequence[Any]) -> list[Novelty]:
        """Return what is new about a page of native rows."""
        found = columns(rows)
        whole = {ROWS: sum(isinstance(row, dict) for row in rows)}
        whole |= {
            path: sum(isinstance(one, dict) for one in found[path].values)
            for path in found
            if dict in found[path].kinds
        }
        odd = [path for path, column in found.items() if self._is_odd(path, column)]
        gone = [path for path in self._always if self._is_gone(path, found, whole)]
        if not odd and not gone:
            return []
        each = [columns([row]) for row in rows]
        new = {path for path in odd if path not in self._known}
        novelties = [self._new(path, each) for path in sorted(new) if self._is_news(path, found[path].within, new)]
        novelties += [self._changed(path, each) for path in sorted(set(odd) - new)]
        return novelties + [self._missing(path, each) for path in sorted(gone)]

    def _around(self, path: str, facts: PathFacts) -> int:
        if path.endswith(("[]", "*")):
            return 0
        within = self._known.get(facts.within)
        return self._objects if facts.within == ROWS else within.types["object"] if within is not None else 0

    def _is_odd(self, path: str, column: Column) -> bool:
        """Say whether a column is new, or may hold a type that its path never had; a blank text is of no type."""
        if path not in self._known:
            return not self._unlisted and not self._shape.ignores(path)
        types = self._types[path]
        return types.total() >= _KNOWN and any(name not in types for kind in column.kinds if (name := _kind(kind)))

    def _is_news(self, path: str, within: str, new: set[str]) -> bool:
        """Say whether a path is news: not by what is around it, and where enough objects are known that do not have it."""
        if path.endswith(("[]", "*")) or within in new:
            return False
        around = self._known.get(within)
        return (self._objects if within == ROWS else around.types["object"] if around is not None else 0) >= _KNOWN

    def _is_gone(self, path: str, found: dict[str, Column], whole: dict[str, int]) -> bool:
        """Count a page; say whether no row of this read has had the path, and enough could have."""
        self._seen[path] += len(found[path].values) if path in found else 0
        self._could[path] += whole.get(self._known[path].within, 0)
        if self._seen[path]:
            return False
        could, around = self._could[path], self._always[path]
        before = Share(around - self._known[path].sent, around)
        return rise(Share(could, could), [before], least=0.5) is not None

    def _new(self, path: str, each: Sequence[dict[str, Column]]) -> Novelty:
        return Novelty("new_field", path, "never sent", "sent", tuple(at for at, row in enumerate(each) if path in row))

    def _changed(self, path: str, each: Sequence[dict[str, Column]]) -> Novelty:
        types = self._types[path]
        met: Counter[str] = Counter()
        rows = []
        for at, row in enumerate(each):
            names = {_kind_of_value(value) for value in row[path].values} - {None, *types} if path in row else set()
            met.update(name for name in names if name is not None)
            if names:
                rows.append(at)
        return Novelty("changed_type", path, " or ".join(sorted(types)), " or ".join(sorted(met)), tuple(rows))

    def _missing(self, path: str, each: Sequence[dict[str, Column]]) -> Novelty:
        within = self._known[path].within
        rows = tuple(
            at for at, row in enumerate(each) if path not in row and (row if within == ROWS else within in row)
        )
        return Novelty("missing_field", path, "always sent", f"in none of {self._could[path]}", rows)


def _kind(kind: type) -> str | None:
    return kind_of(TYPE_NAMES.get(kind, "other"))


def _kind_of_value(value: Any) -> str | None:
    """Return what a value is taken for; None for null and blank."""
    return None if isinstance(value, str) and not value.strip() else _kind(type(value))
