"""When a fault happens: at a number, on a page, or now and then. Plans are values; the server counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol

from bartack.testing.fault import Fault
from bartack.testing.messages import Answer, Request

__all__ = ["Nth", "OnPage", "Plan", "Share", "Turn"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One request and the good answer to it.

    ``number``: counted from 1 since the plan was set. ``asked``: how often this page was asked for, this time included;
    0 where the answer is no page.
    """

    request: Request
    answer: Answer
    number: int
    asked: int


class Plan(Protocol):
    """Says which fault a turn has."""

    def fault(self, turn: Turn) -> Fault | None:
        """Return the fault, ``None`` for the good answer."""


@dataclass(frozen=True, slots=True)
class Nth:
    """``fault`` at the ``number``-th request, and at ``times`` requests in all; ``times=None`` for good."""

    planned: Fault
    number: int = 1
    times: int | None = 1

    def fault(self, turn: Turn) -> Fault | None:
        """Return the fault at the planned numbers."""
        due = turn.number >= self.number and (self.times is None or turn.number < self.number + self.times)
        return self.planned if due else None


@dataclass(frozen=True, slots=True)
class OnPage:
    """``fault`` the first ``times`` times that page ``page`` is asked for; ``times=None`` for good."""

    planned: Fault
    page: int
    times: int | None = 1

    def fault(self, turn: Turn) -> Fault | None:
        """Return the fault on the planned page."""
        due = turn.answer.page == self.page and (self.times is None or turn.asked <= self.times)
        return self.planned if due else None


@dataclass(frozen=True, slots=True)
class Share:
    """One of ``planned`` at a ``share`` of the pages, drawn by ``seed``: the same requests meet the same faults."""

    planned: Sequence[Fault]
    share: float
    seed: int

    def fault(self, turn: Turn) -> Fault | None:
        """Return a fault now and then."""
        if turn.answer.page is None:
            return None
        dice = Random(f"{self.seed}/{turn.number}")  # noqa: S311 - no secret, and the same each time
        return dice.choice(self.planned) if dice.random() < self.share else None
