"""Whole comparisons: recordings with recordings, and a source as it is now with recordings or the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from bartack.comparing.comparison import Comparison, Side, compare
from bartack.comparing.consumers import Consumer
from bartack.comparing.databases import declared
from bartack.comparing.findings import Undecided, ordered
from bartack.comparing.noise import Noise, learned
from bartack.comparing.sampling import Sample, recorded_live
from bartack.comparing.sides import Reader, pairs, side_of
from bartack.comparing.stored import compare_with_baselines
from bartack.errors import AccessError, ComparisonError
from bartack.reading.source import Source
from bartack.recording import KEPT, Cassette, load_recording
from bartack.recording.library import entries
from bartack.recording.messages import header
from bartack.recording.sql.cassette import SqlCassette

if TYPE_CHECKING:
    from bartack.store.state import StateStore

__all__ = ["compare_recordings", "compare_source", "compare_stored", "newest", "noise_of"]


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
    together = list(pairs(before, after))
    both = [(one, other) for one, other in together if one is not None and other is not None]
    if not both:
        raise ComparisonError("nothing was compared: no recording is on both sides", where=f"{before} and {after}")
    lone = [
        Undecided(str(one or other), "the whole recording", "it is on one side only")
        for one, other in together
        if one is None or other is None
    ]
    for one, other in both:
        first, second = load_recording(one), load_recording(other)
        was, unread = side_of([first], reader, streams)
        now, unread_now = side_of([second], reader, streams)
        found = compare(was, now, consumers, noise)
        undecided = tuple(sorted({*found.undecided, *unread, *unread_now, *lone}))
        types = declared(first, second) if isinstance(first, SqlCassette) and isinstance(second, SqlCassette) else ()
        yield replace(found, findings=ordered((*found.findings, *types)), undecided=undecided)
        lone = []


def compare_source(
    source: Source,
    recordings: Sequence[Cassette | SqlCassette],
    reader: Reader,
    *,
    most: int,
    streams: Sequence[str] = (),
    consumers: Sequence[Consumer] = (),
    noise: Noise | None = None,
) -> Comparison:
    """Ask a source for ``most`` rows of each stream, read-only and through its gate, and compare them with recordings.

    Raises
    ------
    BartackError
        the source cannot be asked; or see :func:`compare_recordings`.
    """
    before, unread = side_of(recordings, reader, streams)
    scrubbed = before.cassette is not None and before.cassette.about.personal not in ("", KEPT)
    samples, cassette = recorded_live(source, streams, most, scrubbed=scrubbed)
    if before.cassette is not None:
        _not_denied(samples, before.cassette, cassette)
    found = compare(before, Side(f"{source.name} now", samples, cassette), consumers, noise)
    return replace(found, undecided=tuple(sorted({*found.undecided, *unread})))


def _not_denied(samples: Sequence[Sample], before: Cassette, now: Cassette) -> None:
    """Raise the error of a source that refuses who is asking, though it asks for what it always has: no drift."""
    used = {_scheme(header(one.request.headers, "Authorization")) for one in before.interactions}
    denied = [one.response for one in now.interactions if one.response.status in (401, 403)]
    asked = {_scheme(header(one.headers, "WWW-Authenticate")) for one in denied} - {""}
    for sample in samples:
        if isinstance(sample.error, AccessError) and denied and (not asked or asked & used):
            raise sample.error


def _scheme(text: str | None) -> str:
    return (text or "").partition(" ")[0].lower()


def newest(folder: Path, source: Source, streams: Sequence[str] = ()) -> list[Cassette | SqlCassette]:
    """Return the youngest recording of each stream in a folder of cassettes, by what it says of itself, then by name.

    Raises
    ------
    RecordingError
        one of them cannot be read.
    """
    found: dict[str, list[tuple[str, str, Cassette | SqlCassette]]] = {}
    for entry in entries(folder, source.connector.name):
        if not streams or entry.stream in streams:
            cassette = load_recording(entry.path)
            at = cassette.about.recorded_at
            age = "" if at is None else at.astimezone(UTC).isoformat()
            found.setdefault(entry.stream, []).append((age, entry.scenario, cassette))
    return [max(cassettes, key=lambda one: one[:2])[2] for _, cassettes in sorted(found.items())]


def compare_stored(
    source: Source, store: StateStore, *, most: int, streams: Sequence[str] = (), consumers: Sequence[Consumer] = ()
) -> Comparison:
    """Ask a source for ``most`` rows of each stream, and compare them with what the store knows of its last good runs.

    Raises
    ------
    BartackError
        the source cannot be asked, or the store cannot be read; or nothing could be compared.
    """
    from bartack.reading.watching import baseline_of
    from bartack.store.streams import standing

    samples, _ = recorded_live(source, streams, most)
    baselines = {}
    with store.read() as connection:
        for sample in samples:
            known = baseline_of(standing(connection, source.name, sample.stream), sample.contract)
            if known is not None:
                baselines[sample.name] = known
    return compare_with_baselines(f"{source.name} now", samples, baselines, consumers)


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
