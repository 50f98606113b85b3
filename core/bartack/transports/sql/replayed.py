"""Engines for recordings: the dialect is real, the driver is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import NoSuchModuleError
from sqlalchemy.pool import NullPool

from bartack.errors import RecordingError
from bartack.recording.sql import Database
from bartack.transports.sql.discreet import discreet_engine

if TYPE_CHECKING:
    from bartack.recording.sql import SqlPlayer

__all__ = ["database_of", "recorded_url", "replayed_engine"]


def recorded_url(player: SqlPlayer) -> URL:
    """Return a URL of the recorded kind that leads nowhere."""
    driver = (
        {"driver": "recording"} if player.drivername.endswith("pyodbc") else {}
    )  # its dialect wants one to be named
    return URL.create(player.drivername, host="recording", database="recording", query=driver)


def replayed_engine(player: SqlPlayer) -> Engine:
    """Return an engine that is answered from a recording. What a dialect asks of a new connection, the recording knows.

    Raises
    ------
    RecordingError
        the recording does not tell its dialect, or the dialect is not installed.
    """
    database = player.database
    if not database.dialect:
        raise RecordingError(
            "the recording does not say of which kind of database it is", where=str(player.cassette.path)
        )
    options: dict[str, Any] = (
        {"execution_options": {"sqlite_raw_colnames": True}} if database.dialect == "sqlite" else {}
    )
    url = URL.create(database.dialect) if database.dialect == "sqlite" else recorded_url(player)
    try:
        engine = discreet_engine(
            url, module=player.module, creator=player.module.connect, poolclass=NullPool, **options
        )
    except NoSuchModuleError:
        raise RecordingError(
            f"no SQLAlchemy dialect is installed for {player.drivername!r}",
            where=str(player.cassette.path),
            next_step="install the dialect's package; its driver is not needed",
        ) from None
    dialect: Any = engine.dialect
    dialect.server_version_info = database.server_version or None
    dialect.default_schema_name = database.default_schema or "recording"  # dialects take it for granted
    dialect.supports_server_side_cursors = False
    if dialect.name in ("mysql", "mariadb"):
        dialect._connection_charset = "utf8mb4"  # noqa: SLF001 - only its initialize sets it, and reflection needs it
    dialect.initialize = _asks_nothing
    dialect.on_connect = _asks_nothing_at_first
    return engine


def database_of(engine: Engine, url: URL, label: str) -> Database:
    """Return what a recording keeps of a database that is connected."""
    dialect: Any = engine.dialect
    version = tuple(part for part in (dialect.server_version_info or ()) if isinstance(part, int))
    backend, _, driver = url.drivername.partition("+")
    return Database(backend, driver, version, dialect.default_schema_name, label)


def _asks_nothing(_: Any) -> None:
    """Take the place of what a dialect asks a new server."""


def _asks_nothing_at_first() -> None:
    """Take the place of what a dialect does with each new connection."""
