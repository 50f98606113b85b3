"""What checks look at: a connector, its recordings, and ways to read them as they are, or damaged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bartack import registry
from bartack.errors import BartackError, ConfigError
from bartack.events import silent
from bartack.reading.fetch import FeedRead, Item, Limit
from bartack.reading.guard import guarded
from bartack.reading.replayed import Take, recorded_query, source_of
from bartack.reading.source import Feed, Source
from bartack.recording import About, Cassette, Interaction, Scrubber, load_recording
from bartack.recording.library import Entry, entries, resumptions
from bartack.recording.sql import SqlCassette, Statement
from bartack.resilience.logins import Logins
from bartack.resilience.retry import Patience
from bartack.settings import Secret, secret_kind
from bartack.testing.clock import FakeClock
from bartack.testing.conformance.stage import EndlessError, Plan, Stage, as_recorded
from bartack.testing.conformance.wire_rows import row_plan
from bartack.transports.base import OPEN, Page, Query, Runtime

if TYPE_CHECKING:
    from bartack.registry import Plugins
    from bartack.sdk.connector import Connector

__all__ = ["Bench", "Performance", "Recording"]

_CANARY = "canary-7f3a9d51c2e84b06"
_NOTHING = About()


@dataclass(frozen=True)
class Recording:
    """One cassette of a stream."""

    entry: Entry

    @cached_property
    def cassette(self) -> Cassette | SqlCassette:
        """What was recorded.

        Raises
        ------
        RecordingError
            it cannot be read.
        """
        return load_recording(self.entry.path)

    @property
    def stream(self) -> str:
        """The stream it is a recording of."""
        return self.entry.stream

    def __str__(self) -> str:
        return f"{self.entry.stream}/{self.entry.scenario}"


@dataclass(frozen=True, slots=True)
class Performance:
    """A read on the stage: how it ended, what was asked, and how long was waited (not in real time)."""

    take: Take
    stage: Stage
    clock: FakeClock
    crash: Exception | None = None
    endless: bool = False
    left: Sequence[Interaction | Statement] = ()
    """What was recorded, and not asked for."""

    @property
    def whole(self) -> bool:
        """It came to its end without an error."""
        return self.take.error is None and self.crash is None and not self.endless

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        if self.crash is not None:
            return f"{type(self.crash).__name__}: {self.crash}"
        if self.endless:
            return f"never: {len(self.stage.asked)} requests were made"
        error = self.take.error
        return self.take.report.completeness if error is None else f"{type(error).__name__}: {error.message}"

    @property
    def records(self) -> Mapping[str, Any]:
        """The records' values by id."""
        return {record.ref.id: record.value for record in self.take.records}


@dataclass
class Bench:
    """A connector on the bench. Good reads are made once, and looked at by many checks.

    ``settings`` go over what the recordings say of their source, ``closed`` are the requirements that the author has closed.
    """

    connector: str | type[Connector]
    folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    base_dir: Path = Path()
    closed: Mapping[str, str] = field(default_factory=dict)
    found: Plugins | None = None
    """Where the connector comes from; what is installed, where nothing is said."""

    # -- the connector ------------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The connector's name."""
        return self.connector if isinstance(self.connector, str) else self.connector.name

    @cached_property
    def plugins(self) -> Plugins:
        """Where the connector comes from."""
        loaded = self.found if self.found is not None else registry.load({self.name})
        return loaded if isinstance(self.connector, str) else registry.with_connector(loaded, self.connector)

    @cached_property
    def kind(self) -> type[Connector]:
        """The connector's class."""
        return self.plugins.connector(self.name)

    @cached_property
    def recordings(self) -> tuple[Recording, ...]:
        """Its recordings, in the order of streams and scenarios, without those of resumptions."""
        return tuple(Recording(entry) for entry in entries(self.folder, self.name))

    @cached_property
    def _resumptions(self) -> Mapping[str, Cassette | SqlCassette]:
        """By stream: what was recorded of reads that went on behind a page."""
        found = (Recording(entry) for entry in resumptions(self.folder, self.name))
        return {one.stream: one.cassette for one in found}

    def source_for(self, recording: Recording | None = None) -> Source:
        """Return the source as a recording describes it, with a canary in the place of each secret, at no time."""
        clock = FakeClock()
        runtime = Runtime(
            clock=clock.now, sleep=clock.sleep, monotonic=clock.monotonic, base_dir=str(self.base_dir), emit=silent
        )
        chosen = recording or next(iter(self.recordings), None)
        about = replace(chosen.cassette.about, source=self.name) if chosen else _NOTHING
        canaries = {name: kind(f"{_CANARY}-{name}") for name, kind in self.secrets.items()}
        wanted = {
            name: value
            for name, value in canaries.items()
            if name in about.secrets or self.kind.settings.model_fields[name].is_required()
        }
        return source_of(about, self.plugins, runtime, connector=self.name, settings={**wanted, **self.settings})

    @cached_property
    def source(self) -> Source:
        """The source as the first recording describes it."""
        return self.source_for()

    @cached_property
    def secrets(self) -> Mapping[str, type[Secret]]:
        """Its secret settings, with their types."""
        fields = self.kind.settings.model_fields.items()
        return {name: kind for name, one in fields if (kind := secret_kind(one.annotation)) is not None}

    @property
    def canary(self) -> str:
        """What no secret setting may let slip: the beginning of all their values."""
        return _CANARY

    @property
    def speaks_http(self) -> bool:
        """Recordings of it are recordings of HTTP."""
        return any(isinstance(one.cassette, Cassette) for one in self.recordings)

    @property
    def speaks_json(self) -> bool:
        """Its answers are JSON."""
        cassettes = [one.cassette for one in self.recordings]
        answers = [item.response.body for one in cassettes if isinstance(one, Cassette) for item in one.interactions]
        return any(body.lstrip()[:1] in (b"{", b"[") for body in answers)

    # -- reading ------------------------------------------------------------------------------------------------------------

    def feeds(self, recording: Recording) -> list[Feed]:
        """Return the feeds of a recording's stream; none where there is no such stream, or its mapping does not compile."""
        try:
            return self.source_for(recording).feeds(stream=recording.stream)
        except ConfigError:
            return []

    @cached_property
    def _good(self) -> dict[str, tuple[Performance, ...]]:
        return {}

    def good(self, recording: Recording) -> tuple[Performance, ...]:
        """Return a read of each feed of a recording, as it was recorded."""
        name = str(recording)
        if name not in self._good:
            self._good[name] = tuple(self.perform(feed, recording) for feed in self.feeds(recording))
        return self._good[name]

    def whole(self) -> Iterator[tuple[Recording, Performance]]:
        """Yield the good reads that came to their end: what damaged ones are held against."""
        for recording in self.recordings:
            for performance in self.good(recording):
                if performance.whole:
                    yield recording, performance

    def perform(
        self,
        feed: Feed,
        recording: Recording,
        plan: Plan = as_recorded,
        query: Query | None = None,
        *,
        same: bool = False,
    ) -> Performance:
        """Read a feed on the stage; whatever happens, it comes back as a performance. ``same``: with the connector's object."""
        staged, stage, clock = self.staged(feed, recording, plan, same=same)
        query = query if query is not None else recorded_query(recording.cassette.about)
        read = FeedRead(staged, Limit(None), stops_floods=False)
        items: tuple[Item, ...] = ()
        crash: Exception | None = None
        endless = False
        try:
            with staged.source.open() as session:
                items = tuple(read.run(session, query))
        except BartackError as error:
            read.fail(error)
        except EndlessError:
            endless = True
        except Exception as error:
            crash = error
        take = Take(staged, items, read.report(read.completeness), read.error)
        return Performance(take, stage, clock, crash, endless, self._left(staged, stage))

    def staged(
        self, feed: Feed, recording: Recording, plan: Plan = as_recorded, *, same: bool = False
    ) -> tuple[Feed, Stage, FakeClock]:
        """Return a feed whose source is on the stage: with a connector of its own, unless it is to be the ``same``."""
        clock = FakeClock()
        source = feed.source
        cassette, more = recording.cassette, self._resumptions.get(recording.stream)
        spoken = cassette if isinstance(cassette, Cassette) else Cassette(cassette.path)
        besides = more.interactions if isinstance(more, Cassette) else ()
        stage = Stage(spoken, Scrubber(source.known_secrets()), plan, besides)
        runtime = replace(
            source.runtime,
            adapter=stage,
            gate=OPEN,
            logins=Logins(),
            clock=clock.now,
            sleep=clock.sleep,
            monotonic=clock.monotonic,
        )
        patience = Patience.of(source.config.limits)  # of each read its own: one must not use up that of the next
        connector = source.connector if same else type(source.connector)(source.settings)
        replay = _again(cassette, more) if isinstance(cassette, SqlCassette) else None
        source = replace(source, runtime=runtime, replay=replay, patience=patience, connector=connector)
        return replace(feed, source=source, stream=source.stream(feed.stream.name)), stage, clock

    @staticmethod
    def _left(feed: Feed, stage: Stage) -> Sequence[Interaction | Statement]:
        replay = feed.source.replay
        return replay.unplayed if isinstance(replay, _Tape) else stage.unplayed

    def pages(self, recording: Recording) -> Sequence[Page]:
        """Return the pages of a recording as far as they come."""
        name = str(recording)
        if name not in self._pages:
            self._pages[name] = tuple(self._read_pages(recording))
        return self._pages[name]

    @cached_property
    def _pages(self) -> dict[str, tuple[Page, ...]]:
        return {}

    def _read_pages(self, recording: Recording) -> Iterator[Page]:
        feeds = self.feeds(recording)
        if not feeds:
            return
        feed, _, _ = self.staged(feeds[0], recording)
        query = recorded_query(recording.cassette.about)
        try:
            with feed.source.open() as session:
                yield from guarded(feed.pages(session, query), query)
        except BartackError:
            return

    def damaged(self, recording: Recording, one: Performance, change: Callable[[list[Any]], list[Any]]) -> Performance:
        """Read a recording with the rows of each page changed: on the wire where answers are JSON, else above the transport."""
        pages = self.pages(recording)
        if self.speaks_json:
            return self.perform(one.take.feed, recording, row_plan(pages, change))
        feed, stage, clock = self.staged(one.take.feed, recording)
        read = FeedRead(feed, Limit(None), stops_floods=False)
        changed = [replace(page, rows=change(list(page.rows)), raws=None) if page.rows else page for page in pages]
        try:
            items = tuple(read.items(iter(changed)))
        except Exception as error:
            return Performance(Take(feed, (), read.report(read.completeness), read.error), stage, clock, error)
        return Performance(Take(feed, items, read.report(read.completeness), read.error), stage, clock)


class _Tape(SqlCassette):
    """A recording of a database for one read; what was recorded besides need not be asked for."""

    besides: frozenset[int] = frozenset()

    @property
    def unplayed(self) -> tuple[Statement, ...]:
        """What nobody has asked for of the recording itself."""
        return tuple(one for one in super().unplayed if id(one) not in self.besides)


def _again(cassette: SqlCassette, more: Cassette | SqlCassette | None) -> _Tape:
    besides = more.statements if isinstance(more, SqlCassette) else ()
    tape = _Tape(
        cassette.path,
        (*cassette.statements, *besides),
        database=cassette.database,
        about=cassette.about,
        allow_playback_repeats=True,
    )
    tape.besides = frozenset(map(id, besides))
    return tape
