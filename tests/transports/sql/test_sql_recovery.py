"""A read of a whole source survives what goes wrong with its database, and its books balance."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from bartack import config
from bartack.errors import SourceChangedError
from bartack.events import Event
from bartack.hub import Hub
from bartack_contracts import Person
from support.databases import PostgresServer
from support.tcp_proxy import broken_line

ROWS = 300
MAPPING = """
contract: person/1
fields:
  name.full: {path: name, use: text, required: true}
  kind: {const: contact}
"""


def run(url: str, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.fixture(scope="module")
def server(postgres_cluster: PostgresServer) -> str:
    return postgres_cluster.database("recovery")


@pytest.fixture
def filled(server: str) -> str:
    run(
        server,
        "DROP TABLE IF EXISTS people",
        "CREATE TABLE people AS SELECT i AS id, 'No. ' || i AS name, repeat('x', 200) AS note,"
        f" timestamptz '2024-01-01' + (i / 40) * interval '1 s' AS changed FROM generate_series(1, {ROWS}) i",
    )
    return server


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Hub, list[Event]]]:
    """Return a hub with one database, and what is told of its reads."""

    def opened(url: str, sleep: Callable[[float], None] = lambda _: None, **settings: Any) -> tuple[Hub, list[Event]]:
        (tmp_path / "people.yaml").write_text(MAPPING, encoding="utf-8")
        monkeypatch.setenv("CRM_URL", url)
        table = {"table": "people", "key": "id", "mapping": "people.yaml", "page_size": 50, **settings.pop("table", {})}
        source = {"connector": "sql", "url": {"env": "CRM_URL"}, "streams": {"people": table}, **settings}
        told: list[Event] = []
        return Hub(config.parse({"sources": {"crm": source}}, tmp_path), sleep=sleep, listener=told.append), told

    return opened


def ids(hub: Hub) -> list[int]:
    return [int(record.ref.id) for record in hub.read(Person, source="crm")]


@pytest.mark.parametrize("changed", [None, "changed"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_line_that_breaks_once_costs_a_wait_and_no_row(
    filled: str, hub: Callable[..., tuple[Hub, list[Event]]], share: float, changed: str | None
) -> None:
    there = make_url(filled)
    socket = f"{there.host or there.query['host']}/.s.PGSQL.{there.port or 5432}"
    table = {} if changed is None else {"changed": changed}
    with broken_line(socket) as line:
        url = there.set(host="127.0.0.1", port=line.port, query={}).render_as_string(hide_password=False)
        whole, _ = hub(url, table=table)
        assert sorted(ids(whole)) == list(range(1, ROWS + 1))
        line.left = int(line.passed * share)
        waits: list[float] = []
        again, told = hub(url, waits.append, table=table)
        people = again.read(Person, source="crm")
        found = [int(record.ref.id) for record in people]
    assert sorted(found) == list(range(1, ROWS + 1))
    (report,) = people.report.streams
    assert (report.completeness, report.rows, report.duplicates, report.declared_total) == ("complete", ROWS, 0, ROWS)
    assert len(waits) == len([event for event in told if event.step == "retry"]) == 1


def test_a_file_that_is_locked_is_read_when_it_is_free(
    tmp_path: Path, hub: Callable[..., tuple[Hub, list[Event]]]
) -> None:
    with closing(sqlite3.connect(tmp_path / "crm.db", isolation_level=None)) as writer:
        writer.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT)")
        writer.execute("INSERT INTO people VALUES (1, 'Zoë'), (2, 'Ada')")
        writer.execute("BEGIN EXCLUSIVE")
        free, _ = hub(f"sqlite:///{tmp_path / 'crm.db'}", lambda _: writer.execute("COMMIT"), connect_timeout=0.01)
        assert ids(free) == [1, 2]


def test_a_schema_that_changed_ends_the_read_and_is_not_asked_again(
    filled: str, hub: Callable[..., tuple[Hub, list[Event]]]
) -> None:
    waits: list[float] = []
    changed, _ = hub(filled, waits.append)
    run(filled, "ALTER TABLE people RENAME COLUMN id TO number")
    with pytest.raises(SourceChangedError, match="no column 'id'"):
        ids(changed)
    assert waits == []
