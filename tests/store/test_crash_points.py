"""A sync can be killed anywhere: at every boundary, one after the other, and again while it recovers.

Afterwards the store is that of an undisturbed run: nothing lost, nothing doubled, every row in the books. The same test
finds each of the three wrong orders in which a page could be kept.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.pool import NullPool

from bartack.hub import Hub
from bartack.store import leases, tables
from bartack.store.leases import Lease
from bartack.store.runs import Checkpoint, Run
from bartack.syncing import source as sync_source
from bartack.syncing.books import Book
from bartack.syncing.keeping import Kept
from bartack.syncing.stream import StreamSync
from support.crashing import Points, in_shards, killed_at, points_of
from support.databases import PostgresServer
from support.numbered import Estate, hub_of, numbered, person

PAGES, PER_PAGE = 4, 6


def rows(generation: int) -> list[dict[str, Any]]:
    """The source: one reject a page, one row twice, and in the second generation changes, deletions, a tombstone."""
    made = [person(n, " " if n % PER_PAGE == 2 else None, minutes=n) for n in range(PAGES * PER_PAGE)]
    made[9] = made[10]
    if generation == 2:
        made[3] = person(3, "changed", minutes=100)
        made[8] = person(8, "repaired", minutes=101)
        made[15] = person(15, minutes=102, gone=True)
        del made[20]
        made.append(person(99, minutes=103))
    return made


class World:
    """A folder or database with a state, and the hub that syncs into it."""

    def __init__(self, folder: Path, store: dict[str, Any] | None = None) -> None:
        self.folder = folder
        self.store = store

    def hub(self, generation: int, points: Points | None = None) -> Hub:
        estate = Estate(rows(generation), PER_PAGE, total=False)
        if points is not None:
            estate.before_page = lambda _number: points("a page is asked for")
        return hub_of(numbered(people=estate), self.folder, sync={"gate": False}, store=self.store)

    def sync(self, generation: int, points: Points | None = None) -> None:
        with self.hub(generation, points) as hub:
            if points is not None:
                points.watch(hub)
            list(hub.sync("crm", full=generation == 2))

    def contents(self) -> dict[str, Any]:
        """What is in the store, without what differs from run to run: numbers, moments, how often it was tried."""
        with self.hub(1).store.read() as connection:
            records = tables.records.c
            kept = connection.execute(
                select(records.contract, records.id, records.digest, records.value, records.deleted_at.is_(None))
            ).all()
            queue = tables.rejects.c
            waiting = connection.execute(select(queue.id, queue.digest, queue.state)).all()
            streams = tables.streams.c
            standing = connection.execute(select(streams.high_water, streams.completeness)).all()
            staged = connection.execute(select(tables.staged.c.id)).all()
            counts = tables.counts.c
            numbers = [
                counts[name] for name in ("rows", "delivered", "rejected", "duplicates", "tombstones", "skipped")
            ]
            numbers += [counts[name] for name in ("created", "updated", "unchanged", "removed", "queued", "settled")]
            done = connection.execute(
                select(*numbers).join(tables.runs, tables.runs.c.run == counts.run).where(tables.runs.c.state == "published").order_by(counts.run)
            ).all()  # fmt: skip
            log = tables.changes.c
            logged = connection.execute(select(log.contract, log.id, log.gone)).all()
            unfinished = connection.execute(select(tables.runs.c.run).where(tables.runs.c.state == "unfinished")).all()
        return {
            "records": sorted(map(tuple, kept)),
            "rejects": sorted(map(tuple, waiting)),
            "standing": list(map(tuple, standing)),
            "staged": list(staged),
            "changes": sorted(map(tuple, logged)),
            "done": list(map(tuple, done)),
            "unfinished": list(unfinished),
        }


Worlds = Callable[[int], World]
"""Returns a world in which this many generations were synced without any disturbance."""


def undisturbed(world: World, generations: int) -> World:
    with world.hub(1) as hub:
        assert hub.store is not None  # made before the first point
    for generation in range(1, generations + 1):
        world.sync(generation)
    assert not world.contents()["staged"]
    return world


Shards = Callable[[int], Worlds]
"""Returns the worlds of one of several processes that work side by side."""

SHARDS = 2


@pytest.fixture
def sqlite_shards(tmp_path: Path) -> Shards:
    def shard(number: int) -> Worlds:
        numbers = itertools.count()
        home = tmp_path / f"shard-{number}"
        made = [undisturbed(World(home / f"template {n}"), n).folder for n in range(3)]

        def copied(generations: int) -> World:
            folder = home / str(next(numbers))
            shutil.copytree(made[generations], folder)
            return World(folder)

        return copied

    return shard


@pytest.fixture
def postgres_shards(tmp_path: Path, postgres_cluster: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Shards:
    urls = [postgres_cluster.database(f"state {tmp_path.name} {number}") for number in range(SHARDS)]

    def shard(number: int) -> Worlds:
        monkeypatch.setenv("STATE_URL", urls[number])  # in the process of the shard only
        engine = create_engine(urls[number].replace("postgresql://", "postgresql+psycopg://"), poolclass=NullPool)

        def fresh(generations: int) -> World:
            with engine.begin() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            return undisturbed(World(tmp_path, {"url": {"env": "STATE_URL"}}), generations)

        return fresh

    return shard


def kills(
    worlds: Worlds,
    *,
    mine: Callable[[int], bool] = lambda _n: True,
    second_kill: Callable[[int], bool] = lambda _n: False,
) -> Iterator[str | None]:
    """Kill both syncs at every point, and the recovery, where asked, at every point too; yield what was wrong, or None.

    ``mine``: at which points this process does so.
    """
    for generation in (1, 2):
        wanted = worlds(generation).contents()
        passed = points_of(partial(worlds(generation - 1).sync, generation))
        for number, name in enumerate(passed, 1):
            if not mine(number):
                continue
            for again in itertools.count(1):
                world = worlds(generation - 1)
                work = partial(world.sync, generation)
                assert killed_at(number, work)
                killed_again = second_kill(number) and killed_at(again, work)
                world.sync(generation)
                found = world.contents()
                found["done"] = found["done"][
                    : len(wanted["done"])
                ]  # killed when all was done: the next one found nothing new
                wrong = found != wanted
                yield f"sync {generation} at {number} ({name}), again at {again}" if wrong else None
                if not killed_again:
                    break


def tally(where: str, folder: Path, shards: Shards, **how: Any) -> tuple[int, list[str]]:
    def work(shard: int) -> list[str | None]:
        return list(kills(shards(shard), mine=lambda number: number % SHARDS == shard, **how))

    results = in_shards(SHARDS, folder, work)
    wrong = [one for one in results if one is not None]
    print(f"\n{where}: {len(results)} kills, {len(wrong)} of them left something else than an undisturbed run")
    return len(results), wrong


def test_killed_at_every_boundary_nothing_is_lost_and_nothing_doubled(tmp_path: Path, sqlite_shards: Shards) -> None:
    tries, wrong = tally("SQLite", tmp_path, sqlite_shards)
    assert wrong == []
    assert tries > 150


def test_killed_at_every_boundary_on_postgresql(tmp_path: Path, postgres_shards: Shards) -> None:
    tries, wrong = tally("PostgreSQL", tmp_path, postgres_shards)
    assert wrong == []
    assert tries > 150


def test_killed_again_at_every_boundary_of_the_recovery(tmp_path: Path, sqlite_shards: Shards) -> None:
    tries, wrong = tally("SQLite, recovery killed too", tmp_path, sqlite_shards, second_kill=lambda n: n % 70 == 37)
    assert wrong == []
    assert tries > 200


@pytest.mark.slow
def test_killed_again_at_every_boundary_of_every_recovery(tmp_path: Path, sqlite_shards: Shards) -> None:
    _, wrong = tally("SQLite, every recovery", tmp_path, sqlite_shards, second_kill=lambda _n: True)
    assert wrong == []


class CheckpointFirst(StreamSync):
    """Wrong: the checkpoint is there before what it covers."""

    def _keep(self, lease: Lease, run: Run, at: Checkpoint, books: Sequence[Book], kept: Sequence[Kept]) -> None:
        with self._store.write() as connection:
            leases.renew(connection, lease, self._clock())
            self._advance(connection, run, at, books, {})
        with self._store.write() as connection:
            self._stage(connection, kept)
            self._queue(connection, run, kept)


class DataFirst(StreamSync):
    """Wrong: what a page held is there before the checkpoint that covers it."""

    def _keep(self, lease: Lease, run: Run, at: Checkpoint, books: Sequence[Book], kept: Sequence[Kept]) -> None:
        with self._store.write() as connection:
            self._stage(connection, kept)
            queued = self._queue(connection, run, kept)
        with self._store.write() as connection:
            leases.renew(connection, lease, self._clock())
            self._advance(connection, run, at, books, queued)


class RejectsOutside(StreamSync):
    """Wrong: rejects are queued after the page is done."""

    def _keep(self, lease: Lease, run: Run, at: Checkpoint, books: Sequence[Book], kept: Sequence[Kept]) -> None:
        with self._store.write() as connection:
            leases.renew(connection, lease, self._clock())
            self._stage(connection, kept)
            self._advance(connection, run, at, books, {row.contract: 1 for one in kept for row in one.queued})
        with self._store.write() as connection:
            self._queue(connection, run, kept)


@pytest.mark.parametrize("order", [CheckpointFirst, DataFirst, RejectsOutside])
def test_a_wrong_order_of_commits_is_found(
    order: type[StreamSync], sqlite_shards: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_source, "StreamSync", order)
    assert any(wrong is not None for wrong in kills(sqlite_shards(0)))
