"""The equation over all runs: what they did together is what is there."""

from __future__ import annotations

from sqlalchemy import func, select

from bartack.hub import Hub
from bartack.store import records, rejects, runs, tables

__all__ = ["assert_balanced"]


def assert_balanced(hub: Hub, *, unfinished: int = 0) -> None:
    """Hold the counts of all runs against the records and rejects that are there; so many of them are to be unfinished."""
    with hub.store.read() as connection:
        assert runs.imbalances(connection) == []
        live = records.counts_live(connection)
        waiting = rejects.waiting(connection)
        for row in runs.sums(connection):
            place = (row["source"], row["stream"], row["contract"])
            assert row["created"] - row["removed"] == live.pop(place, 0), place
            assert row["queued"] - row["settled"] == waiting.pop(place, 0), place
        assert live == {}
        assert waiting == {}
        asked = select(func.count()).select_from(tables.runs).where(tables.runs.c.state == "unfinished")
        assert connection.execute(asked).scalar_one() == unfinished
