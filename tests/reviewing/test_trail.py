"""The audit trail: an erasure takes contents out of it and leaves who decided; an older state gets one of what it has."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from bartack.errors import ConflictError
from bartack.hub import Hub
from support.ledger import assert_balanced
from support.numbered import NOW, Estate, hub_of, numbered, person

CANARY = "zoe.canary@example.org"
STATE = ".bartack/state.sqlite"


def hub_at(folder: Path, *rows: dict[str, Any]) -> Hub:
    kind = numbered(people=Estate(list(rows), incremental=False))
    return hub_of(kind, folder, sync={"gate": False}, surprises={"too_many_rejects": "accept"})


def in_files(folder: Path, text: str) -> list[str]:
    return [path.name for path in (folder / ".bartack").iterdir() if text.encode() in path.read_bytes()]


def as_of_revision(state: Path, revision: str) -> None:
    """Put a state of an earlier revision in the place of one, with what people and syncs had left in it."""
    older = state.with_name("older")
    settings = Config()
    settings.set_main_option("script_location", "bartack.store:migrations")
    with create_engine(f"sqlite:///{older}").begin() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
    connected = sqlite3.connect(older)
    connected.execute("ATTACH ? AS newer", (str(state),))
    for name in ("runs", "counts", "records", "rejects", "decisions", "streams", "leases"):
        columns = ", ".join(row[1] for row in connected.execute(f"PRAGMA main.table_info(bartack_{name})"))
        connected.execute(f"INSERT INTO main.bartack_{name} ({columns}) SELECT {columns} FROM newer.bartack_{name}")
    connected.commit()
    connected.close()
    older.rename(state)


def test_an_erasure_takes_the_person_out_of_the_trail_and_leaves_who_decided_when(tmp_path: Path) -> None:
    with hub_at(tmp_path, person(1, email=CANARY), person(2)) as hub:
        list(hub.sync())
    with hub_at(tmp_path, person(1, " ", email=CANARY), person(2)) as hub:
        list(hub.sync())
        hub.review.fix(1, {"name.full": "Zoë Canary"}, by="ann", note=f"asked {CANARY}")
        hub.review.undo(1, by="bob", note=f"not {CANARY}")
        hub.review.dismiss(1, by="cyd")
        (found,) = hub.governance.find({"email": CANARY}).found
        assert found.where == ("record", "reject 1", "history", "history")
        hub.governance.erase([found], by="ann")
        assert hub.governance.find({"email": CANARY}).found == ()
        assert [(one.who, one.action, dict(one.body), one.note) for one in hub.review.history(1)] == [
            ("ann", "correct", {}, None),
            ("bob", "undo", {}, None),
            ("cyd", "dismiss", {}, None),
        ]
        assert {one.erased_at for one in hub.review.history(1)} == {NOW}
        assert_balanced(hub)
    assert in_files(tmp_path, "anary") == []


def test_where_the_id_tells_who_it_was_the_trail_holds_a_digest(tmp_path: Path) -> None:
    row = {**person(1, " "), "id": CANARY}
    with hub_at(tmp_path, row) as hub:
        list(hub.sync())
        hub.review.dismiss(1, by="ann")
        hub.governance.erase(hub.governance.find({"email": CANARY}).found, by="ann")
        (entry,) = hub.review.history()
        assert entry.id.startswith("sha256:")
        assert entry.ref.id == hub.governance.stubs()[0].id
    assert in_files(tmp_path, CANARY) == []


def test_the_decisions_of_an_older_state_are_the_beginning_of_its_trail(tmp_path: Path) -> None:
    rows = (person(1, " "), person(2, " "), person(3))
    with hub_at(tmp_path, *rows) as hub:
        list(hub.sync())
        hub.review.fix(1, {"name.full": "Zoë"}, by="ann", note="phoned")
        hub.review.dismiss(2, by="bob")
    as_of_revision(tmp_path / STATE, "0002")
    with hub_at(tmp_path, *rows) as hub:
        assert [
            (one.number, one.who, one.action, dict(one.body), one.note, one.at) for one in hub.review.history()
        ] == [
            (2, "bob", "dismiss", {}, None, NOW),
            (1, "ann", "correct", {"name.full": "Zoë"}, "phoned", NOW),
        ]
        with pytest.raises(ConflictError, match="what was before it is not kept"):
            hub.review.undo(1, by="ann")
        hub.review.undo(2, by="ann")
        assert_balanced(hub)
