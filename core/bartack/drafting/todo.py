"""What a draft leaves to its author: marked in the files, and found again by a check of the conformance suite."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Todo", "todos", "todos_in"]

_MARK = re.compile(r"^[ \t]*# TODO: (.+?)[ \t]*$", re.MULTILINE)
_SUFFIXES = (".py", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Todo:
    """A comment on a line of its own, ``# TODO: …``: where it stands, and what it says."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


def todos(folder: Path) -> list[Todo]:
    """Return what is left to do in a package's Python modules and mappings, in the order of its files."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    texts = ((str(path.relative_to(folder)), path.read_text(encoding="utf-8", errors="replace")) for path in paths)
    return list(todos_in(texts))


def todos_in(texts: Iterable[tuple[str, str]]) -> Iterator[Todo]:
    r"""Yield what is left to do in texts, each with the name of its file.

    >>> print(*todos_in([("a.py", "x = 1\n# TODO: quota: who knows?\n")]))
    a.py:2: quota: who knows?
    """
    for file, text in texts:
        for found in _MARK.finditer(text):
            yield Todo(file, text.count("\n", 0, found.start(1)) + 1, found[1])
