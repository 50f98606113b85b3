"""The page for connector authors lists the catalogue as it is."""

from __future__ import annotations

from pathlib import Path

from bartack.testing import FAULTS
from bartack.testing.fault import Fault
from bartack.testing.places import PLACE_FAULTS, PlaceFault

PAGE = Path(__file__).parents[2] / "docs/faults.md"


def row(one: Fault | PlaceFault) -> str:
    expected = one.expected.__name__ if isinstance(one.expected, type) else one.expected or "rows"
    once = ", *once*" if isinstance(one, Fault) and one.transient else ""
    return f"| `{one.name}` | {one.code} | {one.says.replace('|', '')} | {expected}{once} |"


def table() -> str:
    head = ["| name | code | what happens | a good reader |", "|---|---|---|---|"]
    return "\n".join([*head, *map(row, FAULTS), *map(row, PLACE_FAULTS), ""])


def test_the_catalogue_on_the_page_is_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8").partition("## The catalogue")[2].partition("\n| name")[2] == table()[6:]
