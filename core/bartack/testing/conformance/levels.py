"""What a run of the suite is worth: the level a connector has reached, and what is missing to the next one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from bartack.testing.conformance.check import LEVELS, Level

__all__ = ["Result", "Standing", "standings"]


@dataclass(frozen=True, slots=True)
class Result:
    """How one check ended. ``closed``: the author has closed what it needs, so it was skipped; otherwise a skip takes nothing."""

    connector: str
    level: Level
    check: str
    outcome: Literal["passed", "failed", "skipped"]
    closed: bool = False

    @property
    def counts(self) -> bool:
        """The level is not lowered by it."""
        return self.outcome == "passed" or (self.outcome == "skipped" and not self.closed)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a connector stands. ``level``: the highest whose checks, and those of the levels below, all count; or None."""

    connector: str
    results: tuple[Result, ...]

    @property
    def level(self) -> Level | None:
        """The level that may be published."""
        reached: Level | None = None
        for level in LEVELS:
            mine = [one for one in self.results if one.level == level]
            if not mine or not all(one.counts for one in mine):
                break
            reached = level
        return reached

    @property
    def missing(self) -> tuple[str, ...]:
        """The checks that keep it from the next level."""
        for level in LEVELS:
            lacking = tuple(one.check for one in self.results if one.level == level and not one.counts)
            if lacking:
                return lacking
        return ()

    def __str__(self) -> str:
        parts = []
        for level in LEVELS:
            mine = [one for one in self.results if one.level == level]
            if mine:
                skipped = sum(one.outcome == "skipped" for one in mine)
                passed = sum(one.outcome == "passed" for one in mine)
                parts.append(
                    f"{level} {passed}/{len(mine) - skipped}" + (f" ({skipped} do not apply)" if skipped else "")
                )
        lacking = f"; to the next level: {', '.join(self.missing)}" if self.missing else ""
        return f"{self.connector}: {self.level or 'no level'} ({', '.join(parts)}){lacking}"


def standings(results: Iterable[Result]) -> Iterator[Standing]:
    """Yield where each connector stands, in the order of their first results."""
    found: dict[str, list[Result]] = {}
    for one in results:
        found.setdefault(one.connector, []).append(one)
    for name, mine in found.items():
        yield Standing(name, tuple(mine))
