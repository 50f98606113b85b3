"""Names of tables and columns are data of the source: no name can become a piece of a statement."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql

from bartack.transports.base import Query
from bartack.transports.sql import SqlSession, SqlSettings, SqlStream
from bartack.transports.sql.statements import Statements

NASTY = (
    'a"; DROP TABLE victim; --',
    "select",
    "Order",
    "trailing ",
    " ",
    "",
    "a.b",
    "a:b",
    ":b",
    "%(x)s",
    "100%",
    "?",
    "[a]",
    "`a`",
    "Größe",
    "名前",
    "a'b",
    "a\nb",
    "rowid",
    "1st",
    "a\\b",
    '""',
    "param_1",
    "*",
    "count(*)",
)
names = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@given(table=names, key=names, changed=names)
@example(table='t"; DROP TABLE victim; --', key='k" = 1 OR 1 = 1 --', changed="c'); --")
def test_nasty_names_are_read_sought_and_resumed(
    tmp_path_factory: pytest.TempPathFactory, table: str, key: str, changed: str
) -> None:
    assume(not table.lower().startswith("sqlite_") and table.lower() != "victim")  # reserved
    assume(key.lower() != changed.lower())
    assume(key and "'" not in key)  # else no path of the mapping language
    path = tmp_path_factory.mktemp("names") / "t.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE victim (id)")
        connection.execute(f"CREATE TABLE {_quoted(table)} ({_quoted(key)} INT, {_quoted(changed)} TEXT)")
        connection.execute(f"INSERT INTO {_quoted(table)} VALUES (1, '2024-01-01'), (2, '2024-01-02')")
    connection.close()
    stream = SqlStream(
        "s", table=table, key=f"'{key}'", changed=changed, columns=(key, changed), mapping=(), page_size=1
    )
    with SqlSession(SqlSettings(url=f"sqlite:///{path}")) as session:
        assert _rows(stream, session, Query()) == [{key: 1, changed: "2024-01-01"}, {key: 2, changed: "2024-01-02"}]
        assert _rows(stream, session, Query(id="2")) == [{key: 2, changed: "2024-01-02"}]
        first = next(iter(stream.pages(session, Query())))
        assert _rows(stream, session, Query(cursor=first.next)) == [{key: 2, changed: "2024-01-02"}]
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM victim").fetchone() == (0,)
    connection.close()


def _rows(stream: SqlStream, session: SqlSession, query: Query) -> list[Any]:
    return [row for page in stream.pages(session, query) for row in page.rows]


def test_mysql_is_asked_whether_it_sorts_a_text_by_a_number_behind_it() -> None:
    """Enumerations, sets, bit fields: seen on MariaDB 10.11, where a read that went on behind them would miss rows."""
    statements = Statements(SqlStream("s", table="t", key="id", changed="mood", mapping=()), "mysql")
    asked = str(statements.sorted_by_number("mood").compile(dialect=mysql.dialect()))
    assert "WHERE (t.mood + 0) != (CAST(t.mood AS CHAR) + 0)" in " ".join(asked.split())
