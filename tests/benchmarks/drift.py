"""What facts cost, beside bare mapping, and what a judgement costs: python tests/benchmarks/drift.py

Rows of three streams go by pages of a hundred through the connectors' own mappings; the facts are then counted of the same pages.
Both take turns, so that a machine whose speed drifts cannot favour one. Goal: at most 15 us a row.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from bartack.drift.baseline import Baseline
from bartack.drift.facts import Facts
from bartack.drift.gate import judge
from support.drifting import KINDS, Kind

PAGES, ROWS, ROUNDS = 20, 100, 9


def taken(run: Callable[[], object]) -> float:
    """Seconds of processor time."""
    started = time.process_time()
    run()
    return time.process_time() - started


def measure(kind: Kind) -> None:
    """Print one line for a stream."""
    rng = Random(1)
    pages = [kind.rows(rng, ROWS) for _ in range(PAGES)]
    mapped = [kind.mapping.page(page, Counter()) for page in pages]

    def mapping() -> None:
        for page in pages:
            kind.mapping.page(page, Counter())

    def counting() -> Facts:
        facts = Facts(source="s", stream=kind.stream, contract=kind.mapping.model.contract)
        for page, outcomes in zip(pages, mapped, strict=True):
            facts.page(page, outcomes, kind.shape)
        return facts

    rounds = [(taken(mapping), taken(counting)) for _ in range(ROUNDS)]
    row = 1e6 / (PAGES * ROWS)
    bare, counted = (statistics.median(one[at] for one in rounds) * row for at in (0, 1))
    facts = counting()
    known = Baseline()
    for _ in range(8):
        known = known.learn(facts, full=True)
    judging = statistics.median(taken(lambda: judge(known, facts, full=True)) for _ in range(ROUNDS)) * 1e3
    size = len(facts.model_dump_json()) / 1024
    print(f"{kind.stream:14} {len(facts.paths):5} {bare:9.1f} {counted:9.1f} {judging:10.1f} {size:9.1f}")


def main() -> None:
    """Print the table."""
    print(f"{PAGES * ROWS} rows, {ROUNDS} rounds, processor time")
    print(f"{'stream':14} {'paths':>5} {'mapping':>9} {'facts':>9} {'judgement':>10} {'facts':>9}")
    print(f"{'':14} {'':>5} {'us a row':>9} {'us a row':>9} {'ms a run':>10} {'KiB':>9}")
    for kind in KINDS:
        measure(kind)


if __name__ == "__main__":
    main()
