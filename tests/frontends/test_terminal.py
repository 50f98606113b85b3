"""What a source sends reaches a terminal as text: no escape sequence, no bell, no turned words, whichever command prints it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from bartack.frontends.cli import main

ESCAPES = "\x1b]0;owned\x07\x1b[31mred\x9b31m\u202egnp.exe"
REF = f"crm/people/1{ESCAPES}"


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with sqlite3.connect(tmp_path / "x.db") as database:
        database.execute("CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT, note TEXT)")
        rows = [(f"1{ESCAPES}", f"Ann{ESCAPES}", ESCAPES), (f"2{ESCAPES}", "", ESCAPES)]
        database.executemany("INSERT INTO people VALUES (?, ?, ?)", rows)
    database.close()
    (tmp_path / "people.yaml").write_text(
        "contract: person/1\nfields:\n  name.full: {path: name, required: true}\n  kind: {const: contact}\ncustom: true\n"
    )
    (tmp_path / "bartack.toml").write_text(
        '[sources.crm]\nconnector = "sql"\nurl = "sqlite:///x.db"\n'
        '[sources.crm.streams.people]\ntable = "people"\nkey = "id"\nmapping = "people.yaml"\n'
    )
    monkeypatch.chdir(tmp_path)
    assert main(["sync"]) == 1
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [
        ["read", "person"], ["search", "person", "ann"], ["query", "person"], ["changes"], ["linked", REF], ["explain", REF],
        ["get", REF, "--cached"], ["get", f"crm/people/9{ESCAPES}", "--cached"], ["read", "person", "--source", ESCAPES],
        ["review", "list"], ["review", "show", "1"], ["review", "causes"], ["review", "dismiss", "1", "--note", ESCAPES],
        ["review", "history"], ["status"],
    ],
    ids=lambda command: " ".join(command[:2]),
)  # fmt: skip
def test_a_terminal_is_sent_nothing_that_it_would_obey(
    estate: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    main(command)
    told = capsys.readouterr()
    for text in (told.out, told.err):
        assert [char for char in text if not char.isprintable() and char != "\n"] == []


def test_a_record_that_is_printed_is_the_same_json(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["get", REF, "--cached"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert main(["get", REF, "--cached", "--json"]) == 0
    assert printed == json.loads(capsys.readouterr().out)["record"]
