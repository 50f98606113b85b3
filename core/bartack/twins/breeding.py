"""Makes twins: all that the families know of a recording, in turns, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from bartack.errors import ConfigError
from bartack.mapping.loader import near
from bartack.reading.source import Feed
from bartack.recording import Cassette
from bartack.twins.families import FAMILIES
from bartack.twins.mutant import Twin
from bartack.twins.subject import Subject

__all__ = ["bred", "mutants"]


def mutants(cassette: Cassette, feed: Feed, *, seed: int = 0, families: Iterable[str] | None = None) -> Iterator[Twin]:
    """Yield hostile twins of what ``feed`` reads of a recording: each a new one in memory, with one thing wrong.

    The families take turns, so that however few are taken, there are some of each. The same seed gives the same twins,
    byte for byte.

    Raises
    ------
    RecordingError
        the feed cannot be read from the recording as it is.
    ConfigError
        there is no such family.
    """
    yield from bred(Subject.of(feed, cassette), seed=seed, families=families)


def bred(subject: Subject, *, seed: int = 0, families: Iterable[str] | None = None) -> Iterator[Twin]:
    """Yield the twins of a recording that was read already; see :func:`mutants`."""
    turns = {name: _family(subject, name, seed) for name in _names(families)}
    while turns:
        for name, twins in list(turns.items()):
            twin = next(twins, None)
            if twin is None:
                del turns[name]
            else:
                yield twin


def _names(families: Iterable[str] | None) -> list[str]:
    wanted = list(FAMILIES if families is None else families)
    for name in wanted:
        if name not in FAMILIES:
            raise ConfigError(
                f"no family of twins is named {name!r}{near(name, FAMILIES)}", next_step=", ".join(FAMILIES)
            )
    return wanted


def _family(subject: Subject, name: str, seed: int) -> Iterator[Twin]:
    """Yield the twins of a family in an order that goes by the seed, and not by the order of the mapping."""
    dice = Random(f"{seed}/{subject.name}/{name}")  # noqa: S311 - no secret, and the same each time
    changes = list(FAMILIES[name](subject, dice))
    dice.shuffle(changes)
    for change in changes:
        field = f"/{', '.join(change.place.fields)}" if change.place is not None else ""
        yield Twin(f"{name}/{change.name}{field}", name, seed, change, subject.given, subject.about)
