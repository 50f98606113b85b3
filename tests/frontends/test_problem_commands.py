"""bartack review problems and settle on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartack.frontends.cli import main
from bartack.hub import open_hub


def test_what_was_reported_is_listed_settled_and_kept(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ("--config", str(estate))
    assert main(["sync", "billing", *place]) == 1
    with open_hub(estate) as hub:
        hub.review.problems.report(
            hub.get("billing/customers/101", cached=True), "moved away", field="addresses", by="agent"
        )
    capsys.readouterr()
    assert main(["review", "list", *place]) == 0
    assert "1 reported problems wait, too: bartack review problems" in capsys.readouterr().out
    assert main(["review", "problems", *place]) == 0
    told = capsys.readouterr().out
    assert "billing/customers/101" in told
    assert "moved away" in told
    assert main(["review", "settle", "1", "--by", "zoe", "--note", "asked her", *place]) == 0
    assert "problem 1 with billing/customers/101 is settled" in capsys.readouterr().out
    assert main(["review", "problems", *place]) == 0
    assert "nothing is reported" in capsys.readouterr().out
    assert main(["review", "problems", "--state", "all", "--json", *place]) == 0
    line = json.loads(capsys.readouterr().out)["problem"]
    assert (line["ref"], line["settled_by"], line["note"]) == ("billing/customers/101", "zoe", "asked her")
    assert main(["review", "settle", "1", *place]) == 1
