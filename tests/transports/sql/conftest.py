"""A database made for one test, and short ways to read it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bartack.transports.base import Page, Query, Runtime
from bartack.transports.sql import SqlSession, SqlSettings, SqlStream

Connect = Callable[..., SqlSession]
Make = Callable[..., str]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a function that runs an SQL script in a new SQLite file and returns the file's URL."""

    def run(script: str, name: str = "crm.db") -> str:
        connection = sqlite3.connect(tmp_path / name)
        connection.executescript(script)
        connection.close()
        return f"sqlite:///{tmp_path / name}"

    return run


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Return a function that opens a session; all are closed after the test."""
    with ExitStack() as stack:

        def session(url: Any, runtime: Runtime | None = None, **settings: Any) -> SqlSession:
            return stack.enter_context(SqlSession(SqlSettings(url=url, **settings), runtime))

        yield session


@pytest.fixture
def pages() -> Callable[..., list[Page]]:
    """Return a function that reads a stream to its end."""

    def read(session: SqlSession, query: Query | None = None, **declaration: Any) -> list[Page]:
        declaration = {"key": "id", "mapping": (), **declaration}
        return list(SqlStream("s", **declaration).pages(session, query or Query()))

    return read


@pytest.fixture
def rows(pages: Callable[..., list[Page]]) -> Callable[..., list[dict[str, Any]]]:
    """Return a function that reads all rows of a stream."""

    def read(session: SqlSession, query: Query | None = None, **declaration: Any) -> list[dict[str, Any]]:
        return [row for page in pages(session, query, **declaration) for row in page.rows]

    return read
