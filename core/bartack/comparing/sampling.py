"""What one side shows of a stream: its pages, and what becomes of the rows. Live or from a recording, it is read alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from bartack.comparing.table import Table
from bartack.drift.shape import Shape
from bartack.errors import BartackError, ConfigError, RecordingError
from bartack.mapping.compiled import Outcome
from bartack.reading.guard import guarded
from bartack.reading.personal import personal_of
from bartack.reading.replayed import about_source, recorded_query
from bartack.reading.source import Feed, Source
from bartack.recording import Cassette, load_recording, recording
from bartack.transports.base import Page, Query

__all__ = ["Sample", "recorded_live", "sample"]


@dataclass(frozen=True)
class Sample:
    """What was seen of one stream as it feeds one contract.

    ``whole``: the read went to its end. ``error``: what ended it early. ``keyed``: its rows come in the order of their key.
    ``mapping``: the digest of the rules that made the outcomes.
    """

    stream: str
    contract: str
    pages: tuple[Page, ...]
    outcomes: tuple[Outcome, ...]
    shape: Shape = field(default_factory=Shape)
    whole: bool = True
    error: BartackError | None = None
    keyed: bool = False
    mapping: str = ""

    @property
    def name(self) -> str:
        """The name its counterpart has, too."""
        return f"{self.stream} as {self.contract}" if self.contract else self.stream

    @cached_property
    def rows(self) -> list[Any]:
        """The native rows of all pages."""
        return [row for page in self.pages for row in page.rows]

    @cached_property
    def native(self) -> Table:
        """The rows as they were sent."""
        return Table(self.rows, [one.id for one in self.outcomes], self.shape)

    @cached_property
    def mapped(self) -> Table:
        """The values of the contract that they became; what is kept of native fields without a place is left out."""
        valued = [one for one in self.outcomes if one.kind == "record" and one.value is not None]
        rows = [one.value.model_dump(exclude={"custom"}) for one in valued if one.value is not None]
        return Table(rows, [one.id for one in valued])


def sample(feed: Feed, most: int | None = None) -> Sample:
    """Read a feed until ``most`` rows have come (None: to its end). No error leaves; a recording may end before its stream.

    A failure that may pass is tried again, and what was not recorded a second time hides it: then the first try counts.
    """
    found = _sample(feed, most)
    if isinstance(found.error, RecordingError) and feed.source.replay is not None:
        once = replace(feed.source, patience=replace(feed.source.patience, attempts=1))
        first = _sample(replace(feed, source=once), most)
        found = found if isinstance(first.error, RecordingError) else first
    return replace(found, error=None) if isinstance(found.error, RecordingError) and found.pages else found


def _sample(feed: Feed, most: int | None) -> Sample:
    pages: list[Page] = []
    outcomes: list[Outcome] = []
    whole, fault = True, None
    replayed = feed.source.replay
    query = Query() if replayed is None or isinstance(replayed, Path) else recorded_query(replayed.about)
    try:
        with feed.source.open() as session:
            for page in guarded(feed.pages(session, query), query):
                pages.append(page)
                outcomes += feed.mapping.page(page.rows, Counter())
                if most is not None and len(outcomes) >= most:
                    whole = page.next is None and page.has_more is not True
                    break
    except BartackError as error:
        whole, fault = False, error
    return Sample(
        feed.stream.name,
        feed.contract,
        tuple(pages),
        tuple(outcomes),
        Shape.of(feed.mapping),
        whole,
        fault,
        bool(getattr(feed.stream, "ordered_by_key", False)),
        feed.mapping.digest,
    )


def _feeds(source: Source, streams: Sequence[str]) -> list[Feed]:
    return [feed for name in streams for feed in source.feeds(stream=name)] if streams else source.feeds()


def recorded_live(
    source: Source, streams: Sequence[str], most: int, *, scrubbed: bool = False
) -> tuple[list[Sample], Cassette]:
    """Ask a source for ``most`` rows of each stream, through its gate, and keep what it answers in memory.

    ``scrubbed``: it is compared with a recording in which personal data was replaced, so it is looked at in that way, too. A
    source that its configuration lets a recording answer for is not asked.

    Raises
    ------
    ConfigError
        no such stream, or a mapping that cannot be compiled.
    BartackError
        the source cannot be asked now: what it answers then is no drift.
    """
    if source.replay is not None:
        replayed = load_recording(source.replay) if isinstance(source.replay, Path) else source.replay
        answers = replayed if isinstance(replayed, Cassette) else Cassette(replayed.path, about=replayed.about)
        return [sample(feed, most) for feed in _feeds(source, streams)], answers
    place = Path(f"{source.name} (live)")
    personal = personal_of(source, recording=True) if scrubbed else None
    recorder = recording(
        place,
        secrets=source.known_secrets(),
        personal=personal,
        keep_personal=personal is None,  # in memory, and compared with what was not replaced either
        about=about_source(source),
    )
    live = replace(source, runtime=replace(source.runtime, adapter=recorder))
    samples = [sample(feed, most) for feed in _feeds(live, streams)]
    for one in samples:
        if one.error is not None and (one.error.retryable or isinstance(one.error, ConfigError)):
            raise one.error
    if scrubbed:
        written = replace(source, replay=recorder.cassette)
        samples = [sample(feed, most) for feed in _feeds(written, streams)]
    return samples, recorder.cassette
