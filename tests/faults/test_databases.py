"""Faults of databases, on SQLite and PostgreSQL: in passing they cost a wait and no row, for good they are told as listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.pool import NullPool

from bartack import Hub, config
from bartack.errors import (
    AccessError,
    BartackError,
    ConfigError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    WireError,
)
from support.databases import PostgresServer
from support.fault_driving import NOW, FastClock
from support.fault_table import Tally
from support.tcp_proxy import broken_line

MAPPING = """
contract: person/1
fields:
  name.full: {path: name, use: text, required: true}
  kind: {const: contact}
"""
NAMES = {str(number): f"Zoë No. {number}" for number in range(1, 13)}
PAGE = 3
TABLE = [
    "CREATE TABLE people (id INTEGER, name VARCHAR(80))",
    *(f"INSERT INTO people VALUES ({number}, '{name}')" for number, name in NAMES.items()),
]


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is done to the database before the read, and what takes it back.

    ``expected`` is how the read ends while it lasts; ``delivered`` how many rows come before. ``passes``: it can be over
    when the read is tried again.
    """

    name: str
    code: str
    on: str
    spoil: tuple[str, ...]
    expected: type[BartackError] | str
    repair: tuple[str, ...] = ()
    delivered: int = 0
    held: bool = False
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def passes(self) -> bool:
        return self.held or bool(self.repair)


FAILING = """CREATE OR REPLACE FUNCTION trouble(id int, name text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN IF id = 7 THEN {} END IF; RETURN name; END $$"""
VIEW = ("ALTER TABLE people RENAME TO store", "CREATE VIEW people AS SELECT id, trouble(id, name) AS name FROM store")
HEALED = (FAILING.format("NULL;"),)


def raising(sqlstate: str) -> tuple[str, ...]:
    return (FAILING.format(f"RAISE EXCEPTION USING ERRCODE = '{sqlstate}', MESSAGE = 'as planned';"), *VIEW)


AWAY, CHANGED = SourceUnavailableError, SourceChangedError
SQLITE, POSTGRES = "sqlite", "postgresql"
SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900000000) SELECT count(*) AS id, 'x' AS name FROM n"
TROUBLES = (
    Trouble("locked", "D1", SQLITE, ("BEGIN EXCLUSIVE",), AWAY, held=True),
    Trouble("locked", "D1", POSTGRES, ("LOCK TABLE people IN ACCESS EXCLUSIVE MODE",), AWAY, held=True),
    Trouble("serialization", "D2", POSTGRES, raising("40001"), AWAY, HEALED),
    Trouble("deadlock", "D2", POSTGRES, raising("40P01"), AWAY, HEALED),
    Trouble("crash_shutdown", "D3", POSTGRES, raising("57P02"), AWAY, HEALED),
    Trouble("admin_shutdown", "D3", POSTGRES, raising("57P01"), AWAY, HEALED),
    Trouble("column_renamed", "D4", SQLITE, ("ALTER TABLE people RENAME COLUMN id TO number",), CHANGED),
    Trouble("column_renamed", "D4", POSTGRES, ("ALTER TABLE people RENAME COLUMN id TO number",), CHANGED),
    Trouble("column_dropped", "D4", SQLITE, ("ALTER TABLE people DROP COLUMN id",), CHANGED),
    Trouble("column_dropped", "D4", POSTGRES, ("ALTER TABLE people DROP COLUMN id",), CHANGED),
    Trouble("table_dropped", "D4", SQLITE, ("DROP TABLE people",), CHANGED),
    Trouble("table_dropped", "D4", POSTGRES, ("DROP TABLE people",), CHANGED),
    Trouble("value_dropped", "D4", SQLITE, ("ALTER TABLE people DROP COLUMN name",), "rejects"),
    Trouble("text_in_latin1", "D6", SQLITE, ("UPDATE people SET name = CAST(x'5a6feb' AS TEXT) WHERE id = 7",), "flagged"),
    Trouble("text_with_nul", "D6", SQLITE, ("UPDATE people SET name = 'a' || char(0) || 'b' WHERE id = 7",), "flagged"),
    Trouble("bytes_for_text", "D6", SQLITE, ("UPDATE people SET name = x'00ff' WHERE id = 7",), "flagged"),
    Trouble("statement_too_slow", "D7", SQLITE, (f"CREATE VIEW slow AS {SLOW}",), AWAY, settings={"table": "slow"}),
    Trouble("statement_too_slow", "D7", POSTGRES, (FAILING.format("PERFORM pg_sleep(9);"), *VIEW), AWAY, HEALED),
    Trouble("key_null", "D8", SQLITE, ("UPDATE people SET id = NULL WHERE id = 7",), "rejected"),
    Trouble("key_null", "D8", POSTGRES, ("UPDATE people SET id = NULL WHERE id = 7",), "rejected"),
    Trouble("key_twice", "D8", SQLITE, ("UPDATE people SET id = 6 WHERE id = 7",), "flagged"),
    Trouble("value_null", "D8", SQLITE, ("UPDATE people SET name = NULL WHERE id = 7",), "rejected"),
    Trouble("value_null", "D8", POSTGRES, ("UPDATE people SET name = NULL WHERE id = 7",), "rejected"),
    Trouble("write", "D10", SQLITE, (), ConfigError, settings={"table": None, "select": "DELETE FROM people RETURNING id, name"}),
    Trouble("write", "D10", POSTGRES, (), ConfigError, settings={"table": None, "select": "DELETE FROM people RETURNING id, name"}),
    Trouble("write_in_function", "D10", POSTGRES, (FAILING.format("DELETE FROM store;"), *VIEW), ConfigError),
    Trouble("division", "D7", POSTGRES, raising("22012"), SourceRefusedError),
    Trouble("value_untranslatable", "D6", POSTGRES, raising("22021"), WireError),
    Trouble("no_rights", "D10", POSTGRES, raising("42501"), AccessError),
)  # fmt: skip


@pytest.fixture(scope="module")
def server(postgres_cluster: PostgresServer) -> str:
    return postgres_cluster.database("trouble")


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement.replace("%", "%%") if engine.dialect.name == POSTGRES else statement)


@contextmanager
def database(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Fill a database afresh."""
    url = f"sqlite:///{folder / 'people.sqlite'}" if kind == SQLITE else request.getfixturevalue("server")
    engine = create_engine(url, poolclass=NullPool)
    if kind == POSTGRES:
        run(engine, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    run(engine, *TABLE)
    yield engine
    engine.dispose()


def read(url: str, folder: Path, on_wait: Callable[[], None], **table: Any) -> Any:
    """Read all people; ``on_wait`` is called in the place of every sleep."""
    (folder / "people.yaml").write_text(MAPPING, encoding="utf-8")
    given = {"table": "people", "key": "id", "mapping": "people.yaml", "page_size": PAGE, **table}
    stream = {name: value for name, value in given.items() if value is not None}
    source = {
        "connector": "sql",
        "url": {"env": "URL"},
        "streams": {"people": stream},
        "connect_timeout": 0.2,
        "statement_timeout": 0.6,
        "limits": {"attempts": 2},
    }
    clock = FastClock()

    def wait(seconds: float) -> None:
        on_wait()
        clock.sleep(seconds)

    parsed = config.parse({"sources": {"db": source}}, folder)
    hub = Hub(parsed, clock=lambda: NOW, monotonic=clock.monotonic, sleep=wait, environ={"URL": url})
    people = hub.read("person", source="db", allow_partial=True)
    return people, {record.ref.id: record for record in people}


def broken_promises(people: Any, found: dict[str, Any]) -> list[str]:
    """Return the promises that a read breaks, whatever was wrong."""
    books = people.report.verdict
    flagged = {one for one, record in found.items() if record.issues}
    problems = [
        f"wrong value: {record.value.name.full!r} under {one}"
        for one, record in found.items()
        if record.value.name.full != NAMES.get(one) and one not in flagged
    ]
    if books.completeness == "complete" and books.delivered + books.rejected + books.duplicates < len(NAMES):
        problems.append(f"silent loss: {books}")
    return problems


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: f"{one.on}-{one.name}")
def test_trouble_that_lasts_is_told_as_it_is_listed(
    trouble: Trouble, tmp_path: Path, request: pytest.FixtureRequest, tally: Tally
) -> None:
    with database(trouble.on, tmp_path, request) as engine:
        with engine.connect() as connection:
            for statement in trouble.spoil:
                connection.exec_driver_sql(statement)
            if not trouble.held:
                connection.commit()
            url = engine.url.render_as_string(hide_password=False)
            people, found = read(url, tmp_path, lambda: None, **trouble.settings)
        problems = broken_promises(people, found) + as_listed(trouble, people, found)
        tally.count(f"sql {trouble.on}", "D", problems)
        assert problems == []
        if trouble.code == "D10" and trouble.name.startswith("write"):
            with engine.connect() as connection:
                table = "store" if trouble.spoil else "people"
                assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == len(NAMES)


def as_listed(trouble: Trouble, people: Any, found: dict[str, Any]) -> list[str]:
    books = people.report.verdict
    told = [f"{books.completeness} {books.delivered} of {books.rows}: {[*map(repr, people.errors)]}"]
    if isinstance(trouble.expected, type):
        good = [type(error) for error in people.errors] == [trouble.expected] and books.completeness != "complete"
        return [] if good else told
    match trouble.expected:
        case "rejected":
            good = (books.completeness, books.rejected, books.delivered) == ("complete", 1, len(NAMES) - 1)
        case "rejects":
            good = books.rejected == len(NAMES) or bool(people.errors)
        case _:  # flagged: the row is rejected, or a record with an issue
            marked = books.rejected + sum(bool(record.issues) for record in found.values())
            good = books.completeness == "complete" and marked >= 1
    return [] if good else told


@pytest.mark.parametrize("trouble", [one for one in TROUBLES if one.passes], ids=lambda one: f"{one.on}-{one.name}")
def test_trouble_that_passes_costs_a_wait_and_no_row(
    trouble: Trouble, tmp_path: Path, request: pytest.FixtureRequest, tally: Tally
) -> None:
    with database(trouble.on, tmp_path, request) as engine, engine.connect() as connection:
        for statement in trouble.spoil:
            connection.exec_driver_sql(statement)
        if not trouble.held:
            connection.commit()
        waits: list[int] = []

        def repair() -> None:
            waits.append(1)
            if trouble.held:
                connection.rollback()
            for statement in trouble.repair:
                connection.exec_driver_sql(statement)
            connection.commit()

        people, found = read(engine.url.render_as_string(hide_password=False), tmp_path, repair)
    problems = broken_promises(people, found)
    if people.report.verdict.completeness != "complete" or len(found) != len(NAMES) or not waits:
        problems.append(f"{people.report.verdict} {people.errors}")
    tally.count(f"sql {trouble.on}", "D", problems)
    assert problems == []


@pytest.mark.parametrize("ending", ["reset", "close", "silence"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_line_that_breaks_costs_a_wait_and_no_row(
    ending: Any, share: float, tmp_path: Path, request: pytest.FixtureRequest, tally: Tally
) -> None:
    with database(POSTGRES, tmp_path, request) as engine:
        there = make_url(engine.url)
        with broken_line(f"{there.query['host']}/.s.PGSQL.5432", ending=ending) as line:
            url = there.set(host="127.0.0.1", port=line.port, query={}).render_as_string(hide_password=False)
            read(url, tmp_path, lambda: None)
            line.left = int(line.passed * share)
            people, found = read(url, tmp_path, lambda: None)
    problems = broken_promises(people, found)
    if people.report.verdict.completeness != "complete" or len(found) != len(NAMES):
        problems.append(f"{people.report.verdict} {people.errors}")
    tally.count("sql postgresql", "D", problems)
    assert problems == []


def test_a_file_that_is_no_database_is_told(tmp_path: Path, tally: Tally) -> None:
    (tmp_path / "people.sqlite").write_bytes(b"<html>not found</html>" * 400)
    people, found = read(f"sqlite:///{tmp_path / 'people.sqlite'}", tmp_path, lambda: None)
    problems = broken_promises(people, found)
    if [type(error) for error in people.errors] != [WireError] or people.report.verdict.completeness != "failed":
        problems.append(f"{people.report.verdict} {people.errors}")
    tally.count("sql sqlite", "D", problems)
    assert problems == []
