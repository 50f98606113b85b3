"""The last syncs of a stream as bars: shapes only, for an inline SVG without any style of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bartack.syncing.past import PastSync

__all__ = ["HEIGHT", "MOST", "Bar", "Chart", "chart_of"]

MOST: Final = 30
HEIGHT: Final = 32
_PITCH: Final = 6
_WIDE: Final = 4
_LEAST: Final = 1.5


@dataclass(frozen=True, slots=True)
class Bar:
    """One sync: where its bar stands, how high it and the rejected part at its foot are, and what it says.

    ``state``: published, held, unfinished or abandoned; ``kind``: how it is drawn: good, held or failed.
    """

    x: int
    width: int
    height: float
    rejected: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars from the oldest to the newest sync, and the whole of it in words for who does not see it.

    ``rejected``: share of all rows that were rejected, None where there were none; ``failed`` of the syncs did not end well.
    """

    bars: tuple[Bar, ...]
    width: int
    words: str
    rejected: float | None
    failed: int


def chart_of(syncs: Sequence[PastSync]) -> Chart:
    """Return the chart of the last :data:`MOST` syncs, the oldest first: rows each of them read, as a share of the most."""
    syncs = syncs[-MOST:]
    most = max((one.rows for one in syncs), default=0)
    first = MOST - len(syncs)  # the newest stands at the right
    bars = tuple(_bar(first + at, one, most) for at, one in enumerate(syncs))
    rejected, rows = sum(one.rejected for one in syncs), sum(one.rows for one in syncs)
    failed = sum(one.kind == "failed" for one in bars)
    share = rejected / rows if rows else None
    told = "" if share is None else f", {share:.1%} rejected"
    words = f"the last {len(syncs)} syncs: at most {most:,} rows{told}, {failed} failed"
    return Chart(bars, MOST * _PITCH, words if syncs else "no sync yet", share, failed)


def _bar(at: int, one: PastSync, most: int) -> Bar:
    height = round(max(one.rows / most * HEIGHT, _LEAST), 1) if most and one.rows else _LEAST
    rejected = round(max(one.rejected / one.rows * height, _LEAST), 1) if one.rejected else 0.0
    when = f"{one.run.started_at:%Y-%m-%d %H:%M} UTC"
    words = f"{when}: {one.run.kind}, {one.run.state}, {one.rows:,} rows, {one.rejected:,} rejected"
    return Bar(at * _PITCH, _WIDE, height, rejected, _drawn(one), words)


def _drawn(one: PastSync) -> str:
    if one.run.state == "held":
        return "held"
    return "failed" if one.run.state == "abandoned" or one.run.error is not None else "good"
