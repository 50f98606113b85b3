"""A database is recorded once, and read again without it: no server, no driver, no file."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bartack
from bartack.errors import RecordingError, SourceChangedError
from bartack.recording import Scrubber, load_recording
from bartack.recording.fuse import network_fuse
from bartack.recording.sql import Answer, Database, SqlCassette, SqlError, SqlPlayer, SqlRecorder, Statement
from bartack.recording.sql.statements import fingerprint, ordered, refuse_writes

TOML = """
[sources.legacy]
connector = "sql"
{url}
default_zone = "UTC"
keep = {{ personal = "keep" }}
{mode} = "db.yaml"
[sources.legacy.streams.customers]
{rows}
key = "cust_no"
mapping = "customers.yaml"
page_size = 3
"""
MAPPING = """
contract: person/1
fields:
  name.full: {path: name, use: text, required: true}
  kind: {const: contact}
custom: true
"""


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def database(request: pytest.FixtureRequest) -> str:
    """The SQLAlchemy URL of a database with customers."""
    url: str = request.getfixturevalue(f"{request.param}_customers")
    return url


def configured(folder: Path, mode: str, url: str | None, rows: str = 'table = "customer"') -> Path:
    text = "" if url is None else 'url = { file = "url.txt" }'
    (folder / "url.txt").write_text(url or "", encoding="utf-8")
    (folder / "customers.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "bartack.toml").write_text(TOML.format(url=text, mode=mode, rows=rows), encoding="utf-8")
    return folder


def read(folder: Path, **how: Any) -> tuple[list[Any], Any]:
    with bartack.open(folder) as hub:
        found = hub.read("person", source="legacy", allow_partial=True, **how)
        records = [(str(record.ref), record.value, record.provenance.request) for record in found]
    return records, found.report.verdict


def test_what_was_recorded_is_read_again_without_the_database(database: str, tmp_path: Path) -> None:
    live, verdict = read(configured(tmp_path, "record", database))
    assert live
    configured(tmp_path, "replay", "postgresql://nobody@192.0.2.1/nothing")
    with network_fuse() as heard:
        again, replayed = read(tmp_path)
    assert again == live
    assert (replayed.rows, replayed.delivered, replayed.completeness) == (verdict.rows, verdict.delivered, "complete")
    assert heard == []
    cassette = load_recording(tmp_path / "db.yaml")
    assert isinstance(cassette, SqlCassette)
    before = (tmp_path / "db.yaml").read_bytes()
    cassette.save()
    assert (tmp_path / "db.yaml").read_bytes() == before


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_no_driver_is_needed(server: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    live, _ = read(configured(tmp_path, "record", request.getfixturevalue(f"{server}_customers")))
    configured(tmp_path, "replay", "postgresql://nobody@192.0.2.1/nothing")
    code = (
        "import sys; sys.modules['psycopg'] = None; sys.modules['pg8000'] = None; sys.modules['pymysql'] = None\n"
        "import bartack\n"
        "with bartack.open('.') as hub:\n"
        "    print(sum(1 for _ in hub.read('person', source='legacy', allow_partial=True)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == str(len(live)), done.stderr


@pytest.mark.parametrize("server", ["sqlite", "mariadb"])
def test_a_table_that_was_gone_is_gone_again(server: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    database = request.getfixturevalue(f"{server}_customers")
    errors = []
    for mode in ("record", "replay"):
        configured(tmp_path, mode, database, 'table = "no_such_table"')
        with bartack.open(tmp_path) as hub:
            found = hub.read("person", source="legacy", allow_partial=True)
            list(found)
        errors.append([(type(error), error.message) for error in found.errors])
    assert errors[0] == errors[1]
    assert errors[0][0][0] is SourceChangedError


def test_a_statement_that_was_not_recorded_names_the_nearest(sqlite_customers: str, tmp_path: Path) -> None:
    read(configured(tmp_path, "record", sqlite_customers))
    configured(tmp_path, "replay", sqlite_customers)
    with bartack.open(tmp_path) as hub, pytest.raises(RecordingError, match="was not recorded; the nearest has"):
        hub.get("legacy/customers/1", live=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a, b FROM t", "select  a , b\nfrom t -- all of it"),
        ("SELECT a FROM t WHERE b = ?", "SELECT a FROM t WHERE b = %(b_1)s::INTEGER"),
        ("SELECT a FROM t WHERE b = :b", "SELECT a FROM t WHERE b = $1"),
        ("SELECT a FROM t WHERE b IN (?, ?)", "SELECT a FROM t WHERE b IN (?, ?, ?, ?)"),
        ("SELECT anon_2.a FROM (SELECT 1 AS a) AS anon_2", "SELECT anon_7.a FROM (SELECT 1 AS a) AS anon_7"),
        ("SELECT a /* why */ FROM t", "SELECT a FROM t"),
    ],
)
def test_statements_that_ask_for_the_same_are_the_same(one: str, other: str) -> None:
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b = 2"),
        ("SELECT a FROM t WHERE b = 'X'", "SELECT a FROM t WHERE b = 'x'"),
        ('SELECT "A" FROM t', 'SELECT "a" FROM t'),
        ("SELECT a FROM t WHERE b > ?", "SELECT a FROM t WHERE b >= ?"),
        ("SELECT a::text FROM t", "SELECT a::date FROM t"),
        ("SELECT a FROM t ORDER BY a, b", "SELECT a FROM t ORDER BY b, a"),
        ("SELECT '--' || a FROM t", "SELECT '-' || a FROM t"),
    ],
)
def test_statements_that_ask_for_something_else_are_others(one: str, other: str) -> None:
    assert fingerprint(one) != fingerprint(other)


def test_parameters_are_compared_in_the_order_of_their_use_and_with_their_types() -> None:
    sql = "SELECT 1 WHERE a = %(a)s AND b = %(b)s AND c = %(a)s"
    assert ordered(sql, {"b": Decimal("1.0"), "a": "x"}) == '["x", {"$decimal": "1.0"}, "x"]'
    assert ordered(sql, {"b": 1.0, "a": "x"}) != ordered(sql, {"b": 1, "a": "x"})


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE t SET a = 1",
        "INSERT INTO t VALUES (1)",
        "DROP TABLE t",
        "CALL p()",
        "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
        "EXPLAIN ANALYZE DELETE FROM t",
        "SELECT 1; DELETE FROM t",
        "BEGIN; DELETE FROM t",
        "SELECT a INTO b FROM t",
        "SELECT a FROM t INTO OUTFILE 'x'",
        "SELECT a FROM t FOR UPDATE",
        "PRAGMA user_version = 5",
        "EXPLAIN ANALYZE REPLACE INTO t VALUES (1)",
        "SELECT 1 /*!; DELETE FROM t */",
        "WITH a AS (SELECT 1) DELETE FROM t",
        "",
    ],
)
def test_what_writes_is_refused(sql: str) -> None:
    with pytest.raises(RecordingError):
        refuse_writes(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "WITH a AS (SELECT 1) SELECT * FROM a;",
        "PRAGMA table_info(t)",
        "SHOW x",
        "WITH a AS (SELECT x AS call, replace(y, 'a', 'b') FROM t) SELECT call FROM a",
        'SELECT "update", delete FROM t',
    ],
)
def test_what_reads_is_not_refused(sql: str) -> None:
    refuse_writes(sql)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.characters(categories=["Cs"]),
    st.binary(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.datetimes(timezones=st.sampled_from([None, UTC])),
    st.times(),
    st.timedeltas(timedelta(-10_000), timedelta(10_000)),
    st.uuids(),
)


@pytest.mark.parametrize("suffix", ["yaml", "json"])
@given(rows=st.lists(st.tuples(VALUES, VALUES), max_size=5))
def test_values_come_back_as_they_were(
    suffix: str, rows: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("sql") / f"t.{suffix}"
    answer = Answer((("a", "1"), ("b", "None")), tuple(rows), seconds=0.25)
    SqlCassette(path, [Statement("SELECT a, b FROM t", '["x"]', answer)], database=Database("sqlite")).save()
    (found,) = SqlCassette.load(path).statements
    assert found.answer == answer
    assert [[type(value) for value in row] for row in found.answer.rows] == [[type(v) for v in row] for row in rows]


def test_types_of_every_kind_are_told() -> None:
    row = (Decimal("1.10"), date(2026, 1, 31), datetime(2026, 1, 31, 9, tzinfo=UTC), time(9, 30), UUID(int=7), b"\xff")
    statement = Statement("SELECT 1", answer=Answer((("a", ""),) * 6, (row,)))
    player = SqlPlayer(SqlCassette("x.yaml", [statement], database=Database("sqlite")))
    cursor = player.module.connect().cursor()
    cursor.execute("select 1")
    assert cursor.fetchall() == [row]


def test_each_answer_is_given_once_unless_the_recording_allows_more() -> None:
    statements = [Statement("SELECT 1", answer=Answer(rows=((number,),))) for number in (1, 2)]
    cassette = SqlCassette("x.yaml", statements, database=Database("sqlite"))
    player = SqlPlayer(cassette)
    assert [player.answer("SELECT 1", ()).answer.rows[0][0] for _ in range(2)] == [1, 2]
    with pytest.raises(RecordingError, match="once more than it was recorded"):
        player.answer("SELECT 1", ())
    cassette.allow_playback_repeats = True
    assert player.answer("select 1", None).answer.rows == ((2,),)
    assert cassette.unplayed == ()


@pytest.mark.parametrize(("dialect", "code", "attribute"), [("postgresql", "42P01", "sqlstate"), ("sqlite", "SQLITE_BUSY", "sqlite_errorname")])  # fmt: skip
def test_an_error_is_raised_as_the_driver_raised_it(dialect: str, code: str, attribute: str) -> None:
    error = SqlError("OperationalError", "it went wrong", code)
    player = SqlPlayer(
        SqlCassette("x.yaml", [Statement("SELECT 1", answer=Answer(error=error))], database=Database(dialect))
    )
    with pytest.raises(player.module.OperationalError, match="it went wrong") as caught:
        player.module.connect().cursor().execute("SELECT 1")
    assert getattr(caught.value, attribute) == code


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nstatements: {}\n",
        "version: 2\nstatements: []\n",
        "version: 1\nstatements:\n- sql: 1\n  rows: '[1'\n",
        "version: 1\nstatements:\n- sql: SELECT 1\n  rows: '7'\n",
        "version: 1\nstatements:\n- rows: '[]'\n",
        "version: 1\nstatements:\n- sql: SELECT 1\n  columns: '[1]'\n",
        "version: 1\ndatabase: {server_version: x.y}\nstatements: []\n",
        "version: 1\nstatements:\n- !!python/object/apply:os.system [ls]\n",
        'version: 1\nstatements:\n- sql: SELECT 1\n  rows: \'[{"$decimal": "x"}]\'\n',
    ],
)
def test_a_file_that_is_no_recording_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecordingError):
        SqlCassette.load(path)


def test_one_thread_that_makes_a_connection_ready_silences_no_other(tmp_path: Path) -> None:
    recorder = SqlRecorder(SqlCassette(tmp_path / "x.yaml", database=Database("sqlite")), Scrubber())
    with recorder.preamble(), ThreadPoolExecutor(1) as others:
        assert not recorder.listens("SELECT 1")
        assert others.submit(recorder.listens, "SELECT 1").result()


def test_secrets_in_cells_parameters_and_messages_are_gone_before_they_are_written(tmp_path: Path) -> None:
    secret = "canary-9f2e71"
    recorder = SqlRecorder(SqlCassette(tmp_path / "x.yaml", database=Database("sqlite")), Scrubber([secret]))
    answer = Answer((("note", ""), ("password", "")), ((f"it is {secret}", "hunter2"),))
    recorder.take("SELECT note, password FROM t WHERE a = ?", (secret,), answer)
    recorder.take("SELECT 1", (), Answer(error=SqlError("Error", f"no {secret}")))
    recorder.cassette.save()
    written = (tmp_path / "x.yaml").read_text(encoding="utf-8")
    assert secret not in written
    assert "hunter2" not in written


@pytest.mark.parametrize(("dialect", "driver"), [("mssql", "pyodbc"), ("oracle", "oracledb"), ("mysql", "pymysql")])
def test_dialects_whose_drivers_are_not_here_replay_what_was_written_by_hand(
    dialect: str, driver: str, tmp_path: Path
) -> None:
    """Unproven until somebody records one of them: docs/sql-cassettes.md has the script."""
    columns = (("cust_no", "str"), ("name", "str"), ("bal", "Decimal"))
    people = (("0001", "Ada Lovelace", Decimal("1.50")), ("0002", "Zoë Müller", Decimal("-3")))
    cassette = SqlCassette(
        tmp_path / "db.yaml",
        [
            Statement("SELECT count(*) AS count_1 FROM customer", answer=Answer((("count_1", "int"),), ((2,),))),
            Statement("SELECT * FROM customer ORDER BY customer.cust_no", answer=Answer(columns, people)),
        ],
        database=Database(dialect, driver, (16, 0), "dbo", f"{dialect}://erp/", proven=False),
    )
    cassette.save()
    records, verdict = read(configured(tmp_path, "replay", "sqlite:///nothing.db"))
    assert [(ref, value.name.full) for ref, value, _ in records] == [
        ("legacy/customers/0001", "Ada Lovelace"),
        ("legacy/customers/0002", "Zoë Müller"),
    ]
    assert (verdict.completeness, verdict.rows) == ("complete", 2)


@pytest.mark.parametrize("sql", ["BEGIN; DELETE FROM t", "SET x = 1; DROP TABLE t"])
def test_nothing_hides_behind_a_statement_that_rules_a_transaction(sql: str) -> None:
    from bartack.recording.sql.statements import is_control

    assert not is_control(sql)
    assert is_control(sql.partition(";")[0])


@pytest.mark.parametrize("way", ["executemany", "executescript"])
def test_several_statements_at_once_do_not_reach_the_driver(way: str, tmp_path: Path) -> None:
    import sqlite3

    from bartack.recording.sql import SqlRecorder

    real = sqlite3.connect(":memory:")
    real.execute("CREATE TABLE t (a)")
    connection = SqlRecorder(SqlCassette(tmp_path / "x.yaml"), Scrubber()).connection(real)
    for one in (connection, connection.cursor()):
        with pytest.raises(RecordingError, match="several statements"):
            getattr(one, way)("INSERT INTO t VALUES (1)", [()])
    with pytest.raises(RecordingError):
        connection.execute("DELETE FROM t")
    real.close()


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_recording_of_http_that_speaks_of_statements_is_one_of_http(suffix: str, tmp_path: Path) -> None:
    from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse

    asked = RecordedRequest("GET", "https://bank.example.org/statements")
    answer = RecordedResponse(200, body=b'{"statements": [],\n"a": 1}\nstatements:\n- 1')
    path = tmp_path / f"bank.{suffix}"
    Cassette(path, [Interaction(asked, answer)]).save()
    found = load_recording(path)
    assert isinstance(found, Cassette)
    assert found.interactions[0].response.body == answer.body


def test_a_recording_of_a_database_is_known_however_much_it_says_of_itself(tmp_path: Path) -> None:
    from bartack.recording import About

    path = tmp_path / "db.yaml"
    about = About(settings={"streams": {f"s{number}": {"table": "t" * 50} for number in range(600)}})
    SqlCassette(path, [Statement("SELECT 1")], database=Database("sqlite"), about=about).save()
    assert isinstance(load_recording(path), SqlCassette)


def test_recordings_of_databases_that_hold_the_same_are_alike(tmp_path: Path) -> None:
    from bartack.testing.tapes import alike

    paths = [tmp_path / name for name in ("a.yaml", "b.json", "c.yaml")]
    for path, row, seconds in zip(paths, (1, 1, 2), (0.1, 0.2, 0.1), strict=True):
        answer = Answer((("a", ""),), ((row,),), seconds=seconds)
        SqlCassette(path, [Statement("SELECT a FROM t", answer=answer)], database=Database("sqlite")).save()
    assert list(alike(paths)) == [(paths[0], paths[1])]
