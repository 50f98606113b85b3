"""bartack read --out and bartack verify."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bartack.frontends.cli import main


def read(estate: Path, *more: str) -> int:
    return main(["read", "person", *more, "--config", str(estate)])


@pytest.mark.parametrize(("kind", "asked"), [("csv", False), ("parquet", True), ("arrow", True), ("jsonl", False)])
def test_read_writes_every_format_and_verify_holds_it(
    kind: str, asked: bool, estate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / ("people" if asked else f"people.{kind}")
    assert read(estate, "--source", "crm", "--out", str(out), *(["--format", kind] if asked else [])) == 0
    assert "complete, live: 14 rows, 9 delivered, 5 skipped" in capsys.readouterr().out
    assert main(["verify", str(out)]) == 0
    assert capsys.readouterr().out == "as it was written: 9 records of person/1, complete, live\n"
    assert main(["verify", str(out), "--json"]) == 0
    manifest = json.loads(capsys.readouterr().out)
    assert (manifest["format"], manifest["asked"]) == (kind, {"feeds": ["crm/parties"]})
    out.write_bytes(b"")
    assert main(["verify", str(out)]) == 1
    assert "not what was written" in capsys.readouterr().err


def test_rejects_are_beside_and_the_exit_status_tells_of_them(estate: Path, tmp_path: Path) -> None:
    out = tmp_path / "invoices.parquet"
    assert main(["read", "invoice", "--out", str(out), "--config", str(estate)]) == 1
    manifest = json.loads((tmp_path / "invoices.parquet.manifest.json").read_text())
    assert manifest["rejects"]["rejects"] == manifest["verdict"]["rejected"] > 0
    beside = (tmp_path / manifest["rejects"]["name"]).read_text().splitlines()
    assert len(beside) == manifest["rejects"]["rejects"]
    assert pq.read_table(out).num_rows == manifest["records"] == manifest["verdict"]["delivered"]


def test_from_the_store_the_file_says_how_old_it_is(
    estate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "people.parquet"
    main(["sync", "billing", "--config", str(estate)])
    assert read(estate, "--source", "billing", "--cached", "--out", str(out)) == 0
    manifest = json.loads((tmp_path / "people.parquet.manifest.json").read_text())
    assert manifest["verdict"]["freshness"] == "cached"
    assert manifest["verdict"]["as_of"] is not None
    assert set(pq.read_table(out).column("_freshness").to_pylist()) == {"cached"}


def test_what_must_be_complete_and_is_not_leaves_no_file(
    estate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "people.csv"
    assert (
        read(estate, "--source", "crm", "--source", "billing", "--require", "complete", "--cached", "--out", str(out))
        == 3
    )
    assert [path.name for path in tmp_path.iterdir()] == ["estate"]
    assert "nothing of it is in the store" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--format", "parquet"], "parquet needs a place to write to"),
        (["--resume"], "--resume needs a place to write to"),
        (["--resume", "--require", "complete", "--out", "x"], "nothing can be required of it before"),
        (["--format", "table", "--out", "x"], "there is no format 'table'"),
        (["--format", "parquet", "--spreadsheet", "--out", "x"], "parquet is not for a spreadsheet"),
    ],
)
def test_wishes_that_make_no_sense_are_refused(
    options: list[str],
    words: str,
    estate: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read(estate, *options) == 2
    assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["estate"]


def test_an_export_in_parts_goes_on_when_the_source_is_back(
    estate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "people"
    asked = ("--source", "crm", "--source", "billing", "--format", "parquet", "--resume", "--out", str(out))
    recording = estate / "billing.yaml"
    whole = recording.read_bytes()
    recording.write_bytes(b"http_interactions: []")
    assert read(estate, *asked) == 1
    assert json.loads((tmp_path / "people.manifest.json").read_text())["state"] == "unfinished"
    assert main(["verify", str(out)]) == 1
    assert "run it again with --resume" in capsys.readouterr().err
    recording.write_bytes(whole)
    assert read(estate, *asked) == 0
    assert "21 delivered" in capsys.readouterr().out
    assert main(["verify", str(out)]) == 0
    assert pq.read_table(out).num_rows == 21
    recording.unlink()  # nothing is asked any more
    assert read(estate, *asked, "--json") == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    assert told[-1]["verdict"]["delivered"] == 21
