"""What a recording of a database costs: loading it, and each statement that it answers; the second should not grow.

Run: ``python tests/benchmarks/sql_cassettes.py``
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bartack.recording.sql import Answer, Database, SqlCassette, SqlPlayer, Statement

SQL = "SELECT customer.id, customer.name FROM customer WHERE customer.id > ? ORDER BY customer.id LIMIT ?"
COLUMNS = (("id", "int"), ("name", "str"))


def measure(path: Path, statements: int, rows: int = 10) -> str:
    """Return a line of figures for a recording of so many statements."""
    answers = (
        Answer(COLUMNS, tuple((at * rows + row, f"Zoë {row}") for row in range(rows))) for at in range(statements)
    )
    recorded = [Statement(SQL, f"[{at}, {rows}]", answer) for at, answer in enumerate(answers)]
    SqlCassette(path, recorded, database=Database("sqlite")).save()
    begun = time.perf_counter()
    cassette = SqlCassette.load(path)
    loaded = time.perf_counter()
    cursor = SqlPlayer(cassette).module.connect().cursor()
    ready = time.perf_counter()
    for at in range(statements):
        cursor.execute(SQL, (at, rows))
        assert len(cursor.fetchall()) == rows
    done = time.perf_counter()
    assert cassette.unplayed == ()
    return (
        f"{statements:6} statements: {1e6 * (done - ready) / statements:6.1f} µs each;"
        f" loaded in {loaded - begun:.2f} s, made ready in {ready - loaded:.2f} s"
    )


def main() -> None:
    """Print a line for a short and a long recording."""
    with tempfile.TemporaryDirectory() as folder:
        for statements in (100, 10_000):
            print(measure(Path(folder, "db.yaml"), statements), flush=True)


if __name__ == "__main__":
    main()
