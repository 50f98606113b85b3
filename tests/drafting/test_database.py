"""A plugin drafted from a database: tables and views that a contract describes, with their keys and changed columns."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bartack.drafting.drafting import draft as drafted
from bartack.frontends.cli import main
from bartack.registry import load
from bartack.sdk import Runtime, SqlStream
from support.drafting import draft, parses, rules

SCRIPT = """
CREATE TABLE firms (firm_id INTEGER PRIMARY KEY, name TEXT, web TEXT, updated_at TEXT);
CREATE TABLE "Contact List" (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, "e.mail" TEXT,
    firm_id INTEGER REFERENCES firms(firm_id), mood TEXT, updated_at TEXT);
CREATE TABLE settings (k TEXT PRIMARY KEY, v TEXT);
CREATE VIEW people AS SELECT id, first_name || ' ' || last_name AS name, "e.mail" AS email FROM "Contact List";
INSERT INTO firms VALUES (1, 'Nordwind', 'https://nordwind.example', '2026-01-01T10:00:00Z');
INSERT INTO "Contact List" VALUES (1, 'Zoë', 'Müller', 'zoe@example.org', 1, 'A', '2026-01-01T10:00:00Z'),
    (2, 'Bo', 'Li', NULL, NULL, 'B', '2026-01-02T10:00:00Z');
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "crm.db") as connection:
        connection.executescript(SCRIPT)
    connection.close()
    return f"sqlite:///{tmp_path / 'crm.db'}"


def test_tables_and_views_become_streams(tmp_path: Path, capsys: Any, url: str) -> None:
    told = draft(capsys, tmp_path / "x", "legacy", url)
    assert [(one["stream"], one["contract"], one["key"]) for one in told["streams"]] == [
        ("contact_list", "person/1", "id"),
        ("firms", "organization/1", "firm_id"),
        ("people", "person/1", "id"),
    ]
    assert told["left_out"] == ["settings: neither its name nor its fields are those of a contract"]
    assert [one["text"].partition(":")[0] for one in told["todos"]] == ["documentation"]
    assert {path for path in told["files"] if path.startswith("cassettes/")} == {
        f"cassettes/legacy/{stream}/some.yaml" for stream in ("contact_list", "firms", "people")
    }
    parses(tmp_path / "x")


def test_keys_changes_and_foreign_keys_are_taken_from_the_database(tmp_path: Path, capsys: Any, url: str) -> None:
    contacts = drafted("legacy", url, load(), Runtime()).found[0].stream
    assert contacts == SqlStream(
        "contact_list",
        table="Contact List",
        key="id",
        changed="updated_at",
        mapping="contact_list.yaml",
        evidence="recorded",
    )
    draft(capsys, tmp_path / "x", "legacy", url)
    found = rules(tmp_path / "x", "contact_list.yaml")
    assert found["organizations"]["each"][0]["fields"]["ref"] == {"ref": "organization/1", "id": "firm_id"}
    assert found["emails"] == {"each": ["'e.mail'"], "use": "email"}


def test_an_empty_table_is_recorded_when_it_has_rows(tmp_path: Path, capsys: Any, url: str) -> None:
    connection = sqlite3.connect(tmp_path / "crm.db")
    with connection:
        connection.execute("DELETE FROM firms")
    connection.close()
    told = draft(capsys, tmp_path / "x", "legacy", url)
    assert "recording of firms: it was empty; record it when there are rows" in [one["text"] for one in told["todos"]]


def test_names_and_addresses_of_people_are_not_in_the_recordings(tmp_path: Path, capsys: Any, url: str) -> None:
    told = draft(capsys, tmp_path / "x", "legacy", url)
    recorded = "".join((tmp_path / "x" / path).read_text() for path in told["files"] if path.startswith("cassettes/"))
    assert '"2026-01-01T10:00:00Z"' in recorded
    assert "Müller" not in recorded


def test_where_the_database_is_stays_out_of_the_plugin(tmp_path: Path, capsys: Any, url: str) -> None:
    told = draft(capsys, tmp_path / "x", "legacy", url)
    texts = [(tmp_path / "x" / path).read_text(encoding="utf-8") for path in told["files"]]
    assert [
        text for text in texts if "crm.db" in text.replace("sqlite:///crm.db, postgresql", "") or str(tmp_path) in text
    ] == []


@pytest.mark.parametrize("url", ["sqlite:///nothing.db", "nosuchdb://x/y", "postgresql://127.0.0.1:1/x", "sqlite://"])
def test_a_database_that_cannot_be_read_is_a_typed_error(tmp_path: Path, capsys: Any, url: str) -> None:
    assert main(["new", "connector", "legacy", "--from", url, "--folder", str(tmp_path / "x")]) in (2, 3)
    assert "next step" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_postgresql_is_read_too(tmp_path: Path, capsys: Any, postgres_customers: str) -> None:
    told = draft(capsys, tmp_path / "x", "legacy", postgres_customers)
    assert {one["contract"] for one in told["streams"]} >= {"person/1"}
    parses(tmp_path / "x")
