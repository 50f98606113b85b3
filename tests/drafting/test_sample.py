"""A plugin drafted from a saved answer, or from nothing: it says what it knows, and what it cannot know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bartack.frontends.cli import main
from support.drafting import draft, mapping, parses, rules

CONTACTS = {
    "contacts": [
        {
            "id": 7,
            "name": {"first": "Zoë", "last": "Müller"},
            "emails": [{"address": "zoe@example.org", "type": "work"}],
            "billing_address": {"street": "Am Platz 1", "city": "Berlin", "zip": "10115", "country": "DE"},
            "company": {"id": 3, "name": "Nordwind"},
            "updated_at": "2026-01-05T10:00:00Z",
            "odd.key": "x",
            "mood": "fine",
        },
        {"id": 8, "name": {"first": "Bo", "last": "Li"}, "emails": [], "billing_address": None, "mood": None},
    ],
    "meta": {"total": 2, "next_cursor": None},
}


def saved(folder: Path, document: Any, name: str = "contacts.json") -> Path:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def test_a_sample_becomes_a_stream_with_a_mapping_and_a_recording(tmp_path: Path, capsys: Any) -> None:
    told = draft(capsys, tmp_path / "acme", "acme", saved(tmp_path, CONTACTS))
    assert [(one["stream"], one["contract"], one["key"]) for one in told["streams"]] == [("contacts", "person/1", "id")]
    assert "cassettes/acme/contacts/sample.yaml" in told["files"]
    assert {path for path in told["files"] if not (tmp_path / "acme" / path).is_file()} == set()
    assert told["remarks"] == []
    parses(tmp_path / "acme")


def test_nested_fields_are_mapped_by_what_they_are_called_together(tmp_path: Path, capsys: Any) -> None:
    draft(capsys, tmp_path / "acme", "acme", saved(tmp_path, CONTACTS))
    found = rules(tmp_path / "acme", "contacts.yaml")
    assert found["name.full"]["join"] == ["name.first", "name.last"]
    assert found["emails"] == {"each": [{"over": "emails", "path": "address"}], "use": "email"}
    assert found["addresses"]["each"][0]["fields"]["city"]["path"] == "billing_address.city"
    assert found["addresses"]["each"][0]["label"] == "billing"
    assert "mood" not in str(found), "what nothing speaks for is left to custom"


def test_every_rule_says_how_sure_it_is_and_why(tmp_path: Path, capsys: Any) -> None:
    draft(capsys, tmp_path / "acme", "acme", saved(tmp_path, CONTACTS))
    text = mapping(tmp_path / "acme", "contacts.yaml")
    lines = text.splitlines()
    written = [at for at, line in enumerate(lines) if line.startswith("  ") and not line.strip().startswith("#")]
    assert len(written) == len(rules(tmp_path / "acme", "contacts.yaml"))
    assert all(lines[at - 1].startswith("  # confidence: ") for at in written)


def test_what_a_sample_cannot_tell_is_left_to_do(tmp_path: Path, capsys: Any) -> None:
    told = draft(capsys, tmp_path / "acme", "acme", saved(tmp_path, CONTACTS))
    assert [one["text"].partition(":")[0] for one in told["todos"]] == [
        "base_url",
        "documentation",
        "auth",
        "quota",
        "path",
        "paging",
    ]
    code = (tmp_path / "acme/src/bartack_acme/connector.py").read_text().splitlines()
    assert all("# TODO: " + one["text"] in code[one["line"] - 1] for one in told["todos"])


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([{"id": 1, "email": "a@example.org", "name": "Ada"}], ""),
        ({"data": {"items": [{"id": 1, "email": "a@example.org", "name": "Ada"}]}}, "data.items"),
        ({"id": 1, "email": "a@example.org", "name": "Ada", "pets": [{"kind": "cat"}]}, ""),
    ],
    ids=["bare list", "envelope", "one record"],
)
def test_the_rows_are_found(tmp_path: Path, capsys: Any, document: Any, path: str) -> None:
    told = draft(capsys, tmp_path / "acme", "acme", saved(tmp_path, document, "people.json"))
    assert (told["streams"][0]["stream"], told["remarks"]) == ("people", [])
    assert f'rows="{path}"' in (tmp_path / "acme/src/bartack_acme/connector.py").read_text()


def test_a_row_that_is_not_accepted_is_told(tmp_path: Path, capsys: Any) -> None:
    sample = [{"id": 1, "name": "Ada", "email": "a@example.org"}, {"id": 2, "name": "", "email": "b@example.org"}]
    told = draft(capsys, tmp_path / "acme", "acme", saved(tmp_path, sample))
    assert "1 of 2 example rows are rejected: name.full" in told["remarks"][0]


def test_a_sample_that_says_it_is_not_whole_is_told(tmp_path: Path, capsys: Any) -> None:
    sample = {"success": False, "contacts": [{"id": 1, "name": "Ada", "email": "a@example.org"}]}
    told = draft(capsys, tmp_path / "acme", "acme", saved(tmp_path, sample))
    assert "read from its example it is partial" in told["remarks"][0]


def test_a_required_field_that_nothing_speaks_for_is_left_to_do(tmp_path: Path, capsys: Any) -> None:
    sample = [{"id": 1, "invoice_no": "R-1", "total": "12.50", "due_date": "2026-02-01"}]
    told = draft(capsys, tmp_path / "acme", "acme", saved(tmp_path, sample, "invoices.json"))
    left = [one for one in told["todos"] if one["file"].endswith("invoices.yaml")]
    assert [one["text"] for one in left] == [
        "currency: Currency of the document, ISO 4217. Every record needs it, and no field says it."
    ]
    assert "currency" not in rules(tmp_path / "acme", "invoices.yaml")


def test_the_skeleton_has_nothing_left_to_do(tmp_path: Path, capsys: Any) -> None:
    told = draft(capsys, tmp_path / "acme", "acme", None)
    assert (told["todos"], told["remarks"], told["left_out"]) == ([], [], [])
    parses(tmp_path / "acme")


def test_nothing_is_overwritten(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme/mine.txt").write_text("mine")
    assert main(["new", "connector", "acme", "--folder", str(tmp_path / "acme")]) == 2
    assert "is there already" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "acme").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "text",
    ["", "{", "no json", "<html><title>Sign in</title></html>", "<a/>", "[]", "{}", "7", "[1, 2]", "[" * 10_000, '{"a": {"a": ' * 3_000],
    ids=["empty", "cut", "text", "page", "xml", "no rows", "empty object", "number", "numbers", "deep", "deep objects"],
)  # fmt: skip
def test_what_is_no_sample_is_a_typed_error_and_leaves_nothing(tmp_path: Path, capsys: Any, text: str) -> None:
    assert (
        main(["new", "connector", "acme", "--from", str(saved(tmp_path, text)), "--folder", str(tmp_path / "x")]) == 2
    )
    assert "next step" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["contacts.json"]


@pytest.mark.parametrize("name", ["Acme", "http", "", "9lives", "a b", "a/../b", "contracts", "x" * 41, "ä"])
def test_a_name_that_cannot_be_one_is_refused(tmp_path: Path, capsys: Any, name: str) -> None:
    assert main(["new", "connector", name, "--folder", str(tmp_path / "x")]) == 2
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("name", ["none", "true", "secret", "http-stream", "connector", "class", "import"])
def test_a_name_with_a_meaning_in_python_gives_code_that_is_valid(tmp_path: Path, capsys: Any, name: str) -> None:
    draft(capsys, tmp_path / "x", name, None)
    parses(tmp_path / "x")


HOSTILE = ['"""', "'", "\\", "\n", "\u2028", "# TODO: x", "${x}", "$x", "{x}", "a.b", "a[0]", "'; import os", "class", "ä\u202eb", "\x00", "%s", "]]>", " ", "-", "a: b"]  # fmt: skip


def test_hostile_names_are_escaped_everywhere(tmp_path: Path, capsys: Any) -> None:
    row = {"id": 1, "email": "a@example.org", "name": "Ada"} | {f"{text}{at}": text for at, text in enumerate(HOSTILE)}
    row |= {f"{text} e-mail": "b@example.org" for text in HOSTILE}
    told = draft(capsys, tmp_path / "x", "acme", saved(tmp_path, {"people \u202e \\ x": [row]}, "a ' \\ \" $x.json"))
    parses(tmp_path / "x")
    assert told["remarks"] == []
    assert not any(one["text"].startswith("x") for one in told["todos"])
