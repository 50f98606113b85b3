"""bartack lock."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartack.frontends.cli import main


def lock(estate: Path, *more: str) -> int:
    return main(["lock", *more, "--config", str(estate)])


def change(estate: Path) -> None:
    mapping = estate / "billing-customers.yaml"
    text = mapping.read_text()
    assert "email" in text
    mapping.write_text(text.replace("use: email", "use: [trim, email]"))


def test_a_lock_is_written_and_held(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lock(estate, "--check") == 2
    assert "there is no lock" in capsys.readouterr().err
    assert lock(estate) == 0
    assert capsys.readouterr().out.startswith("bartack.lock holds 3 sources, 7 contracts: sha256:")
    assert lock(estate, "--check") == 0
    assert capsys.readouterr().out == "all is as bartack.lock holds\n"


def test_a_difference_is_told_with_the_consumers_it_hits(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = estate / "bartack.toml"
    config.write_text(f'{config.read_text()}\n[consumers.newsletter]\nreads = ["person.emails.address"]\n')
    lock(estate)
    change(estate)
    capsys.readouterr()
    assert lock(estate, "--check") == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("billing/customers as person/1: rule of emails: ")
    assert line.endswith("; hits newsletter")
    assert lock(estate, "--check", "--json") == 1
    told = json.loads(capsys.readouterr().out)["difference"]
    assert (told["place"], told["consumers"]) == ("billing/customers as person/1: rule of emails", ["newsletter"])
    assert told["before"] != told["after"]


def test_locking_anew_says_what_is_new(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock(estate)
    change(estate)
    capsys.readouterr()
    assert lock(estate) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("billing/customers as person/1: rule of emails: ")
    assert last.startswith("bartack.lock holds")
    assert lock(estate, "--check") == 0


def test_a_damaged_lock_is_refused_and_can_be_written_anew(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock(estate)
    (estate / "bartack.lock").write_text("{")
    assert lock(estate, "--check") == 2
    assert "damaged" in capsys.readouterr().err
    assert lock(estate) == 0
    assert lock(estate, "--check") == 0


@pytest.mark.parametrize("kind", [["serve"], ["serve", "web"], ["serve", "mcp"]], ids=" ".join)
def test_what_is_locked_is_not_served_when_a_rule_is_another_one(
    estate: Path, capsys: pytest.CaptureFixture[str], kind: list[str]
) -> None:
    lock(estate)
    change(estate)
    capsys.readouterr()
    assert main([*kind, "--locked", "--config", str(estate)]) == 2
    assert "rule of emails" in capsys.readouterr().err
