"""What is said of cassettes and conformance when a run of pytest has ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bartack.recording.library import files
from bartack.testing.conformance.levels import Result, Standing, standings
from bartack.testing.tapes import alike

if TYPE_CHECKING:
    import pytest

__all__ = ["print_summary"]


def print_summary(reporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the section of a run that used cassettes; nothing where it used none."""
    played, recorded = _used(reporter, "bartack.played"), _used(reporter, "bartack.recorded")
    results = list(_results(reporter))
    if not played and not recorded and not results:
        return
    reporter.section("bartack")
    for standing in standings(results):
        reporter.write_line(f"conformance: {standing}")
    if file := config.getoption("--conformance-report", None):
        Path(file).write_text(json.dumps([_as_data(one) for one in standings(results)], indent=1), encoding="utf-8")
    counts = [f"{len(found)} {word}" for found, word in ((played, "played"), (recorded, "recorded")) if found]
    reporter.write_line(f"cassettes: {', '.join(counts)}")
    for path in sorted(recorded):
        reporter.write_line(f"  recorded   {_short(path, config)}: look at it before you commit it")
    folders = {folder for path in played | recorded for folder in path.parents if folder.name == "cassettes"}
    for folder in sorted(folders):
        found = list(files(folder))
        for path in found if _whole(reporter, config) else ():
            if path not in played | recorded:
                reporter.write_line(f"  orphan     {_short(path, config)}: no test of this run has used it")
        for one, other in alike(found):
            reporter.write_line(f"  duplicate  {_short(other, config)} is the same as {_short(one, config)}")


def _used(reporter: pytest.TerminalReporter, kind: str) -> set[Path]:
    return {Path(value) for name, value in _properties(reporter) if name == kind and isinstance(value, str)}


def _properties(reporter: pytest.TerminalReporter) -> Iterator[tuple[str, object]]:
    for reports in list(reporter.stats.values()):
        for report in reports:
            yield from getattr(report, "user_properties", ())


def _results(reporter: pytest.TerminalReporter) -> Iterator[Result]:
    for outcome in ("passed", "failed", "skipped"):
        for report in reporter.stats.get(outcome, ()):
            for name, value in getattr(report, "user_properties", ()):
                if name == "bartack.check":
                    about = json.loads(str(value))
                    yield Result(about["connector"], about["level"], about["check"], outcome, about["closed"])


def _as_data(one: Standing) -> dict[str, Any]:
    return {"connector": one.connector, "level": one.level, "checks": [asdict(result) for result in one.results]}


def _whole(reporter: pytest.TerminalReporter, config: pytest.Config) -> bool:
    """Tell whether all tests have run: only then is a cassette without a test nobody's."""
    chosen = any(config.getoption(name, None) for name in ("keyword", "markexpr", "lf", "deselect", "file_or_dir"))
    return not chosen and not reporter.stats.get("deselected")


def _short(path: Path, config: pytest.Config) -> str:
    return str(path.relative_to(config.rootpath)) if path.is_relative_to(config.rootpath) else str(path)
