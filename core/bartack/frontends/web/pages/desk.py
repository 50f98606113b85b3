"""The review queue as somebody may see it, and decide in it: their sources and contracts, masked where they see masked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bartack.errors import AccessError, ConfigError
from bartack.hub import Hub
from bartack.mapping.corrections import as_typed
from bartack.masking import MASK, masked_issue
from bartack.reviewing.case import Case, masked_case, masked_entry, masked_reject
from bartack.reviewing.causes import Bulk, Cause
from bartack.reviewing.review import Settled, Undone
from bartack.service.access import Access
from bartack.service.failures import NotFoundError
from bartack.store.history import Entry
from bartack.store.problems import Problem
from bartack.store.rejects import RejectState, Waiting

__all__ = ["PAGE", "Desk", "Wish"]

T = TypeVar("T")

PAGE = 50
"""So many rejects are on one page."""

AT_ONCE = 200
"""So many are decided over with one click; the others wait for the next."""

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """Which rejects somebody wants to see; ``after``: those whose numbers come after this one."""

    source: str | None = None
    stream: str | None = None
    cause: str | None = None
    state: RejectState | None = "waiting"
    after: int = 0


class Desk:
    """What ``access`` sees of the review queue of a hub, and decides under its name."""

    def __init__(self, hub: Hub, access: Access) -> None:
        self._hub = hub
        self._review = hub.review
        self._access = access

    @property
    def decides(self) -> bool:
        """Whether there are decisions to make."""
        return self._access.may("review")

    def causes(self, source: str | None = None) -> tuple[Cause, ...]:
        """Return what waits, by what is wrong with it."""
        found = [one for one in self._review.causes(source=source) if self._sees(one)]
        if self._access.mask:
            found = [replace(one, example=masked_issue(one.example)) for one in found]
        return tuple(found)

    def cause(self, key: str) -> Cause:
        """Return one group of what waits.

        Raises
        ------
        NotFoundError
            nothing waits (any more) for this cause.
        """
        for one in self.causes():
            if one.key == key:
                return one
        raise NotFoundError("nothing waits for this cause any more")

    def rejects(self, wish: Wish) -> tuple[list[Waiting], bool]:
        """Return a page of rejects, and whether there are more."""
        found: list[Waiting] = []
        for one in self._wanted(wish):
            if len(found) == PAGE:
                return found, True
            found.append(masked_reject(one) if self._access.mask else one)
        return found, False

    def case(self, number: int) -> Case:
        """Return one reject with everything there is to know.

        Raises
        ------
        NotFoundError
            there is no such reject, or it may not be seen.
        StoreError
            its payload cannot be read.
        """
        case = self._review.show(self._reject(number).number)
        return masked_case(case) if self._access.mask else case

    def history(self, number: int | None = None, limit: int | None = None) -> list[Entry]:
        """Return who decided what: over one reject in order, else the newest first."""
        found = [one for one in self._review.history(number, limit=limit) if self._sees(one)]
        return [masked_entry(one) for one in found] if self._access.mask else found

    def problems(self) -> list[Problem]:
        """Return what was reported of records and waits for somebody to look at it."""
        found = [one for one in self._review.problems.list() if self._sees(one)]
        return [replace(one, words=MASK) for one in found] if self._access.mask else found

    def next(self, number: int) -> int | None:
        """Return a reject that waits after this one, of the same stream where there is one."""
        reject, causes = self._reject(number), self.causes()
        place = (reject.source, reject.stream, reject.contract)
        near = [one for one in causes if (one.source, one.stream, one.contract) == place]
        numbers = sorted(found for one in near or causes for found in one.numbers)
        return next((one for one in numbers if one > number), numbers[0] if numbers else None)

    # -- decisions ----------------------------------------------------------------------------------------------------

    def correct(self, number: int, typed: dict[str, str], note: str | None) -> Settled:
        """Correct a reject by what was typed for fields of its contract."""
        self._may_decide(number)
        model = self._hub.contract(self._reject(number).contract)
        values: dict[str, Any] = {name: as_typed(model, name, text) for name, text in typed.items()}
        return self._review.fix(number, values, by=self._access.name, note=note)

    def accept(self, number: int, note: str | None) -> Settled:
        """Correct a reject by what is proposed for it; of what is seen masked, nothing is."""
        self._may_decide(number)
        if self._access.mask:
            raise ConfigError(
                "what is seen masked is not accepted unseen", next_step="decide with a token that sees it"
            )
        return self._review.accept(number, by=self._access.name, note=note)

    def dismiss(self, number: int, note: str | None) -> Settled:
        """Take a reject out of the queue."""
        self._may_decide(number)
        return self._review.dismiss(number, by=self._access.name, note=note)

    def retry(self, number: int) -> bool:
        """Map a reject again; tell whether it is a record now, or does not wait any more for another reason."""
        self._may_decide(number)
        done = self._review.retry(number)
        for error in done.errors:
            raise error
        return not done.waiting

    def undo(self, number: int, note: str | None) -> Undone:
        """Take a decision back."""
        self._may_decide(number)
        return self._review.undo(number, by=self._access.name, note=note)

    def settle_problem(self, number: int, note: str | None) -> None:
        """Write down that somebody has looked at what was reported."""
        self._may("settle")
        if not any(one.number == number and self._sees(one) for one in self._review.problems.list(state=None)):
            raise NotFoundError(f"there is no problem {number}", next_step="look at what is reported")
        self._review.problems.settle(number, by=self._access.name, note=note)

    def each(self, numbers: list[int], do: Callable[[int], T]) -> Bulk[T]:
        """Decide over several, one by one; at most :data:`AT_ONCE` of them."""
        return self._review.each(numbers[:AT_ONCE], do)

    def _may_decide(self, number: int) -> None:
        self._may("decide")
        self._reject(number)

    def _may(self, verb: str) -> None:
        if not self.decides:
            raise AccessError(f"{self._access.name} may look, not {verb}", next_step='a token with role = "reviewer"')

    def _wanted(self, wish: Wish) -> Iterator[Waiting]:
        """Yield rejects, from the store batch by batch: nobody needs all of a long queue."""
        group = None if wish.cause is None else frozenset(self.cause(wish.cause).numbers)
        after = wish.after
        while True:
            batch = self._review.list(
                source=wish.source, stream=wish.stream, state=wish.state, after=after, limit=_BATCH
            )
            yield from (one for one in batch if self._sees(one) and (group is None or one.number in group))
            if len(batch) < _BATCH:
                return
            after = batch[-1].number

    def _reject(self, number: int) -> Waiting:
        """Return a reject that is there, and may be seen."""
        found = self._review.list(state=None, after=number - 1, limit=1)
        if not found or found[0].number != number or not self._sees(found[0]):
            raise NotFoundError(f"there is no reject {number}", next_step="look at what waits")
        return found[0]

    def _sees(self, one: Waiting | Cause | Entry | Problem) -> bool:
        return self._access.sees_source(one.source) and self._access.sees_contract(one.contract)
