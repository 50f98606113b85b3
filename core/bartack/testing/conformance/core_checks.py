"""Level core: the connector is configured, reads its recordings to the end, loses nothing, and shows no secret."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import requests
from pydantic import ValidationError

from bartack.drafting.todo import Todo, todos
from bartack.errors import BartackError, ConfigError
from bartack.recording import Cassette, RecordedResponse, Scrubber
from bartack.recording.names import is_secret_field
from bartack.recording.sql import SqlCassette
from bartack.sdk import Connector
from bartack.testing.conformance.bench import Bench
from bartack.testing.conformance.check import Check, Finding, check
from bartack.testing.conformance.stage import CUT_OFF, always, stuck, with_body

__all__ = ["CORE"]

_SLUG = re.compile(r"[a-z][a-z0-9_-]*")
_FAILURES: Mapping[str, Callable[[RecordedResponse], RecordedResponse | Exception]] = MappingProxyType(
    {
        "a refused connection": lambda _: requests.ConnectionError(ConnectionRefusedError(111, "refused")),
        "a time-out": lambda _: requests.ReadTimeout("nothing came"),
        "a broken chunk": lambda _: CUT_OFF,
        "status 500": lambda answer: with_body(replace(answer, status=500), b"<html>Oops</html>", "text/html"),
    }
)
"""What may come instead of any answer, and is none."""


@check("core", repair="name the connector in lower case, and give each stream a name of its own")
def is_named(bench: Bench) -> Iterator[Finding]:
    """Connector and streams have the names by which refs lead to them for good."""
    if bench.kind.name != bench.name or not _SLUG.fullmatch(bench.kind.name):
        yield f"the class is named {bench.kind.name!r}; it is asked for as {bench.name!r}"
    names = Counter(stream.name for stream in bench.source.streams)
    if not names:
        yield "there is no stream"
    for name, times in names.items():
        if times > 1:
            yield f"{times} streams are named {name!r}"
        if "/" in name or not name:
            yield f"the stream {name!r} cannot be part of a ref"


@check("core", repair="derive the settings from bartack.sdk.Settings, and leave extra='forbid' as it is")
def refuses_unknown_settings(bench: Bench) -> Iterator[Finding]:
    """A setting that is misspelt is an error, not silence."""
    try:
        bench.kind.settings.model_validate({**dict(bench.source.settings), "no_such_setting_": 1})
    except ValidationError:
        return
    yield "the setting no_such_setting_ is taken without a word"


@check("core", "secrets", repair="type the setting as bartack.sdk.Secret")
def hides_secret_settings(bench: Bench) -> Iterator[Finding]:
    """Settings never show a secret, in whatever way they are printed."""
    settings = bench.source.settings
    for way, text in (("repr", repr(settings)), ("str", str(settings)), ("JSON", settings.model_dump_json())):
        if bench.canary in text:
            yield f"{way} of the settings shows a secret"


@check("core", repair="type the setting as bartack.sdk.Secret, or name it so that nobody takes it for one")
def types_secrets_as_secrets(bench: Bench) -> Iterator[Finding]:
    """What is named like a secret is one."""
    for name, one in bench.kind.settings.model_fields.items():
        if is_secret_field(name) and name not in bench.secrets and one.annotation in (str, str | None):
            yield f"the setting {name} is a text"


@check("core", repair="correct the mapping; the message names file and line")
def mappings_compile(bench: Bench) -> Iterator[Finding]:
    """Each stream has a mapping that compiles for a contract that exists."""
    for stream in bench.source.streams:
        try:
            if not bench.source.feeds(stream=stream.name):
                yield f"{stream.name} feeds nothing"
        except ConfigError as error:
            yield f"{stream.name}: {error}"


@check("core", repair="bartack cassette record SOURCE --stream NAME, against a system with invented data")
def streams_are_recorded(bench: Bench) -> Iterator[Finding]:
    """Each stream has a recording."""
    recorded = {one.stream for one in bench.recordings}
    known = {todo.text.partition(":")[0] for todo in left_to_do(bench.kind)}  # nothing_is_left_to_do tells of them
    for stream in bench.source.streams:
        if stream.name not in recorded and f"recording of {stream.name}" not in known:
            yield f"{stream.name} has none in {bench.folder}/{bench.name}/{stream.name}/"
    for name in sorted(recorded - {stream.name for stream in bench.source.streams}):
        yield f"{bench.name}/{name} is a recording of no stream"


@check("core", repair="record it anew, or repair what the connector asks for")
def recordings_replay(bench: Bench) -> Iterator[Finding]:
    """Each recording is read to its end, and everything in it is asked for."""
    for recording in bench.recordings:
        for one in bench.good(recording):
            if one.crash is not None:
                yield f"{recording}: {type(one.crash).__name__}: {one.crash}"
            elif one.take.error is not None:
                yield f"{recording}: {one.take.error}"
            elif left := one.left:
                yield f"{recording}: {len(left)} recorded answers are not asked for, the first is to {left[0]}"


@check("core", repair="count rows where they leave the wire: Page(rows=…) holds everything the answer's list held")
def accounting_holds(bench: Bench) -> Iterator[Finding]:
    """Every row is in the books: rows = delivered + rejected + duplicates + tombstones + skipped."""
    for recording, one in bench.whole():
        books = one.take.report
        columns = books.delivered + books.rejected + books.duplicates + books.tombstones + books.skipped
        arrived = sum(len(page.rows) for page in bench.pages(recording))
        if not books.rows == columns == arrived:
            yield f"{recording}: {arrived} rows came, {books.rows} were counted, {columns} are accounted for"
        if books.completeness not in ("complete", "suspicious_empty"):
            yield f"{recording}: the read ends {books.completeness}: {'; '.join(books.reasons)}"


@check("core", repair="correct the mapping until its recordings become records")
def rows_become_records(bench: Bench) -> Iterator[Finding]:
    """What a stream is for can be had: rows become records."""
    delivered: Counter[str] = Counter()
    contracts: dict[str, set[str]] = {}
    known = {_root(todo.text.partition(":")[0]) for todo in left_to_do(bench.kind)}
    for recording, one in bench.whole():
        lacking = {
            _root(issue.field or "") for item in one.take.rejects for issue in item.issues if issue.severity == "error"
        }
        if lacking and lacking <= known:
            continue  # nothing_is_left_to_do tells of them
        delivered[f"{recording.stream} as {one.take.feed.contract}"] += one.take.report.delivered
        contracts.setdefault(recording.stream, set()).add(one.take.feed.contract)
    for name, records in delivered.items():
        if not records:
            yield f"{name}: no row of any recording becomes a record"


@check("core", repair="do what it says, then remove the comment")
def nothing_is_left_to_do(bench: Bench) -> Iterator[Finding]:
    """No comment in the connector's modules and mappings says TODO: a draft is no connector yet."""
    yield from map(str, left_to_do(bench.kind))


@check("core", repair="name the path of the native id as the stream's key")
def ids_are_ids(bench: Bench) -> Iterator[Finding]:
    """A record has the id of its row, and no other record of the stream has it."""
    for recording, one in bench.whole():
        ids = Counter(record.ref.id for record in one.take.records)
        for name, times in ids.items():
            if times > 1:
                yield f"{recording}: {times} records have the id {name}"
        nameless = sum(issue.code == "key.absent" for item in one.take.rejects for issue in item.issues)
        if nameless and nameless == len(bench.pages(recording)[0].rows):
            yield f"{recording}: no row has an id where the stream says"


@check(
    "core",
    "http",
    "paging",
    repair="end where nothing new comes: see bartack.sdk.Walk, or the ready-made ways of paging",
)
def paging_ends(bench: Bench) -> Iterator[Finding]:
    """A source that never ends is seen through: the read ends with an error, not never."""
    for recording, one in bench.whole():
        if len(bench.pages(recording)) > 1:
            played = bench.perform(one.take.feed, recording, stuck(len(one.stage.asked) - 1))
            if played.endless:
                yield f"{recording}: after {len(played.stage.asked)} requests it still asks"
            elif played.take.error is None and played.take.report.completeness == "complete":
                yield f"{recording}: a source that sends one page again and again is read as complete"


@check("core", "http", repair="let no foreign exception through: HttpSession and SoapSession translate theirs")
def failures_are_typed(bench: Bench) -> Iterator[Finding]:
    """Whatever fails, a BartackError says so."""
    for name, act in _FAILURES.items():
        for recording, one in bench.whole():
            played = bench.perform(one.take.feed, recording, always(act))
            if played.crash is not None:
                yield f"{recording}: {name} becomes {type(played.crash).__name__}: {played.crash}"
            elif played.take.error is None:
                yield f"{recording}: {name} is taken for an answer"


@check("core", "secrets", "http", repair="never put a secret into a message, a URL for people, or a Page's request")
def errors_hide_secrets(bench: Bench) -> Iterator[Finding]:
    """No error, report or record shows a secret."""
    for recording, one in bench.whole():
        for name, act in _FAILURES.items():
            error = bench.perform(one.take.feed, recording, always(act)).take.error
            if error is not None and bench.canary in "".join(_shown(error)):
                yield f"{recording}: the error after {name} shows a secret"
        shown = f"{one.take.report!r} {[item.provenance for item in one.take.items]!r}"
        if bench.canary in shown:
            yield f"{recording}: the report or the provenance shows a secret"


def _root(field: str) -> str:
    return field.partition(".")[0]


def left_to_do(kind: type[Connector]) -> list[Todo]:
    """Return the comments of a connector's package that say TODO."""
    module = inspect.getmodule(kind)
    packaged = module is not None and bool(module.__package__) and module.__file__
    return todos(Path(str(packaged)).parent) if packaged else []


def _shown(error: BaseException | None) -> Iterator[str]:
    """Yield what a log shows of an error: it, and what it came from."""
    while error is not None:
        yield f"{error} {error!r} {getattr(error, '__notes__', '')}"
        error = error.__cause__


@check("core", repair="bartack cassette scrub FILE")
def recordings_hold_no_secret(bench: Bench) -> Iterator[Finding]:
    """Recordings can be committed: what is secret was replaced."""
    scrub = Scrubber()
    for recording in bench.recordings:
        cassette = recording.cassette
        for number, item in enumerate(cassette.interactions if isinstance(cassette, Cassette) else (), 1):
            try:
                cleaned = scrub.interaction(item)
            except BartackError as error:
                yield f"{recording}: interaction {number}: {error.message}"
                continue
            if (cleaned.request, cleaned.response) != (item.request, item.response):
                yield f"{recording}: interaction {number} holds a secret"
        for number, statement in enumerate(cassette.statements if isinstance(cassette, SqlCassette) else (), 1):
            names = [name for name, _ in statement.answer.columns]
            cells = [(name, cell) for row in statement.answer.rows for name, cell in zip(names, row, strict=False)]
            if any(scrub.cell(name, cell) != cell for name, cell in cells):
                yield f"{recording}: the answer to statement {number} holds a secret"


CORE: tuple[Check, ...] = (
    is_named,
    refuses_unknown_settings,
    hides_secret_settings,
    types_secrets_as_secrets,
    mappings_compile,
    streams_are_recorded,
    recordings_replay,
    accounting_holds,
    rows_become_records,
    nothing_is_left_to_do,
    ids_are_ids,
    paging_ends,
    failures_are_typed,
    errors_hide_secrets,
    recordings_hold_no_secret,
)
