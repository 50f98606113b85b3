"""One table of stable codes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from bartack_contracts import ISSUE_CODES, Issue


def test_the_table_is_sorted_and_every_code_can_be_used() -> None:
    assert list(ISSUE_CODES) == sorted(ISSUE_CODES)
    for code, entry in ISSUE_CODES.items():
        assert entry.code == code
        assert entry.meaning.endswith(".")
        assert Issue(code=code, message="x").severity == entry.severity


def test_every_code_that_bartack_gives_is_in_the_table() -> None:
    given = {
        code
        for module in (Path(__file__).parents[2] / "core").rglob("*.py")
        for code in re.findall(
            r'\b(?:Note|NotReadableError|_issue)\(\s*"([a-z_.]+)"', module.read_text(encoding="utf-8")
        )
    }
    assert len(given) > 10
    assert given <= ISSUE_CODES.keys()


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        ISSUE_CODES["new.code"] = ISSUE_CODES["code.unknown"]  # type: ignore[index]


def test_whoever_gives_an_issue_may_judge_it_otherwise() -> None:
    assert Issue(code="code.unknown", message="x", severity="info").severity == "info"


def test_a_plugin_may_give_codes_of_its_own_in_the_same_form() -> None:
    assert Issue(code="acme.lot_number.invalid", message="x").severity == "warning"
    with pytest.raises(ValidationError):
        Issue(code="Lot number invalid", message="x")
