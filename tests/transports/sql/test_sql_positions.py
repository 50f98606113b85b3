"""A read that was cut goes on behind the last row it handed up."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import ConfigError
from bartack.transports.base import Query
from bartack.transports.sql import SqlSession, SqlSettings, SqlStream
from bartack.transports.sql.positions import Position, key_separator, read_cursor, write_cursor

plain = st.one_of(
    st.none(),
    st.text(),
    st.integers(),
    st.booleans(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.sampled_from([None, UTC])),
    st.times(),
    st.binary(),
    st.floats(allow_nan=False),
    st.uuids(),
    st.timedeltas(),
    st.lists(st.integers(), max_size=2),
)


@given(values=st.lists(plain, min_size=1, max_size=4))
def test_a_cursor_reads_back_as_the_values_it_was_written_from(values: list[Any]) -> None:
    position = Position(tuple(values), ("id", "a name"))
    assert read_cursor(write_cursor(position), len(values)) == position


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "[]", "{}", "7", "null", "[" * 9999, '{"at":[1]}', '{"columns":[]}', '{"at":[1],"columns":7}'),
        *(f'{{"at":{at},"columns":[]}}' for at in ("[]", "[1,2]", "7", '[{"date":"x"}]', '[{"odd":"1"}]', "[{}]")),
        *(f'{{"at":{at},"columns":[]}}' for at in ('[{"bytes":"*"}]', '[{"uuid":7}]', '[{"microseconds":"x"}]')),
    ],
)
def test_a_foreign_cursor_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="not one of this stream"):
        read_cursor(text, 1)


def test_a_cursor_shows_its_kinds_of_values() -> None:
    written = write_cursor(Position((Decimal("1.50"), date(2024, 3, 10), time(7), b"\x00"), ("id",)))
    at = '[{"decimal":"1.50"},{"date":"2024-03-10"},{"time":"07:00:00"},{"bytes":"AA=="}]'
    assert written == f'{{"at":{at},"columns":["id"]}}'


def test_the_parts_of_an_id_stand_apart_as_the_key_says() -> None:
    assert key_separator(("a", "b")) == ","
    assert key_separator({"join": ["a", "b"], "with": "/"}) == "/"
    assert key_separator({"join": ["a", "b"]}) == " "


cells = st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([0.5, -0.1, "", "a", "B", "é", "2024-01-01"]))


@given(table=st.lists(st.tuples(cells, cells), min_size=1, max_size=12), size=st.integers(1, 4))
def test_reading_page_by_page_with_cursors_gives_each_row_once(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[Any, Any]], size: int
) -> None:
    """Even where the ordering columns hold NULL and values of mixed types."""
    path = tmp_path_factory.mktemp("cursor") / "t.db"
    _fill(path, table)
    stream = SqlStream("s", table="t", key="id", changed="a", mapping=(), page_size=size)
    with SqlSession(SqlSettings(url=f"sqlite:///{path}")) as session:
        whole = [row for page in stream.pages(session, Query()) for row in page.rows]
        found: list[Any] = []
        cursor = None
        while True:
            page = next(iter(stream.pages(session, Query(cursor=cursor))))
            found += page.rows
            assert page.total == len(whole) - len(found) + len(page.rows), "what is left to read"
            cursor = page.next
            if cursor is None:
                break
    assert found == whole
    assert len(found) == len(table)


def _fill(path: Path, table: list[tuple[Any, Any]]) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)")
        connection.executemany("INSERT INTO t (a, b) VALUES (?, ?)", table)
    connection.close()


def test_rows_inserted_behind_the_position_are_read_by_the_next_read(
    make: Any, connect: Any, pages: Any, tmp_path: Path
) -> None:
    session = connect(make("CREATE TABLE t (id INT); INSERT INTO t VALUES (1), (2), (3);"))
    (first, _) = pages(session, table="t", page_size=2)
    writer = sqlite3.connect(tmp_path / "crm.db")
    with writer:
        writer.execute("INSERT INTO t VALUES (4), (0)")
    writer.close()
    (rest,) = pages(session, Query(cursor=first.next), table="t", page_size=2)
    assert [row["id"] for row in rest.rows] == [3, 4]
