"""Valid and wrong: what no contract can refuse. Drift and tests have to notice it; see the kill report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Any

from bartack.twins.mutant import Change, on_pages
from bartack.twins.nodes import Edit, Node, Raw, plain
from bartack.twins.subject import Place, Subject

__all__ = ["all_over", "meaning"]

Turn = Callable[[Place], Sequence[tuple[Node, Any]]]
"""Return what becomes of the nodes of a place; nothing where it stays."""

_DATE = re.compile(r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|1[0-2])(?!\d)")
_HOUR = re.compile(r"(?<=[T ])(\d\d)(?=:\d\d)")


def meaning(subject: Subject, dice: Random) -> Iterator[Change]:
    """Units, days and months, zones, codes, columns, decimals: changed in every row, as a release of the vendor does."""
    for field, places in subject.places.items():
        turns: dict[str, Turn] = {}
        if any(isinstance(place.made, date) for place in places):
            turns = {"day and month swapped": _swapped_days, "an hour later": _later}
        elif any(_amount(place) is not None for place in places):
            turns = {"a hundredfold": _times(100), "a hundredth": _times(Decimal("0.01")), "decimals cut": _cut}
        if (codes := _codes(places)) is not None:
            turns["recoded"] = _recoded(*codes)
        for name, turn in turns.items():
            change = all_over(subject, places, name, f"{field}: {name}", turn)
            if change is not None:
                yield change
    yield from _columns(subject, dice)


def all_over(subject: Subject, places: Sequence[Place], name: str, said: str, turn: Turn) -> Change | None:
    """Return the change of all ``places``; None where it changes nothing."""
    by_page: dict[int, list[Edit]] = {}
    example = ""
    seen: set[int] = set()
    for place in places:
        document = subject.pages[place.page].document
        for node, value in turn(place):
            if id(node) not in seen and plain(node) != value:
                seen.add(id(node))
                example = example or f"{_short(plain(node))} becomes {_short(value)} in row {place.id}"
                by_page.setdefault(place.page, []).append(document.put(node, value))
    if not by_page:
        return None
    edit = on_pages([(subject.pages[number], edits) for number, edits in by_page.items()])
    return Change(name, f"{said}: {example}", edit, place=places[0], touched=None)


def _short(value: Any) -> str:
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _amount(place: Place) -> tuple[Node, Decimal] | None:
    """Return the number that a place holds, as a number, a text, or the one text of an object (``{"decimal": "1.50"}``)."""
    made = place.made
    if isinstance(made, bool) or not isinstance(made, int | Decimal | dict):
        return None
    if isinstance(made, dict) and not isinstance(made.get("amount"), Decimal):
        return None
    nodes = (
        [place.node]
        if place.node.is_leaf
        else list(place.node.value.values())
        if isinstance(place.node.value, dict)
        else []
    )
    for node in nodes:
        value = node.value
        if isinstance(value, int | Decimal | str) and not isinstance(value, bool):
            try:
                return node, Decimal(str(value))
            except InvalidOperation:
                continue
    return None


def _times(factor: Decimal | int) -> Turn:
    return lambda place: _number(place, lambda amount: amount * factor)


def _cut(place: Place) -> Sequence[tuple[Node, Any]]:
    return _number(place, lambda amount: Decimal(int(amount)))


def _number(place: Place, change: Callable[[Decimal], Decimal]) -> Sequence[tuple[Node, Any]]:
    found = _amount(place)
    if found is None or not found[1].is_finite():
        return ()
    node, amount = found
    if change(amount) == amount:
        return ()
    text = f"{change(amount):f}"
    return ((node, text if isinstance(node.value, str) else Raw(text)),)


def _swapped_days(place: Place) -> Sequence[tuple[Node, Any]]:
    members = place.node.value
    if isinstance(members, dict) and {"day", "month"} <= set(members):
        day, month = members["day"], members["month"]
        return ((day, plain(month)), (month, plain(day))) if isinstance(day.value, int) and day.value <= 12 else ()
    if isinstance(members, str):
        return ((place.node, _DATE.sub(r"\1-\3-\2", members, count=1)),)
    return ()


def _later(place: Place) -> Sequence[tuple[Node, Any]]:
    if not isinstance(place.made, datetime):
        return ()
    value = place.node.value
    if isinstance(value, dict) and "hour" in value and isinstance(value["hour"].value, int):
        return ((value["hour"], (value["hour"].value + 1) % 24),)
    if isinstance(value, str) and _HOUR.search(value):
        return ((place.node, _HOUR.sub(lambda found: f"{(int(found[1]) + 1) % 24:02}", value, count=1)),)
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and value > 10**8:
        return ((place.node, value + (3_600_000 if value > 10**11 else 3_600)),)
    return ()


def _codes(places: Sequence[Place]) -> tuple[Any, Any] | None:
    """Return the two commonest words of a column that is a code: few words, each of them often."""
    values = [plain(place.node) for place in places if place.node.is_leaf and plain(place.node) not in (None, "")]
    words = sorted(set(map(str, values)), key=lambda word: (-sum(str(value) == word for value in values), word))
    if not 2 <= len(words) <= max(2, len(values) // 2) or any(len(word) > 40 for word in words):
        return None
    first, other = (next(value for value in values if str(value) == word) for word in words[:2])
    return first, other


def _recoded(first: Any, other: Any) -> Turn:
    def turn(place: Place) -> Sequence[tuple[Node, Any]]:
        value = plain(place.node)
        return ((place.node, other if value == first else first),) if value in (first, other) else ()

    return turn


def _columns(subject: Subject, dice: Random) -> Iterator[Change]:
    """Swap two columns whose values are of one kind, in all rows."""
    columns = {
        field: {
            (place.page, place.row): place for place in places if place.node.is_leaf and place.value not in (None, "")
        }
        for field, places in subject.places.items()
        if all("[" not in place.path for place in places)
    }
    names = sorted(columns)
    pairs = [
        (one, other)
        for number, one in enumerate(names)
        for other in names[number + 1 :]
        if _kinds(columns[one]) == _kinds(columns[other]) and columns[one].keys() & columns[other].keys()
    ]
    for one, other in dice.sample(pairs, min(len(pairs), 6)):
        partner = columns[other] | {}

        def turn(place: Place, partner: dict[tuple[int, int], Place] = partner) -> Sequence[tuple[Node, Any]]:
            mate = partner.get((place.page, place.row))
            return () if mate is None else ((place.node, mate.value), (mate.node, place.value))

        said = f"{one} and {other} swapped"
        change = all_over(subject, list(columns[one].values()), "columns swapped", said, turn)
        if change is not None:
            yield change


def _kinds(column: dict[tuple[int, int], Place]) -> set[type]:
    return {type(place.made) for place in column.values()} | {type(place.value) for place in column.values()}
