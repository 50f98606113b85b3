"""Opens a state, makes it where there is none, and brings an older one up to date.

A file is either not there or whole: a new one is made under another name and linked in place when it is ready. So an
empty or cut file is never taken for a new one, and nothing ever starts from zero by itself.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import column, table

from bartack.errors import StoreError
from bartack.store.database import Database, engine_of, parsed, sqlite_path
from bartack.store.faults import store_error
from bartack.store.migrations import HEAD, VERSION_TABLE

__all__ = ["open_database"]

_ALEMBIC: Final = threading.Lock()
"""Alembic keeps what it works on in module globals: one thread of a process at a time migrates."""

_LOCK = 0x62617274
"""Key of the lock under which one process at a time migrates a server's tables."""


def open_database(url_text: str, base_dir: str) -> Database:
    """Open the state at a URL; made, or migrated, where that is needed.

    Raises
    ------
    ConfigError
        the URL cannot be used.
    StoreError
        the state is damaged, of a newer Bartack, or cannot be reached or written.
    """
    url = parsed(url_text)
    path = sqlite_path(url, base_dir)
    label = f"state {url.database}" if path is not None else f"state at {url.host or 'localhost'}/{url.database}"
    try:
        with _ALEMBIC:
            if path is not None:
                _make(path, label)
            database = Database(engine_of(url, path), label)
            _bring_up_to_date(database)
    except (SQLAlchemyError, OSError) as error:
        failure = _from_disk(error, label) if isinstance(error, OSError) else store_error(error, label)
    else:
        return database
    raise failure


def _from_disk(error: OSError, label: str) -> StoreError:
    return StoreError(
        f"the state cannot be opened: {error.strerror}", where=label, next_step="check path, owner and permissions"
    )


def _make(path: Path, label: str) -> None:
    """Make the file where it is not there yet."""
    if path.exists():
        if path.stat().st_size == 0:
            raise StoreError(
                "the file of the state is empty; it was cut off",
                where=label,
                next_step="restore a copy; only if there never was any state, delete the file",
            )
        if not os.access(path, os.W_OK):
            raise StoreError("the state cannot be written", where=label, next_step="check owner and permissions")
        return
    if not path.parent.exists():
        path.parent.mkdir(mode=0o700, parents=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        engine = engine_of(parsed("sqlite:///x"), fresh, wal=False)
        with engine.connect().execution_options(bartack_writes=True) as connection, connection.begin():
            _migrate(connection)
        engine.dispose()
        with suppress(FileExistsError):  # another process was faster; its file is as good
            os.link(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _bring_up_to_date(database: Database) -> None:
    if _version(database.engine) == HEAD:
        return
    with database.write() as connection:
        if database.engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        _migrate(connection, database.label)


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        return connection.execute(select(column("version_num")).select_from(table(VERSION_TABLE))).scalar()


def _migrate(connection: Connection, label: str = "state") -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    settings = Config()
    settings.set_main_option("script_location", "bartack.store:migrations")
    attributes: dict[str, Any] = settings.attributes
    attributes["connection"] = connection
    try:
        command.upgrade(settings, "head")
    except CommandError:
        known = False
    else:
        known = True
    if not known:
        raise StoreError(
            "the state was written by a newer version of Bartack", where=label, next_step="pip install -U bartack"
        )
