"""Drafts a configuration from a database: tables and views become streams, columns become rules, guesses are marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import MetaData, Table, inspect, select

from bartack.errors import ConfigError
from bartack.transports.base import Runtime
from bartack.transports.sql.guesses import Column, contract_of, path, rules_of
from bartack.transports.sql.session import SqlSession
from bartack.transports.sql.settings import SqlSettings

__all__ = ["Drafted", "draft"]

_SAMPLES = 50
"""So many rows of a table are looked at."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A drafted configuration: the text of ``bartack.toml``, mapping files by name, and remarks for people."""

    toml: str
    mappings: dict[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Stream:
    name: str
    table: str
    kind: str
    key: tuple[str, ...]
    key_note: str
    changed: str | None
    contract: str


def draft(url: str, runtime: Runtime, name: str | None = None) -> Drafted:
    """Reflect the database at ``url`` and draft streams and mappings.

    Raises
    ------
    ConfigError
        the database is not there, or has no table that looks like anything a contract describes.
    BartackError
        it cannot be reached or read.
    """
    settings = SqlSettings.model_validate({"url": url})
    streams: list[_Stream] = []
    mappings: dict[str, str] = {}
    notes: list[str] = []
    with SqlSession(settings, runtime) as session, session.snapshot() as snapshot:
        inspector = inspect(snapshot.connection)
        for kind, names in (("table", inspector.get_table_names()), ("view", inspector.get_view_names())):
            for table in sorted(names):
                columns = _columns(snapshot.connection, table)
                guess = contract_of(table, columns)
                if guess is None or not columns:
                    notes.append(f"{kind} {table}: no contract guessed; add a stream if it matters")
                    continue
                contract, confidence, reason = guess
                stream = _stream(inspector, table, kind, columns, contract, {one.name for one in streams})
                streams.append(stream)
                mappings[f"{stream.name}.yaml"] = _mapping(stream, columns, confidence, reason)
                notes.append(f"{kind} {table}: {contract} (guess {confidence:.1f}: {reason})")
    if not streams:
        raise ConfigError(
            "no table looks like something a contract describes",
            where=url.partition("?")[0],
            next_step="write the streams by hand",
        )
    return Drafted(_toml(url, name or _source_name(url), streams), mappings, tuple(notes))


def _columns(connection: Any, table: str) -> list[Column]:
    reflected = Table(table, MetaData(), autoload_with=connection)
    rows = connection.execute(select(reflected).limit(_SAMPLES)).all()
    return [
        Column(column.name, tuple(row[at] for row in rows if row[at] is not None))
        for at, column in enumerate(reflected.columns)
    ]


def _stream(
    inspector: Any, table: str, kind: str, columns: Sequence[Column], contract: str, taken: set[str]
) -> _Stream:
    key = tuple(inspector.get_pk_constraint(table).get("constrained_columns") or ()) if kind == "table" else ()
    note = ""
    if not key:
        key, note = _key_guess(columns)
    name = re.sub(r"\W+", "_", table.strip().casefold()).strip("_") or "table"
    while name in taken:
        name += "_"
    changed = next(
        (one.name for one in columns if re.fullmatch(r".*(updated|modified|changed|geaendert).*", one.bare)), None
    )
    return _Stream(name, table, kind, key, note, changed, contract)


def _key_guess(columns: Sequence[Column]) -> tuple[tuple[str, ...], str]:
    """Return a column whose values differ in every row looked at, those named like an id first."""
    named = [one for one in columns if re.search(r"(id|nr|no|number|code|key)$", one.bare)]
    for column in [*named, *columns]:
        if column.samples and len(set(map(str, column.samples))) == len(column.samples):
            return (column.name,), f"guess (0.4): no primary key; the values of {column.name!r} differ"
    return (columns[0].name,), "guess (0.1): no primary key, and no column that tells rows apart"


def _source_name(url: str) -> str:
    tail = re.split(r"[/\\]", url.partition("?")[0].rstrip("/"))[-1]
    return re.sub(r"\W+", "_", tail.rpartition(".")[0] or tail).strip("_").casefold() or "database"


def _toml(url: str, source: str, streams: Sequence[_Stream]) -> str:
    lines = [
        "# Drafted from the database; look at the guesses, here and in the mappings.",
        "",
        f"[sources.{source}]",
        'connector = "sql"',
        f"url = {_text(url)}",
        '# default_region = "DE"            # of phone numbers without a country code',
        '# default_zone = "Europe/Berlin"   # of timestamps without an offset',
        '# default_currency = "EUR"         # of amounts without a currency',
    ]
    for stream in streams:
        key = (
            _text(_quoted(stream.key[0]))
            if len(stream.key) == 1
            else f"[{', '.join(_text(_quoted(one)) for one in stream.key)}]"
        )
        lines += ["", f"[sources.{source}.streams.{stream.name}]", f"{stream.kind} = {_text(stream.table)}"]
        lines.append(f"key = {key}" + (f"   # {stream.key_note}" if stream.key_note else ""))
        if stream.changed is not None:
            lines.append(f"# changed = {_text(stream.changed)}   # guess (0.6): makes incremental reads possible")
        lines.append(f'mapping = "{stream.name}.yaml"')
    return "\n".join(lines) + "\n"


def _mapping(stream: _Stream, columns: Sequence[Column], confidence: float, reason: str) -> str:
    lines = [
        f"# {stream.kind} {stream.table} -> {stream.contract}   guess ({confidence:.1f}): {reason}".replace("\n", " ")
    ]
    lines += [f"contract: {stream.contract}", "fields:"]
    guesses = rules_of(stream.contract, columns)
    for one in guesses:
        lines += [f"  # guess ({one.confidence:.1f}): {one.reason}".replace("\n", " "), f"  {one.field}: {one.rule}"]
    if not guesses:
        lines[-1] = "fields: {}"
    lines.append("custom: true   # every other column is kept under custom")
    return "\n".join(lines) + "\n"


def _quoted(column: str) -> str:
    return column if re.fullmatch(r"\w+", column) else path(column).strip('"')


def _text(text: str) -> str:
    """Return a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in escaped) + '"'
