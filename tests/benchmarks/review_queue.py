"""How long an operator waits for a page, and for a decision, where many thousand rejects wait: python tests/benchmarks/review_queue.py

Prints seconds over a real socket, the median of five, for a queue of as many rejects as are asked for (20 000).
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.reviewing import INVOICE, World, invoice
from support.serving import Served, serving


def main(rejects: int = 20_000) -> None:
    rows = [
        invoice(n, total="N/A" if n % 3 else f"{n},50", more={f"key {k}": "x" * 20 for k in range(30)})
        for n in range(rejects)
    ]
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), INVOICE, *rows)
        world.estate.page_size = 500
        world.sync()
        with world.hub, serving(world.hub) as served:
            print(f"{rejects:,} rejects wait")
            _pages(served, rejects)
            _decisions(served, rejects)


def _pages(served: Served, rejects: int) -> None:
    key = _cause(served)
    for name, path in {
        "sources": "/",
        "review": "/review",
        "one cause": f"/review?cause={key}",
        "the last page": f"/review?after={rejects - 60}",
        "one reject": f"/review/{rejects // 2}",
        "its history": "/review/history",
    }.items():
        print(f"{name:28} {_median(partial(served.get, path)):6.2f} s")


def _decisions(served: Served, rejects: int) -> None:
    numbers = iter(range(rejects // 2, rejects))
    decide = _median(lambda: served.post(f"/review/{next(numbers)}/decide", data={"action": "dismiss"}))
    print(f"{'one decision':28} {decide:6.2f} s")
    for action in ("accept", "dismiss"):
        began = time.perf_counter()
        served.post(f"/review/causes/{_cause(served)}", data={"action": action, "until": str(rejects)})
        print(f"{action + ' over 200 of a cause':28} {time.perf_counter() - began:6.2f} s")


def _cause(served: Served) -> str:
    found = re.search(r"/review\?cause=(\w+)", served.get("/review").text)
    assert found is not None
    return found[1]


def _median(ask: Callable[[], object]) -> float:
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
