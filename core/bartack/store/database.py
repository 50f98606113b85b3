"""The database behind the state: an SQLite file of one's own, or PostgreSQL. Transactions in, typed errors out."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from bartack.errors import ConfigError, StoreError
from bartack.store.faults import store_error
from bartack.transports.sql.discreet import discreet_engine

__all__ = ["Database", "engine_of", "parsed", "sqlite_path"]

_WAIT = 30.0
"""Seconds to wait for another process that writes to the same SQLite file."""

_POOL: Mapping[str, int] = MappingProxyType({"pool_size": 5, "max_overflow": 27})
"""So many connections are kept open, and so many more made where many threads ask at once; beyond that they wait."""


def parsed(url: str) -> URL:
    """Take the URL of a state apart.

    Raises
    ------
    ConfigError
        it is none, or of a database that cannot keep the state.
    """
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigError("the url is no SQLAlchemy URL", where="[store]", next_step="sqlite:///state.sqlite") from None
    kind = found.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise ConfigError(
            f"the state cannot be kept in {kind}", where="[store]", next_step="use an SQLite file or PostgreSQL"
        )
    if kind == "sqlite" and found.database in (None, "", ":memory:"):
        raise ConfigError("the url names no file", where="[store]", next_step="sqlite:///state.sqlite")
    return found.set(drivername="postgresql+psycopg") if kind == "postgresql" else found


def sqlite_path(url: URL, base_dir: str) -> Path | None:
    """Return the file of an SQLite URL, relative to the configuration; ``None`` for a server."""
    return Path(base_dir, url.database or "").absolute() if url.get_backend_name() == "sqlite" else None


def engine_of(url: URL, path: Path | None, *, wal: bool = True) -> Engine:
    """Return the engine of a state's database.

    Raises
    ------
    ConfigError
        the driver is not installed.
    """
    if path is not None:
        # Named, for the pool that goes with a URL without a file closes connections which other threads are using.
        engine = discreet_engine("sqlite://", creator=lambda: _sqlite(path, wal=wal), poolclass=QueuePool, **_POOL)
        event.listen(engine, "begin", _begin)
        return engine
    try:
        return discreet_engine(url, pool_pre_ping=True, **_POOL)
    except ModuleNotFoundError:
        raise ConfigError(
            "the driver psycopg is not installed", where="[store]", next_step='pip install "bartack[postgres]"'
        ) from None


def _sqlite(path: Path, *, wal: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{path}?mode=rw", uri=True, timeout=_WAIT, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is gone from the file, too
    connection.execute("PRAGMA synchronous = FULL")  # a decision of a person survives a power cut
    connection.execute("PRAGMA foreign_keys = ON")
    if wal:
        connection.execute("PRAGMA journal_mode = WAL")
    return connection


def _begin(connection: Connection) -> None:
    # A reader that becomes a writer in mid-transaction is refused at once, whatever the time-out: writers say so first.
    writes = connection.get_execution_options().get("bartack_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """Transactions on a state. Safe in threads; not to be carried into a forked process."""

    def __init__(self, engine: Engine, label: str) -> None:
        self.engine = engine
        self.label = label
        self._process = os.getpid()
        self._turn = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that writes: committed when the block ends well, else as if it had never been.

        Raises
        ------
        StoreError
            instead of any error of SQLAlchemy or the driver.
        """
        with self._my_turn(), self._connection(writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that reads: everything in it is of one moment."""
        with self._connection(writes=False) as connection:
            yield connection

    def damage(self) -> list[str]:
        """Return what the database itself finds damaged; nothing for a server, which looks after itself."""
        if self.engine.dialect.name != "sqlite":
            return []
        with self.read() as connection:
            found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(20)"))]
        return [] if found == ["ok"] else found

    def tidy(self) -> bool:
        """Rewrite an SQLite file, so that nothing of what was deleted is left in it or its log.

        Deleting with ``secure_delete`` is not enough: when pages are merged, SQLite leaves old bytes between the new ones.
        False where that cannot be done now (another process uses the file, or there is no room for a second one), and for a
        server, whose files are its own.
        """
        if self.engine.dialect.name != "sqlite":
            return False
        with self._connection(writes=False) as connection:
            driver: Any = connection.connection.driver_connection
            try:
                driver.execute("VACUUM")
                busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.OperationalError:
                return False
        return bool(busy == 0)

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _my_turn(self) -> AbstractContextManager[Any]:
        """Let one thread of this process write at a time, however long another takes: SQLite's own wait is for others."""
        return self._turn if self.engine.dialect.name == "sqlite" else nullcontext()

    @contextmanager
    def _connection(self, *, writes: bool) -> Iterator[Connection]:
        if os.getpid() != self._process:
            raise StoreError(
                "the state was opened in another process", where=self.label, next_step="open the hub after forking"
            )
        options: dict[str, Any] = {"bartack_writes": writes}
        if self.engine.dialect.name == "postgresql" and not writes:
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with self.engine.connect().execution_options(**options) as connection:
                yield connection
        except (SQLAlchemyError, sqlite3.Error) as error:
            failure = store_error(error, self.label)
        else:
            return
        raise failure
