"""A source is only read: whatever a stream says, nothing in it changes."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from bartack.errors import BartackError, ConfigError
from bartack.transports.base import Query
from bartack.transports.sql import SqlSession, SqlStream
from bartack.transports.sql.settings import DatabaseUrl, SqlSettings

WRITES = (
    "INSERT INTO victim VALUES (2, 'x')",
    "INSERT INTO victim VALUES (2, 'x') RETURNING id",
    "UPDATE victim SET v = 'x' WHERE id = 1 RETURNING id",
    "DELETE FROM victim RETURNING id",
    "DROP TABLE victim",
    "CREATE TABLE more (id int)",
    "WITH gone AS (DELETE FROM victim RETURNING id) SELECT id FROM gone",
    "SELECT 1 AS id; DELETE FROM victim",
    "SELECT 1 AS id) AS q; DELETE FROM victim; --",
    "SELECT 1 AS id) AS q; COMMIT; SET default_transaction_read_only = off; BEGIN; DELETE FROM victim; COMMIT; --",
)
SQLITE_WRITES = (
    "PRAGMA query_only = OFF",
    "ATTACH DATABASE 'other.db' AS other",
    "SELECT 1 AS id) AS q; ATTACH DATABASE 'other.db' AS other; --",
    "SELECT 1 AS id) AS q; PRAGMA query_only = OFF; --",
)
WHOLE_SCRIPT = (
    "SELECT 1 AS id) AS q; COMMIT; BEGIN READ WRITE; DELETE FROM victim; COMMIT; SELECT 1 FROM (SELECT 1 AS id"
)
TABLE = "CREATE TABLE victim (id int, v text); INSERT INTO victim VALUES (1, 'kept');"


@pytest.mark.parametrize("select", WRITES + SQLITE_WRITES)
def test_a_select_that_writes_to_sqlite_is_refused(make: Any, connect: Any, tmp_path: Path, select: str) -> None:
    session = connect(make(TABLE))
    before = _digest(tmp_path)
    with pytest.raises(ConfigError):
        list(SqlStream("s", select=select, key="id", mapping=()).pages(session, Query()))
    assert _digest(tmp_path) == before


@pytest.mark.parametrize("statement", [*WRITES[:6], "CREATE TEMP TABLE x (id int)"])
def test_a_connection_to_sqlite_refuses_to_write_even_when_asked_directly(
    make: Any, connect: Any, tmp_path: Path, statement: str
) -> None:
    session = connect(make(TABLE))
    before = _digest(tmp_path)
    with pytest.raises(ConfigError, match="readonly"), session.snapshot() as snapshot:
        snapshot.connection.exec_driver_sql(statement)
    assert _digest(tmp_path) == before


def test_a_connection_that_forgets_to_be_query_only_still_cannot_write(make: Any, connect: Any) -> None:
    session = connect(make(TABLE))
    with pytest.raises(ConfigError, match="readonly"), session.snapshot() as snapshot:
        snapshot.connection.exec_driver_sql("PRAGMA query_only = OFF")
        snapshot.connection.exec_driver_sql("DELETE FROM victim")


def test_reading_leaves_no_files_beside_a_database(make: Any, connect: Any, rows: Any, tmp_path: Path) -> None:
    session = connect(make(TABLE))
    assert rows(session, table="victim")
    session.close()
    assert [path.name for path in tmp_path.iterdir()] == ["crm.db"]


def test_a_missing_sqlite_file_is_an_error_and_is_not_created(connect: Any, rows: Any, tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "crm.db").close()
    (tmp_path / "crm.db").touch()
    with pytest.raises(ConfigError, match=r"no SQLite file .*cmr\.db; in its folder: crm\.db"):
        rows(connect(f"sqlite:///{tmp_path / 'cmr.db'}"), table="victim")
    assert not (tmp_path / "cmr.db").exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x.db?uri=true"])
def test_an_sqlite_url_without_a_file_is_an_error(connect: Any, rows: Any, url: str) -> None:
    with pytest.raises(ConfigError, match="names no file"):
        rows(connect(url), table="victim")


@pytest.fixture(scope="module")
def victim(postgres: str) -> str:
    """A PostgreSQL database with a table that somebody might want to change."""
    with create_engine(postgres).begin() as connection:
        connection.exec_driver_sql("DROP TABLE IF EXISTS victim")
        connection.exec_driver_sql(TABLE)
        connection.exec_driver_sql("CREATE SEQUENCE IF NOT EXISTS counter")
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION sneak() RETURNS int LANGUAGE plpgsql AS"
            " $$ BEGIN DELETE FROM victim; RETURN 1; END $$"
        )
    return postgres


@pytest.mark.parametrize(
    "select",
    [
        *WRITES,
        WHOLE_SCRIPT,
        "SELECT sneak() AS id",
        "SELECT nextval('counter') AS id",
        "SELECT set_config('transaction_read_only', 'off', false)::text || sneak() AS id",
        "SELECT 1 AS id FROM victim FOR UPDATE",
        "SELECT lo_create(0) AS id",
        "SELECT query_to_xml('DELETE FROM victim RETURNING id', true, true, '')::text AS id",
        "COPY (SELECT 1) TO PROGRAM 'cat > /tmp/bartack-was-here'",
        "SELECT 1 AS id) AS q; COPY (SELECT 1) TO PROGRAM 'cat > /tmp/bartack-was-here'; --",
        "SELECT query_to_xml('COPY (SELECT 1) TO PROGRAM ''cat > /tmp/bartack-was-here''', true, true, '')::text AS id",
    ],
)
def test_a_select_that_writes_to_postgresql_is_refused(victim: str, select: str) -> None:
    with SqlSession(SqlSettings(url=DatabaseUrl(victim))) as session, pytest.raises(BartackError) as caught:
        list(SqlStream("s", select=select, key="id", mapping=()).pages(session, Query()))
    assert isinstance(caught.value, ConfigError)
    assert not Path("/tmp/bartack-was-here").exists()
    assert _postgres_rows(victim) == [(1, "kept")]


def test_a_select_cannot_make_its_session_writable_for_the_next_read(victim: str) -> None:
    unlock = "SELECT set_config('default_transaction_read_only', 'off', false) AS id"
    with SqlSession(SqlSettings(url=DatabaseUrl(victim))) as session:
        list(SqlStream("s", select=unlock, key="id", mapping=()).pages(session, Query()))
        with pytest.raises(ConfigError, match="read-only transaction"):
            list(SqlStream("s", select="SELECT sneak() AS id", key="id", mapping=()).pages(session, Query()))


@pytest.mark.parametrize("statement", [*WRITES[:7], "TRUNCATE victim", "GRANT ALL ON victim TO public"])
def test_a_connection_to_postgresql_refuses_to_write_even_when_asked_directly(victim: str, statement: str) -> None:
    with (
        SqlSession(SqlSettings(url=DatabaseUrl(victim))) as session,
        pytest.raises(ConfigError, match="read-only transaction"),
        session.snapshot() as snapshot,
    ):
        snapshot.connection.exec_driver_sql(statement)
    assert _postgres_rows(victim) == [(1, "kept")]


def _digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def _postgres_rows(url: str) -> list[tuple[Any, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM victim")]
    engine.dispose()
    return found
