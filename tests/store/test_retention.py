"""What is kept how long, as the operator decides: by source and kind, after each sync; what waits for a person stays."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bartack.errors import ConfigError, SourceUnavailableError
from bartack.frontends.cli.syncing import as_data, print_ended
from bartack.hub import Hub
from bartack.store import tables
from bartack.store.retention import Removed
from bartack.syncing.synced import Synced
from support.databases import PostgresServer
from support.ledger import assert_balanced
from support.numbered import NOW, Estate, hub_of, numbered, person


class World:
    """A source and a store, and a clock that the test moves. The source answers anew each time, at the clock's moment."""

    def __init__(self, folder: Path, store: dict[str, Any] | None) -> None:
        self.folder, self.store = folder, store
        self.now = NOW
        self.estate = Estate([person(1), person(2), person(3, " "), person(4, " ")], incremental=False)
        self.kind = numbered(people=self.estate)

    def hub(self, **keep: Any) -> Hub:
        surprises = {"too_many_rejects": "accept"}
        return hub_of(
            self.kind, self.folder, clock=lambda: self.now, sync={"gate": False}, surprises=surprises, store=self.store, keep=keep
        )  # fmt: skip

    def sync(self, **keep: Any) -> Synced:
        with self.hub(**keep) as hub:
            (ended,) = hub.sync()
            assert_balanced(hub, unfinished=int(ended.state == "failed"))
        return ended

    def column(self, column: Any) -> list[Any]:
        with self.hub() as hub, hub.store.read() as connection:
            return list(connection.execute(select(column).order_by(*column.table.primary_key)).scalars())


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("STORE_KEY", Fernet.generate_key().decode())
    key = {"key": {"env": "STORE_KEY"}}
    if request.param == "sqlite":
        return World(tmp_path, {"url": "sqlite:///state.sqlite", **key})
    server: PostgresServer = request.getfixturevalue("postgres_cluster")
    monkeypatch.setenv("STATE_URL", server.database(f"retention {tmp_path.name}"))
    return World(tmp_path, {"url": {"env": "STATE_URL"}, **key})


def later(days: float) -> datetime:
    return NOW + timedelta(days=days)


def test_raw_payloads_go_when_they_are_old_and_records_stay(world: World) -> None:
    assert world.sync(raw="30d").removed == Removed()
    world.now = later(31)
    assert world.sync(raw="30d").removed == Removed(payloads=2)
    assert world.column(tables.records.c.payload) == [None, None]
    assert len(world.column(tables.records.c.value)) == 2
    assert all(world.column(tables.rejects.c.payload))


def test_decided_rejects_go_and_waiting_ones_never(world: World) -> None:
    world.sync()
    with world.hub() as hub:
        hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    world.now = later(400)
    assert world.sync(rejects="365d").removed == Removed(rejects=1)
    assert world.column(tables.rejects.c.state) == ["waiting"]
    world.now = later(500)
    assert world.sync(rejects="365d").removed == Removed()


def test_what_was_decided_holds_after_the_reject_is_gone(world: World) -> None:
    world.sync()
    with world.hub() as hub:
        hub.review.dismiss(1, by="ann")
        hub.review.fix(2, {"name.full": "Zoë"}, by="ann")
    rows, world.estate.rows = world.estate.rows, world.estate.rows[:2]
    world.now = later(400)
    world.sync(rejects="365d")
    assert world.column(tables.rejects.c.state) == []
    world.estate.rows = rows
    ended = world.sync(rejects="365d")
    assert ended.done is not None
    assert (ended.done["person/1"].rejected, ended.done["person/1"].queued) == (1, 0)
    assert world.column(tables.rejects.c.state) == ["dismissed"]
    assert world.column(tables.records.c.corrected) == [False, False, True]


def test_records_that_the_source_deleted_go_and_live_ones_stay(world: World) -> None:
    world.sync()
    del world.estate.rows[1]
    world.sync(records="7d")
    assert len(world.column(tables.records.c.id)) == 2
    world.now = later(8)
    assert world.sync(records="7d").removed == Removed(records=1)
    assert world.column(tables.records.c.id) == ["00001"]


def test_nothing_goes_where_nothing_was_decided(world: World) -> None:
    world.sync()
    del world.estate.rows[1]
    world.sync()
    world.now = later(5000)
    assert world.sync().removed == Removed()
    assert len(world.column(tables.records.c.payload)) == 2


def test_payloads_that_were_kept_in_clear_are_encrypted_after_the_policy_changed(world: World) -> None:
    world.sync()
    world.estate.rows = world.estate.rows[:1]  # the others are kept as they were
    ended = world.sync(payload="encrypt")
    assert ended.removed == Removed(encrypted=3)  # one record that is gone, and two rejects
    for column in (tables.records.c.payload, tables.rejects.c.payload):
        assert all(text.startswith("fernet:") for text in world.column(column))
    with world.hub(payload="encrypt") as hub:
        assert hub.review.show(1).payload == person(3, " ")
    assert world.sync(payload="encrypt").removed == Removed()


def test_payloads_are_dropped_after_the_policy_changed_and_rejects_keep_theirs(world: World) -> None:
    world.sync()
    assert world.sync(payload="drop").removed == Removed()  # these were read again, and not kept
    world.sync()
    world.estate.rows = world.estate.rows[2:]
    assert world.sync(payload="drop").removed == Removed(payloads=2)
    assert all(world.column(tables.rejects.c.payload))


def test_payloads_of_many_rows_are_encrypted_in_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bartack.store.retention._BATCH", 7)
    world.estate.rows = [person(n) for n in range(30)]
    world.sync()
    world.estate.rows = world.estate.rows[:1]
    assert world.sync(payload="encrypt").removed == Removed(encrypted=29)
    assert all(text.startswith("fernet:") for text in world.column(tables.records.c.payload))


def test_a_policy_holds_while_the_source_is_down(world: World) -> None:
    world.sync(raw="30d")
    world.now = later(31)
    world.kind.down.append(SourceUnavailableError("down"))
    ended = world.sync(raw="30d")
    assert (ended.state, ended.removed) == ("failed", Removed(payloads=2))


def test_a_policy_is_of_one_source_only(tmp_path: Path) -> None:
    now = [NOW]
    kind = numbered(people=Estate([person(1)]))
    with hub_of(kind, tmp_path, clock=lambda: now[0], sources=("crm", "erp")) as hub:
        list(hub.sync())
    now[0] = later(31)
    with hub_of(kind, tmp_path, clock=lambda: now[0], sources=("crm",), keep={"raw": "30d"}) as hub:
        list(hub.sync())
        with hub.store.read() as connection:
            found = connection.execute(select(tables.records.c.source, tables.records.c.payload.is_(None))).all()
    assert sorted(map(tuple, found)) == [("crm", True), ("erp", False)]


def test_encrypting_needs_a_key(tmp_path: Path) -> None:
    made = hub_of(numbered(people=Estate([person(1)])), tmp_path, keep={"payload": "encrypt"})
    with made as hub, pytest.raises(ConfigError, match="needs a key"):
        list(hub.sync())


def test_sync_says_what_was_removed_and_only_if_something_was(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    first = world.sync(raw="30d")
    world.now = later(31)
    second = world.sync(raw="30d")
    print_ended([first])
    assert "policy" not in capsys.readouterr().out
    print_ended([second])
    assert "crm: by its policy 2 raw payloads removed" in capsys.readouterr().out
    assert json.loads(json.dumps(as_data(second)))["policy"]["payloads"] == 2
