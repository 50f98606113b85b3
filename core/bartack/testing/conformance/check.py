"""A check: its name and level, what it proves, what a connector needs to be held to it, and how to repair a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bartack.testing.conformance.bench import Bench

__all__ = ["LEVELS", "Check", "Finding", "Level", "check"]

Level = Literal["core", "dependable", "complete"]
LEVELS: tuple[Level, ...] = ("core", "dependable", "complete")
"""From what every connector has to do, to what one that others rely on has to show."""

Finding = str
"""One sentence: where, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    ``proves``: what is true of a connector that passes it. ``needs``: capabilities without which it is not held to it (see
    :data:`~bartack.testing.conformance.requirements.REQUIREMENTS`). ``repair``: what an author can do.
    """

    name: str
    level: Level
    proves: str
    repair: str
    needs: tuple[str, ...]
    look: Callable[[Bench], Iterable[Finding]] = field(repr=False, compare=False)

    @property
    def id(self) -> str:
        """Level and name, as tests are named."""
        return f"{self.level}-{self.name}"

    def failure(self, bench: Bench) -> str:
        """Look at a connector; return everything that was found, with how to repair it. Blank where it conforms."""
        found = list(self.look(bench))
        if not found:
            return ""
        listed = "\n".join(f"  - {one}" for one in found[:10])
        more = f"\n  … and {len(found) - 10} more" if len(found) > 10 else ""
        return f"{self.proves}\n{listed}{more}\n  repair: {self.repair}"


def check(level: Level, *needs: str, repair: str) -> Callable[[Callable[[Bench], Iterator[Finding]]], Check]:
    """Make a check of a function that yields what it finds; its name and docstring are the check's."""

    def made(look: Callable[[Bench], Iterator[Finding]]) -> Check:
        return Check(look.__name__, level, (look.__doc__ or "").strip(), repair, needs, look)

    return made
