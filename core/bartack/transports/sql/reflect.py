"""Drafts a configuration from a database: tables and views become streams, columns become rules, guesses are marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from sqlalchemy import Inspector, Select, column, func, inspect, literal_column, select, table
from sqlalchemy.engine import URL

from bartack.errors import ConfigError
from bartack.transports.base import Runtime
from bartack.transports.sql.drafts.columns import Column, Columns, bare
from bartack.transports.sql.drafts.contracts import ANCHORS, Fit, fits
from bartack.transports.sql.drafts.guesses import Guess, guesses
from bartack.transports.sql.drafts.samples import dates
from bartack.transports.sql.drafts.text import flow, quoted, remark, toml_key
from bartack.transports.sql.engine import Snapshot
from bartack.transports.sql.session import SqlSession
from bartack.transports.sql.settings import DatabaseUrl, SqlSettings
from bartack.transports.sql.values import rows_of

__all__ = ["Drafted", "FoundTable", "changed_column", "draft", "tables_of"]

_ROWS = 200
"""So many rows of a table are looked at."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A drafted configuration: the text of ``bartack.toml``, mapping files by name, and remarks for people."""

    toml: str
    mappings: dict[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table or view of the database. ``key_note`` says why its key is one, where it was not declared."""

    name: str
    kind: str
    schema: str | None
    columns: Columns
    key: tuple[str, ...]
    key_note: str | None
    fits: tuple[Fit, ...]


@dataclass(frozen=True, slots=True)
class _Stream:
    name: str
    found: FoundTable
    mappings: dict[str, tuple[Fit, list[Guess]]] = field(default_factory=dict)


def draft(url: str, runtime: Runtime, name: str | None = None) -> Drafted:
    """Reflect the database at ``url`` and draft streams and mappings for a source called ``name``.

    Nothing is certain but declared keys and foreign keys; everything else is marked ``guess (confidence): reason``, after
    the names of tables and columns and up to 200 rows of each. A password in the URL is not written.

    Raises
    ------
    ConfigError
        the database is not there, or has no table that looks like anything a contract describes.
    BartackError
        it cannot be reached or read.
    """
    notes: list[str] = []
    with SqlSession(SqlSettings(url=DatabaseUrl(url)), runtime) as session, session.snapshot() as snapshot:
        source = name or _source_name(session.database.url)
        found = list(tables_of(snapshot, notes))
        written_url = session.database.url
        label = session.database.label
    targets = {one.name: one.fits[0].contract for one in found if one.fits}
    streams: list[_Stream] = []
    for one in found:
        stream = _stream(one, targets, {other.name for other in streams})
        notes += _notes(one, stream)
        if stream is not None:
            streams.append(stream)
    if not streams:
        raise ConfigError(
            "no table looks like something a contract describes", where=label, next_step="write the streams by hand"
        )
    texts = {
        file: _mapping(stream.found, fit, rules) for stream in streams for file, (fit, rules) in stream.mappings.items()
    }
    return Drafted(_toml(source, _written(written_url, url, source), streams), texts, tuple(notes))


# -- what is there ----------------------------------------------------------------------------------------------------


def tables_of(snapshot: Snapshot, notes: list[str]) -> Iterator[FoundTable]:
    """Yield tables and views with some rows of each; into ``notes`` goes why one cannot be read."""
    inspector = inspect(snapshot.connection)
    for schema in _schemas(inspector, snapshot.database.backend):
        for kind, names in (("table", inspector.get_table_names(schema)), ("view", inspector.get_view_names(schema))):
            for name in sorted(names):
                pointers = _pointers(inspector, name, schema) if kind == "table" else {}
                columns = _columns(snapshot, name, schema, pointers)
                key, note = _key(snapshot, inspector, name, kind, schema, columns)
                if any("'" in one or not one for one in key) or not key:
                    notes.append(f"{kind} {name}: its key has a name that no path can spell; use a select with AS")
                    continue
                yield FoundTable(name, kind, schema, columns, key, note, tuple(fits(name, columns)))


def _schemas(inspector: Inspector, backend: str) -> Iterator[str | None]:
    yield None
    if backend == "postgresql":
        own = (inspector.default_schema_name, "information_schema")
        yield from (name for name in inspector.get_schema_names() if name not in own and not name.startswith("pg_"))


def _pointers(inspector: Inspector, name: str, schema: str | None) -> dict[str, str]:
    keys = inspector.get_foreign_keys(name, schema)
    return {
        one["constrained_columns"][0]: one["referred_table"] for one in keys if len(one["constrained_columns"]) == 1
    }


def _columns(snapshot: Snapshot, name: str, schema: str | None, pointers: dict[str, str]) -> Columns:
    """Read some rows as the driver gives them: the declared types of old tables say little."""
    statement: Select[Any] = select(literal_column("*")).select_from(table(name, schema=schema)).limit(_ROWS)
    names, chunks = snapshot.chunks(statement, _ROWS)
    rows = rows_of(names, [row for chunk in chunks for row in chunk])
    return Columns(name, [Column(one, tuple(row[one] for row in rows), pointers.get(one)) for one in names])


def _key(
    snapshot: Snapshot, inspector: Inspector, name: str, kind: str, schema: str | None, columns: Columns
) -> tuple[tuple[str, ...], str | None]:
    """Return the declared key; else a column that differs in all rows, those named like an id first; else all columns."""
    if kind == "table" and (declared := inspector.get_pk_constraint(name, schema)["constrained_columns"]):
        return tuple(declared), None
    scalar = [one for one in columns.all if not any(isinstance(value, dict | list) for value in one.values)]
    like_ids = [
        one for one in scalar if re.search(r"(?:id|no|nr|num|number|nummer|code|key|guid|uuid)$", bare(one.name))
    ]
    for one in dict.fromkeys((*like_ids, *scalar)):
        known = [value for value in one.values if value is not None]
        if known and len(set(known)) == len(one.values) and _tells_apart(snapshot, name, schema, one.name):
            return (
                one.name,
            ), f"guess ({0.7 if one in like_ids else 0.4}): no primary key; {one.name} differs in all rows"
    reason = "guess (0.2): no primary key, no column differs in all rows; a row is known by its whole content"
    return tuple(one.name for one in scalar), reason


def _tells_apart(snapshot: Snapshot, name: str, schema: str | None, one: str) -> bool:
    source = table(name, column(one), schema=schema)
    (rows,) = snapshot.values(select(func.count()).select_from(source))
    (different,) = snapshot.values(select(func.count(source.c[one].distinct())).select_from(source))
    return bool(rows == different)


# -- what becomes of it -----------------------------------------------------------------------------------------------


def _stream(one: FoundTable, targets: dict[str, str], taken: set[str]) -> _Stream | None:
    base = re.sub(r"\W+", "_", one.name.strip().casefold()).strip("_") or "table"
    name = next(free for free in (base, *(f"{base}_{at}" for at in range(2, 10_000))) if free not in taken)
    stream = _Stream(name, one)
    for fit in one.fits:
        rules = guesses(fit.contract, one.columns, targets)
        if any(rule.field in ANCHORS[fit.contract] and "const" not in rule.rule for rule in rules):
            file = f"{name}.yaml" if len(one.fits) == 1 else f"{name}.{fit.contract.partition('/')[0]}.yaml"
            stream.mappings[file] = (fit, rules)
    return stream if stream.mappings else None


def _notes(one: FoundTable, stream: _Stream | None) -> Iterator[str]:
    if stream is None:
        like = f"; it sounds like {one.fits[0].contract}, but has no column for it" if one.fits else ""
        yield f"{one.kind} {one.name}: no contract guessed{like}; add a stream if it matters"
        return
    for fit, _ in stream.mappings.values():
        yield f"{one.kind} {one.name}: {fit.contract} (guess {fit.confidence:.1f}: {fit.reason})"


def changed_column(columns: Columns) -> str | None:
    """Return the column that says when a row was changed, where it can be compared with a moment."""
    changed = columns.find("updated")
    written = dates(changed.known) if changed is not None else None
    return changed.name if changed is not None and written is not None and written.format in (None, "iso") else None


# -- how it is written ------------------------------------------------------------------------------------------------

_DEFAULTS = {
    "default_region": ('"DE"', "phone numbers without a country code"),
    "default_zone": ('"Europe/Berlin"', "timestamps without an offset"),
    "default_currency": ('"EUR"', "amounts without a currency"),
}


def _toml(source: str, url: str, streams: Sequence[_Stream]) -> str:
    lines = ["# Drafted from the database; look at the guesses, here and in the mappings.", ""]
    lines += [f"[sources.{toml_key(source)}]", 'connector = "sql"', f"url = {url}"]
    for default, (example, what) in _DEFAULTS.items():
        users = [s.name for s in streams if any(g.need == default for _, rules in s.mappings.values() for g in rules)]
        if users:
            lines.append(f"# {default} = {example}   # of {what}: {remark(', '.join(users))}")
    if any(isinstance(value, bytes) for s in streams for one in _texts(s.found.columns) for value in one.values):
        lines.append('# encoding = "cp1252"   # guess (0.5): some texts are not UTF-8; undeclared they stay bytes')
    for stream in streams:
        lines += ["", f"[sources.{toml_key(source)}.streams.{toml_key(stream.name)}]", *_stream_lines(stream)]
    return "\n".join(lines) + "\n"


def _texts(columns: Columns) -> list[Column]:
    return [one for one in columns.all if any(isinstance(value, str) for value in one.values)]


def _stream_lines(stream: _Stream) -> Iterator[str]:
    found = stream.found
    yield f"{found.kind} = {quoted(found.name)}"
    if found.schema is not None:
        yield f"schema = {quoted(found.schema)}"
    note = f"   # {remark(found.key_note)}" if found.key_note else ""
    yield f"key = {_one_or_list(Column(name).path for name in found.key)}{note}"
    if (changed := changed_column(found.columns)) is not None:
        yield f"changed = {quoted(changed)}   # guess (0.8): the column is called so; makes reads since a moment possible"
    yield f"mapping = {_one_or_list(stream.mappings)}"


def _one_or_list(texts: Iterable[str]) -> str:
    written = [quoted(text) for text in texts]
    return written[0] if len(written) == 1 else f"[{', '.join(written)}]"


def _mapping(found: FoundTable, fit: Fit, rules: Sequence[Guess]) -> str:
    lines = [f"# {found.kind} {found.name} -> {fit.contract}", f"# guess ({fit.confidence:.1f}): {fit.reason}"]
    lines = [remark(line) for line in lines] + [f"contract: {fit.contract}"]
    if fit.when is not None:
        lines.append(f"when: {flow(fit.when)}")
    lines.append("fields:")
    for one in rules:
        lines += [remark(f"  # guess ({one.confidence:.1f}): {one.reason}"), f"  {one.field}: {flow(one.rule)}"]
    if fit.contract == "invoice/1" and all(one.field != "currency" for one in rules):
        lines.append("  # no column names the currency; without it every row is rejected")
        lines.append("  # currency: {const: EUR}")
    return "\n".join([*lines, "custom: true   # every other column is kept under custom"]) + "\n"


def _source_name(url: URL) -> str:
    tail = PurePath(url.database or "").stem if url.get_backend_name() == "sqlite" else url.database or ""
    return re.sub(r"\W+", "_", tail).strip("_").casefold() or "database"


def _written(url: URL, text: str, source: str) -> str:
    """Return the URL as TOML; one with a password in it comes from the environment."""
    if url.password is None and not any("password" in one or "passwd" in one for one in url.query):
        return quoted(text)
    variable = re.sub(r"\W+", "_", source).upper()
    return f'{{ env = "{variable}_URL" }}   # it holds a password; export it'
