"""A folder of cassettes: ``<connector>/<stream>/<scenario>.yaml`` (or ``.json``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SUFFIXES", "Entry", "entries"]

SUFFIXES = (".yaml", ".yml", ".json")
"""What cassette files end with."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One cassette in its place."""

    connector: str
    stream: str
    scenario: str
    path: Path

    def __str__(self) -> str:
        return f"{self.connector}/{self.stream}/{self.scenario}"


def entries(folder: Path, connector: str | None = None) -> Iterator[Entry]:
    """Yield the cassettes below ``folder``, in order; those of one connector, where it is named. Nothing is opened."""
    for path in sorted(folder.glob("*/*/*")):
        place = path.relative_to(folder).parts
        if path.suffix in SUFFIXES and not path.name.startswith(".") and connector in (None, place[0]):
            yield Entry(place[0], place[1], path.stem, path)
