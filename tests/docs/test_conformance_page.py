"""The page lists every check as the code declares it."""

from __future__ import annotations

from pathlib import Path

from bartack.testing.conformance.catalogue import CHECKS

PAGE = Path(__file__).parents[2] / "docs/conformance.md"


def test_the_page_and_the_suite_tell_the_same() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [f"| `{one.name}` | {one.proves} | {', '.join(one.needs)} |" for one in CHECKS]
