"""Looks at a folder of cassettes: which are stale, broken, doubled or nobody's, and what they never show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from shlex import quote

from bartack.errors import ConfigError, RecordingError
from bartack.reading.replayed import Take, about_source, play, source_of
from bartack.reading.source import Source
from bartack.recording import About, Cassette, load_recording
from bartack.recording.library import RESUMED, Entry, entries, resumptions
from bartack.recording.sql import SqlCassette, Statement
from bartack.registry import Plugins
from bartack.rehearsing.doctor_coverage import FAILURES, Coverage, failures
from bartack.rehearsing.doctor_findings import Finding
from bartack.transports.base import Runtime

__all__ = ["Doctor"]


@dataclass(frozen=True)
class Doctor:
    """Examines cassettes offline, each with its connector as it is now.

    ``plugins`` loads a connector by its name. ``most_age``: what is older is stale. ``tests``: a folder (or file) in which each
    cassette has to be named; ``None``: nobody has to use it.
    """

    plugins: Callable[[str], Plugins]
    runtime: Runtime
    most_age: timedelta = timedelta(days=90)
    tests: Path | None = None

    def examine(self, folder: Path) -> list[Finding]:
        """Return what is found in a folder of ``<connector>/<stream>/<scenario>`` files, in the order of places and codes.

        Raises
        ------
        ConfigError
            there is no such folder, or no cassette in it; or there are no such tests.
        """
        found = sorted((*entries(folder), *resumptions(folder)))
        if not found:
            raise ConfigError(
                "there is no cassette <connector>/<stream>/<scenario>.yaml",
                where=str(folder),
                next_step="bartack cassette record SOURCE writes some, or name another folder",
            )
        told = [finding for chart in self._streams(found) for finding in chart.findings()]
        if self.tests is not None:
            told += self._orphans(found, self.tests)
        return sorted(told)

    def _streams(self, found: Iterable[Entry]) -> Iterator[_Stream]:
        """Yield the streams with all that their cassettes show."""
        streams: dict[tuple[str, str], _Stream] = {}
        digests: dict[str, Entry] = {}
        for entry in found:
            stream = streams.setdefault((entry.connector, entry.stream), _Stream(entry))
            stream.told += self._one(entry, stream, digests)
        yield from streams.values()

    def _one(self, entry: Entry, stream: _Stream, digests: dict[str, Entry]) -> Iterator[Finding]:
        """Yield what is found in one cassette; what it shows is added to its stream."""
        try:
            cassette = load_recording(entry.path)
        except RecordingError as error:
            yield _finding(entry, "unreadable", error.message, _again(entry, About()))
            return
        yield from _doubles(entry, cassette, digests)
        yield from self._aged(entry, cassette.about)
        stream.sources.add(cassette.about.source)
        # What goes wrong over HTTP does not go wrong in a database.
        stream.failures |= failures(cassette.interactions) if isinstance(cassette, Cassette) else set(FAILURES)
        try:
            plugins = self.plugins(entry.connector)
            plugins.connector(entry.connector)
        except ConfigError as error:
            yield _finding(entry, "orphan.connector", error.message, error.next_step or f"rm {quote(str(entry.path))}")
            return
        try:
            source = source_of(cassette.about, plugins, _at_once(self.runtime), connector=entry.connector)
        except ConfigError as error:
            yield _finding(entry, "replay.error", error.message, _again(entry, cassette.about))
            return
        if entry.stream not in [one.name for one in source.streams]:
            names = ", ".join(one.name for one in source.streams) or "none"
            fault = f"the connector has no stream {entry.stream} any more; its streams: {names}"
            yield _finding(entry, "orphan.stream", fault, f"rm {quote(str(entry.path))}")
            return
        yield from _examined(entry, cassette, source, stream)

    def _aged(self, entry: Entry, about: About) -> Iterator[Finding]:
        if about.recorded_at is None:
            yield _finding(entry, "stale.age", "it does not say when it was recorded", _again(entry, about))
        elif (age := self._now - about.recorded_at) > self.most_age:
            fault = f"it is {age.days} days old, more than {self.most_age.days}"
            yield _finding(entry, "stale.age", fault, _again(entry, about))

    @property
    def _now(self) -> datetime:
        return self.runtime.clock()

    def _orphans(self, found: Iterable[Entry], tests: Path) -> Iterator[Finding]:
        """Yield the cassettes that no test names: by place or file, or by their connector in a conformance suite."""
        if not tests.exists():
            raise ConfigError("there are no such tests", where=str(tests), next_step="check the path")
        files = [tests] if tests.is_file() else sorted(tests.rglob("*.py"))
        text = "\n".join(file.read_text(encoding="utf-8", errors="replace") for file in files)
        for entry in found:
            names = (str(entry), f'connector = "{entry.connector}"')
            if not any(name in text for name in names):
                step = f'name it: @pytest.mark.cassette("{entry}{entry.path.suffix}"), or rm {quote(str(entry.path))}'
                yield _finding(entry, "orphan.test", f"nothing in {tests} refers to it", step)


@dataclass
class _Stream:
    """What was found of one stream, and what its cassettes show."""

    entry: Entry
    told: list[Finding] = field(default_factory=list)
    coverage: dict[str, Coverage] = field(default_factory=dict)
    failures: set[str] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    soap: bool = False

    def findings(self) -> Iterator[Finding]:
        """Yield what was found in the cassettes, then what none of them shows."""
        yield from self.told
        if not self.coverage:
            return  # nothing could be read
        place = f"{self.entry.connector}/{self.entry.stream}"
        source = min(self.sources - {""}, default="SOURCE")
        recorded = f"bartack cassette record {quote(source)} --stream {quote(self.entry.stream)}"
        for coverage in self.coverage.values():
            for code, message in coverage.gaps():
                yield Finding(place, code, message, f"{recorded} --scenario NAME, when the source has such rows")
        unseen = [one for one in FAILURES if one not in self.failures and (one != "fault" or self.soap)]
        if unseen:
            step = f"{recorded} --scenario NAME --keep-failed, when the source fails so"
            yield Finding(place, "uncovered.failure", f"never seen: {', '.join(unseen)}", step)


def _examined(entry: Entry, cassette: Cassette | SqlCassette, source: Source, stream: _Stream) -> Iterator[Finding]:
    """Yield what is found when a cassette is read by its connector."""
    try:
        feeds = source.feeds(stream=entry.stream)
        now = about_source(source, stream=entry.stream)
    except ConfigError as error:
        yield _finding(entry, "replay.error", error.message, error.next_step or _again(entry, cassette.about))
        return
    yield from _changed(entry, cassette.about, now)
    stream.soap = stream.soap or "wsdl" in cassette.about.settings
    if entry.scenario == RESUMED:
        return  # it begins in the middle: no read of its own
    takes = [play(feed, cassette) for feed in feeds]
    for take in takes:
        if take.error is not None and not _is_recorded(take, cassette):
            fault = f"as {take.feed.contract}: {type(take.error).__name__}: {take.error.message}"
            yield _finding(entry, "replay.error", fault, _again(entry, cassette.about))
    if unplayed := cassette.unplayed:
        fault = f"{len(unplayed)} of {len(cassette)} recorded answers are not asked for, as {unplayed[0]}"
        yield _finding(entry, "replay.unplayed", fault, _again(entry, cassette.about))
    for take in takes:
        stream.coverage.setdefault(take.feed.contract, Coverage(take.feed.mapping)).add(take, cassette)


def _is_recorded(take: Take, cassette: Cassette | SqlCassette) -> bool:
    """Tell whether the error that ended a replay is what was recorded: a failure kept on purpose, asked for to its end."""
    last = cassette.items[-1] if len(cassette) else None
    if isinstance(last, Statement):
        failed = last.answer.error is not None
    else:
        failed = last is not None and (last.failure is not None or last.response.status >= 400)
    return failed and not isinstance(take.error, RecordingError) and not cassette.unplayed


def _changed(entry: Entry, then: About, now: About) -> Iterator[Finding]:
    """Yield what has changed since a cassette was recorded."""
    step = _again(entry, then)
    for code, word, before, after in (
        ("stale.contract", "contract", then.contracts, now.contracts),
        ("stale.mapping", "mapping", then.mappings, now.mappings),
        ("stale.document", "document", then.documents, now.documents),
    ):
        for name, fault in _differences(before, after):
            yield _finding(entry, code, f"the {word} {name} {fault}", step)
    if then.connector_version and then.connector_version != now.connector_version:
        fault = f"it was recorded with version {then.connector_version}, the connector has {now.connector_version}"
        yield _finding(entry, "stale.connector", fault, step)


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what was named when a cassette was recorded and is another now; what nobody noted then is passed over."""
    for name, value in sorted(before.items()):
        if name not in after:
            yield name, "is not used any more"
        elif after[name] != value:
            was, now = value.partition(" ")[0], after[name].partition(" ")[0]
            versions = f" (version {was}, now {now})" if " " in value and was != now else ""
            yield name, f"has changed since{versions}"


def _doubles(entry: Entry, cassette: Cassette | SqlCassette, digests: dict[str, Entry]) -> Iterator[Finding]:
    if len(cassette) and (first := digests.setdefault(cassette.digest, entry)) is not entry:
        fault = f"it holds the same as {first}"
        yield _finding(entry, "duplicate.cassette", fault, f"rm {quote(str(entry.path))}")
    doubles = cassette.doubles
    if doubles and entry.scenario != RESUMED:  # each of its reads begins with the same log-in
        fault = f"{len(doubles)} recorded answers are the same as another one, as {doubles[0]}"
        yield _finding(entry, "duplicate.interaction", fault, _again(entry, cassette.about))


def _finding(entry: Entry, code: str, message: str, next_step: str) -> Finding:
    return Finding(str(entry), code, message, next_step)


def _again(entry: Entry, about: About) -> str:
    """Return the command that records a cassette anew."""
    source = quote(about.source or "SOURCE")
    return f"bartack cassette record {source} --stream {quote(entry.stream)} --out {quote(str(entry.path))} --again"


def _at_once(runtime: Runtime) -> Runtime:
    """Return a runtime that waits for nothing: a recording is spared by nobody."""
    return replace(runtime, sleep=lambda _: None)
