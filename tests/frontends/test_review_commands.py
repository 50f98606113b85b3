"""bartack review on the command line: an invoice whose amount is N/A, from its XML to a record in balanced books."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bartack.frontends.cli import main


@pytest.fixture(scope="module")
def synced_estate(laid_out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(shutil.copytree(laid_out, tmp_path_factory.mktemp("review") / "estate"))
    main(["sync", "billing", "--config", str(folder)])
    return folder


@pytest.fixture
def estate(synced_estate: Path, tmp_path: Path) -> str:
    return str(shutil.copytree(synced_estate, tmp_path / "estate"))


class Shell:
    def __init__(self, folder: str, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._capsys = folder, capsys
        self.out = self.err = ""

    def __call__(self, *words: str) -> int:
        status = main(["review", *words, "--config", self._folder])
        self.out, self.err = self._capsys.readouterr()
        return status

    def lines(self, *words: str) -> list[dict[str, Any]]:
        assert self(*words, "--json") == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def review(estate: str, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(estate, capsys)


FIX = ("fix", "1", "--set", "total.amount=12.50", "--set", "total.currency=PLN", "--by", "zoe")


def test_the_list_says_what_waits_and_why(review: Shell) -> None:
    assert review("list") == 0
    assert "billing/invoices/R-2025/002" in review.out
    assert "total: the source sent 'N/A', which cannot be read" in review.out
    (line,) = review.lines("list")
    assert line["reject"]["number"] == 1
    assert [issue["code"] for issue in line["reject"]["issues"]] == ["number.unreadable", "required.unreadable"]
    assert review.lines("list", "--source", "crm") == []
    assert review.lines("list", "--state", "fixed") == []


def test_one_is_shown_as_it_was_sent_with_the_place_of_the_rule_and_the_next_commands(review: Shell) -> None:
    assert review("show", "1") == 0
    assert "<ns1:total>N/A</ns1:total>" in review.out
    assert "billing-invoices.yaml:11" in review.out
    assert "soap 0.1.0" in review.out
    assert "bartack review fix 1 --set total.amount=VALUE --set total.currency=VALUE" in review.out
    (line,) = review.lines("show", "1")
    assert line["reject"]["payload"]["total"] == "N/A"
    assert "<ns1:total>N/A</ns1:total>" in line["reject"]["raw"]


def test_a_fix_takes_it_out_of_the_queue_and_again_changes_nothing(review: Shell) -> None:
    assert review(*FIX, "--note", "asked") == 0
    assert "is a record now (created)" in review.out
    assert review(*FIX) == 0
    assert "was decided so before, by zoe; nothing was changed" in review.out
    assert review("list") == 0
    assert "nothing waits" in review.out
    assert review("show", "1") == 0
    assert 'correct {"total.amount": "12.50", "total.currency": "PLN"} by zoe' in review.out


def test_a_decision_over_what_is_decided_is_refused_with_status_1(review: Shell) -> None:
    review(*FIX)
    assert review("dismiss", "1") == 1
    assert (
        "ConflictError: reject 1 does not wait any more: zoe has corrected total.amount, total.currency" in review.err
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--set", "total.amount"), "--set is written field=value"),
        (("--set", "total.amount=1", "--set", "total.amount=2"), "a field is set twice"),
        (("--set", "total.amount=twelve"), "total.amount is decimal"),
        (("--set", "totl=1"), "no field 'totl'; did you mean 'total'"),
        (("--set", "total.currency=PLN"), "it still is no invoice/1: total.amount: Field required"),
        (("--override", "nowhere.yaml"), "cannot be read"),
        (("--override", "{fields: {totl: total}}"), "no field 'totl'"),
        (("--override", "{fields: ["), "not YAML"),
        (("--override", "{}"), "an override is an object"),
    ],
)
def test_a_fix_that_is_none_ends_with_status_2_and_says_why(review: Shell, given: tuple[str, ...], said: str) -> None:
    assert review("fix", "1", *given) == 2
    assert said in review.err
    assert len(review.lines("list")) == 1


def test_an_override_may_be_a_file(review: Shell, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("fields:\n  total: {fields: {amount: {const: 12}, currency: {path: currency}}, required: true}\n")
    assert review("fix", "1", "--override", str(rules)) == 0


def test_retry_says_how_many_of_how_many(review: Shell, estate: str) -> None:
    assert review("retry") == 1
    assert "0 of 1 became records, 1 wait still" in review.out
    mapping = Path(estate) / "billing-invoices.yaml"
    mapping.write_text(
        mapping.read_text().replace("currency: {path: currency}}}, required: true}", "currency: {path: currency}}}}")
    )
    assert review("retry", "1") == 0
    assert "1 of 1 became records, 0 wait still" in review.out


def test_export_hands_on_everything_that_waits(review: Shell) -> None:
    (line,) = review.lines("export")
    assert line["reject"]["payload"]["number"] == "R-2025/002"
    assert line["reject"]["next_steps"]
    review("dismiss", "1", "--note", "a test")
    assert review.lines("export") == []


def test_explain_shows_what_was_corrected(review: Shell, estate: str, capsys: pytest.CaptureFixture[str]) -> None:
    review(*FIX)
    assert main(["explain", "billing/invoices/R-2025/002", "--json", "--config", estate]) == 0
    found = json.loads(capsys.readouterr().out)["explanation"]
    assert (found["kind"], found["decision"]["by"]) == ("record", "zoe")
    (field,) = [one for one in found["fields"] if one["field"] == "total.amount"]
    assert (field["value"], field["raw"], field["path"], field["rule"]) == ("12.50", "N/A", "total", "corrected by zoe")
    assert main(["explain", "billing/invoices/R-2025/002", "--config", estate]) == 0
    assert "decided over this very payload" in capsys.readouterr().out


def test_a_decision_is_taken_back_and_the_history_tells_of_both(review: Shell) -> None:
    assert review("undo", "1") == 1
    assert "reject 1 waits for a decision; nothing was undone" in review.err
    assert review(*FIX, "--note", "asked") == 0
    assert review("undo", "1", "--by", "max", "--note", "the wrong invoice") == 0
    assert "waits again, zoe had decided; there is no record of it" in review.out
    assert review("list") == 0
    assert "R-2025/002" in review.out
    assert review("history", "1") == 0
    assert 'correct {"total.amount": "12.50", "total.currency": "PLN"} by zoe' in review.out
    assert "undo by max" in review.out
    assert [line["decided"]["action"] for line in review.lines("history")] == ["undo", "correct"]
    assert review("undo", "1", "--by", "zoe") == 1
    assert "max has taken the decision back" in review.err


def test_a_cause_is_decided_over_as_a_whole(review: Shell) -> None:
    assert review("causes") == 0
    assert "total: required.unreadable" in review.out
    (line,) = review.lines("causes")
    key = line["cause"]["key"]
    assert (line["cause"]["waiting"], line["cause"]["numbers"]) == (1, [1])
    assert review("dismiss", "--cause", "nothing") == 2
    assert "nothing waits for the cause 'nothing'" in review.err
    assert review("dismiss", "1", "--cause", key) == 2
    assert review("dismiss") == 2
    assert "name one reject, or one cause" in review.err
    assert review("accept", "--cause", key) == 1
    assert "nothing is proposed for reject 1" in review.err
    assert review("fix", "--cause", key, *FIX[2:]) == 0
    assert "is a record now (created)" in review.out
    assert review("causes") == 0
    assert "nothing waits" in review.out
