"""The suite in pytest: a line of an author's, and a level with everything that is missing to the next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartack.testing.conformance.catalogue import CHECKS
from bartack.testing.conformance.check import LEVELS
from bartack.testing.conformance.levels import Result, standings
from support.conforming.workbench import Workbench

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
SUITE = """
from bartack.testing import ConformanceSuite
from support.conforming.connector import Reference

class TestReference(ConformanceSuite):
    connector = Reference
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with the suite's one line, and a recording."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "tests"), prepend=":")
    monkeypatch.chdir(pytester.path)
    Workbench(pytester.path)()
    pytester.makeconftest('pytest_plugins = ["bartack.testing.plugin"]')
    pytester.makepyfile(test_reference=SUITE)
    return pytester


def run(project: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return project.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def test_one_line_gives_a_test_for_every_check_and_says_the_level(project: pytest.Pytester) -> None:
    result = run(project, "--conformance-report", "report.json")
    result.assert_outcomes(passed=len(CHECKS))
    result.stdout.fnmatch_lines(["*conformance: reference: complete (core *"])
    (standing,) = json.loads((project.path / "report.json").read_text(encoding="utf-8"))
    assert standing["level"] == "complete"
    assert len(standing["checks"]) == len(CHECKS)


def test_without_the_plugin_it_is_a_test_class_like_any_other(project: pytest.Pytester) -> None:
    (project.path / "conftest.py").unlink()
    run(project, "-k", "core").assert_outcomes(passed=15, deselected=len(CHECKS) - 15)


def test_a_requirement_that_is_closed_skips_its_checks_with_the_reason_and_lowers_the_level(
    project: pytest.Pytester,
) -> None:
    text = SUITE + '    closed = {"totals": "the service lies about them"}\n'
    (project.path / "test_reference.py").write_text(text, encoding="utf-8")
    result = run(project, "-rs")
    result.assert_outcomes(passed=len(CHECKS) - 1, skipped=1)
    result.stdout.fnmatch_lines(
        ["*conformance: reference: core *to the next level: notices_a_total_that_is_not_reached*", "*the service lies*"]
    )


def test_a_failure_says_what_where_and_how_to_repair_it(project: pytest.Pytester) -> None:
    path = project.path / "cassettes/reference/people/all.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("state", "status"), encoding="utf-8")
    result = run(project)
    result.stdout.fnmatch_lines(
        ["*people/all: status has a value in 6 rows, and no rule reads it*", "*repair: map it*"]
    )


def test_a_requirement_that_is_none_is_a_mistake(project: pytest.Pytester) -> None:
    (project.path / "test_reference.py").write_text(SUITE + '    closed = {"pages": "no"}\n', encoding="utf-8")
    result = run(project)
    result.stdout.fnmatch_lines(["*'pages' is no requirement (http, json, paging*"])


def result(level: str, outcome: str, *, closed: bool = False) -> Result:
    return Result("acme", level, f"{level}_check", outcome, closed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("results", "level"),
    [
        ([result(level, "passed") for level in LEVELS], "complete"),
        ([result("core", "failed"), result("dependable", "passed"), result("complete", "passed")], None),
        ([result("core", "passed"), result("dependable", "skipped"), result("complete", "failed")], "dependable"),
        ([result("core", "passed"), result("dependable", "skipped", closed=True)], "core"),
        ([result("core", "passed"), result("complete", "passed")], "core"),
    ],
)
def test_a_level_is_reached_with_all_levels_below_it(results: list[Result], level: str | None) -> None:
    (standing,) = standings(results)
    assert standing.level == level
