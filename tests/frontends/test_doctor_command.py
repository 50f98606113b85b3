"""``bartack cassette doctor``: findings as a table or JSON lines, and an exit status for CI."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from bartack.frontends.cli import main

ROOT = Path(__file__).parents[2]
USERS = ROOT / "cassettes/tryton/users"


@pytest.fixture
def cassettes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(USERS, tmp_path / "cassettes/tryton/users")
    return tmp_path / "cassettes"


def doctor(*options: str) -> int:
    return main(["cassette", "doctor", "--max-age", "36500d", *options])


def test_a_good_folder_ends_well_and_says_what_it_never_shows(
    cassettes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor() == 0
    out = capsys.readouterr().out
    assert "never seen: 4xx, 429, 5xx, timeout" in out
    assert "next step for tryton/users: bartack cassette record crm --stream users" in out
    assert doctor("--fail-on", "note") == 1


def test_findings_that_count_are_told_by_the_exit_status(cassettes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (cassettes / "tryton/users/bad.yaml").write_text("no cassette", encoding="utf-8")
    assert doctor(str(cassettes), "--json") == 1
    found = [json.loads(line)["finding"] for line in capsys.readouterr().out.splitlines()]
    assert [one["place"] for one in found if one["severity"] == "error"] == ["tryton/users/bad"]
    assert all(one["next_step"] for one in found)
    assert doctor(str(cassettes), "--json") == 1
    assert [json.loads(line)["finding"] for line in capsys.readouterr().out.splitlines()] == found


def test_an_old_recording_fails(cassettes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cassette", "doctor", "--max-age", "0s"]) == 1
    assert "stale.age" in capsys.readouterr().out


def test_a_folder_without_recordings_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(str(tmp_path)) == 2
    assert "there is no cassette" in capsys.readouterr().err
