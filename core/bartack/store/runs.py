"""Runs: what was done to the store, in order. The row of an unfinished sync is its checkpoint."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, delete, func, select, update

from bartack.store.counts import COLUMNS, COUNTED, Counts
from bartack.store.tables import counts, runs, staged
from bartack.store.upsert import upsert

__all__ = [
    "Checkpoint",
    "Kind",
    "Run",
    "State",
    "abandon",
    "advance",
    "begin",
    "count",
    "counted",
    "finish",
    "held",
    "history",
    "imbalances",
    "last_syncs",
    "resumed",
    "rows_of",
    "sums",
    "unfinished",
]

Kind = Literal["full", "incremental", "review", "erasure"]
_OBJECTS = ("issues", "unread", "notes")

State = Literal["unfinished", "published", "held", "abandoned"]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a run has come: it goes on at ``cursor``, behind ``pages`` pages with ``rows`` rows, or is ``done``."""

    cursor: str | None = None
    done: bool = False
    pages: int = 0
    rows: int = 0
    declared_total: int | None = None
    high_water: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One run. ``made_by`` names connector and mappings with their versions: a run goes on only with the same."""

    run: int
    source: str
    stream: str
    kind: Kind
    state: State
    started_at: datetime
    ended_at: datetime | None
    since: datetime | None
    at: Checkpoint
    resumed: int
    made_by: str
    completeness: str | None
    reasons: tuple[str, ...]
    error: Mapping[str, Any] | None
    alarms: tuple[Mapping[str, Any], ...]


def begin(
    connection: Connection, source: str, stream: str, kind: Kind, *, now: datetime, since: datetime | None, made_by: str
) -> Run:
    """Begin a run."""
    values = {"source": source, "stream": stream, "kind": kind, "state": "unfinished", "started_at": now}
    made = connection.execute(runs.insert().values(**values, since=since, made_by=made_by).returning(runs))
    return _run(made.mappings().one())


def unfinished(connection: Connection, source: str, stream: str) -> Run | None:
    """Return the run of a stream that has not come to its end."""
    mine = (runs.c.source == source) & (runs.c.stream == stream) & (runs.c.state == "unfinished")
    found = connection.execute(select(runs).where(mine).order_by(runs.c.run.desc()).limit(1)).mappings().one_or_none()
    return None if found is None else _run(found)


def held(connection: Connection, source: str, stream: str) -> Run | None:
    """Return the run whose snapshot waits for a person to let it through."""
    mine = (runs.c.source == source) & (runs.c.stream == stream) & (runs.c.state == "held")
    found = connection.execute(select(runs).where(mine).order_by(runs.c.run.desc()).limit(1)).mappings().one_or_none()
    return None if found is None else _run(found)


def resumed(connection: Connection, run: Run) -> None:
    """Note that a run goes on after it was interrupted."""
    connection.execute(update(runs).where(runs.c.run == run.run).values(resumed=runs.c.resumed + 1, error=None))


def advance(connection: Connection, run: int, at: Checkpoint, done: Mapping[str, Counts]) -> None:
    """Move a run's checkpoint, and set what it has counted so far, by contract."""
    connection.execute(
        update(runs)
        .where(runs.c.run == run)
        .values(
            cursor=at.cursor,
            done=at.done,
            pages=at.pages,
            rows=at.rows,
            declared_total=at.declared_total,
            high_water=at.high_water,
        )
    )
    for contract, one in done.items():
        count(connection, run, contract, one)


def count(connection: Connection, run: int, contract: str, done: Counts) -> None:
    """Set what a run has counted for one contract."""
    values = {name: getattr(done, name) for name in COUNTED}
    values |= {name: json.dumps(dict(getattr(done, name)), ensure_ascii=False) for name in _OBJECTS}
    values["facts"] = done.facts
    upsert(connection, counts, [{"run": run, "contract": contract, **values}])


def finish(
    connection: Connection,
    run: int,
    state: State,
    *,
    now: datetime,
    completeness: str | None = None,
    reasons: Sequence[str] = (),
    error: Mapping[str, Any] | None = None,
    alarms: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Note how a run ended; one that stays ``unfinished`` goes on with the next sync."""
    connection.execute(
        update(runs)
        .where(runs.c.run == run)
        .values(
            state=state,
            ended_at=now,
            completeness=completeness,
            reasons=json.dumps(list(reasons), ensure_ascii=False),
            error=None if error is None else json.dumps(error, ensure_ascii=False),
            alarms=json.dumps(list(alarms), ensure_ascii=False),
        )
    )


def abandon(connection: Connection, run: Run, *, now: datetime, reason: str) -> None:
    """End a run that will not go on, and forget what it had read."""
    connection.execute(delete(staged).where((staged.c.source == run.source) & (staged.c.stream == run.stream)))
    finish(connection, run.run, "abandoned", now=now, reasons=[reason])


def counted(connection: Connection, run: int) -> dict[str, Counts]:
    """Return what a run has counted, by contract."""
    return {
        row["contract"]: Counts(
            **{name: row[name] for name in COUNTED},
            **{name: json.loads(row[name]) for name in _OBJECTS},
            facts=row["facts"],
        )
        for row in connection.execute(select(counts).where(counts.c.run == run)).mappings()
    }


def history(
    connection: Connection,
    source: str | None = None,
    stream: str | None = None,
    limit: int | None = None,
    *,
    kinds: Collection[Kind] = (),
) -> list[Run]:
    """Return runs, the newest first; all, or those of some ``kinds``."""
    asked = select(runs).order_by(runs.c.run.desc()).limit(limit)
    if source is not None:
        asked = asked.where(runs.c.source == source)
    if stream is not None:
        asked = asked.where(runs.c.stream == stream)
    if kinds:
        asked = asked.where(runs.c.kind.in_(kinds))
    return [_run(row) for row in connection.execute(asked).mappings()]


def rows_of(connection: Connection, numbers: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return how many rows runs have counted over all contracts, and how many of them were rejected."""
    asked = (
        select(counts.c.run, func.sum(counts.c.rows), func.sum(counts.c.rejected))
        .where(counts.c.run.in_(numbers))
        .group_by(counts.c.run)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in connection.execute(asked)}


def last_syncs(connection: Connection) -> dict[tuple[str, str], Run]:
    """Return the newest sync of each stream, by source and stream."""
    newest = select(func.max(runs.c.run)).where(runs.c.kind.in_(("full", "incremental")))
    asked = select(runs).where(runs.c.run.in_(newest.group_by(runs.c.source, runs.c.stream)))
    return {(row["source"], row["stream"]): _run(row) for row in connection.execute(asked).mappings()}


def imbalances(connection: Connection) -> list[RowMapping]:
    """Return counts whose columns do not add up to their rows."""
    columns = [counts.c[name] for name in COLUMNS]
    total = columns[0] + columns[1] + columns[2] + columns[3] + columns[4]
    return list(connection.execute(select(counts).where(counts.c.rows != total)).mappings())


def sums(connection: Connection) -> list[RowMapping]:
    """Return what all runs together did, by source, stream and contract."""
    of = (runs.c.source, runs.c.stream, counts.c.contract)
    added = [func.sum(counts.c[name]).label(name) for name in COUNTED]
    asked = select(*of, *added).join(runs, runs.c.run == counts.c.run).group_by(*of).order_by(*of)
    return list(connection.execute(asked).mappings())


def _run(row: RowMapping) -> Run:
    return Run(
        run=row["run"],
        source=row["source"],
        stream=row["stream"],
        kind=row["kind"],
        state=row["state"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        since=row["since"],
        at=Checkpoint(row["cursor"], row["done"], row["pages"], row["rows"], row["declared_total"], row["high_water"]),
        resumed=row["resumed"],
        made_by=row["made_by"],
        completeness=row["completeness"],
        reasons=tuple(json.loads(row["reasons"])),
        error=None if row["error"] is None else json.loads(row["error"]),
        alarms=tuple(json.loads(row["alarms"])),
    )
