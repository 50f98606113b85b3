"""The few statistics of this package: when a share, a size or a volume is another one than before.

All are plain functions of counts, so that the same facts always give the same answer.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from bartack.drift.measures import PER_DECADE

__all__ = ["Level", "Rise", "Share", "level", "ratio", "rise"]

Z = 4.5
"""Standard deviations that make a difference: a fair window passes 3 in a million such tests by chance."""

FEWEST = 5
"""A window of fewer values tells nothing."""

FEW_WINDOWS = 3
"""With fewer windows than these nobody knows how much they differ from each other: only gross changes count."""

GROSS = 0.2
"""A gross change of a share."""


class Share(NamedTuple):
    """``part`` of ``whole``."""

    part: int
    whole: int

    @property
    def rate(self) -> float:
        return self.part / self.whole if self.whole else 0.0


class Rise(NamedTuple):
    """A share that went up from ``was`` to ``now``, by ``z`` standard deviations."""

    was: float
    now: float
    z: float


def rise(now: Share, before: Sequence[Share], *, least: float, gross: float = GROSS) -> Rise | None:
    """Say whether a share went up: by ``least`` at any rate, and further than chance and the habit of its windows explain.

    The test is that of two proportions, by the root of their deviance (G) with a correction for continuity, which holds
    for small counts as well; how much the windows before differed beyond chance makes it duller. One odd window among
    them does not count. With fewer than three windows a share must go up by ``gross``.
    """
    if now.part == 0 or now.whole < FEWEST:
        return None
    kept = _without_odd([one for one in before if one.whole])
    base = _sum(kept)
    if base.whole < FEWEST or now.rate - base.rate < (least if len(kept) >= FEW_WINDOWS else max(least, gross)):
        return None
    z = _distance(now, base) / math.sqrt(_unrest(kept, base))
    return Rise(base.rate, now.rate, z) if z >= Z else None


def _sum(shares: Sequence[Share]) -> Share:
    return Share(sum(one.part for one in shares), sum(one.whole for one in shares))


def _distance(one: Share, other: Share) -> float:
    """Return the signed root of the deviance of two shares, the first moved half a case towards the second."""
    pooled = (one.part + other.part) / (one.whole + other.whole)
    expected = pooled * one.whole
    part = one.part - math.copysign(min(0.5, abs(one.part - expected)), one.part - expected)
    deviance = sum(
        _term(count, total * rate)
        for count, total, rate in (
            (part, one.whole, pooled),
            (one.whole - part, one.whole, 1 - pooled),
            (other.part, other.whole, pooled),
            (other.whole - other.part, other.whole, 1 - pooled),
        )
    )
    return math.copysign(math.sqrt(max(0.0, 2 * deviance)), part - expected)


def _term(count: float, expected: float) -> float:
    return count * math.log(count / expected) if count else 0.0


def _without_odd(shares: Sequence[Share]) -> Sequence[Share]:
    """Leave out the one window that differs most from all others, if it differs from them beyond doubt."""
    if len(shares) < FEW_WINDOWS:
        return shares
    total = _sum(shares)
    if total.part in (0, total.whole):
        return shares
    odd = max(range(len(shares)), key=lambda at: abs(shares[at].rate - total.rate))
    others = [one for at, one in enumerate(shares) if at != odd]
    rest = _sum(others)
    distance = abs(_distance(shares[odd], rest)) / math.sqrt(_unrest(others, rest))
    return others if distance >= Z else shares


def _unrest(shares: Sequence[Share], base: Share) -> float:
    """Return how many times as much as by chance the windows vary (Pearson's dispersion), at least 1."""
    spread = base.rate * (1 - base.rate)
    freedom = len(shares) - 1
    if freedom < 1 or spread == 0:
        return 1.0
    chi2 = sum((one.part - one.whole * base.rate) ** 2 / (one.whole * spread) for one in shares)
    by_chance = freedom + 2 * math.sqrt(2 * freedom)
    return chi2 / freedom if chi2 > by_chance else 1.0


def ratio(now: Counter[int], before: Sequence[Counter[int]], *, least: float) -> float | None:
    """Say how many times as large magnitudes became, where nearly all of them moved: by ``least`` times, up or down.

    The quartiles of the window are held against those which are usual (the median over the windows before). All three
    must have moved the same way, and further than the spread of the values, and of the windows, makes likely.
    """
    size = now.total()
    known = [quartiles for one in before if one.total() >= FEWEST and (quartiles := _quartiles(one))]
    if size < FEWEST or not known:
        return None
    usual = [statistics.median(one[at] for one in known) for at in range(3)]
    moved = [new - old for new, old in zip(_quartiles(now), usual, strict=True)]
    spread = max(usual[2] - usual[0], 1.0) / 1.35
    error = math.hypot(1.25 * spread / math.sqrt(size), _spread([one[1] for one in known]))
    same_way = min(moved) > 0 or max(moved) < 0
    if not same_way or min(map(abs, moved)) < PER_DECADE * math.log10(least) - 1 or abs(moved[1]) < Z * error:
        return None
    return float(10 ** (moved[1] / PER_DECADE))


def _quartiles(bins: Counter[int]) -> tuple[float, float, float]:
    """Return the quartiles of a histogram, in bins, straight between their edges."""
    total, below = bins.total(), 0
    wanted = [total / 4, total / 2, total * 3 / 4]
    found: list[float] = []
    for at in sorted(bins):
        while len(found) < len(wanted) and below + bins[at] >= wanted[len(found)]:
            found.append(at + (wanted[len(found)] - below) / bins[at])
        below += bins[at]
    return found[0], found[1], found[2]


def _spread(values: Sequence[float]) -> float:
    """Return the standard deviation, by the median distance from the median: one odd value does not count."""
    if len(values) < FEW_WINDOWS:
        return 0.0
    middle = statistics.median(values)
    return 1.4826 * statistics.median(abs(one - middle) for one in values)


class Level(NamedTuple):
    """A volume beside the usual one."""

    usual: float
    now: int


def level(now: int, before: Sequence[int], *, least: float) -> Level | None:
    """Say whether a volume is another one than usual: ``least`` of it fewer at any rate, or as much more by factor.

    How much volumes vary is learned from themselves, on a scale of factors, one odd run left out. With fewer than three
    runs only a third of them, or three times as many, is another volume.
    """
    if not before:
        return None
    usual = statistics.median(before)
    by_chance = math.sqrt(max(usual, 1.0))
    if abs(now - usual) < Z * by_chance:
        return None
    far = -math.log(1 - least)
    if len(before) < FEW_WINDOWS:
        far = math.log(3)
    else:
        logs = _without_farthest([math.log(max(one, 0.5)) for one in before])
        sure = math.exp(4.5 / (len(logs) - 1))  # about Student's t over the normal's, far out: few runs say little
        far = max(far, Z * math.hypot(statistics.stdev(logs) * sure, 1 / by_chance))
    return Level(usual, now) if abs(math.log(max(now, 0.5) / max(usual, 0.5))) >= far else None


def _without_farthest(values: Sequence[float]) -> Sequence[float]:
    """Leave out the one value that is far from all others, more than five times as far as the next; in a week, none is odd."""
    if len(values) <= 7:
        return values
    middle = statistics.median(values)
    near = sorted(values, key=lambda one: abs(one - middle))
    farthest, next_one = abs(near[-1] - middle), abs(near[-2] - middle)
    return near[:-1] if farthest > 5 * max(next_one, 0.01) else values
