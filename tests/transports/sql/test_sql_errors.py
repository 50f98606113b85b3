"""What a database says when it fails becomes what the caller can do about it, and never gives a password away."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy.engine import make_url

from bartack.errors import (
    AccessError,
    BartackError,
    ConfigError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    WireError,
)
from bartack.settings import Secret
from bartack.transports.base import Query
from bartack.transports.sql import SqlSession, SqlSettings
from bartack.transports.sql.faults import translate
from bartack.transports.sql.settings import DatabaseUrl

PASSWORD = "hunter2-p@ss"  # not a secret of anybody
URL = "postgresql://reader:hunter2-p%40ss@127.0.0.1:1/crm?sslpassword=hunter2-p%40ss"


class ServerError(Exception):
    """What drivers of servers raise, as far as it is looked at."""

    def __init__(self, text: str, sqlstate: str | None = None) -> None:
        super().__init__(text)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("sqlstate", "kind"),
    [
        ("08006", SourceUnavailableError),
        ("28P01", AccessError),
        ("3D000", AccessError),
        ("42501", AccessError),
        ("42P01", SourceChangedError),
        ("42703", SourceChangedError),
        ("3F000", SourceChangedError),
        ("57014", SourceUnavailableError),
        ("57P01", SourceUnavailableError),
        ("40001", SourceUnavailableError),
        ("40P01", SourceUnavailableError),
        ("55P03", SourceUnavailableError),
        ("53300", SourceUnavailableError),
        ("25006", ConfigError),
        ("42601", ConfigError),
        ("22012", SourceRefusedError),
        ("XX000", SourceRefusedError),
    ],
)
def test_sqlstates_are_sorted_by_what_the_caller_can_do(sqlstate: str, kind: type[BartackError]) -> None:
    error = translate(ServerError("said the server\nSTATEMENT: x", sqlstate), make_url(URL), "crm/people")
    assert type(error) is kind
    assert str(error).startswith("crm/people: said the server Next step: ")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (1045, AccessError),
        (1142, AccessError),
        (2003, SourceUnavailableError),
        (1205, SourceUnavailableError),
        (1213, SourceUnavailableError),
        (3024, SourceUnavailableError),
        (1146, SourceChangedError),
        (1054, SourceChangedError),
        (1792, ConfigError),
        (1064, ConfigError),
        (1365, SourceRefusedError),
    ],
)
def test_error_numbers_of_mysql_are_sorted_the_same_way(number: int, kind: type[BartackError]) -> None:
    error = translate(_mysql_error(number, "said the server"), make_url("mysql://h/d"), None)
    assert type(error) is kind
    assert error.message == "said the server"


def _mysql_error(number: int, text: str) -> Exception:
    """Return an error as PyMySQL raises it: number and text as its arguments, and a vague SQLSTATE."""
    error = ServerError(text, "42000")
    error.args = (number, text)
    return error


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('connection to server failed: FATAL:  password authentication failed for user "reader"', AccessError),
        ("connection failed: fe_sendauth: no password supplied", AccessError),
        ('FATAL:  database "crm" does not exist', AccessError),
        ("connection failed: Connection refused", SourceUnavailableError),
    ],
)
def test_a_connection_that_never_came_about_is_judged_by_its_words(text: str, kind: type[BartackError]) -> None:
    operational = type("OperationalError", (Exception,), {})
    assert type(translate(operational(text), make_url(URL), None)) is kind


def test_a_closed_port_is_unavailable_and_the_password_is_nowhere(connect: Any, rows: Any) -> None:
    session = connect(DatabaseUrl(URL))
    with pytest.raises(SourceUnavailableError, match="refused") as caught:
        rows(session, table="t")
    _holds_no_password(caught.value, session)


def test_a_password_that_a_server_repeats_is_blotted_out() -> None:
    error = translate(ServerError(f"cannot log in with {PASSWORD}", "28P01"), make_url(URL), None)
    assert error.message == "cannot log in with ***"


def test_what_is_no_url_is_not_repeated(connect: Any, rows: Any) -> None:
    with pytest.raises(ConfigError, match="no SQLAlchemy URL") as caught:
        rows(connect(DatabaseUrl(f"postgres {PASSWORD}")), table="t")
    _holds_no_password(caught.value)


@pytest.mark.parametrize("url", [URL, f"mysql://h/d?password={PASSWORD}"])
def test_a_password_in_clear_is_refused_by_the_settings(url: str) -> None:
    with pytest.raises(ValidationError, match="env") as caught:
        SqlSettings(url=url)
    assert PASSWORD not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_url_from_the_environment_is_looked_up_when_it_is_used(make: Any, connect: Any, rows: Any) -> None:
    from bartack.transports.base import Runtime

    url = make("CREATE TABLE t (id INT); INSERT INTO t VALUES (1);")
    session = connect({"env": "CRM_URL"}, Runtime(environ={"CRM_URL": url}))
    assert rows(session, table="t") == [{"id": 1}]
    assert "crm.db" not in repr(session.settings)


def test_an_unknown_encoding_is_refused_by_the_settings() -> None:
    with pytest.raises(ValidationError, match="no encoding"):
        SqlSettings(url="sqlite:///x.db", encoding="cp9999")


@pytest.mark.parametrize(
    ("url", "module", "step"),
    [
        ("postgresql://h/d", "psycopg", 'pip install "bartack[postgres]"'),
        ("postgres://h/d", "psycopg", 'pip install "bartack[postgres]"'),
        ("mysql://h/d", "pymysql", 'pip install "bartack[mysql]"'),
    ],
)
def test_a_missing_driver_is_named_with_the_line_that_installs_it(
    connect: Any, rows: Any, monkeypatch: pytest.MonkeyPatch, url: str, module: str, step: str
) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=f"driver {module} is not installed") as caught:
        rows(connect(url), table="t")
    assert caught.value.next_step == step


def test_an_unknown_kind_of_database_is_a_configuration_error(connect: Any, rows: Any) -> None:
    with pytest.raises(ConfigError, match="no SQLAlchemy dialect is installed for 'dbase'"):
        rows(connect("dbase://h/d"), table="t")


def test_a_missing_table_is_named_with_its_near_names(make: Any, connect: Any, rows: Any) -> None:
    session = connect(make("CREATE TABLE customers (id INT); CREATE VIEW Customer_View AS SELECT * FROM customers;"))
    with pytest.raises(SourceChangedError, match=r"no table or view 'custmers'; near names: customers"):
        rows(session, table="custmers")


def test_a_view_whose_table_is_gone_has_changed(make: Any, connect: Any, rows: Any) -> None:
    session = connect(make("CREATE TABLE t (id INT); CREATE VIEW v AS SELECT * FROM t; DROP TABLE t;"))
    with pytest.raises(SourceChangedError, match="no such table"):
        rows(session, view="v")


def test_a_file_that_is_no_database_is_a_wire_error(connect: Any, rows: Any, tmp_path: Path) -> None:
    (tmp_path / "crm.db").write_bytes(b"PK\x03\x04 a spreadsheet that somebody renamed" * 100)
    with pytest.raises(WireError, match="not a database"):
        rows(connect(f"sqlite:///{tmp_path / 'crm.db'}"), table="t")


def test_a_damaged_file_is_a_wire_error(make: Any, connect: Any, rows: Any, tmp_path: Path) -> None:
    url = make(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);"
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 9999) INSERT INTO t SELECT i, i FROM c;"
    )
    data = bytearray((tmp_path / "crm.db").read_bytes())
    data[8192:16384] = b"\xff" * 8192
    (tmp_path / "crm.db").write_bytes(data)
    with pytest.raises(WireError, match="malformed"):
        rows(connect(url), table="t")


def test_a_locked_file_is_unavailable(make: Any, connect: Any, rows: Any, tmp_path: Path) -> None:
    url = make("CREATE TABLE t (id INT);")
    writer = sqlite3.connect(tmp_path / "crm.db", isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.raises(SourceUnavailableError, match="locked"):
        rows(connect(url, connect_timeout=0.01), table="t")
    writer.close()


def test_a_statement_that_takes_too_long_is_ended(make: Any, connect: Any, rows: Any) -> None:
    select = "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) SELECT i AS id FROM c"
    with pytest.raises(SourceUnavailableError, match="longer than statement_timeout"):
        rows(connect(make(""), statement_timeout=0.05), select=select)


@pytest.mark.parametrize("column", ["id INTEGER", "id TEXT", "id REAL", "id NUMERIC"])
@pytest.mark.parametrize("identity", ["9" * 40, "-" + "9" * 40, "1e999", "nan", "\x00", "", "\ud800", "'", "%s", ":x"])
def test_an_id_that_no_column_can_hold_is_a_typed_error(
    make: Any, connect: Any, rows: Any, column: str, identity: str
) -> None:
    session = connect(make(f"CREATE TABLE t ({column}); INSERT INTO t VALUES (1);"))
    with pytest.raises((AccessError, ConfigError)):
        rows(session, Query(id=identity), table="t")


def test_a_disk_that_fails_while_rows_are_sorted_is_unavailable(make: Any, tmp_path: Path) -> None:
    """In a process of its own, whose files cannot grow: SQLite sorts in a file, which the system then refuses to write."""
    url = make(
        "CREATE TABLE t (id TEXT, v TEXT);"
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 60000)"
        " INSERT INTO t SELECT hex(randomblob(16)), hex(randomblob(100)) FROM c;"
    )
    program = f"""
import resource, signal
from bartack.errors import BartackError
from bartack.transports.base import Query
from bartack.transports.sql import SqlSession, SqlSettings, SqlStream
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    list(SqlStream("s", table="t", key="id", mapping=()).pages(SqlSession(SqlSettings(url={url!r})), Query()))
except BartackError as error:
    print(type(error).__name__, error.retryable, error.message)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.startswith("SourceUnavailableError True "), done.stdout + done.stderr


def test_no_foreign_error_is_shown_and_no_value_of_a_statement(make: Any, connect: Any, rows: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        rows(connect(make("")), select="SELEC :who AS id", parameters={"who": "Zoë Müller"})
    shown = "".join(traceback.format_exception(caught.value))
    assert "sqlalchemy" not in shown.partition("bartack.errors")[2]
    assert "OperationalError" not in shown
    assert "Zoë" not in str(caught.value.__context__)


def _holds_no_password(error: BartackError, session: SqlSession | None = None) -> None:
    told = [str(error), repr(error), "".join(traceback.format_exception(error))]
    if session is not None:
        told += [repr(session), repr(session.settings), session.settings.model_dump_json(), str(Secret(URL))]
    for text in told:
        assert "hunter2" not in text
