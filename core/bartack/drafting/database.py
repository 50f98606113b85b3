"""A database as a description: tables and views, their declared keys, and some rows of each."""

from __future__ import annotations

from dataclasses import replace

from bartack.drafting.described import UNDOCUMENTED, Described, Found
from bartack.drafting.names import Names, free_name
from bartack.errors import ConfigError
from bartack.transports.base import Runtime
from bartack.transports.sql import SqlSession, SqlSettings, SqlStream
from bartack.transports.sql.drafts.columns import Column, Columns
from bartack.transports.sql.reflect import FoundTable, changed_column, tables_of
from bartack.transports.sql.settings import DatabaseUrl

__all__ = ["described"]


def described(url: str, names: Names, runtime: Runtime) -> Described:
    """Describe the database at ``url`` (of SQLAlchemy). Its address stays out of the plugin: whoever uses it says where it is.

    Raises
    ------
    BartackError
        the database is not there, or cannot be read.
    """
    notes: list[str] = []
    with SqlSession(SqlSettings(url=DatabaseUrl(url)), runtime) as session, session.snapshot() as snapshot:
        backend = session.database.backend
        tables = list(tables_of(snapshot, notes))
    if not tables:
        raise ConfigError("the database has no table or view that can be read", where=backend)
    taken: set[str] = set()
    streams: dict[str, str] = {}
    found = []
    for table in tables:
        name = free_name(table.name, taken, table.kind)
        taken.add(name)
        streams.setdefault(table.name, name)
        found.append(_found(name, table))
    pointing = [_pointing(one, streams) for one in found]
    origin = f"a database ({backend})"
    return Described(
        "sql",
        origin,
        f"{names.connector}, {origin}",
        tuple(pointing),
        f"https://{names.connector}.example",
        remarks={"documentation": UNDOCUMENTED},
        given={"url": DatabaseUrl(url)},
        left_out=tuple(notes),
    )


def _found(name: str, table: FoundTable) -> Found:
    key = tuple(Column(one).path for one in table.key)
    changed = changed_column(table.columns)
    filled = any(one.values for one in table.columns.all)
    stream = SqlStream(
        name,
        key=key[0] if len(key) == 1 else key,
        mapping=f"{name}.yaml",
        table=table.name if table.kind == "table" else None,
        view=table.name if table.kind == "view" else None,
        schema=table.schema,
        changed=changed,
        evidence="recorded" if filled else "documented",
    )
    how = "high: the primary key" if table.key_note is None else f"low: {table.key_note.rpartition('): ')[2]}"
    remarks = {"key": f"confidence: {how}"}
    if not filled:
        remarks["recording"] = f"TODO: recording of {name}: it was empty; record it when there are rows"
    if changed is not None:
        remarks["changed"] = f"confidence: high: called {changed}, and can be compared with a moment"
    return Found(table.name, stream, table.columns, remarks=remarks, scenario="some", live=filled)


def _pointing(found: Found, streams: dict[str, str]) -> Found:
    """Return a list whose foreign keys point to streams by the names they have here."""
    columns = [replace(one, target=streams.get(one.target or "")) for one in found.columns.all]
    return replace(found, columns=Columns(found.noun, columns))
