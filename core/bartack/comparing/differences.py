"""All that is different between two tables of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bartack.comparing.contents import changed
from bartack.comparing.findings import Difference
from bartack.comparing.order import moved_rows
from bartack.comparing.paired import done_to
from bartack.comparing.presence import moved
from bartack.comparing.table import Pair

__all__ = ["differences"]

_EXPLAINS: dict[str, tuple[str, ...]] = {
    "renamed": ("missing", "empty", "cardinality"),
    "missing": ("empty", "cardinality"),
    "type": ("format", "zone", "precision", "range", "cardinality", "values", "recoded", "constant", "length"),
    "constant": ("format", "zone", "precision", "range", "values", "recoded", "length", "scale", "encoding"),
    "scale": ("range", "precision", "format", "values", "recoded"),
    "zone": ("precision", "format"),
    "encoding": ("format", "values", "recoded", "length"),
    "length": ("format", "values", "recoded"),
    "recoded": ("values", "format", "length", "range", "precision", "encoding"),
    "precision": ("format", "range"),
    "format": ("values", "recoded", "length", "zone", "precision", "range"),
}
"""What follows from a difference at the same path, and need not be said."""


def differences(pair: Pair) -> list[Difference]:
    """Return the differences of two sides, in order: the same sides always give the same.

    What was done to each value goes before how all of them are distributed.
    """
    paired = list(done_to(pair))
    told = {(one.path, one.kind) for one in paired}
    rest = [one for one in (*moved(pair), *changed(pair), *moved_rows(pair)) if (one.path, one.kind) not in told]
    found: dict[tuple[str, str], Difference] = {}
    for one in (*_causes(paired), *_causes(rest, told)):
        found.setdefault((one.path, one.kind), one)
    names = {one.other for one in found.values() if one.other is not None}
    return [found[place] for place in sorted(found) if not (place[1] == "new" and place[0] in names)]


def _causes(found: Sequence[Difference], told: Iterable[tuple[str, str]] = ()) -> list[Difference]:
    """Return differences without those that follow from others: of what is told already, or among themselves."""
    kept: list[Difference] = []
    known = set(told)
    for kind in (*_EXPLAINS, None):
        for one in found:
            if (kind is None and one.kind not in _EXPLAINS) or one.kind == kind:
                explained = any((one.path, cause) in known for cause in _EXPLAINS if one.kind in _EXPLAINS[cause])
                if not explained:
                    kept.append(one)
                    known.add((one.path, one.kind))
    return kept
