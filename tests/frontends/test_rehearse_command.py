"""``bartack rehearse``: a change is tried on what is stored or recorded; nobody is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bartack.frontends.cli import main


def told(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def changed_mapping(estate: Path) -> Path:
    """The mapping of invoices, which takes the due date for the date of issue and wants it."""
    text = (estate / "billing-invoices.yaml").read_text(encoding="utf-8")
    path = estate / "candidate.yaml"
    path.write_text(
        text.replace("issue_date: {path: issued, use: date}", "issue_date: {path: due, use: date, required: true}"),
        encoding="utf-8",
    )
    return path


def test_a_changed_mapping_is_tried_on_the_payloads_in_the_store(
    estate: Path, changed_mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["sync", "billing", "--config", str(estate)])
    capsys.readouterr()
    mapping = f"invoices={changed_mapping}"
    arguments = ["rehearse", "billing", "--stream", "invoices", "--config", str(estate), "--json"]
    assert main([*arguments, "--mapping", mapping]) == 1
    (line,) = told(capsys)
    found = line["rehearsal"]
    assert {name: found[name] for name in ("compared", "same", "changed")} == {"compared": 4, "same": 1, "changed": 3}
    assert [(one["field"], one["rows"]) for one in found["changes"]] == [("issue_date", 2)]
    assert any(reason.startswith("required.blank at due") for reason, _, _ in found["reasons"])
    assert main(arguments) == 0


def test_what_an_earlier_version_printed_is_held_against_what_this_one_reads(
    estate: Path, changed_mapping: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    main(["read", "invoice", "--source", "billing", "--json", "--config", str(estate)])
    earlier = tmp_path / "earlier.jsonl"
    earlier.write_text(capsys.readouterr().out, encoding="utf-8")
    on = ["--cassette", str(estate / "billing.yaml"), "--stream", "invoices", "--config", str(estate), "--json"]
    assert main(["rehearse", "billing", *on, "--against", str(earlier)]) == 0
    assert (
        main(["rehearse", "billing", *on, "--against", str(earlier), "--mapping", f"invoices={changed_mapping}"]) == 1
    )


def test_another_configuration_is_a_candidate(estate: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = (estate / "bartack.toml").read_text(encoding="utf-8")
    (estate / "next.toml").write_text(text.replace('zone = "Europe/Berlin"', 'zone = "Asia/Tokyo"'), encoding="utf-8")
    main(["sync", "legacy", "--stream", "customers", "--config", str(estate)])
    capsys.readouterr()
    candidate = ["--candidate", str(estate / "next.toml")]
    assert main(["rehearse", "legacy", "--stream", "customers", *candidate, "--config", str(estate)]) == 1
    printed = capsys.readouterr().out
    assert "updated_at" in printed
    assert "5 changed" in printed


def test_a_recording_that_is_compared_with_nothing_is_a_mistake(
    estate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cassette = ["--cassette", str(estate / "billing.yaml")]
    assert main(["rehearse", "billing", *cassette, "--config", str(estate)]) == 2
    assert "--candidate" in capsys.readouterr().err


def test_nothing_to_rehearse_on_is_no_success(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", "billing", "--config", str(estate)]) == 2
    assert "nothing to rehearse on" in capsys.readouterr().err


def test_a_mapping_of_a_stream_that_is_not_there_is_told_with_the_near_name(
    estate: Path, changed_mapping: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rehearse", "billing", "--mapping", f"invoces={changed_mapping}", "--config", str(estate)]) == 2
    assert "did you mean 'invoices'" in capsys.readouterr().err
