"""What is said of cassettes and conformance when a run of pytest has ended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bartack.testing.tapes import alike, files

if TYPE_CHECKING:
    import pytest

__all__ = ["print_summary"]


def print_summary(reporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the section of a run that used cassettes; nothing where it used none."""
    played, recorded = _used(reporter, "bartack.played"), _used(reporter, "bartack.recorded")
    if not played and not recorded:
        return
    reporter.section("bartack")
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


def _whole(reporter: pytest.TerminalReporter, config: pytest.Config) -> bool:
    """Tell whether all tests have run: only then is a cassette without a test nobody's."""
    chosen = any(config.getoption(name, None) for name in ("keyword", "markexpr", "lf", "deselect", "file_or_dir"))
    return not chosen and not reporter.stats.get("deselected")


def _short(path: Path, config: pytest.Config) -> str:
    return str(path.relative_to(config.rootpath)) if path.is_relative_to(config.rootpath) else str(path)
