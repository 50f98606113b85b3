"""Counts what the fault tests found, and writes it as a table: connector by family of faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["FAMILIES", "Tally"]

FAMILIES = {
    "T": "transport",
    "A": "access",
    "P": "paging",
    "J": "payload",
    "X": "XML",
    "D": "database",
}
WRONG = ("silent loss", "wrong value", "untyped", "hangs")


@dataclass
class Tally:
    """Cases by connector and family, reads, and everything that was wrong, by kind."""

    cases: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    reads: int = 0
    further: list[str] = field(default_factory=list)

    def count(self, connector: str, family: str, problems: Iterable[str], reads: int = 1) -> None:
        """Enter one case."""
        self.cases[connector, family] += 1
        self.reads += reads
        for problem in problems:
            self.wrong[next((kind for kind in WRONG if problem.startswith(kind)), "not as listed")] += 1

    def lines(self) -> Sequence[str]:
        """Return the table."""
        if not self.cases:
            return self.further
        connectors = list(dict.fromkeys(connector for connector, _ in self.cases))
        families = [one for one in FAMILIES if any(self.cases[connector, one] for connector in connectors)]
        head = f"{'cases':<14}" + "".join(f"{FAMILIES[one]:>11}" for one in families) + f"{'all':>8}"
        table = [head]
        for connector in connectors:
            counts = [self.cases[connector, one] for one in families]
            table.append(f"{connector:<14}" + "".join(f"{one or '':>11}" for one in counts) + f"{sum(counts):>8}")
        told = " · ".join(f"{kind} {self.wrong[kind]}" for kind in (*WRONG, "not as listed"))
        return [*table, f"{self.cases.total()} cases, {self.reads} reads: {told}", *self.further]
