"""What goes wrong while a database is read: each fault is a typed error, and the rest of the rows comes afterwards."""

from __future__ import annotations

import logging
import socket
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bartack.errors import (
    BartackError,
    ConfigError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    WireError,
)
from bartack.transports.base import Page, Query, Runtime
from bartack.transports.sql import SqlSession, SqlSettings, SqlStream
from bartack.transports.sql.faults import translate
from bartack.transports.sql.settings import DatabaseUrl
from support.databases import PostgresServer
from support.tcp_proxy import broken_line

ROWS = 400
STREAM = SqlStream("s", table="t", key="id", mapping=(), page_size=50)


def run(url: str, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def opened(url: str, runtime: Runtime | None = None, **settings: Any) -> SqlSession:
    return SqlSession(SqlSettings(url=DatabaseUrl(url), **settings), runtime)


def read_until_it_breaks(
    session: SqlSession, stream: SqlStream = STREAM, before: Callable[[int], None] = lambda _: None
) -> tuple[list[Page], BartackError | None]:
    """Read; call ``before`` with the number of pages that came, before each further one."""
    came: list[Page] = []
    try:
        for page in stream.pages(session, Query()):
            came.append(page)
            before(len(came))
    except BartackError as error:
        return came, error
    return came, None


def the_rest(url: str, came: list[Page], stream: SqlStream = STREAM) -> list[int]:
    """Go on behind the last page that came; return the ids of all rows of both reads."""
    cursor = came[-1].next if came else None
    seen = sum(len(page.rows) for page in came)
    with opened(url) as session:
        rest = list(stream.pages(session, Query(cursor=cursor, seen=seen if cursor else None)))
    assert {page.total for page in rest} == {ROWS}
    return [row["id"] for page in (*came, *rest) for row in page.rows]


@pytest.fixture(scope="module")
def server(postgres_cluster: PostgresServer) -> str:
    return postgres_cluster.database("faults")


@pytest.fixture
def filled(server: str) -> str:
    """A PostgreSQL database whose table t has 400 rows of some 200 bytes."""
    run(
        server,
        "DROP TABLE IF EXISTS t",
        f"CREATE TABLE t AS SELECT i AS id, repeat('x', 200) AS v FROM generate_series(1, {ROWS}) i",
    )
    return server


def through(url: str, port: int) -> str:
    """Return the URL of a server at another port of the loopback address."""
    return make_url(url).set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)


def socket_of(url: str) -> str:
    there = make_url(url)
    return f"{there.host or there.query['host']}/.s.PGSQL.{there.port or 5432}"


# -- connections that break ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["reset", "close"])
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
def test_a_line_that_breaks_in_mid_fetch_loses_no_row(filled: str, ending: Any, share: float) -> None:
    with broken_line(socket_of(filled)) as whole, opened(through(filled, whole.port)) as session:
        assert read_until_it_breaks(session)[1] is None
        size = whole.passed
    with (
        broken_line(socket_of(filled), left=int(size * share), ending=ending) as line,
        opened(through(filled, line.port)) as session,
    ):
        came, error = read_until_it_breaks(session)
    assert isinstance(error, SourceUnavailableError)
    assert error.retryable
    assert the_rest(filled, came) == list(range(1, ROWS + 1))


def test_a_backend_that_an_administrator_ends_loses_no_row(filled: str) -> None:
    def end(pages: int) -> None:
        if pages == 3:
            run(
                filled,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'bartack' AND datname = 'faults'",
            )

    with opened(filled) as session:
        came, error = read_until_it_breaks(session, before=end)
        assert (type(error), len(came)) == (SourceUnavailableError, 3)
        assert the_rest(filled, came) == list(range(1, ROWS + 1))
        assert len(list(STREAM.pages(session, Query()))) == ROWS // 50, "the same session connects anew"


def test_a_backend_that_ends_after_the_last_row_ends_no_read(filled: str) -> None:
    def end(pages: int) -> None:
        if pages == ROWS // 50:
            run(
                filled,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'bartack' AND datname = 'faults'",
            )

    with opened(filled) as session:
        came, error = read_until_it_breaks(session, before=end)
    assert error is None
    assert sum(len(page.rows) for page in came) == ROWS


def test_a_server_that_goes_silent_is_given_up(filled: str) -> None:
    with (
        broken_line(socket_of(filled), left=30_000, ending="silence") as line,
        opened(through(filled, line.port), statement_timeout=0.3) as session,
    ):
        began = time.monotonic()
        came, error = read_until_it_breaks(session)
        waited = time.monotonic() - began
    assert isinstance(error, SourceUnavailableError)
    assert "no answer within" in error.message
    assert came
    assert waited < 2.5
    assert the_rest(filled, came) == list(range(1, ROWS + 1))


def test_a_host_that_accepts_and_says_nothing_is_given_up() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"postgresql://reader@127.0.0.1:{listener.getsockname()[1]}/crm"
        began = time.monotonic()
        with opened(url, connect_timeout=1) as session:
            _, error = read_until_it_breaks(session)
    assert isinstance(error, SourceUnavailableError)
    assert time.monotonic() - began < 4


def test_a_name_service_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asleep = threading.Event()
    monkeypatch.setattr("bartack.transports.sql.names.socket.getaddrinfo", lambda *_, **__: asleep.wait(30))
    with opened("postgresql://reader@crm.example/crm", connect_timeout=0.1) as session:
        began = time.monotonic()
        _, error = read_until_it_breaks(session)
    asleep.set()
    assert isinstance(error, SourceUnavailableError)
    assert "name service did not find crm.example within 0.1 s" in error.message
    assert time.monotonic() - began < 2


def test_a_host_that_has_no_address_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("bartack.transports.sql.names.socket.getaddrinfo", refuse)
    with opened("postgresql://reader@nowhere.example/crm") as session:
        _, error = read_until_it_breaks(session)
    assert isinstance(error, SourceUnavailableError)
    assert "nowhere.example is not found" in error.message


def test_a_reader_who_is_slower_than_the_server_allows_goes_on_where_it_was(filled: str) -> None:
    run(filled, "ALTER DATABASE faults SET idle_in_transaction_session_timeout = 50")
    try:
        with opened(filled) as session:
            came, error = read_until_it_breaks(session, before=lambda pages: time.sleep(0.3 if pages == 2 else 0))
    finally:
        run(filled, "ALTER DATABASE faults RESET idle_in_transaction_session_timeout")
    assert isinstance(error, SourceUnavailableError)
    assert the_rest(filled, came) == list(range(1, ROWS + 1))


class BrokenCursor:
    """A cursor whose ``fetchmany`` raises before the n-th chunk."""

    def __init__(self, result: Any, after: int, error: Exception) -> None:
        self._result, self._left, self._error = result, after, error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._result, name)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self._result.close()

    def fetchmany(self, size: int) -> Any:
        self._left -= 1
        if self._left < 0:
            raise self._error
        return self._result.fetchmany(size)


class DeadlockError(Exception):
    """As psycopg says it."""

    sqlstate = "40P01"


def _sqlite_error(text: str, name: str) -> sqlite3.Error:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize("after", range(ROWS // 50 + 1))
@pytest.mark.parametrize(
    ("error", "kind", "retryable"),
    [
        (_sqlite_error("disk I/O error", "SQLITE_IOERR_READ"), SourceUnavailableError, True),
        (_sqlite_error("database disk image is malformed", "SQLITE_CORRUPT"), WireError, False),
        (DeadlockError("deadlock detected"), SourceUnavailableError, True),
        (ConnectionResetError(104, "Connection reset by peer"), SourceUnavailableError, True),
        (TimeoutError("timed out"), SourceUnavailableError, True),
        (IndexError("bytearray index out of range"), SourceUnavailableError, True),
        (MemoryError(), SourceRefusedError, False),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), WireError, False),
    ],
)
def test_whatever_a_driver_raises_at_any_page_is_typed(
    make: Any, connect: Any, monkeypatch: pytest.MonkeyPatch, after: int, error: Exception, kind: Any, retryable: bool
) -> None:
    from bartack.transports.sql.engine import Snapshot

    url = make(
        "CREATE TABLE t (id INTEGER PRIMARY KEY);"
        f"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {ROWS}) INSERT INTO t SELECT i FROM c;"
    )
    fetch = Snapshot._fetch
    with monkeypatch.context() as patch:
        patch.setattr(
            Snapshot, "_fetch", lambda snapshot, result, size: fetch(snapshot, BrokenCursor(result, after, error), size)
        )
        came, raised = read_until_it_breaks(connect(url))
    assert (type(raised), raised.retryable if raised else None) == (kind, retryable)
    assert len(came) == max(after - 1, 0), "one page is fetched ahead"
    assert the_rest(url, came) == list(range(1, ROWS + 1))


# -- conflicts, limits -----------------------------------------------------------------------------------------------


def test_a_deadlock_is_worth_another_try(filled: str) -> None:
    """Two transactions wait for each other; the reader's is the one that PostgreSQL ends."""
    run(
        filled,
        "CREATE OR REPLACE FUNCTION meet() RETURNS int LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM pg_advisory_xact_lock(1); PERFORM pg_sleep(0.3); PERFORM pg_advisory_xact_lock(2); RETURN 1; END $$",
    )
    other = create_engine(filled, poolclass=NullPool)
    stream = SqlStream("s", select="SELECT meet() AS id", key="id", mapping=())

    def cross() -> None:
        with other.begin() as connection:
            connection.exec_driver_sql("SET LOCAL deadlock_timeout = '10s'")
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(2)")
            time.sleep(0.2)
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")

    thread = threading.Thread(target=cross)
    with opened(filled) as session:
        thread.start()
        time.sleep(0.05)
        _, error = read_until_it_breaks(session, stream)
        thread.join()
        assert isinstance(error, SourceUnavailableError)
        assert "deadlock" in error.message
        assert len(list(stream.pages(session, Query()))) == 1


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        ("40001", SourceUnavailableError, True),
        ("40P01", SourceUnavailableError, True),
        ("25P03", SourceUnavailableError, True),
        ("53300", SourceUnavailableError, True),
        ("57P03", SourceUnavailableError, True),
        ("58030", SourceUnavailableError, True),
        ("22021", WireError, False),
        ("XX001", WireError, False),
        ("42703", SourceChangedError, False),
        ("25006", ConfigError, False),
    ],
)
def test_errors_that_the_server_raises_itself_are_sorted(filled: str, code: str, kind: Any, retryable: bool) -> None:
    run(
        filled,
        "CREATE OR REPLACE FUNCTION fail(code text) RETURNS int LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = code; END $$",
    )
    stream = SqlStream("s", select=f"SELECT fail('{code}') AS id", key="id", mapping=())
    with opened(filled) as session:
        _, error = read_until_it_breaks(session, stream)
    assert error is not None
    assert (type(error), error.retryable, error.message) == (kind, retryable, "as told")


def test_a_statement_of_postgresql_that_takes_too_long_is_ended(filled: str) -> None:
    stream = SqlStream("s", select="SELECT pg_sleep(30)::text AS id", key="id", mapping=())
    with opened(filled, statement_timeout=0.1) as session:
        began = time.monotonic()
        _, error = read_until_it_breaks(session, stream)
    assert isinstance(error, SourceUnavailableError)
    assert "longer than statement_timeout" in error.message
    assert time.monotonic() - began < 2


def test_a_session_whose_connections_are_all_in_use_says_so(filled: str) -> None:
    with opened(filled, connect_timeout=0.1) as session:
        reads = [iter(STREAM.pages(session, Query())) for _ in range(16)]
        for read in reads[:15]:
            next(read)
        with pytest.raises(SourceUnavailableError, match="connections of this session are in use"):
            next(reads[15])
        for read in reads:
            read.close()  # type: ignore[attr-defined]


@pytest.fixture
def lite(make: Any) -> str:
    url: str = make(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);"
        f"WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {ROWS})"
        "INSERT INTO t SELECT i, i FROM c;"
    )
    return url


def test_a_file_that_somebody_writes_is_read_when_it_is_free_again(lite: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "crm.db", isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with opened(lite, connect_timeout=0.01) as session:
            came, error = read_until_it_breaks(session)
        assert (came, type(error)) == ([], SourceUnavailableError)
        writer.execute("COMMIT")
    assert the_rest(lite, []) == list(range(1, ROWS + 1))


def test_a_file_that_is_free_in_time_is_waited_for(lite: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "crm.db", isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        timer = threading.Timer(0.2, writer.execute, ["COMMIT"])
        timer.start()
        with opened(lite, connect_timeout=10) as session:
            assert read_until_it_breaks(session)[1] is None
        timer.join()


# -- another schema --------------------------------------------------------------------------------------------------

CHANGES = {
    "the key is dropped": ("ALTER TABLE t DROP COLUMN id", r"no column 'id'"),
    "the key is renamed": ("ALTER TABLE t RENAME COLUMN id TO number", r"no column 'id'"),
    "another column is dropped": ("ALTER TABLE t DROP COLUMN v", r"no column 'v' any more"),
    "another column is renamed": (
        "ALTER TABLE t RENAME COLUMN v TO value",
        r"no column 'v' any more",
    ),
    "the key becomes text": ("ALTER TABLE t ALTER COLUMN id TYPE text", r"'id' holds no values like"),
    "the key becomes a moment": (
        "ALTER TABLE t ALTER COLUMN id TYPE timestamptz USING to_timestamp(id)",
        r"'id' holds no values like",
    ),
    "the table is dropped": ("DROP TABLE t", r"no table or view 't'"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_schema_that_changes_before_the_read_goes_on_is_said(filled: str, change: str) -> None:
    statement, message = CHANGES[change]
    with opened(filled) as session:
        first = next(iter(STREAM.pages(session, Query())))
        run(filled, statement)
        with pytest.raises(SourceChangedError, match=message) as caught:
            list(STREAM.pages(session, Query(cursor=first.next, seen=50)))
    assert not caught.value.retryable


def test_a_key_that_becomes_a_number_is_not_compared_as_one(server: str) -> None:
    """As text '100' comes before '99': a read that went on would miss rows, and bring others twice."""
    run(server, "DROP TABLE IF EXISTS t", "CREATE TABLE t AS SELECT i::text AS id FROM generate_series(1, 400) i")
    with opened(server) as session:
        first = next(iter(STREAM.pages(session, Query())))
        run(server, "ALTER TABLE t ALTER COLUMN id TYPE int USING id::int")
        with pytest.raises(SourceChangedError, match="holds no values like"):
            list(STREAM.pages(session, Query(cursor=first.next, seen=50)))


def test_a_column_more_is_no_reason_to_stop(filled: str) -> None:
    with opened(filled) as session:
        first = next(iter(STREAM.pages(session, Query())))
        run(filled, "ALTER TABLE t ADD COLUMN more int DEFAULT 7")
        rest = list(STREAM.pages(session, Query(cursor=first.next, seen=50)))
    assert sum(len(page.rows) for page in rest) == ROWS - 50


def test_a_table_of_postgresql_cannot_change_while_it_is_read(filled: str) -> None:
    refused: list[DBAPIError] = []

    def change(pages: int) -> None:
        if pages == 2:
            try:
                run(filled, "SET lock_timeout = 50", "ALTER TABLE t DROP COLUMN v")
            except DBAPIError as error:
                refused.append(error)

    with opened(filled) as session:
        came, error = read_until_it_breaks(session, before=change)
    assert error is None
    assert refused
    assert sum(len(page.rows) for page in came) == ROWS


LITE_CHANGES = {
    "the key is renamed": ("ALTER TABLE t RENAME COLUMN id TO number", r"no column 'id'"),
    "another column is dropped": ("ALTER TABLE t DROP COLUMN v", r"no column 'v' any more"),
    "the key becomes text": (
        "CREATE TABLE u (id TEXT, v TEXT); INSERT INTO u SELECT 'K' || id, v FROM t; DROP TABLE t;"
        " ALTER TABLE u RENAME TO t",
        r"'id' holds no values like that at which it stopped, a number",
    ),
    "the table is dropped": ("DROP TABLE t", r"no table or view 't'"),
}


@pytest.mark.parametrize("change", LITE_CHANGES)
def test_a_schema_of_sqlite_that_changes_is_said(lite: str, tmp_path: Path, change: str) -> None:
    statement, message = LITE_CHANGES[change]
    with opened(lite) as session:
        first = next(iter(STREAM.pages(session, Query())))
        with closing(sqlite3.connect(tmp_path / "crm.db")) as writer:
            writer.executescript(statement)
        with pytest.raises(SourceChangedError, match=message):
            list(STREAM.pages(session, Query(cursor=first.next, seen=50)))


# -- what is told ----------------------------------------------------------------------------------------------------


class Counting:
    """A gate that writes down how calls end."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, str]] = []

    @contextmanager
    def passing(self, host: str) -> Iterator[Any]:
        try:
            yield None
        except BartackError as error:
            self.ended.append((host, type(error).__name__))
            raise
        self.ended.append((host, "ok"))


def test_each_call_passes_the_gate(lite: str) -> None:
    gate = Counting()
    with opened(lite, Runtime(gate=gate)) as session:
        assert read_until_it_breaks(session)[1] is None
    assert set(gate.ended) == {("sqlite", "ok")}
    assert len(gate.ended) > ROWS // 50


def test_the_gate_hears_of_a_call_that_fails(make: Any) -> None:
    gate = Counting()
    with opened(make(""), Runtime(gate=gate)) as session, pytest.raises(SourceChangedError):
        list(STREAM.pages(session, Query()))
    assert ("sqlite", "SourceChangedError") in gate.ended


CANARY = "c4n4ry-p@ss/word"
SPELLED = ("c4n4ry", "c4n4ry-p%40ss%2Fword")


@pytest.mark.parametrize(
    "query", ["password={}", "sslpassword={}", "sslkey=/nowhere&passfile={}", "odbc_connect=DSN%3Dcrm%3BPWD%3D{}%3B"]
)
def test_no_secret_of_a_url_is_in_an_error(query: str) -> None:
    url = make_url(f"postgresql://reader@127.0.0.1:1/crm?{query.format('c4n4ry-p%40ss%2Fword')}")
    error = translate(sqlite3.OperationalError(f"cannot connect with {CANARY} to {url}"), url, None)
    assert not any(word in str(error) for word in SPELLED) or "passfile" in query


def test_no_password_and_no_bound_value_is_in_an_error_or_a_log(filled: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    url = make_url(filled).update_query_dict({"password": CANARY, "sslpassword": CANARY})
    stream = SqlStream(
        "s", select="SELECT CAST(:token AS int) AS id", parameters={"token": CANARY}, key="id", mapping=()
    )
    with opened(url.render_as_string(hide_password=False)) as session:
        _, error = read_until_it_breaks(session, stream)
        shown = [str(error), repr(error), repr(session), repr(session.settings), caplog.text]
    assert isinstance(error, SourceRefusedError)
    assert "***" in error.message
    assert not [text for text in shown if "c4n4ry" in text]
