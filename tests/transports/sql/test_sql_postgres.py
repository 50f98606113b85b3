"""The same streams on PostgreSQL: its types, its snapshots, its refusals."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from bartack.errors import AccessError, SourceChangedError, SourceUnavailableError
from bartack.transports.base import Query
from bartack.transports.sql import SqlSession, SqlSettings, SqlStream
from bartack.transports.sql.settings import DatabaseUrl

TYPES = """
DROP TABLE IF EXISTS types;
CREATE TABLE types (
  id int PRIMARY KEY, padded char(6), u uuid, n numeric, f float8, d date, t time, wall timestamp, moment timestamptz,
  i interval, j jsonb, arr numeric[], days date[], ip inet, raw bytea, span int4range, ok boolean, m money
);
INSERT INTO types VALUES
  (1, 'ab', '6B0F4E21-0FD3-4A29-B9F7-E5B0787AE2DA', 'NaN', 'infinity', '0044-03-15 BC', '24:00', 'infinity',
   '2024-01-01 00:00+02', '1 month 2 days', '{"a": 1.10, "b": [0.1]}', '{1.50,NaN,NULL}', '{-infinity,2024-01-01}',
   '10.0.0.1/24', '\\x00ff', '[1,5)', true, 12.5),
  (2, 'cd', NULL, 12345678901234567890.123456789, 0.1, '2024-03-10', '07:05', '2024-03-10 12:00',
   '9999-12-31 23:59:59+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""


def run(url: str, script: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(script.replace("%", "%%"))
    engine.dispose()


@pytest.fixture
def session(postgres: str) -> Iterator[SqlSession]:
    with SqlSession(SqlSettings(url=DatabaseUrl(postgres))) as session:
        yield session


def test_no_value_of_postgresql_ends_a_read(postgres: str, session: SqlSession, rows: Any) -> None:
    """Python knows no year 44 BC, no infinite date, no 24:00, no month as a time span."""
    run(postgres, TYPES)
    odd, plain = rows(session, table="types")
    assert odd | {"moment": None} == {
        "id": 1,
        "padded": "ab    ",
        "u": "6b0f4e21-0fd3-4a29-b9f7-e5b0787ae2da",
        "n": "NaN",
        "f": "Infinity",
        "d": "0044-03-15 BC",
        "t": "24:00:00",
        "wall": "infinity",
        "moment": None,
        "i": "1 mon 2 days",
        "j": {"a": Decimal("1.10"), "b": [Decimal("0.1")]},
        "arr": [Decimal("1.50"), "NaN", None],
        "days": ["-infinity", date(2024, 1, 1)],
        "ip": "10.0.0.1/24",
        "raw": b"\x00\xff",
        "span": "[1, 5)",
        "ok": True,
        "m": "$12.50",
    }
    assert odd["moment"] == datetime(2023, 12, 31, 22, tzinfo=UTC)
    assert str(odd["j"]["a"]) == "1.10"
    assert plain["n"] == Decimal("12345678901234567890.123456789")
    assert (plain["f"], plain["d"], plain["wall"]) == (
        Decimal("0.1"),
        date(2024, 3, 10),
        datetime.fromisoformat("2024-03-10T12:00"),
    )


@pytest.mark.parametrize(
    ("key", "identity"),
    [
        ("id", "1"),
        ("padded", "ab"),
        ("padded", "ab    "),
        ("u", "6b0f4e21-0fd3-4a29-b9f7-e5b0787ae2da"),
        ("u", "6B0F4E21-0FD3-4A29-B9F7-E5B0787AE2DA"),
        ("ip", "10.0.0.1/24"),
        (("id", "padded"), "1,ab"),
    ],
)
def test_a_row_is_found_by_its_id_whatever_type_the_key_has(
    postgres: str, session: SqlSession, rows: Any, key: Any, identity: str
) -> None:
    run(postgres, TYPES)
    (row,) = rows(session, Query(id=identity), table="types", key=key)
    assert row["id"] == 1


@pytest.mark.parametrize("key", ["id", "u", "n", "d"])
def test_an_id_no_value_of_the_key_can_have_is_not_there(
    postgres: str, session: SqlSession, rows: Any, key: str
) -> None:
    run(postgres, TYPES)
    with pytest.raises(AccessError, match="no row with the key"):
        rows(session, Query(id="no such thing"), table="types", key=key)


@pytest.mark.parametrize("changed", ["d", "wall", "moment"])
def test_since_compares_with_the_type_of_the_column(
    postgres: str, session: SqlSession, rows: Any, changed: str
) -> None:
    run(postgres, TYPES)
    since = Query(since=datetime(2024, 3, 10, 12, tzinfo=UTC))
    found = {row["id"] for row in rows(session, since, table="types", changed=changed)}
    assert found == ({1, 2} if changed == "wall" else {2}), "infinity is later than any day"


def test_all_statements_of_a_snapshot_see_one_moment(postgres: str, session: SqlSession) -> None:
    run(postgres, "DROP TABLE IF EXISTS n; CREATE TABLE n AS SELECT 1 AS id")
    with session.snapshot() as snapshot:
        before = snapshot.values(text("SELECT count(*) FROM n"))
        run(postgres, "DELETE FROM n")
        assert snapshot.values(text("SELECT count(*) FROM n")) == before == [1]


def test_counting_and_reading_see_one_moment(postgres: str, session: SqlSession) -> None:
    run(postgres, "DROP TABLE IF EXISTS n; CREATE TABLE n AS SELECT generate_series(1, 30) AS id")
    reading = SqlStream("s", table="n", key="id", mapping=(), page_size=10).pages(session, Query())
    first = next(reading)
    run(postgres, "DELETE FROM n WHERE id > 5; INSERT INTO n VALUES (99)")
    assert first.total == sum(len(page.rows) for page in (first, *reading)) == 30


def test_a_read_goes_on_behind_nulls_as_postgresql_orders_them(postgres: str, session: SqlSession, rows: Any) -> None:
    run(
        postgres,
        "DROP TABLE IF EXISTS n; CREATE TABLE n (id int, c date);"
        "INSERT INTO n VALUES (1, NULL), (2, '2024-01-01'), (3, NULL), (4, '2024-01-02'), (5, NULL)",
    )
    stream = SqlStream("s", table="n", key="id", changed="c", mapping=(), page_size=1)
    found: list[int] = []
    cursor = None
    while not found or cursor:
        page = next(iter(stream.pages(session, Query(cursor=cursor))))
        found += [row["id"] for row in page.rows]
        cursor = page.next
    assert found == [2, 4, 1, 3, 5]


def test_names_that_need_quotes_are_read(postgres: str, session: SqlSession, rows: Any) -> None:
    run(
        postgres,
        'CREATE SCHEMA IF NOT EXISTS "Old Stuff"; DROP TABLE IF EXISTS "Old Stuff"."Order";'
        'CREATE TABLE "Old Stuff"."Order" ("User" int, "100% :x " text); INSERT INTO "Old Stuff"."Order" VALUES (1, \'a\')',
    )
    declaration = {"table": "Order", "schema": "Old Stuff", "key": "User", "changed": "100% :x "}
    assert rows(session, **declaration) == [{"User": 1, "100% :x ": "a"}]
    assert rows(session, Query(id="1"), **declaration) == [{"User": 1, "100% :x ": "a"}]
    with pytest.raises(SourceChangedError, match="no table or view 'order'; near names: Order"):
        rows(session, table="order", schema="Old Stuff", key="User")


def test_a_missing_column_is_named_with_its_near_names(postgres: str, session: SqlSession, rows: Any) -> None:
    run(postgres, 'DROP TABLE IF EXISTS n; CREATE TABLE n ("Id" int, name text)')
    with pytest.raises(SourceChangedError, match="n has no column 'id'; near names: Id"):
        rows(session, table="n")
    with pytest.raises(SourceChangedError, match="the select of s has no column 'id'; near names: Id"):
        rows(session, select='SELECT "Id" FROM n')


def test_a_statement_that_takes_too_long_is_ended(postgres: str, rows: Any) -> None:
    with (
        SqlSession(SqlSettings(url=DatabaseUrl(postgres), statement_timeout=0.05)) as session,
        pytest.raises(SourceUnavailableError, match="longer than statement_timeout"),
    ):
        rows(session, select="SELECT 1 AS id FROM pg_sleep(5)")


def test_a_connection_cut_by_the_server_is_unavailable_and_the_next_read_connects_anew(
    postgres: str, session: SqlSession, rows: Any
) -> None:
    run(
        postgres,
        "DROP TABLE IF EXISTS n; CREATE TABLE n AS SELECT generate_series(1, 5000) AS id, repeat('x', 999) AS v",
    )
    reading = SqlStream("s", table="n", key="id", mapping=(), page_size=10).pages(session, Query())
    next(reading)
    run(postgres, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bartack'")
    with pytest.raises(SourceUnavailableError):
        list(reading)
    assert len(rows(session, table="n")) == 5000


def test_a_locked_table_is_unavailable_after_the_timeout(postgres: str, rows: Any) -> None:
    run(postgres, "DROP TABLE IF EXISTS n; CREATE TABLE n (id int)")
    engine = create_engine(postgres)
    with engine.begin() as writer:
        writer.exec_driver_sql("LOCK TABLE n IN ACCESS EXCLUSIVE MODE")
        with (
            SqlSession(SqlSettings(url=DatabaseUrl(postgres), statement_timeout=0.1)) as session,
            pytest.raises(SourceUnavailableError),
        ):
            rows(session, table="n")
    engine.dispose()


def test_a_user_without_rights_is_an_access_error(postgres: str, rows: Any) -> None:
    run(
        postgres,
        "DROP TABLE IF EXISTS n; CREATE TABLE n (id int); DROP ROLE IF EXISTS nobody_; CREATE ROLE nobody_ LOGIN",
    )
    url = make_url(postgres).set(username="nobody_").render_as_string(hide_password=False)
    with (
        SqlSession(SqlSettings(url=DatabaseUrl(url))) as session,
        pytest.raises(AccessError, match="permission denied for table n"),
    ):
        rows(session, table="n")


def test_a_database_that_is_not_there_is_an_access_error(postgres: str, rows: Any) -> None:
    url = make_url(postgres).set(database="nowhere").render_as_string(hide_password=False)
    with SqlSession(SqlSettings(url=DatabaseUrl(url))) as session, pytest.raises(AccessError, match="nowhere"):
        rows(session, table="n")


def test_a_server_that_does_not_check_encodings_gives_text_or_bytes(postgres: str, rows: Any) -> None:
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS ascii_")
        connection.exec_driver_sql(
            "CREATE DATABASE ascii_ ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    engine.dispose()
    there = make_url(postgres).set(database="ascii_")
    url = there.render_as_string(hide_password=False)
    by_hand = there.update_query_dict({"client_encoding": "utf8"}).render_as_string(hide_password=False)
    run(
        by_hand, r"CREATE TABLE n (id int, v text, c char(8)); INSERT INTO n VALUES (1, E'M\374ller', E'M\303\274ller')"
    )
    with SqlSession(SqlSettings(url=DatabaseUrl(url))) as session:
        assert rows(session, table="n") == [{"id": 1, "v": b"M\xfcller", "c": "Müller "}], "padded to 8 bytes"
    with SqlSession(SqlSettings(url=DatabaseUrl(url), encoding="cp1252")) as session:
        assert rows(session, table="n") == [{"id": 1, "v": "Müller", "c": "Müller "}]


def test_sessions_of_several_threads_do_not_disturb_each_other(postgres: str) -> None:
    run(postgres, "DROP TABLE IF EXISTS n; CREATE TABLE n AS SELECT generate_series(1, 3000) AS id")
    stream, counts = SqlStream("s", table="n", key="id", mapping=(), page_size=100), []

    def read() -> None:
        with SqlSession(SqlSettings(url=DatabaseUrl(postgres))) as session:
            counts.append(sum(len(page.rows) for page in stream.pages(session, Query())))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [3000] * 4


def test_every_table_of_northwind_is_read_whole(northwind_postgres: str, northwind_sqlite: str) -> None:
    for url in (northwind_postgres, northwind_sqlite):
        with SqlSession(SqlSettings(url=DatabaseUrl(url))) as session:
            for table, key in (("customers", "customer_id"), ("order_details", ("order_id", "product_id"))):
                pages = list(SqlStream(table, table=table, key=key, mapping=(), page_size=50).pages(session, Query()))
                assert sum(len(page.rows) for page in pages) == pages[0].total
                assert pages[0].total in (91, 2155)
