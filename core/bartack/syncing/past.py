"""What the syncs of each stream did lately, and what became of all rows they ever read: for people who watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bartack.store import runs
from bartack.store.counts import COLUMNS
from bartack.store.runs import Run
from bartack.store.state import StateStore

__all__ = ["Account", "PastSync", "accounts", "past_syncs"]


@dataclass(frozen=True, slots=True)
class PastSync:
    """One sync, with its rows over all contracts: how many the source sent, and how many of them were ``rejected``."""

    run: Run
    rows: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Account:
    """What became of all rows of one stream as one contract, by ``columns``; where ``balanced``, these add up to ``rows``."""

    source: str
    stream: str
    contract: str
    rows: int
    columns: Mapping[str, int]

    @property
    def balanced(self) -> bool:
        """Whether every row is accounted for."""
        return self.rows == sum(self.columns.values())


def past_syncs(store: StateStore, source: str, stream: str, *, limit: int = 30) -> tuple[PastSync, ...]:
    """Return the last syncs of a stream, the oldest of them first.

    Raises
    ------
    StoreError
        the store cannot be read.
    """
    with store.read() as connection:
        found = runs.history(connection, source, stream, limit=limit, kinds=("full", "incremental"))
        counted = runs.rows_of(connection, [one.run for one in found])
    return tuple(PastSync(one, *counted.get(one.run, (0, 0))) for one in reversed(found))


def accounts(store: StateStore) -> tuple[Account, ...]:
    """Return what became of all rows over all runs, by source, stream and contract.

    Raises
    ------
    StoreError
        the store cannot be read.
    """
    with store.read() as connection:
        sums = runs.sums(connection)
    return tuple(
        Account(
            row["source"],
            row["stream"],
            row["contract"],
            row["rows"],
            {name: row[name] for name in COLUMNS},
        )
        for row in sums
    )
