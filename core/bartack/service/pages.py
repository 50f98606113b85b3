"""Answers that are lists: as many whole items as fit, and a cursor that stands behind the last of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bartack.replica.answers import Answer, Changes
from bartack.service import telling
from bartack.service.answers import ChangesAnswer, OversizedItem, RecordItem, RecordsAnswer
from bartack.service.budget import fit, size
from bartack.service.choosing import Choice
from bartack.service.failures import QuestionError

__all__ = ["MOST", "NOTICES", "Made", "changes_answer", "records_answer", "whole_items"]

MOST = 100
"""So many items are asked for at once, at most."""

NOTICES = 600
"""Characters that the notices of an answer may take."""

Found = TypeVar("Found")
Told = TypeVar("Told", RecordsAnswer, ChangesAnswer)

_SOME_WORDS = "no record has all of the words: these have some of them"
_SHORTENED = "the answer was kept short: ask for the rest with next_cursor, or for fewer fields"


@dataclass(frozen=True, slots=True)
class Made(Generic[Told]):
    """An answer, and of how many of the items that were found it has room: None where it holds them all."""

    answer: Told
    room_for: int | None = None


def whole_items(limit: int, ask: Callable[[int], Found], make: Callable[[Found], Made[Told]]) -> Told:
    """Return an answer all of whose items fit.

    Where not all fit, ``ask`` is asked again for as many as do: so the cursor stands behind the last one that is shown.
    ``make`` has room for one item at least.

    Raises
    ------
    QuestionError
        a limit beyond what is answered at once.
    """
    if not 1 <= limit <= MOST:
        raise QuestionError(f"a limit of {limit}", next_step=f"ask for 1 to {MOST}, and for more with next_cursor")
    made = make(ask(limit))
    if made.room_for is None:
        return made.answer
    while made.room_for is not None:
        made = make(ask(made.room_for))
    answer = made.answer
    return answer.model_copy(update={"truncated": True, "notices": (*answer.notices, _SHORTENED)})


def records_answer(found: Answer[Any], choice: Choice, budget: int) -> Made[RecordsAnswer]:
    """Return records with their verdict; one that alone is too large is named instead."""
    scores: Sequence[float | None] = found.scores or [None] * len(found.records)
    items = [
        telling.record_item(record, choice, score=score) for record, score in zip(found.records, scores, strict=True)
    ]
    shell = RecordsAnswer(
        verdict=telling.verdict_item(found.verdict),
        standings=tuple(map(telling.standing_item, found.standings)),
        records=(),
        total=found.total,
        truncated=False,
        next_cursor=found.next_cursor,
    )
    fitted = fit(items, budget - size(shell) - NOTICES, telling.oversized_record)
    if len(fitted) < len(items):
        return Made(shell, len(fitted))
    records = tuple(one for one in fitted if isinstance(one, RecordItem))
    oversized = tuple(one for one in fitted if isinstance(one, OversizedItem))
    some = (_SOME_WORDS,) if found.matched == "any" and records else ()
    notices = (*some, *found.notices, *telling.notices_over(records, oversized=len(oversized)))
    return Made(shell.model_copy(update={"records": records, "oversized": oversized, "notices": notices}))


def changes_answer(found: Changes, choice: Choice, budget: int, sees: Callable[[str], bool]) -> Made[ChangesAnswer]:
    """Return the changes of contracts that ``sees`` says yes to, with how their streams stand."""
    places = [at for at, change in enumerate(found.changes) if sees(change.contract)]
    items = [telling.change_item(found.changes[at], choice) for at in places]
    standings = [one for one in found.standings if sees(one.contract)]
    shell = ChangesAnswer(
        verdict=telling.verdict_over(standings, limited=found.more),
        standings=tuple(map(telling.standing_item, standings)),
        changes=(),
        next_cursor=found.next_cursor,
        more=found.more,
        truncated=False,
    )
    fitted = fit(items, budget - size(shell) - NOTICES, telling.oversized_change)
    if len(fitted) < len(items):
        return Made(shell, places[len(fitted)])
    oversized = sum(one.characters is not None for one in fitted)
    records = [one.record for one in fitted if one.record is not None]
    notices = telling.notices_over(records, oversized=oversized)
    return Made(shell.model_copy(update={"changes": tuple(fitted), "notices": notices}))
