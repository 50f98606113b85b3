"""A folder of cassettes: ``<connector>/<stream>/<scenario>.yaml`` (or ``.json``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["RESUMED", "SUFFIXES", "Entry", "entries", "files", "resumptions"]

SUFFIXES = (".yaml", ".yml", ".json")
"""What cassette files end with."""

RESUMED = "resumed"
"""The scenario in which it is recorded how a read goes on behind each of its pages: no read of its own."""


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
    """Yield the cassettes below ``folder`` that are reads, in order; of one connector, where it is named. Nothing is opened."""
    return (one for one in _all(folder, connector) if one.scenario != RESUMED)


def resumptions(folder: Path, connector: str | None = None) -> Iterator[Entry]:
    """Yield the cassettes that tell how reads go on."""
    return (one for one in _all(folder, connector) if one.scenario == RESUMED)


def files(folder: Path) -> Iterator[Path]:
    """Yield all files below ``folder`` that are called like recordings, in order."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and not path.name.startswith("."):
            yield path


def _all(folder: Path, connector: str | None) -> Iterator[Entry]:
    for path in sorted(folder.glob("*/*/*")):
        place = path.relative_to(folder).parts
        if path.suffix in SUFFIXES and not path.name.startswith(".") and connector in (None, place[0]):
            yield Entry(place[0], place[1], path.stem, path)
