"""What a link costs, and whether it is right: beside a join over the same addresses, for people who are known to be the same.

Three sources know the same people, as people are typed in: in other capitals, with the firm's ``info@`` for want of another
address, with one ``noreply@`` for all whom nobody asked, and now and then with none. The peer is the join that one writes
first: ``lower(address) = lower(address)``. Wrong is a link of two people; missed, a pair that has its own address in common.

Run: ``python tests/benchmarks/links.py [people]``
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bartack.hub import Hub
from bartack_contracts import Ref
from support.linkable import linkable

SOURCES = ("crm", "erp", "shop")
SAMPLE = 300


def address(chance: random.Random, number: int) -> str:
    dice = chance.random()
    if dice < 0.03:
        return ""
    if dice < 0.05:
        return "noreply@example.org"
    if dice < 0.10:
        return f"info@firm{number % 400}.example"
    own = f"person.{number}@firm{number % 400}.example"
    return own.upper() if dice < 0.2 else own.title() if dice < 0.4 else own


def typed_in(count: int) -> dict[str, dict[int, str]]:
    chance = random.Random(5)
    return {source: {number: address(chance, number) for number in range(count)} for source in SOURCES}


def own(text: str) -> bool:
    return text.lower().startswith("person.")


def judged(number: int, found: set[tuple[str, int]], people: dict[str, dict[int, str]]) -> Counter[str]:
    same = {(source, number) for source in SOURCES[1:] if own(people[source][number]) and own(people["crm"][number])}
    wrong = sum(one[1] != number for one in found)
    return Counter(right=len(found & same), wrong=wrong, missed=len(same - found))


def ours(hub: Hub, number: int) -> set[tuple[str, int]]:
    return {(link.ref.source, int(link.ref.id)) for link in hub.linked(Ref("crm", "people", str(number))).links}


def theirs(connection: sqlite3.Connection, number: int) -> set[tuple[str, int]]:
    asked = """SELECT b.source, b.id FROM a JOIN a b ON lower(a.address) = lower(b.address)
        WHERE a.source = 'crm' AND a.id = ? AND NOT (b.source = a.source AND b.id = a.id)"""
    return {(source, int(found)) for source, found in connection.execute(asked, (number,))}


def main(count: int) -> None:
    people = typed_in(count)
    rows = {
        source: {"people": [{"id": str(number), "name": "N", "mails": text} for number, text in known.items()]}
        for source, known in people.items()
    }
    join = sqlite3.connect(":memory:")
    join.execute("CREATE TABLE a (source TEXT, id INTEGER, address TEXT)")
    join.executemany(
        "INSERT INTO a VALUES (?, ?, ?)",
        [(source, number, text) for source, known in people.items() for number, text in known.items() if text],
    )
    join.execute("CREATE INDEX by_address ON a (lower(address))")
    join.execute("CREATE INDEX by_id ON a (source, id)")
    with tempfile.TemporaryDirectory() as folder, linkable(Path(folder), rows) as hub:
        hub.replica.refresh()
        asking: dict[str, Callable[[int], set[tuple[str, int]]]] = {
            "bartack": lambda number: ours(hub, number),
            "join": lambda number: theirs(join, number),
        }
        counted = {"bartack": Counter[str](), "join": Counter[str]()}
        taken: dict[str, list[float]] = {"bartack": [], "join": []}
        for number in random.Random(6).sample(range(count), SAMPLE):
            for name, ask in asking.items():
                began = time.perf_counter()
                found = ask(number)
                taken[name].append(time.perf_counter() - began)
                counted[name] += judged(number, found, people)
    print(f"{count} people in each of {len(SOURCES)} sources, {SAMPLE} asked for")
    print(f"{'':<10}{'right':>8}{'wrong':>8}{'missed':>8}{'ms (middle)':>13}{'ms (most)':>11}")
    for name, one in counted.items():
        middle, most = statistics.median(taken[name]) * 1000, max(taken[name]) * 1000
        print(f"{name:<10}{one['right']:>8}{one['wrong']:>8}{one['missed']:>8}{middle:>13.1f}{most:>11.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
