"""Tables, views and selects of SQLite, with what old applications leave in them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bartack.errors import AccessError, ConfigError, SourceChangedError
from bartack.transports.base import Query, Runtime, Session, Stream
from bartack.transports.sql import SqlSession, SqlStream

NUMBERS = """
CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT);
WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {count})
INSERT INTO n SELECT i, 'value ' || i FROM c;
"""


def test_declaring_streams_loads_neither_sqlalchemy_nor_a_driver() -> None:
    code = "import bartack.transports.sql as t, sys; t.SqlStream('a', table='a', key='id', mapping=());"
    code += "sys.exit('sqlalchemy' in sys.modules or 'psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_stream_and_a_session_are_what_the_reader_expects(make: Any, connect: Any) -> None:
    assert isinstance(SqlStream("s", table="t", key="id", mapping=()), Stream)
    assert isinstance(connect(make("")), Session)


def test_pages_come_in_key_order_with_the_total_and_a_next_position(make: Any, connect: Any, pages: Any) -> None:
    moment = datetime(2024, 3, 10, tzinfo=UTC)
    session = connect(make(NUMBERS.format(count=25)), Runtime(clock=lambda: moment))
    found = pages(session, table="n", page_size=10)
    assert [len(page.rows) for page in found] == [10, 10, 5]
    assert [row["id"] for page in found for row in page.rows] == list(range(1, 26))
    assert [page.total for page in found] == [25, 25, 25]
    assert [page.next for page in found] == [
        '{"at":[10],"columns":["id","v"]}',
        '{"at":[20],"columns":["id","v"]}',
        None,
    ]
    assert {page.fetched_at for page in found} == {moment}
    assert "SELECT * FROM n ORDER BY n.id" in found[0].request


def test_a_full_last_page_announces_no_further_one(make: Any, connect: Any, pages: Any) -> None:
    found = pages(connect(make(NUMBERS.format(count=20))), table="n", page_size=10)
    assert [page.next is None for page in found] == [False, True]


def test_an_empty_table_is_one_page_of_no_rows(make: Any, connect: Any, pages: Any) -> None:
    (page,) = pages(connect(make("CREATE TABLE n (id INTEGER)")), table="n")
    assert (page.rows, page.total, page.next) == ([], 0, None)


def test_the_caller_may_choose_the_page_size(make: Any, connect: Any, pages: Any) -> None:
    found = pages(connect(make(NUMBERS.format(count=5))), Query(page_size=2), table="n")
    assert [len(page.rows) for page in found] == [2, 2, 1]


def test_views_and_selects_with_parameters_are_streams_too(make: Any, connect: Any, rows: Any) -> None:
    session = connect(make(NUMBERS.format(count=9) + "CREATE VIEW odd AS SELECT id, v FROM n WHERE id % 2;"))
    assert [row["id"] for row in rows(session, view="odd")] == [1, 3, 5, 7, 9]
    select = "SELECT id, upper(v) AS loud FROM n WHERE id > :low AND v LIKE 'value%' -- high ones\n;"
    assert rows(session, select=select, parameters={"low": 8}) == [{"id": 9, "loud": "VALUE 9"}]
    assert len(rows(session, select="SELECT id FROM n -- a comment at the end")) == 9


def test_only_the_declared_columns_are_read(make: Any, connect: Any, rows: Any) -> None:
    assert rows(connect(make(NUMBERS.format(count=1))), table="n", columns=("id",)) == [{"id": 1}]


def test_a_key_of_several_columns_orders_and_finds(make: Any, connect: Any, rows: Any) -> None:
    session = connect(
        make(
            "CREATE TABLE l (doc TEXT, pos INT, PRIMARY KEY (doc, pos));"
            "INSERT INTO l VALUES ('B', 1), ('A', 2), ('A,1', 3), ('A', 1);"
        )
    )
    key = ("doc", "pos")
    found = [(row["doc"], row["pos"]) for row in rows(session, table="l", key=key)]
    assert found == [("A", 1), ("A", 2), ("A,1", 3), ("B", 1)]
    assert rows(session, Query(id="A,2"), table="l", key=key) == [{"doc": "A", "pos": 2}]
    assert rows(session, Query(id="A,1,3"), table="l", key=key) == [{"doc": "A,1", "pos": 3}]
    rule = {"join": ["doc", "pos"], "with": "/"}
    assert rows(session, Query(id="B/1"), table="l", key=rule) == [{"doc": "B", "pos": 1}]


@pytest.mark.parametrize(
    ("column", "value", "identity"),
    [
        ("id INTEGER", "7", "7"),
        ("id TEXT", "'007'", "007"),
        ("id CHAR(8)", "'AB      '", "AB"),
        ("id", "7", "7"),
        ("id REAL", "7.5", "7.5"),
        ("id NUMERIC", "'0042'", "42"),
        ("id TEXT", "'O''Hara; DROP TABLE t'", "O'Hara; DROP TABLE t"),
    ],
)
def test_a_row_is_found_by_its_id_as_text(
    make: Any, connect: Any, rows: Any, column: str, value: str, identity: str
) -> None:
    session = connect(make(f"CREATE TABLE t ({column}); INSERT INTO t VALUES ({value}), (99);"))
    assert len(rows(session, Query(id=identity), table="t")) == 1


def test_an_id_that_is_not_there_is_an_error_not_zero_rows(make: Any, connect: Any, rows: Any) -> None:
    with pytest.raises(AccessError, match="no row with the key 'x'"):
        rows(connect(make(NUMBERS.format(count=3))), Query(id="x"), table="n")


def test_floats_become_the_decimals_they_print_as(make: Any, connect: Any, rows: Any) -> None:
    session = connect(make("CREATE TABLE t (id INT, v REAL); INSERT INTO t VALUES (1, 0.1), (2, 9e999), (3, 19.99);"))
    assert [row["v"] for row in rows(session, table="t")] == [Decimal("0.1"), "Infinity", Decimal("19.99")]


def test_text_that_is_not_utf8_stays_bytes_unless_its_encoding_is_declared(make: Any, connect: Any, rows: Any) -> None:
    url = make("CREATE TABLE t (id INT, name TEXT); INSERT INTO t VALUES (1, CAST(x'4DFC6C' AS TEXT)), (2, 'Mül');")
    assert [row["name"] for row in rows(connect(url), table="t")] == [b"M\xfcl", "Mül"]
    assert [row["name"] for row in rows(connect(url, encoding="cp1252"), table="t")] == ["Mül", "Mül"]


def test_values_of_any_type_in_any_column_are_handed_up_as_they_are(make: Any, connect: Any, rows: Any) -> None:
    session = connect(
        make(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, d DATE);"
            "INSERT INTO t (d) VALUES ('0000-00-00'), ('31.12.2024'), (20240101), (NULL), (''), (x'00FF');"
            "INSERT INTO t (d) VALUES ('a' || char(0) || 'b');"
        )
    )
    found = [row["d"] for row in rows(session, table="t")]
    assert found == ["0000-00-00", "31.12.2024", 20240101, None, "", b"\x00\xff", "a\x00b"]


def test_dotted_column_names_are_kept_whole(make: Any, connect: Any, rows: Any) -> None:
    session = connect(make('CREATE TABLE t ("t.id" INT, "a.b" INT, "b" INT); INSERT INTO t VALUES (1, 2, 3);'))
    assert rows(session, table="t", key="'t.id'") == [{"t.id": 1, "a.b": 2, "b": 3}]


def test_all_statements_of_a_snapshot_see_one_moment(make: Any, connect: Any, tmp_path: Path) -> None:
    session = connect(make("PRAGMA journal_mode = WAL; CREATE TABLE n (id INT); INSERT INTO n VALUES (1);"))
    with session.snapshot() as snapshot:
        before = snapshot.values(text("SELECT count(*) FROM n"))
        writer = sqlite3.connect(tmp_path / "crm.db")
        with writer:
            writer.execute("DELETE FROM n")
        writer.close()
        assert snapshot.values(text("SELECT count(*) FROM n")) == before == [1]


def test_counting_and_reading_see_one_moment(make: Any, connect: Any, tmp_path: Path) -> None:
    session = connect(make("PRAGMA journal_mode = WAL;" + NUMBERS.format(count=30)))
    reading = SqlStream("s", table="n", key="id", mapping=(), page_size=10).pages(session, Query())
    first = next(reading)
    writer = sqlite3.connect(tmp_path / "crm.db")
    with writer:
        writer.execute("DELETE FROM n WHERE id > 5")
    writer.close()
    assert first.total == sum(len(page.rows) for page in (first, *reading)) == 30


def test_a_source_that_gives_fewer_rows_than_it_counts_is_seen_in_the_total(
    make: Any, connect: Any, pages: Any, tmp_path: Path
) -> None:
    url = make(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, k TEXT, w TEXT, x TEXT, y TEXT, z TEXT); CREATE INDEX i ON t (k);"
        + " ".join(f"INSERT INTO t (k) VALUES ('{n}');" for n in range(9))
    )
    hide = "DELETE FROM sqlite_master WHERE name = 'i' RETURNING rootpage"
    show = "INSERT INTO sqlite_master VALUES ('index', 'i', 't', ?, 'CREATE INDEX i ON t (k)')"
    (page,) = _schema(tmp_path / "crm.db", hide)
    _schema(tmp_path / "crm.db", "DELETE FROM t WHERE id > 6")
    _schema(tmp_path / "crm.db", show, page)  # an index that missed the deletion: count(*) goes by it
    (found,) = pages(connect(url), table="t")
    assert (len(found.rows), found.total) == (6, 9)


def _schema(path: Path, statement: str, *values: Any) -> Any:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    with connection:
        row = connection.execute(statement, values).fetchone()
    connection.close()
    return row


def test_memory_does_not_grow_with_the_table(make: Any, connect: Any) -> None:
    session = connect(make(NUMBERS.format(count=200_000)))
    stream = SqlStream("s", table="n", key="id", mapping=(), page_size=1000)
    count = sum(len(page.rows) for page in stream.pages(session, Query()))  # warms caches
    tracemalloc.start()
    try:
        count = sum(len(page.rows) for page in stream.pages(session, Query()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 200_000
    assert peak < 1000 * 1000 * 4, "a few pages of 1000 small rows, not 200 of them"


def test_a_read_that_is_left_early_gives_its_connection_back(make: Any, connect: Any, tmp_path: Path) -> None:
    session = connect(make(NUMBERS.format(count=30)))
    reading = SqlStream("s", table="n", key="id", mapping=(), page_size=10).pages(session, Query())
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    writer = sqlite3.connect(tmp_path / "crm.db", timeout=0)
    with writer:
        writer.execute("DELETE FROM n")
    writer.close()


@pytest.mark.parametrize(
    ("declaration", "message"),
    [
        ({}, "exactly one of table, view and select"),
        ({"table": "a", "view": "b"}, "not table and view"),
        ({"table": "a", "key": "a.b"}, "names no column"),
        ({"table": "a", "key": "a["}, "no path"),
        ({"table": "a", "key": ()}, "column, several columns, or a rule"),
        ({"table": "a", "key": {"first": ["a", "b"]}}, "column, several columns, or a rule"),
        ({"table": "a", "columns": ("name",)}, "without id"),
        ({"table": "a", "parameters": {"x": 1}}, "no select to bind them in"),
        ({"select": "SELECT 1", "schema": "x"}, "schema beside a select"),
        ({"table": "a", "page_size": 0}, "page_size below 1"),
    ],
)
def test_a_declaration_that_cannot_be_read_is_refused_at_once(declaration: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SqlStream("s", **{"key": "id", "mapping": (), **declaration})


def test_a_key_the_rows_do_not_have_is_an_error_with_the_near_name(make: Any, connect: Any, rows: Any) -> None:
    session = connect(make('CREATE TABLE t ("Customer_Id" INT); INSERT INTO t VALUES (1);'))
    with pytest.raises(SourceChangedError, match=r"no column 'customerid'; near names: Customer_Id"):
        rows(session, table="t", key="customerid")
    with pytest.raises(SourceChangedError, match=r"no column 'customer_id'; near names: Customer_Id"):
        rows(session, table="t", key="customer_id")  # SQLite itself does not care about case, the rows do
    with pytest.raises(SourceChangedError, match=r"the select of s has no column 'customerid'"):
        rows(session, select="SELECT * FROM t", key="customerid")


def test_a_quoted_name_that_is_no_column_is_not_taken_for_a_text(make: Any, connect: Any, rows: Any) -> None:
    session = connect(make("CREATE TABLE t (id INT, n INT); INSERT INTO t VALUES (1, 2);"))
    with pytest.raises(SourceChangedError, match="no column 'Order'"):
        rows(session, table="t", columns=("id", "Order"))


def test_a_relative_path_counts_from_the_folder_of_the_configuration(
    make: Any, connect: Any, rows: Any, tmp_path: Path
) -> None:
    make(NUMBERS.format(count=1), name="odd #name.db")
    session: SqlSession = connect("sqlite:///odd #name.db", Runtime(base_dir=str(tmp_path)))
    assert len(rows(session, table="n")) == 1
