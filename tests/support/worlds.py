"""States that can be copied: a folder with an SQLite file, or a PostgreSQL database that is made anew."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from support.databases import PostgresServer

__all__ = ["Place", "Places", "postgres_places", "sqlite_places"]

Place = tuple[Path, dict[str, Any] | None]
"""Folder of a configuration, and its ``[store]``."""

Places = Callable[[], Place]
"""Returns a place whose state is as ``fill`` leaves one."""


def sqlite_places(folder: Path, fill: Callable[[Place], None]) -> Places:
    """Fill one state, and return copies of it."""
    template = folder / "template"
    template.mkdir()
    fill((template, None))
    numbers = itertools.count()

    def copied() -> Place:
        copy = folder / f"copy {next(numbers)}"
        shutil.copytree(template, copy)
        return copy, None

    return copied


def postgres_places(
    folder: Path, server: PostgresServer, environ: Callable[[str, str], None], fill: Callable[[Place], None]
) -> Places:
    """Fill a state of one database anew each time; ``environ`` sets a variable."""
    url = server.database(f"places {folder.name}")
    environ("PLACES_URL", url)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)
    place = (folder, {"url": {"env": "PLACES_URL"}})

    def fresh() -> Place:
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        fill(place)
        return place

    return fresh
