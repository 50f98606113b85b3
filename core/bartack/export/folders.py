"""The folder of an export in parts: made, told from others, and kept free of what does not count."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bartack.errors import ConfigError, ConflictError
from bartack.export.files import writable
from bartack.export.journal import Begun, Journal
from bartack.export.manifest import Manifest
from bartack.reading.read import Read

__all__ = ["make_room", "same_export", "still_there", "sweep"]

_PART = re.compile(r"\.?part-[0-9]{5,}\.\w+.*")


def same_export(path: Path, wanted: Begun, found: Begun | Manifest) -> None:
    """Let only the same export go on: a source that became ready meanwhile makes it no other one."""
    for name in ("format", "spreadsheet", "contract", "shape"):
        if getattr(wanted, name) != getattr(found, name):
            raise _other(path, name, getattr(found, name), getattr(wanted, name))
    for name in sorted({*wanted.asked, *found.asked} - {"feeds"}):
        if wanted.asked.get(name) != found.asked.get(name):
            raise _other(path, name, found.asked.get(name), wanted.asked.get(name))


def _other(path: Path, name: str, found: object, wanted: object) -> ConfigError:
    return ConfigError(
        f"another export is there: its {name} is {found}, not {wanted}",
        where=str(path),
        next_step="ask for the same, or name another folder",
    )


def still_there(path: Path, exported: Iterable[str], read: Read[Any]) -> None:
    """Refuse to go on where a feed that is exported already is not read any more: nobody could say what is in the parts."""
    feeds = read.asked["feeds"]
    assert isinstance(feeds, list)  # noqa: S101 - a read says so
    for feed in sorted(set(exported) - set(map(str, feeds))):
        raise ConflictError(
            f"{feed} is exported already, and is not read any more",
            where=str(path),
            next_step="ask for the same, or name another folder",
        )


def make_room(path: Path, *, begun: bool) -> None:
    """Make the folder; one that holds something else is left alone."""
    try:
        path.mkdir(exist_ok=True)
        other = not begun and next(path.iterdir(), None) is not None
    except OSError as error:
        raise ConfigError(
            f"there can be no such folder: {error.strerror}", where=str(path), next_step="name another one"
        ) from None
    if other:
        raise ConfigError("something else is in this folder", where=str(path), next_step="name another one")


def sweep(path: Path, journal: Journal) -> None:
    """Remove parts that do not count."""
    counted = {part.name for step in journal.steps() for part in step.parts}
    with writable(path):
        for file in path.iterdir():
            if _PART.fullmatch(file.name) and f"{path.name}/{file.name}" not in counted:
                file.unlink()
