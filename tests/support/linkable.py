"""Several sources that know the same people and firms: SQLite files, read by the connector for databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bartack.config import parse
from bartack.hub import Hub
from support.numbered import NOW

__all__ = ["Rows", "linkable", "write"]

Rows = Mapping[str, Sequence[Mapping[str, str]]]
"""Rows of a source by table: ``people``, ``firms`` and ``users``."""

_COLUMNS = {
    "people": ("id", "name", "mails", "scheme", "number"),
    "firms": ("id", "name", "scheme", "number", "country", "register", "entry"),
    "users": ("id", "mail"),
}
_MAPPINGS = {
    "people": """\
contract: person/1
fields:
  name.full: {first: [name, {const: Somebody}]}
  kind: {const: contact}
  emails: {each: [{split: mails, by: ";"}], use: email}
  external_ids: {each: [{fields: {value: number, scheme: scheme}}]}
""",
    "firms": """\
contract: organization/1
fields:
  name: {first: [name, {const: Some firm}]}
  tax_ids: {each: [{fields: {value: number, scheme: scheme, country: country}}]}
  registration_ids: {each: [{fields: {value: entry, scheme: register}}]}
""",
    "users": """\
contract: user/1
fields:
  email: {path: mail, use: email}
""",
}


def linkable(
    folder: Path,
    sources: Mapping[str, Rows],
    *,
    store: dict[str, Any] | None = None,
    masked: Sequence[str] = (),
    clock: Callable[[], datetime] = lambda: NOW,
    sync: bool = True,
) -> Hub:
    """Return a hub with these sources, synced."""
    for table, mapping in _MAPPINGS.items():
        (folder / f"{table}.yaml").write_text(mapping)
    tables: dict[str, Any] = {}
    for name, rows in sources.items():
        write(folder, name, rows)
        tables[name] = {
            "connector": "sql",
            "url": f"sqlite:///{name}.db",
            "streams": {table: {"table": table, "key": "id", "mapping": f"{table}.yaml"} for table in _COLUMNS},
            "keep": {"mask": name in masked},
            "sync": {"gate": False},
        }
    data = {"sources": tables} if store is None else {"sources": tables, "store": store}
    hub = Hub(parse(data, folder), clock=clock)
    if sync:
        assert {one.state for one in hub.sync(full=True)} == {"published"}
    return hub


def write(folder: Path, name: str, rows: Rows) -> None:
    """Let a source have these rows, and no others."""
    with sqlite3.connect(folder / f"{name}.db") as connection:
        for table, columns in _COLUMNS.items():
            connection.execute(f"DROP TABLE IF EXISTS {table}")
            connection.execute(
                f"CREATE TABLE {table} ({', '.join(f'{one} TEXT' for one in columns)}, PRIMARY KEY (id))"
            )
            places = ", ".join("?" for _ in columns)
            given = [tuple(row.get(column) for column in columns) for row in rows.get(table, ())]
            connection.executemany(f"INSERT INTO {table} VALUES ({places})", given)
    connection.close()
