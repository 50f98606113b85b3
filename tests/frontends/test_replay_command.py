"""``bartack cassette replay``: a recording is read with its connector, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bartack.frontends.cli import main
from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.fuse import network_fuse

ROOT = Path(__file__).parents[2]
PARTIES = ROOT / "cassettes/tryton/parties/all.yaml"


def replayed(path: Path, *options: str) -> int:
    with network_fuse():
        return main(["cassette", "replay", str(path), *options])


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_what_was_recorded_is_read_and_the_same_each_time(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert replayed(PARTIES, "--json") == 0
    first = lines(capsys)
    assert replayed(PARTIES, "--json") == 0
    assert lines(capsys) == first
    *rows, end = first
    assert {one["record"]["contract"] for one in rows} == {"person/1", "organization/1"}
    recorded_at = Cassette.load(PARTIES).about.recorded_at
    assert recorded_at is not None
    assert {one["record"]["provenance"]["fetched_at"][:19] for one in rows} == {recorded_at.isoformat()[:19]}
    assert (end["verdict"]["completeness"], end["verdict"]["delivered"]) == ("complete", len(rows))


def test_people_see_a_table_for_each_contract_and_the_books(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert replayed(PARTIES, "--stream", "parties") == 0
    out = capsys.readouterr().out
    assert "organizations" in out
    assert "tax_ids" in out
    assert "complete, live: 28 rows, 14 delivered, 14 skipped" in out


def test_a_recording_that_lacks_an_answer_is_not_taken_for_whole(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = Cassette.load(PARTIES)
    Cassette(tmp_path / "cut.yaml", whole.interactions[:-1], about=whole.about).save()
    assert replayed(tmp_path / "cut.yaml", "--json") != 0
    *_, error, end = lines(capsys)
    assert error["error"]["type"] == "RecordingError"
    assert end["verdict"]["completeness"] != "complete"


def test_a_recording_that_does_not_say_who_made_it_wants_the_connector_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    foreign = Interaction(RecordedRequest("GET", "https://crm.example.org/people"), RecordedResponse(200, "OK"))
    Cassette(tmp_path / "foreign.yaml", [foreign]).save()
    assert replayed(tmp_path / "foreign.yaml") == 2
    assert "--connector NAME" in capsys.readouterr().err
