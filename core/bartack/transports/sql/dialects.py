"""What each database needs so that it is only read, answers in time, and hands up what it holds.

Everything here works on connections of the driver; SQLAlchemy is not involved.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from bartack.errors import ConfigError
from bartack.transports.sql.settings import SqlSettings
from bartack.transports.sql.values import decoder

__all__ = [
    "DRIVERS",
    "PIP",
    "Watch",
    "connect",
    "connect_arguments",
    "exact_json",
    "open_sqlite",
    "prepare",
    "sqlite_file",
]

DRIVERS: Mapping[str, str] = MappingProxyType(
    {
        "postgres": "postgresql+psycopg",
        "postgresql": "postgresql+psycopg",
        "mysql": "mysql+pymysql",
        "mariadb": "mariadb+pymysql",
    }
)
"""Which driver a URL without one means, whatever version of SQLAlchemy reads it."""

PIP: Mapping[str, str] = MappingProxyType(
    {
        "psycopg": 'pip install "bartack[postgres]"',
        "pymysql": 'pip install "bartack[mysql]"',
        "pyodbc": "pip install pyodbc",
        "oracledb": "pip install oracledb",
    }
)
"""Module that is missing -> how to get it."""


@dataclass(slots=True)
class Watch:
    """Stops a statement of SQLite that runs longer than ``limit`` seconds; SQLite itself knows no such limit."""

    limit: float
    monotonic: Callable[[], float] = time.monotonic
    _until: float = field(default=float("inf"), init=False)

    def restart(self) -> None:
        """Begin to measure: a statement or a fetch starts now."""
        self._until = self.monotonic() + self.limit

    def expired(self) -> bool:
        """Say whether the time is over; true makes SQLite interrupt what it does."""
        return self.monotonic() > self._until


def sqlite_file(database: str | None, base_dir: str) -> Path:
    """Return the absolute path of an SQLite file.

    Raises
    ------
    ConfigError
        the URL names no file, or the file is not there (SQLite would create an empty one).
    """
    if not database or database == ":memory:" or database.startswith("file:"):
        raise ConfigError(
            "the SQLite URL names no file", next_step="write sqlite:///path/to/file.db (relative to bartack.toml)"
        )
    path = Path(base_dir).joinpath(database).absolute()
    if not path.is_file():
        others = sorted(p.name for p in path.parent.glob(f"*{path.suffix}"))[:3] if path.parent.is_dir() else []
        found = f"; in its folder: {', '.join(others)}" if others else ""
        raise ConfigError(f"there is no SQLite file {database}{found}", next_step="correct the url of the source")
    return path


def open_sqlite(path: Path, settings: SqlSettings, watch: Watch) -> sqlite3.Connection:
    """Open a file read only, twice over, with tolerant text and a time limit.

    Transactions are begun by the caller: the module's own handling would put each SELECT in a snapshot of its own.
    """
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro",
        uri=True,
        timeout=settings.connect_timeout,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.text_factory = decoder(settings.encoding)
    connection.set_progress_handler(watch.expired, 10_000)
    connection.execute("PRAGMA query_only = ON")
    return connection


def connect_arguments(driver: str, settings: SqlSettings) -> dict[str, Any]:
    """Return what the driver is told before it connects, so that neither connecting nor a dead line hangs."""
    seconds = max(2, round(settings.connect_timeout))
    if driver == "psycopg":
        alive = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
        return {
            "connect_timeout": seconds,
            "client_encoding": "utf8",
            "application_name": "bartack",
            "prepare_threshold": None,  # a plan kept on the server fails when a table is altered
            **alive,
        }
    if driver == "pymysql":
        return {"connect_timeout": seconds, "read_timeout": round(settings.statement_timeout) + 5, "charset": "utf8mb4"}
    return {}


def connect(driver: str, parameters: Mapping[str, Any]) -> Any:
    """Return a new connection of a driver that would wait for ever, with an end to it; None: it connects by itself."""
    if driver != "psycopg":
        return None
    from bartack.transports.sql.postgresql import BoundedConnection

    connection = BoundedConnection.connect(**parameters)
    connection.bound(parameters["connect_timeout"])  # what SQLAlchemy asks first is a part of connecting
    return connection


def prepare(backend: str, driver: str, connection: Any, settings: SqlSettings) -> None:
    """Make a new server connection read only, with one snapshot a transaction and a limit for each statement."""
    for statement in _session_statements(backend, connection, settings.statement_timeout):
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
    connection.commit()
    if driver == "psycopg":
        from bartack.transports.sql.postgresql import read_as_text

        connection.bound(settings.statement_timeout)
        read_as_text(connection, settings)


def exact_json(text: str | bytes) -> Any:
    """Read a JSON column with decimals instead of floats."""
    return json.loads(text, parse_float=Decimal)


def _session_statements(backend: str, connection: Any, seconds: float) -> Sequence[str]:
    milliseconds = round(seconds * 1000)
    if backend == "postgresql":
        return (
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            f"SET statement_timeout = {milliseconds}",
        )
    if backend in ("mysql", "mariadb"):
        is_mariadb = "mariadb" in str(connection.get_server_info()).lower()
        limit = f"max_statement_time = {seconds}" if is_mariadb else f"max_execution_time = {milliseconds}"
        return (
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            f"SET SESSION {limit}",
        )
    return ()
