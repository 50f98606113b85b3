"""A configuration drafted from a database: it loads, it reads, and what is guessed says so."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

import bartack
from bartack.errors import ConfigError
from bartack.frontends.cli import main
from bartack.transports.base import Runtime
from bartack.transports.sql.reflect import Drafted, draft
from bartack_contracts import Organization, Person, Product


def written(drafted: Drafted, folder: Path) -> Path:
    (folder / "bartack.toml").write_text(drafted.toml)
    for name, text in drafted.mappings.items():
        (folder / name).write_text(text)
    return folder


def database(folder: Path, script: str) -> str:
    connection = sqlite3.connect(folder / "old.db")
    connection.executescript(script)
    connection.close()
    return "sqlite:///old.db"


@pytest.mark.parametrize("fixture", ["northwind_postgres", "northwind_sqlite"])
def test_northwind_is_drafted_and_read(fixture: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    drafted = draft(request.getfixturevalue(fixture), Runtime(base_dir=str(tmp_path)), name="northwind")
    with bartack.open(written(drafted, tmp_path)) as hub:
        found = {}
        for contract in (Person, Organization, Product):
            read = hub.read(contract, allow_partial=True)
            records = list(read)
            assert not read.errors
            for stream in read.report.streams:
                found[stream.stream] = (stream.rows, stream.completeness)
                assert stream.rows == stream.delivered + stream.rejected
            assert records
        assert found["customers"] == (91, "complete")
        assert found["products"] == (77, "complete")
        assert found["suppliers"] == (29, "complete")
        told = {one.field: one for one in hub.explain("northwind/customers/ALFKI").fields}
        assert told["name.full"].raw == "Maria Anders"


def test_every_guess_is_marked_with_its_confidence(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        """CREATE TABLE kunde (kdnr INTEGER PRIMARY KEY, vorname TEXT, nachname TEXT, email TEXT, aktiv CHAR(1), geboren INTEGER);
        INSERT INTO kunde VALUES (1, 'Zoë', 'Müller', 'zoe@example.org', 'J', 19700131), (2, 'A', 'B', NULL, 'N', 19800229);
        CREATE TABLE settings (k TEXT, v TEXT);""",
    )
    drafted = draft(url, Runtime(base_dir=str(tmp_path)))
    text = drafted.mappings["kunde.yaml"]
    rules = [line for line in text.splitlines() if line.startswith("  ") and not line.lstrip().startswith("#")]
    assert text.count("guess (") == len(rules) + 1
    assert any("settings: no contract guessed" in note for note in drafted.notes)
    with bartack.open(written(drafted, tmp_path)) as hub:
        first, second = hub.read(Person)
    assert first.value.name.full == "Zoë Müller"
    assert str(first.value.birth_date) == "1970-01-31"
    assert (first.value.active, second.value.active) == (True, False)
    assert second.value.birth_date is not None


def test_a_table_without_a_key_gets_a_marked_guess(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        "CREATE TABLE contacts (name TEXT, mail TEXT); INSERT INTO contacts VALUES ('A', 'a@b.example'), ('A', 'c@d.example');",
    )
    toml = draft(url, Runtime(base_dir=str(tmp_path))).toml
    assert 'key = "mail"   # guess (0.4): no primary key' in toml


def test_names_that_need_quotes_are_quoted(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        """CREATE TABLE "customer ""list"" " ("id no" INTEGER PRIMARY KEY, "Full.Name" TEXT, "e-mail: one" TEXT, "select" TEXT);
        INSERT INTO "customer ""list"" " VALUES (7, 'Zoë', 'zoe@example.org', 'x');""",
    )
    with bartack.open(written(draft(url, Runtime(base_dir=str(tmp_path))), tmp_path)) as hub:
        (record,) = hub.read(Person, allow_partial=True)
    assert record.ref.id == "7"
    assert record.value.emails[0].address == "zoe@example.org"
    assert {one.key for one in record.value.custom} >= {"select"}


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        draft("sqlite:///nothing.db", Runtime(base_dir=str(tmp_path)))
    assert not (tmp_path / "nothing.db").exists()


def test_init_from_a_database_needs_no_further_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    url = database(
        tmp_path, "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO people VALUES (1, 'Zoë');"
    )
    assert main(["init", "--from", url]) == 0
    assert main(["check"]) == 0
    assert main(["read", "person"]) == 0
    assert "old/people/1" in capsys.readouterr().out
