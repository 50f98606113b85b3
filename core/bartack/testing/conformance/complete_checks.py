"""Level complete: what the connector declares is documented, recorded and covered, so that a change of it will be noticed."""

from __future__ import annotations

import importlib
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from importlib import resources

from bartack.comparing.comparison import Side, compare
from bartack.comparing.sampling import sample
from bartack.errors import BartackError
from bartack.mapping.compiled import FieldTrace
from bartack.paths import ABSENT
from bartack.reading.replayed import about_source, recorded_query
from bartack.reading.source import Feed
from bartack.recording import Cassette
from bartack.sdk import Connector
from bartack.settings import Settings
from bartack.testing.conformance.bench import Bench
from bartack.testing.conformance.check import Check, Finding, check
from bartack.testing.tapes import alike

__all__ = ["COMPLETE"]

_ADDRESS = re.compile(r"https?://\S+")


@check("complete", repair='"""Acme CRM, REST v2 (https://developer.acme.example)."""')
def names_its_system(bench: Bench) -> Iterator[Finding]:
    """The connector's docstring names the system, its version and the address of its documentation."""
    text = bench.kind.__doc__ or ""
    if not text or text == Connector.__doc__:
        yield "the class has no docstring of its own"
    module = inspect.getmodule(bench.kind)
    if not _ADDRESS.search(f"{text} {module.__doc__ if module else ''}"):
        yield "neither class nor module names the address of a documentation"


@check("complete", repair="put a README.md beside connector.py, and into the package's data")
def has_a_page_for_people(bench: Bench) -> Iterator[Finding]:
    """Beside the connector lies a README.md: what it reads, what it needs, what it does not do."""
    module = inspect.getmodule(bench.kind)
    package = (module.__package__ or "") if module else ""
    found = resources.files(package) / "README.md" if package else None
    if found is None or not found.is_file() or len(found.read_text(encoding="utf-8")) < 200:
        yield f"there is no README.md in {package or 'its package'}, or hardly anything in it"


@check("complete", repair="Field(description=…)")
def describes_its_settings(bench: Bench) -> Iterator[Finding]:
    """Each setting says what it is for: bartack connectors prints it."""
    known = Settings.model_fields
    for name, one in bench.kind.settings.model_fields.items():
        if name not in known and not (one.description or "").strip():
            yield f"the setting {name} has no description"


@check("complete", "system", repair='evidence="recorded", or "live" once it was read from a live system')
def rests_on_more_than_documents(bench: Bench) -> Iterator[Finding]:
    """Each stream was tried against answers of a real system, and says so."""
    for stream in bench.source.streams:
        if stream.evidence == "documented":
            yield f"{stream.name} rests on documentation alone"


@check(
    "complete",
    repair="register a ConnectorCard with 'module:Class' in a light module; import nothing of the connector there",
)
def is_listed_without_being_imported(bench: Bench) -> Iterator[Finding]:
    """Listing connectors does not import this one: its plugin module is light."""
    card = bench.plugins.cards.get(bench.name)
    if card is None:
        return  # it is here as a class
    module, _, name = card.target.partition(":")
    if not name or getattr(importlib.import_module(module), name, None) is not bench.kind:
        yield f"the card's target {card.target!r} is not the connector"
    if not card.title:
        yield "the card has no title for bartack connectors"


@check("complete", repair="bartack cassette record writes it; record the file anew")
def recordings_say_where_from(bench: Bench) -> Iterator[Finding]:
    """Each recording says when and with what it was made."""
    for one in bench.recordings:
        about = one.cassette.about
        missing = [name for name in ("recorded_at", "connector", "mappings", "contracts") if not getattr(about, name)]
        if missing:
            yield f"{one} does not tell {', '.join(missing)}"


@check("complete", repair="record it anew, or look with bartack rehearse at what the change does to it")
def recordings_are_of_this_version(bench: Bench) -> Iterator[Finding]:
    """Mappings and contracts are those that the recordings were made with."""
    for one in bench.recordings:
        about = one.cassette.about
        if not bench.feeds(one):
            continue
        now = about_source(bench.source_for(one), recorded_query(about), one.stream)
        for name, digest in about.mappings.items():
            if now.mappings.get(name) != digest:
                yield f"{one}: the mapping of {name} is another one by now"
        for name, version in about.contracts.items():
            if now.contracts.get(name) != version:
                yield f"{one}: the contract {name} is another one by now"


@check("complete", repair="remove one of them, or record another scenario in its place")
def recordings_differ(bench: Bench) -> Iterator[Finding]:
    """No two recordings hold the same."""
    for one, other in alike([recording.entry.path for recording in bench.recordings]):
        yield f"{other.name} holds what {one.name} holds"


@check("complete", "http", "system", repair="record in small pages: bartack cassette record --page-size 4")
def shows_its_paging(bench: Bench) -> Iterator[Finding]:
    """At least one stream is recorded over several pages: how paging works is in the recordings."""
    if not any(len(bench.pages(one)) > 1 for one in bench.recordings):
        yield "no recording has two pages"


@check("complete", repair="record a system in which the field is filled, or take the rule out")
def every_rule_is_seen_at_work(bench: Bench) -> Iterator[Finding]:
    """Each field that a mapping sets has a value in at least one recorded record."""
    for stream in {one.stream: None for one in bench.recordings}:
        for feed in bench.feeds(next(one for one in bench.recordings if one.stream == stream)):
            traces = list(_traces(bench, stream, feed))
            seen = {trace.field for trace in traces if trace.value is not ABSENT and trace.value not in (None, (), "")}
            for field in sorted(_rooted({trace.field for trace in traces}) - _outer(_rooted(seen))):
                yield f"{stream} as {feed.contract}: {field} has no value in any recording"


@check("complete", repair="add the code to the table: values: {…}")
def every_code_is_known(bench: Bench) -> Iterator[Finding]:
    """The code tables of the mappings know every code that was recorded."""
    for recording, one in bench.whole():
        for item in one.take.items:
            for issue in item.issues:
                if issue.code == "code.unknown":
                    yield f"{recording}: {issue.path} of {item.ref} is {issue.raw!r}, which no table knows"


@check("complete", repair="map it, name it under ignore, or keep the rest: custom: true")
def nothing_is_left_unread(bench: Bench) -> Iterator[Finding]:
    """What the source sends is mapped, kept under custom, or left out on purpose."""
    for recording, one in bench.whole():
        for path, rows in sorted(one.take.report.unread.items()):
            yield f"{recording}: {path} has a value in {rows} rows, and no rule reads it"


@check("complete", repair="map updated_at: it is by which changes are followed")
def tells_when_records_changed(bench: Bench) -> Iterator[Finding]:
    """Records of an incremental stream say when they were changed."""
    for recording, one in bench.whole():
        told = [value.updated_at for value in one.records.values() if value.updated_at is not None]
        if getattr(one.take.feed.stream, "incremental", False) and one.records and not told:
            yield f"{recording}: no record says when it was changed"


@check("complete", "system", repair="record a system with a few rows more")
def is_a_baseline_for_drift(bench: Bench) -> Iterator[Finding]:
    """Each stream is recorded well enough to notice drift by: a few rows, in which an injected change is seen."""
    rows: Counter[str] = Counter()
    for recording in bench.recordings:
        feeds = bench.feeds(recording)
        samples = [sample(replace(one, source=replace(one.source, replay=recording.cassette))) for one in feeds]
        rows[recording.stream] += sum(len(one.rows) for one in samples[:1])
        if not rows[recording.stream]:
            continue
        cassette = recording.cassette
        side = Side(str(recording), samples, cassette if isinstance(cassette, Cassette) else None)
        try:
            compare(side, side)
        except BartackError as error:
            yield f"{recording}: {error.message}"
    for stream in bench.source.streams:
        if rows[stream.name] < 2 and any(one.stream == stream.name and bench.feeds(one) for one in bench.recordings):
            yield f"{stream.name}: {rows[stream.name]} rows were recorded"


def _traces(bench: Bench, stream: str, feed: Feed) -> Iterator[FieldTrace]:
    for recording in bench.recordings:
        if recording.stream == stream:
            for page in bench.pages(recording):
                for row in page.rows:
                    if feed.mapping.page([row], Counter())[0].kind == "record":
                        yield from feed.mapping.explain(row)


def _outer(fields: set[str]) -> set[str]:
    """Return fields with those that they are parts of: an address is seen where its city is."""
    return {
        ".".join(steps[:end]) for field in fields for steps in [field.split(".")] for end in range(1, len(steps) + 1)
    }


def _rooted(fields: set[str]) -> set[str]:
    """Return fields without the numbers of list items."""
    return {re.sub(r"\[\d+\]", "", field) for field in fields}


COMPLETE: tuple[Check, ...] = (
    names_its_system,
    has_a_page_for_people,
    describes_its_settings,
    rests_on_more_than_documents,
    is_listed_without_being_imported,
    recordings_say_where_from,
    recordings_are_of_this_version,
    recordings_differ,
    shows_its_paging,
    every_rule_is_seen_at_work,
    every_code_is_known,
    nothing_is_left_unread,
    tells_when_records_changed,
    is_a_baseline_for_drift,
)
