"""Holds the store against its own books: over all runs, every row and every record is accounted for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from bartack.store import records, rejects, runs
from bartack.store.counts import COLUMNS, COUNTED
from bartack.store.database import Database
from bartack.store.tables import runs as runs_table
from bartack.store.tables import staged

__all__ = ["Audit", "Balance", "audit"]


Place = tuple[str, str, str]
"""Source, stream, contract."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The books of one stream as one contract, over all runs.

    ``rows`` is what the source sent, ``accounted`` the sum of the columns. ``expected`` records: all that were created, less
    those removed; ``live`` ones are there. ``queued`` rejects less the ``settled`` ones should be ``waiting``.
    """

    source: str
    stream: str
    contract: str
    rows: int
    accounted: int
    created: int
    removed: int
    live: int
    queued: int
    settled: int
    waiting: int

    @property
    def expected(self) -> int:
        """Records that should be live."""
        return self.created - self.removed

    @property
    def lost(self) -> int:
        """Rows, records and rejects that the books know of, and that are not there."""
        rows = max(0, self.rows - self.accounted)
        return rows + max(0, self.expected - self.live) + max(0, self.queued - self.settled - self.waiting)

    @property
    def doubled(self) -> int:
        """Rows, records and rejects that are there, and that the books do not know of."""
        rows = max(0, self.accounted - self.rows)
        return rows + max(0, self.live - self.expected) + max(0, self.waiting - self.queued + self.settled)


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found; ``findings`` are words for people, none where everything is well."""

    balances: tuple[Balance, ...]
    findings: tuple[str, ...]

    @property
    def lost(self) -> int:
        """Over all streams."""
        return sum(one.lost for one in self.balances)

    @property
    def doubled(self) -> int:
        """Over all streams."""
        return sum(one.doubled for one in self.balances)


def audit(database: Database) -> Audit:
    """Audit a store, in one moment of it.

    Raises
    ------
    StoreError
        it cannot be read.
    """
    damage = [f"the database is damaged: {one}" for one in database.damage()]
    with database.read() as connection:
        live, waiting = records.counts_live(connection), rejects.waiting(connection)
        sums: dict[Place, Mapping[str, int]] = {
            (row["source"], row["stream"], row["contract"]): {name: row[name] for name in COUNTED}
            for row in runs.sums(connection)
        }
        places = sorted({*sums, *live, *waiting})
        balances = tuple(_balance(place, sums.get(place, {}), live, waiting) for place in places)
        findings = [*damage, *_unbalanced_runs(connection), *_strays(connection)]
    findings += [
        f"{one.source}/{one.stream} as {one.contract}: {one.lost} lost, {one.doubled} doubled"
        for one in balances
        if one.lost or one.doubled
    ]
    return Audit(balances, tuple(findings))


def _balance(
    place: Place,
    sums: Mapping[str, int],
    live: Mapping[Place, int],
    waiting: Mapping[Place, int],
) -> Balance:
    return Balance(
        *place,
        rows=sums.get("rows", 0),
        accounted=sum(sums.get(name, 0) for name in COLUMNS),
        created=sums.get("created", 0),
        removed=sums.get("removed", 0),
        live=live.get(place, 0),
        queued=sums.get("queued", 0),
        settled=sums.get("settled", 0),
        waiting=waiting.get(place, 0),
    )


def _unbalanced_runs(connection: Connection) -> list[str]:
    return [
        f"run {row['run']} as {row['contract']}: {row['rows']} rows, and its columns add up to another number"
        for row in runs.imbalances(connection)
    ]


def _strays(connection: Connection) -> list[str]:
    """Find staged rows of streams that have no run which could still publish them."""
    awaited = select(runs_table.c.source, runs_table.c.stream).where(runs_table.c.state.in_(("unfinished", "held")))
    open_streams = {(row.source, row.stream) for row in connection.execute(awaited)}
    found = connection.execute(select(staged.c.source, staged.c.stream).distinct())
    return [
        f"{row.source}/{row.stream}: rows are staged that no run will publish"
        for row in found
        if (row.source, row.stream) not in open_streams
    ]
