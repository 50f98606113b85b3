"""``bartack cassette replay``: a recording is read with its connector, offline."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bartack.frontends.cli import main
from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.fuse import network_fuse
from bartack.recording.sql import Answer, SqlCassette, SqlError, Statement

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


def test_what_was_recorded_and_not_asked_for_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = Cassette.load(PARTIES)
    assert replayed(PARTIES) == 0
    assert "not asked for" not in capsys.readouterr().out
    more = Interaction(RecordedRequest("GET", "https://crm.example.org/more"), RecordedResponse(200, "OK"))
    Cassette(tmp_path / "more.yaml", [*whole.interactions, more], about=whole.about).save()
    assert replayed(tmp_path / "more.yaml") == 0
    assert capsys.readouterr().out.endswith(
        "more.yaml: 1 recorded and not asked for\n  GET https://crm.example.org/more\n"
    )
    assert replayed(tmp_path / "more.yaml", "--json") == 0
    told = [line["unplayed"] for line in lines(capsys) if "unplayed" in line]
    assert told == [{"recording": str(tmp_path / "more.yaml"), "requests": ["GET https://crm.example.org/more"]}]


def test_a_folder_is_read_recording_by_recording_but_for_those_of_resumed_reads(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert replayed(ROOT / "cassettes/tryton", "--json") == 0
    *_, end = lines(capsys)
    streams = sorted(path.name for path in (ROOT / "cassettes/tryton").iterdir())
    assert sorted({one["stream"] for one in end["verdict"]["streams"]}) == streams
    assert replayed(tmp_path) != 0
    assert "no recording in this folder" in capsys.readouterr().err


@pytest.fixture
def prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recording of a database that is gone, with a statement more than its read sends."""
    monkeypatch.chdir(tmp_path)
    with closing(sqlite3.connect("shop.db")) as database:
        database.executescript(
            "CREATE TABLE price (nr TEXT PRIMARY KEY, name TEXT); INSERT INTO price VALUES ('1', 'M8')"
        )
    Path("prices.yaml").write_text(
        "contract: product/1\nfields:\n  name: {path: name, required: true}\n  active: {const: true}\n",
        encoding="utf-8",
    )
    Path("bartack.toml").write_text(
        '[sources.shop]\nconnector = "sql"\nurl = "sqlite:///shop.db"\n'
        '[sources.shop.streams.prices]\ntable = "price"\nkey = "nr"\nmapping = "prices.yaml"\n',
        encoding="utf-8",
    )
    assert main(["cassette", "record", "shop", "--out", "shop.yaml", "--in-ci"]) == 0
    Path("shop.db").unlink()
    recorded = SqlCassette.load("shop.yaml")
    recorded.append(Statement("SELECT 1\n  FROM never", answer=Answer((("a", "None"),), ((1,), (2,)), seconds=0.25)))
    recorded.append(Statement("SELECT x", answer=Answer(error=SqlError("OperationalError", "no such column: x"))))
    recorded.save()
    return tmp_path / "shop.yaml"


def test_a_recording_of_a_database_is_read_and_shown_without_it(
    prices: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert replayed(prices, "--json") == 0
    unplayed, row, _ = lines(capsys)
    assert unplayed["unplayed"]["requests"] == ["SELECT 1 FROM never", "SELECT x"]
    assert "M8" in json.dumps(row["record"])
    assert main(["cassette", "show", str(prices), "--json"]) == 0
    about, *_, never, failed = lines(capsys)
    assert about["about"]["database"].startswith("sqlite 3")
    assert never["statement"] == {
        "sql": "SELECT 1\n  FROM never",
        "rows": 2,
        "whole": True,
        "error": None,
        "seconds": 0.25,
    }
    assert (failed["statement"]["rows"], failed["statement"]["error"]) == (None, "OperationalError")
    assert main(["cassette", "show", str(prices)]) == 0
    out = capsys.readouterr().out
    assert "SELECT 1 FROM never" in out
    assert "250" in out
