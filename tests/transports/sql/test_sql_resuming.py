"""A read of a database goes on from every cursor it gave, in a new snapshot, whatever the rows are ordered by."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from bartack.errors import SourceChangedError
from bartack.transports.base import Page, Query
from bartack.transports.sql import SqlSession, SqlSettings, SqlStream
from bartack.transports.sql.settings import DatabaseUrl
from support.databases import PostgresServer
from support.resuming import resumed_everywhere

SIZES = (1, 2, 3)


def resumed(url: str, *, encoding: str = "utf-8", page_size: int, **declared: Any) -> list[Page]:
    stream = SqlStream("s", mapping=(), table="t", page_size=page_size, **{"key": "id", **declared})
    return resumed_everywhere(stream, lambda: SqlSession(SqlSettings(url=DatabaseUrl(url), encoding=encoding)))


def count(pages: list[Page]) -> int:
    return sum(len(page.rows) for page in pages)


SQLITE: dict[str, tuple[str, dict[str, Any]]] = {
    "a composite key": (
        "CREATE TABLE t (doc TEXT, pos INT); INSERT INTO t VALUES ('B', 1), ('A', 2), ('A', 1), ('C', 9), ('B', 0);",
        {"key": ("doc", "pos")},
    ),
    "nulls in all ordering columns": (
        "CREATE TABLE t (id INT, c TEXT); INSERT INTO t VALUES (1, NULL), (NULL, '2024'), (2, NULL), (3, '2024'), (4, 'x');",
        {"changed": "c"},
    ),
    "ties of equal timestamps": (
        "CREATE TABLE t (id INT, c TEXT); INSERT INTO t VALUES "
        + ", ".join(f"({n}, '2024-01-01 10:00:0{n // 4}')" for n in range(9)),
        {"changed": "c"},
    ),
    "a key that is not unique": (
        "CREATE TABLE t (id INT, v TEXT); INSERT INTO t VALUES (1,'a'), (1,'b'), (1,'c'), (2,'d'), (3,'e'), (3,'f'), (4,'g');",
        {},
    ),
    "a collation without case": (
        "CREATE TABLE t (id TEXT COLLATE NOCASE, v INT); INSERT INTO t VALUES ('a',1), ('A',2), ('b',3), ('B',4), ('c',5);",
        {},
    ),
    "floats and infinities": (
        "CREATE TABLE t (id REAL, n INT); INSERT INTO t VALUES (0.1, 1), (9e999, 2), (9e999, 3), (-9e999, 4), (0.3, 5);",
        {"key": ("id", "n")},
    ),
    "values of every type": (
        "CREATE TABLE t (id); INSERT INTO t VALUES (1), (1.5), ('1'), ('Infinity'), (9e999), (x'31'), (NULL), ('ä');",
        {},
    ),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("case", SQLITE)
def test_a_read_of_sqlite_goes_on_from_every_cursor(make: Any, case: str, size: int) -> None:
    script, declared = SQLITE[case]
    assert count(resumed(make(script), page_size=size, **declared)) >= 5


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_text_in_a_broken_encoding_has_its_place_in_the_order(make: Any, encoding: str) -> None:
    """Both spellings of one name stand in the column, as after a repair: they are two places for the database."""
    url = make(
        "CREATE TABLE t (id TEXT, n INT);"
        "INSERT INTO t VALUES ('Mül', 1), (CAST(x'4DFC6C' AS TEXT), 2), ('Zoë', 3), (x'4DFC6C', 4), ('M', 5), (NULL, 6);"
    )
    pages = resumed(url, encoding=encoding, page_size=1)
    assert sorted(row["n"] for page in pages for row in page.rows) == [1, 2, 3, 4, 5, 6]


def test_rows_of_one_position_are_never_divided(make: Any) -> None:
    url = make("CREATE TABLE t (id INT, v INT); INSERT INTO t VALUES (1, 1), (2, 2), (2, 3), (2, 4), (2, 5), (3, 6);")
    assert [len(page.rows) for page in resumed(url, page_size=2)] == [5, 1]


cells = st.none() | st.integers(-2, 2) | st.sampled_from(["", "a", "A", "ä", "1", "Infinity"]) | st.binary(max_size=1)
numbers = st.floats(allow_nan=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(table=st.lists(st.tuples(cells | numbers, cells), min_size=1, max_size=9), size=st.integers(1, 3))
def test_whatever_orders_the_rows_a_read_goes_on(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[Any, Any]], size: int
) -> None:
    path = tmp_path_factory.mktemp("resuming") / "t.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE t (id, c)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", table)
    connection.close()
    assert count(resumed(f"sqlite:///{path}", page_size=size, changed="c")) == len(table)


def test_rows_that_are_deleted_before_the_read_goes_on_are_not_missed(make: Any, connect: Any, tmp_path: Path) -> None:
    url = make("CREATE TABLE t (id INT); INSERT INTO t VALUES (1), (2), (3), (4), (5);")
    stream = SqlStream("s", table="t", key="id", mapping=(), page_size=2)
    first = next(iter(stream.pages(connect(url), Query())))
    writer = sqlite3.connect(tmp_path / "crm.db")
    with writer:
        writer.execute("DELETE FROM t WHERE id IN (1, 2, 4)")  # the row the cursor stands at, too
    writer.close()
    (rest,) = stream.pages(connect(url), Query(cursor=first.next, seen=2))
    assert ([row["id"] for row in rest.rows], rest.total) == ([3, 5], 4)


def test_a_stream_is_incremental_where_its_rows_say_when_they_changed() -> None:
    assert SqlStream("s", table="t", key="id", mapping=(), changed="c").incremental
    assert not SqlStream("s", table="t", key="id", mapping=()).incremental


POSTGRES = {
    "numeric": ("numeric", "'NaN', 'NaN', '12345678901234567890.123456789', '1.50', '-1e-20', NULL, NULL"),
    "float4": ("float4", "0.1, 0.1, 0.3, 'Infinity', '-Infinity', 'NaN', NULL"),
    "float8": ("float8", "0.1, 0.30000000000000004, 1e308, 'Infinity', '-Infinity', 'NaN', NULL"),
    "timestamptz": (
        "timestamptz",
        "'2024-03-31 01:30+00', '2024-03-31 01:30+00', '2024-03-31 03:30:00.000001+02', 'infinity', '-infinity',"
        " '0044-03-15 BC', NULL",
    ),
    "timestamp": (
        "timestamp",
        "'2024-01-01', '2024-01-01', '2024-01-01 00:00:00.000001', 'infinity', '99999-01-01', NULL",
    ),
    "date": ("date", "'2024-01-01', '2024-01-01', '2024-01-02', 'infinity', '0044-03-15 BC', NULL"),
    "time": ("time", "'07:05', '07:05', '24:00', '00:00:00.000001', NULL"),
    "timetz": ("timetz", "'07:05+02', '05:05+00', '24:00+00', '00:00-12', NULL"),
    "interval": ("interval", "'1 month', '30 days', '1 day', '24:00', '-3 years', NULL"),
    "text": ("text", "'a', 'A', 'ä', 'a ', '', 'ß', 'ss', 'Z', NULL"),
    "char": ("char(4)", "'a', 'A', 'ä', 'b', '', NULL"),
    "uuid": ("uuid", "gen_random_uuid(), gen_random_uuid(), '6b0f4e21-0fd3-4a29-b9f7-e5b0787ae2da', NULL, NULL"),
    "boolean": ("boolean", "true, true, false, false, NULL, NULL"),
    "bytea": ("bytea", "'\\x00', '\\x00ff', '\\x', '\\x31', NULL"),
    "bigint": ("bigint", "9007199254740993, 9007199254740992, -9223372036854775808, 0, NULL"),
    "inet": ("inet", "'10.0.0.1/24', '10.0.0.1', '::1', '192.168.0.0/16', NULL"),
    "enum": ("mood", "'sad', 'sad', 'ok', 'happy', NULL"),
}


@pytest.fixture(scope="module")
def ordered(postgres_cluster: PostgresServer) -> str:
    url = postgres_cluster.database("resuming")
    run(url, "CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy')")
    return url


def run(url: str, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool, connect_args={"client_encoding": "utf8"})
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("kind", ["int[]", "jsonb"])
def test_what_has_no_place_that_can_be_written_down_is_refused_and_not_guessed(ordered: str, kind: str) -> None:
    values = {"int[]": "'{1}', '{2}'", "jsonb": "'{\"a\": 0.1}', '[1.5]'"}[kind].split(", ")
    run(
        ordered,
        f"DROP TABLE IF EXISTS t; CREATE TABLE t (c {kind})",
        *(f"INSERT INTO t VALUES ({one})" for one in values),
    )
    with pytest.raises(SourceChangedError, match="cannot go on"):
        resumed(ordered, page_size=1, key="c")


@pytest.mark.parametrize("case", POSTGRES)
def test_a_read_of_postgresql_goes_on_from_every_cursor(ordered: str, case: str) -> None:
    kind, values = POSTGRES[case]
    rows = values.split(", ")
    filled = (f"INSERT INTO t (c, n) VALUES ({value}, {number % 3})" for number, value in enumerate(rows))
    run(ordered, f"DROP TABLE IF EXISTS t; CREATE TABLE t (id serial, c {kind}, n int)", *filled)
    for size in SIZES:
        assert count(resumed(ordered, page_size=size, changed="c")) == len(rows)
        assert count(resumed(ordered, page_size=size, key=("c", "n"))) == len(rows)


def test_text_of_a_database_that_checks_nothing_has_its_place_in_the_order(postgres_cluster: PostgresServer) -> None:
    admin = create_engine(postgres_cluster.url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE unchecked ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'")
    admin.dispose()
    url = make_url(postgres_cluster.url).set(database="unchecked").render_as_string(hide_password=False)
    texts = enumerate(("4dfc6c", "4dc3bc6c", "5a", "ff", "4d"))
    filled = (f"INSERT INTO t VALUES (convert_from(decode('{raw}', 'hex'), 'SQL_ASCII'), {n})" for n, raw in texts)
    run(url, "CREATE TABLE t (id text, n int)", *filled)
    for encoding in ("utf-8", "cp1252"):
        pages = resumed(url, page_size=1, encoding=encoding)
        assert [row["n"] for page in pages for row in page.rows] == [4, 1, 0, 2, 3]
