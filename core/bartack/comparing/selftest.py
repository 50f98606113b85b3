"""A comparison proves itself: a drift that is put into a copy of the later side must be found, in every run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bartack.comparing.differences import differences
from bartack.comparing.table import Pair, pair, without
from bartack.drift.columns import ROWS

__all__ = ["SelfTest", "tried"]

_MOST = 0.6
"""A field that fewer rows have is not missed when none has it; of few rows all must have it."""

_ROWS = 20


@dataclass(frozen=True, slots=True)
class SelfTest:
    """``injected``: what was put into a copy of ``stream``. ``found``: it was named."""

    stream: str
    injected: str
    found: bool


def tried(compared: Iterable[tuple[str, Pair]]) -> SelfTest | None:
    """Take a field out of the rows of the stream with most of them, and compare anew; None where no field can be taken."""
    for stream, two in sorted(compared, key=lambda one: (-len(one[1].after.rows), one[0])):
        path = _field(two)
        if path is not None:
            again = pair(two.before, without(two.after, path))
            named = {(one.kind, one.path) for one in differences(again)}
            return SelfTest(stream, f"{path} left out", not named.isdisjoint({("missing", path), ("renamed", path)}))
    return None


def _field(two: Pair) -> str | None:
    """Return the field that most rows of both sides have, the first by name, so that each run tries the same."""
    found: list[tuple[float, str]] = []
    for path in two.before.columns.keys() & two.after.columns.keys():
        columns = two.before.columns[path], two.after.columns[path]
        if all(column.within == ROWS for column in columns) and path != "*" and not two.shape.at(path).key:
            shares = len(columns[0].values) / len(two.before.rows), len(columns[1].values) / len(two.after.rows)
            found.append((-min(shares), path))
    best = min(found, default=None)
    most = _MOST if min(len(two.before.rows), len(two.after.rows)) >= _ROWS else 1.0
    return best[1] if best is not None and -best[0] >= most else None
