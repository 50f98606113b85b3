"""What a question to the replica costs, and whether the answer is right: beside SQL over the same JSON, in one run.

The peer is what one writes without an index: ``json_extract`` and ``LIKE`` on the same SQLite file. Times are milliseconds of
the wall clock, the middle one of several; the peer's answers are counted against a comparison in Python.

Run: ``python tests/benchmarks/replica.py [records]``
"""

from __future__ import annotations

import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bartack.hub import Hub
from support.numbered import hub_of
from support.replicas import invoice, invoices

NOTES = ("bolts of steel", "nuts of brass", "overdue, call Zoë", "paid in cash", "see the letter")


def rows(count: int) -> list[dict[str, Any]]:
    chance = random.Random(3)
    return [
        invoice(
            number,
            total=f"{chance.randrange(1_000_000) / 100:.2f}",
            status=chance.choice(["open", "paid", "void"]),
            minutes=number % 1400,
            customer=f"c{chance.randrange(count // 10 + 1)}",
            customer_name=f"Customer {chance.randrange(count)}",
            note=chance.choice(NOTES),
        )
        for number in range(count)
    ]


def milliseconds(work: Callable[[], Any], times: int = 9) -> float:
    work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def peer(connection: sqlite3.Connection, condition: str, order: str = "id") -> tuple[int, list[str]]:
    (total,) = connection.execute(f"SELECT count(*) FROM bartack_records WHERE {condition}").fetchone()
    page = connection.execute(f"SELECT id FROM bartack_records WHERE {condition} ORDER BY {order} LIMIT 20").fetchall()
    return total, [one for (one,) in page]


def compare(hub: Hub, file: Path, values: list[dict[str, Any]]) -> None:
    connection = sqlite3.connect(file)
    amount = "json_extract(value, '$.total.amount')"
    questions: list[tuple[str, Callable[[], Any], Callable[[], tuple[int, list[str]]], int]] = [
        (
            "one customer",
            lambda: hub.query("invoice", where={"party.id": "c7"}),
            lambda: peer(connection, "json_extract(value, '$.party.id') = 'c7'"),
            sum(one["customer"] == "c7" for one in values),
        ),
        (
            "amount < 100.00",
            lambda: hub.query("invoice", where={"total.amount": {"lt": "100.00"}}, order_by="-total.amount"),
            lambda: peer(connection, f"{amount} < '100.00'", f"{amount} DESC"),
            sum(Decimal(one["total"]) < Decimal("100.00") for one in values),
        ),
        (
            "all, the newest first",
            lambda: hub.query("invoice", order_by="-updated_at"),
            lambda: peer(connection, "1", "json_extract(value, '$.updated_at') DESC"),
            len(values),
        ),
        (
            "words: overdue zoe",
            lambda: hub.search("invoice", "overdue zoe"),
            lambda: peer(connection, "value LIKE '%overdue%' AND value LIKE '%zoe%'"),
            sum("Zoë" in one["note"] for one in values),
        ),
        (
            "words: customer 77",
            lambda: hub.search("invoice", '"customer 77"'),
            lambda: peer(connection, "value LIKE '%customer 77%'"),
            sum(one["customer_name"].startswith("Customer 77") for one in values),
        ),
    ]
    print(f"{'question':<24}{'bartack ms':>11}{'SQL ms':>9}{'bartack':>9}{'SQL':>9}{'right':>9}")
    for name, ours, theirs, right in questions:
        print(
            f"{name:<24}{milliseconds(ours):>11.1f}{milliseconds(theirs):>9.1f}{ours().total:>9}{theirs()[0]:>9}{right:>9}"
        )


def main(count: int) -> None:
    values = rows(count)
    with tempfile.TemporaryDirectory() as folder:
        hub = hub_of(invoices(*values, page_size=500), Path(folder))
        began = time.perf_counter()
        list(hub.sync(full=True))
        synced = time.perf_counter()
        hub.replica.refresh()
        indexed = time.perf_counter()
        file = Path(folder) / ".bartack/state.sqlite"
        print(
            f"{count} invoices: synced in {synced - began:.1f} s, indexed in {indexed - synced:.1f} s,"
            f" {file.stat().st_size / count:.0f} bytes each, of which JSON {len(json.dumps(values[0])):.0f}"
        )
        compare(hub, file, values)
        followed = milliseconds(lambda: hub.changes(limit=1000), 3)
        print(f"following: {followed:.0f} ms for 1000 changes with their records")
        hub.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
