"""Whole comparisons: recordings with recordings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bartack.comparing.comparison import Comparison, compare
from bartack.comparing.consumers import Consumer
from bartack.comparing.findings import Undecided
from bartack.comparing.noise import Noise, learned
from bartack.comparing.sides import Reader, pairs, side_of
from bartack.errors import ComparisonError
from bartack.recording import Cassette

__all__ = ["compare_recordings", "noise_of"]


def compare_recordings(
    before: Path,
    after: Path,
    reader: Reader,
    *,
    streams: Sequence[str] = (),
    consumers: Sequence[Consumer] = (),
    noise: Noise | None = None,
) -> Iterator[Comparison]:
    """Compare two recordings, or two folders of them, one pair after the other.

    Raises
    ------
    ConfigError
        there are no such recordings, or one is a file and the other a folder.
    RecordingError
        one cannot be read.
    ComparisonError
        there is nothing to compare, or the result cannot be trusted.
    """
    lone, compared = [], 0
    for one, other in pairs(before, after):
        if one is None or other is None:
            lone.append(Undecided(str(one or other), "the whole recording", "it is on one side only"))
            continue
        was, unread = side_of([Cassette.load(one)], reader, streams)
        now, unread_now = side_of([Cassette.load(other)], reader, streams)
        found = compare(was, now, consumers, noise)
        undecided = sorted({*found.undecided, *unread, *unread_now, *(lone if not compared else ())})
        compared += 1
        yield replace(found, undecided=tuple(undecided))
    if not compared:
        raise ComparisonError("nothing was compared: no recording is on both sides", where=f"{before} and {after}")


def noise_of(first: Path, second: Path, reader: Reader) -> Noise:
    """Learn from two recordings of one moment what changes with every answer.

    Raises
    ------
    BartackError
        see :func:`compare_recordings`.
    """
    places: frozenset[tuple[str, str]] = frozenset()
    for found in compare_recordings(first, second, reader):
        places |= learned(found.streams, found.findings).places
    return Noise(places)
