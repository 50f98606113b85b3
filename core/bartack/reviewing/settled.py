"""What a decision did."""

from __future__ import annotations

from dataclasses import dataclass

from bartack.store.counts import Counts
from bartack.store.records import EFFECTS, Effect
from bartack.store.rejects import Decision, Waiting
from bartack_contracts import Ref

__all__ = ["Settled"]


@dataclass(frozen=True, slots=True)
class Settled:
    """What was decided over one reject. ``changed``: false where the very same was decided before, and nothing was done.

    ``effect``: what became of the record; ``None`` where it was dismissed.
    """

    number: int
    ref: Ref
    contract: str
    changed: bool
    decision: Decision
    effect: Effect | None = None

    @classmethod
    def of(cls, reject: Waiting, decision: Decision, counts: Counts | None = None, *, changed: bool = True) -> Settled:
        """Return what a decision over a reject did; ``counts`` of the run that it was."""
        effect = None if counts is None else next(name for name in EFFECTS if getattr(counts, name))
        return cls(reject.number, reject.ref, reject.contract, changed, decision, effect)
