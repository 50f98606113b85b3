"""The order of rows, and whether each has an identity of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from bartack.comparing.aspects import as_moment, as_number
from bartack.comparing.findings import Difference
from bartack.comparing.table import Pair, Table
from bartack.drift.odds import Share, rise

__all__ = ["moved_rows"]

_ROWS = 10
"""So many rows in a row are no chance."""


def moved_rows(pair: Pair) -> Iterator[Difference]:
    """Yield an order that is lost, and identities that several rows have."""
    for path in sorted(pair.before.columns.keys() & pair.after.columns.keys()):
        if "[]" not in path:
            yield from _order(path, pair)
    yield from _twice(pair)


def _order(path: str, pair: Pair) -> Iterator[Difference]:
    before, after = _comparable(pair.before, path), _comparable(pair.after, path)
    was, now = _direction(before), _direction(after)
    if was is None or now == was or len(after) < _ROWS or len(set(after)) < len(after) / 2:
        return
    steps = list(pairwise(after))
    against = sum((one > other) if was == "ascending" else (one < other) for one, other in steps)
    if against:
        steps_before = len(before) - 1
        yield Difference(
            "order", path, f"rows {was}", now or "in no order", Share(0, steps_before), Share(against, len(steps))
        )


def _direction(values: Sequence[Any]) -> str | None:
    """Tell which way values go; None for those that do not, or of which half are the same."""
    if len(values) < _ROWS or len(set(values)) < len(values) / 2:
        return None
    steps = list(pairwise(values))
    if all(one <= other for one, other in steps):
        return "ascending"
    return "descending" if all(one >= other for one, other in steps) else None


def _comparable(table: Table, path: str) -> list[Any]:
    """Return the values of a path that every row has, as numbers, moments or texts; none where they cannot be compared."""
    values = table.columns[path].values
    if len(values) != len(table.rows):
        return []
    for read in (as_number, _instant, _text):
        found = [read(one) for one in values]
        if None not in found:
            return found
    return []


def _instant(value: Any) -> float | None:
    moment = as_moment(value)
    return None if moment is None or moment.tzinfo is None else moment.timestamp()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _twice(pair: Pair) -> Iterator[Difference]:
    before, after = _repeated(pair.before), _repeated(pair.after)
    every = rise(after, [before], least=0.05, gross=0.05)
    if every is not None:
        keys = Counter(key for key in pair.after.keys if key is not None)
        example = keys.most_common(1)[0][0]
        yield Difference(
            "key", ".", "one row an identity", "rows that share one", before, after, examples=(None, example)
        )


def _repeated(table: Table) -> Share:
    keys = [key for key in table.keys if key is not None]
    return Share(len(keys) - len(set(keys)), len(keys))
