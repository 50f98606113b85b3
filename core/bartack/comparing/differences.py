"""All that is different between two tables of rows."""

from __future__ import annotations

from bartack.comparing.contents import changed
from bartack.comparing.findings import Difference
from bartack.comparing.order import moved_rows
from bartack.comparing.paired import done_to
from bartack.comparing.presence import moved
from bartack.comparing.table import Pair

__all__ = ["differences"]

_SAID_BY_PAIRS = {
    "scale": ("scale", "range"),
    "zone": ("zone",),
    "encoding": ("encoding", "format"),
    "length": ("length",),
    "precision": ("precision",),
    "format": ("format",),
    "recoded": ("values", "recoded", "format"),
}
"""What need not be said of the distribution of values, where it is known what was done to each of them."""


def differences(pair: Pair) -> list[Difference]:
    """Return the differences of two sides, each once, in order: the same sides always give the same."""
    paired = list(done_to(pair))
    told = {(one.path, kind) for one in paired for kind in _SAID_BY_PAIRS.get(one.kind, ())}
    found: dict[tuple[str, str], Difference] = {}
    for one in (*paired, *moved(pair), *changed(pair), *moved_rows(pair)):
        if one in paired or (one.path, one.kind) not in told:
            found.setdefault((one.path, one.kind), one)
    return [found[place] for place in sorted(found)]
