"""How fast rows come out of SQLite through a stream, next to the module alone. Ratios count, not the times.

Run: ``python tests/benchmarks/sql_read.py [rows]``
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bartack.transports.base import Query, Runtime
from bartack.transports.sql import SqlSession, SqlSettings, SqlStream

ROUNDS = 5
STREAM = SqlStream("customers", table="customers", key="id", mapping=())


def fill(path: Path, rows: int) -> None:
    """Make a table of eight columns, as customers have them."""
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, email TEXT, phone TEXT, city TEXT,"
            " credit NUMERIC, active TEXT, changed TEXT)"
        )
        connection.executemany(
            "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    n,
                    f"Zoë Müller {n}",
                    f"zoe{n}@example.org",
                    "+49 30 1234567",
                    "Köln",
                    n * 0.01,
                    "Y",
                    "2024-03-10 12:00:00",
                )
                for n in range(rows)
            ),
        )


def raw_tuples(path: Path) -> int:
    """Read with the module alone, as tuples."""
    return sum(1 for _ in sqlite3.connect(path).execute("SELECT * FROM customers ORDER BY id"))


def raw_dicts(path: Path) -> int:
    """Read with the module alone, as dicts."""
    cursor = sqlite3.connect(path).execute("SELECT * FROM customers ORDER BY id")
    names = [column[0] for column in cursor.description]
    return sum(1 for row in cursor if dict(zip(names, row, strict=True)))


def stream(path: Path) -> int:
    """Read pages of native rows: counted, read only, decimals exact."""
    with SqlSession(SqlSettings(url=f"sqlite:///{path}"), Runtime()) as session:
        return sum(len(page.rows) for page in STREAM.pages(session, Query()))


def main() -> None:
    """Print rows a second, and how many times slower than the module's tuples."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    ways: tuple[Callable[[Path], int], ...] = (raw_tuples, raw_dicts, stream)
    seconds: dict[str, list[float]] = {way.__name__: [] for way in ways}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crm.db"
        fill(path, rows)
        for way in ways * ROUNDS:
            began = time.process_time()
            assert way(path) == rows
            seconds[way.__name__].append(time.process_time() - began)
    for name, times in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(times, seconds["raw_tuples"], strict=True))
        print(f"{name:12} {rows / statistics.median(times):>10,.0f} rows/cpu-s  {ratio:5.2f} times the tuples")


if __name__ == "__main__":
    main()
