"""bartack erase and bartack review on the command line: nothing is decided over what is not there without a word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartack.frontends.cli import main


@pytest.fixture
def synced(estate: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    main(["sync", "crm", "billing", "--config", str(estate)])
    capsys.readouterr()
    return estate


def test_what_is_kept_of_a_ref_is_listed_before_it_is_erased(synced: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refs = ["crm/parties/3", "crm/parties/999", "billing/invoices/R-2025/002"]
    assert main(["erase", *refs, "--config", str(synced)]) == 1
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["billing/invoices/R-2025/002", "crm/parties/3"]
    assert "reject 1" in lines[1]
    assert lines[3] == "crm/parties/999: nothing is kept of it; it would be kept out from now on"
    assert "nothing was erased" in told.err
    assert main(["erase", *refs, "--yes", "--json", "--config", str(synced)]) == 0
    *found, erased = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [one["found"]["ref"] for one in found] == ["billing/invoices/R-2025/002", "crm/parties/3"]
    assert (erased["erased"]["records"], erased["erased"]["rejects"]) == (1, 1)


def test_a_ref_that_is_none_is_refused_before_anything_is_said_of_it(
    synced: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["erase", "crm", "--config", str(synced)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "a ref is source/stream/id" in told.err


@pytest.mark.parametrize("step", ["list", "retry", "export"])
def test_a_queue_that_nobody_has_is_no_empty_queue(step: str, synced: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", step, "--source", "biling", "--config", str(synced)]) == 2
    assert "sources: crm, billing, legacy" in capsys.readouterr().err
    assert main(["review", step, "--source", "crm", "--config", str(synced)]) == 0


def test_the_estate_is_synced_twice_alike(synced: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", "crm", "--json", "--config", str(synced)]) == 0
    told = [json.loads(line)["sync"] for line in capsys.readouterr().out.splitlines()]
    assert {(one["kind"], one["state"]) for one in told} == {("full", "published")}
