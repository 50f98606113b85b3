"""``bartack cassette mutate``: a table for people, lines for machines, and twins as files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartack.frontends.cli import main
from bartack.recording import Cassette
from bartack.twins import families as all_families
from bartack.twins.families import FAMILIES
from bartack.twins.mutant import Change

ROOT = Path(__file__).parents[2]
USERS = str(ROOT / "cassettes/tryton/users/all.yaml")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_connector_that_survives_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cassette", "mutate", USERS, "--count", "30"]) == 0
    told = capsys.readouterr().out
    assert "users as user/1, 30 twins" in told
    assert all(name in told for name in FAMILIES)


def test_machines_are_told_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cassette", "mutate", USERS, "--count", "12", "--family", "bodies", "--seed", "4", "--json"]) == 0
    (trial,) = (json.loads(line)["trial"] for line in capsys.readouterr().out.splitlines())
    assert (trial["stream"], trial["twins"], list(trial["families"])) == ("users", 12, ["bodies"])


def test_twins_are_kept_for_tests_of_ones_own(elsewhere: Path) -> None:
    assert main(["cassette", "mutate", USERS, "--count", "8", "--family", "types", "--write", "twins"]) == 0
    files = sorted((elsewhere / "twins/users").iterdir())
    assert len(files) == 8
    assert files[0].name.startswith("0001-types-")
    assert Cassette.load(files[0]).about.connector == "tryton"


def test_a_twin_that_is_too_much_is_kept_and_told(
    elsewhere: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def contradicts(subject: object, _: object) -> object:
        yield Change("nothing wrong", "nothing, and it is said to be doubtful", dict, doubtful=True)

    monkeypatch.setattr("bartack.twins.breeding.FAMILIES", {**all_families.FAMILIES, "meaning": contradicts})
    assert main(["cassette", "mutate", USERS, "--family", "meaning"]) == 1
    told = capsys.readouterr().out
    assert "books: meaning/nothing wrong (seed 0): the read is called complete" in told
    assert Cassette.load(elsewhere / "hostile-twins/books-meaning-nothing-wrong.yaml").interactions


def test_requests_that_could_change_unseen_are_looked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cassette", "mutate", USERS, "--requests"]) == 0
    assert "a replay sees 100.0% of" in capsys.readouterr().out


def test_a_recording_that_says_nothing_needs_a_name(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Cassette(elsewhere / "bare.yaml", Cassette.load(USERS).interactions).save()
    assert main(["cassette", "mutate", "bare.yaml"]) == 2
    assert "--connector NAME" in capsys.readouterr().err
