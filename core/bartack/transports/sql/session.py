"""An open database: lends read-only snapshots, and nothing else."""

from __future__ import annotations

from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from bartack.transports.base import Runtime
from bartack.transports.sql.settings import SqlSettings

if TYPE_CHECKING:
    from bartack.transports.sql.engine import Database, Snapshot

__all__ = ["SqlSession"]


class SqlSession:
    """A database, connected when it is first read.

    Every connection is read only: SQLite files are opened with ``mode=ro`` and ``PRAGMA query_only``, PostgreSQL,
    MySQL and MariaDB run in ``READ ONLY`` transactions. Elsewhere nothing is ever committed.
    """

    def __init__(self, settings: SqlSettings, runtime: Runtime | None = None) -> None:
        self.settings = settings
        self.runtime = runtime if runtime is not None else Runtime()
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        """The engine behind the session; the first use loads SQLAlchemy and the driver.

        Raises
        ------
        ConfigError
            no such SQLite file, an unreadable URL, or a driver that is not installed.
        """
        if self._database is None:
            from bartack.transports.sql.engine import Database

            self._database = Database(self.settings, self.runtime)
        return self._database

    def snapshot(self, where: str | None = None) -> AbstractContextManager[Snapshot]:
        """Open one read transaction; everything read in it is of one moment, where the database can do that.

        ``where`` (``source/stream``) is named by errors. On leaving, the transaction is rolled back.

        Raises
        ------
        BartackError
            instead of any error of SQLAlchemy or the driver.
        """
        return self.database.snapshot(where)

    def close(self) -> None:
        """Close all connections."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
