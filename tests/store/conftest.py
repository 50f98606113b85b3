"""What the tests of the store have in common."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool


@pytest.fixture(autouse=True)
def unhurried_disk() -> Iterator[None]:
    """Let no commit wait for the disk: here processes are killed, whose writes the system keeps, and no machines."""

    def connected(connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.execute("PRAGMA synchronous = OFF")

    event.listen(Pool, "connect", connected)
    yield
    event.remove(Pool, "connect", connected)
