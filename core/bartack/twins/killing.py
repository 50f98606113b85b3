"""The kill report: contract fields that can change in a recording without any test noticing.

For each field the recording is changed in all rows, in up to three ways: other values (those of the next row), none at all,
and what is typical of the field's kind (a hundredfold, day and month swapped, codes exchanged). A change that makes no
difference to the records is none. Whoever runs the tests is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from bartack.errors import ConfigError
from bartack.reading.replayed import Take, play
from bartack.reading.source import Feed
from bartack.recording import Cassette
from bartack.twins.families.meaning import all_over, meaning
from bartack.twins.mutant import Change
from bartack.twins.nodes import Node
from bartack.twins.subject import Place, Subject
from bartack.twins.trial import core
from bartack.twins.watching import Watched, stilled

__all__ = ["CASSETTES", "KillReport", "Mutant", "Tests", "kill", "killers", "place_of"]

CASSETTES = "BARTACK_CASSETTES"
"""Environment variable: a folder in which Bartack's pytest plugin looks for a cassette before the project's own."""

Tests = Callable[[Path], bool]
"""Runs somebody's tests with the cassettes of a folder before their own, and says whether they pass."""

_MOST = 3


@dataclass(frozen=True, slots=True)
class Mutant:
    """A recording in which a contract field is another, in all rows."""

    field: str
    change: Change
    cassette: Cassette

    @property
    def example(self) -> str:
        """One value that is another now, in words."""
        return self.change.said.removeprefix(f"{self.field}: {self.change.name}: ")

    def __str__(self) -> str:
        return self.change.said


@dataclass(frozen=True, slots=True)
class KillReport:
    """What the tests noticed, and what survived them, in the order of the mapping."""

    noticed: tuple[Mutant, ...]
    survivors: tuple[Mutant, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of which at least one change was not noticed."""
        return tuple(dict.fromkeys(one.field for one in self.survivors))


def killers(cassette: Cassette, feed: Feed, *, most: int = _MOST) -> Iterator[Mutant]:
    """Yield for each contract field up to ``most`` recordings in which it is another, and the records with it.

    Raises
    ------
    RecordingError
        the feed cannot be read from the recording as it is.
    """
    subject = Subject.of(feed, cassette)
    typical = list(meaning(subject, Random(0)))  # noqa: S311 - no secret, and the same each time
    for field, places in subject.places.items():
        changes = (
            all_over(subject, places, "other values", f"{field}: other values", _next_in(places)),
            _gone(subject, field, places),
            *(one for one in typical if one.place is places[0] and one.name != "columns swapped"),
        )
        good = (one for one in changes if one is not None and _makes_a_difference(subject, one))
        for change in islice(good, most):
            yield Mutant(field, change, _over(cassette, subject, change))


def kill(cassette: Cassette, feeds: Sequence[Feed], tests: Tests, folder: Path, most: int = _MOST) -> KillReport:
    """Run ``tests`` over each change of a recording, put into ``folder`` at the place where they look for it.

    Raises
    ------
    ConfigError
        the tests fail as things are, or do not look at the recording at all.
    """
    path = place_of(cassette.path)[1]
    if not _pass(tests, folder, path, cassette):
        raise ConfigError("the tests fail before anything is changed", next_step="repair them, then run it again")
    if _pass(tests, folder, path, Cassette(cassette.path, about=cassette.about)):
        raise ConfigError(
            f"the tests pass even where {path} holds nothing: they do not read it",
            next_step="use the fixtures of bartack.testing.plugin, or name the tests that read this recording",
        )
    ends: dict[bool, list[Mutant]] = {True: [], False: []}
    for feed in feeds:
        for mutant in killers(cassette, feed, most=most):
            ends[_pass(tests, folder, path, mutant.cassette)].append(mutant)
    return KillReport(tuple(ends[False]), tuple(ends[True]))


def place_of(path: Path) -> tuple[Path, Path]:
    """Return the folder of cassettes that a file is in (the nearest of that name), and where it is in there."""
    path = path.absolute()
    folder = next((one for one in path.parents if one.name == "cassettes"), path.parent)
    return folder, path.relative_to(folder)


def _pass(tests: Tests, folder: Path, path: Path, cassette: Cassette) -> bool:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    Cassette(
        target,
        cassette.interactions,
        about=cassette.about,
        allow_playback_repeats=cassette.allow_playback_repeats,
    ).save()
    return tests(folder)


def _over(cassette: Cassette, subject: Subject, change: Change) -> Cassette:
    """Return the whole recording with a change wherever an answer of the feed stands in it."""
    edits = change.edit()
    changed = {subject.given[number]: answers for number, answers in edits.items()}
    answers = [one for kept in cassette.interactions for one in changed.get(kept, (kept,))]
    return Cassette(
        cassette.path, answers, about=cassette.about, allow_playback_repeats=cassette.allow_playback_repeats
    )


def _makes_a_difference(subject: Subject, change: Change) -> bool:
    edits = change.edit()
    answers = [one for number, kept in enumerate(subject.given) for one in edits.get(number, (kept,))]
    take = play(stilled(subject.feed), Watched(answers, about=subject.about))
    return take.error is not None or _told(take) != _told(subject.take)


def _told(take: Take) -> Any:
    return take.report.model_dump(exclude={"as_of"}), [(item.ref, core(item)) for item in take.items]


def _next_in(places: Sequence[Place]) -> Callable[[Place], Sequence[tuple[Node, Any]]]:
    """Give each place the next other value of its column; where there is only one, one that is made up."""
    values = [place.value for place in places if place.node.is_leaf and place.value not in (None, "")]

    def turn(place: Place) -> Sequence[tuple[Node, Any]]:
        value = place.value
        if value is None or value == "":
            return ()
        if not place.node.is_leaf:
            return _within(place.node)
        at = values.index(value)
        others = (one for one in [*values[at:], *values[:at]] if one != value and type(one) is type(value))
        return ((place.node, next(others, _made_up(value))),)

    return turn


def _within(node: Node) -> Sequence[tuple[Node, Any]]:
    """Change the first number or text of an object, such as the year of a date that is one."""
    leaves = list(node.value.values()) if isinstance(node.value, dict) else list(node.value)
    found = [leaf for leaf in leaves if leaf.is_leaf and not isinstance(leaf.value, bool | None)]
    numbers = [leaf for leaf in found if isinstance(leaf.value, int | Decimal)] or found[-1:]
    return ((numbers[0], _made_up(numbers[0].value)),) if numbers else ()


def _made_up(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int() | Decimal():
            return value + 1
    return {"true": "false", "false": "true"}.get(value) or _turned(str(value))


def _turned(text: str) -> str:
    """Return a text of the same form: its last digit or letter is another."""
    for at in range(len(text) - 1, -1, -1):
        char = text[at]
        if char.isascii() and char.isalnum():
            other = str((int(char) + 1) % 10) if char.isdigit() else "b" if char.lower() != "b" else "c"
            return f"{text[:at]}{other}{text[at + 1 :]}"
    return f"{text}x"


def _gone(subject: Subject, field: str, places: Sequence[Place]) -> Change | None:
    return all_over(subject, places, "none", f"{field}: none", lambda place: ((place.node, None),))
