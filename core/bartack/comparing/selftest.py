"""A comparison proves itself: a drift that is put into a copy of the later side must be found, in every run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bartack.comparing.differences import differences
from bartack.comparing.table import Pair, pair, without
from bartack.drift.columns import ROWS

__all__ = ["SelfTest", "tried"]


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
    """Return a field that all rows of both sides have; the first by name, so that each run tries the same."""
    for path in sorted(two.before.columns.keys() & two.after.columns.keys()):
        sides = (two.before, two.after)
        whole = all(
            side.columns[path].within == ROWS and len(side.columns[path].values) == len(side.rows) for side in sides
        )
        if whole and path != "*" and not two.shape.at(path).key:
            return path
    return None
