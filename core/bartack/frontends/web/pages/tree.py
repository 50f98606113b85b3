"""A native row as lines of a tree, however large, deep or hostile it is: what is wrong is always among them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bartack.paths import ABSENT, Index, Key, Match, Path, as_text, is_blank, parse, resolve
from bartack_contracts import Issue

__all__ = ["Line", "lines_of"]

_MOST: Final = 150
_DEEPEST: Final = 40
_LONGEST: Final = 300
_LEVELS: Final = 9
"""Levels that are indented; deeper ones stand below each other."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``key`` and ``value`` as text, ``kind`` of the value, and the issues that are about it.

    ``kind``: text, number, word (true, false, null), list, object, or more (what is left out).
    """

    level: int
    key: str
    value: str
    kind: str
    issues: tuple[Issue, ...] = ()

    @property
    def wrong(self) -> bool:
        """Whether something is grave about it."""
        return any(one.severity == "error" for one in self.issues)


def lines_of(payload: Any, issues: Iterable[Issue]) -> tuple[Line, ...]:
    """Return the lines of a payload, at most some hundred; what issues are about comes with its parents in any case.

    An issue about a place that the payload does not have is shown where that would be.
    """
    told = [(path, one) for one in issues for path in _paths(one.path, payload)]
    return tuple(_Tree().lines("", payload, 0, told))


Told = list[tuple[Path, Issue]]


class _Tree:
    """Goes through a payload with so many lines to spend."""

    def __init__(self) -> None:
        self._left = _MOST

    def lines(self, key: str, value: Any, depth: int, told: Told) -> Iterator[Line]:
        self._left -= 1
        mine = tuple(issue for path, issue in told if not path)
        inner = [(path, issue) for path, issue in told if path]
        level = min(depth, _LEVELS)
        if isinstance(value, Mapping):
            yield Line(level, key, _counted(len(value), "key"), "object", mine)
            yield from self._members(
                [(str(name), Key(name), one) for name, one in value.items()], depth + 1, inner, value
            )
        elif isinstance(value, list | tuple):
            yield Line(level, key, _counted(len(value), "element"), "list", mine)
            yield from self._members(
                [(f"[{at}]", Index(at), one) for at, one in enumerate(value)], depth + 1, inner, value
            )
        else:
            told_here = tuple(issue for _, issue in told)  # a path may lead beyond a plain value
            yield Line(level, key, _text(value), _kind(value), told_here)

    def _members(
        self, members: list[tuple[str, Key | Index, Any]], depth: int, told: Told, around: Any
    ) -> Iterator[Line]:
        if depth > _DEEPEST:
            if members:
                yield Line(_LEVELS, "", "deeper than is shown", "more", tuple(issue for _, issue in told))
            return
        left_out = 0
        reached: set[int] = set()
        for name, step, value in members:
            inner = [(path[1:], issue) for path, issue in told if _is(path[0], step, value, around)]
            reached.update(id(issue) for _, issue in inner)
            if self._left <= 0 and not inner:
                left_out += 1
                continue
            yield from self.lines(name, value, depth, inner)
        if left_out:
            yield Line(min(depth, _LEVELS), "", f"{left_out:,} more", "more")
        for path, issue in told:
            if id(issue) not in reached:
                yield Line(min(depth, _LEVELS), str(path[0]), "not sent", "word", (issue,))


def _is(step: Key | Index | Match, own: Key | Index, value: Any, around: Any) -> bool:
    if isinstance(step, Match):
        first = next((one for one in around if _matches(one, step)), None) if isinstance(around, list | tuple) else None
        return first is not None and first is value
    return type(step) is type(own) and step == own


def _matches(one: Any, step: Match) -> bool:
    return isinstance(one, Mapping) and as_text(one.get(step.key)) == step.text


def _paths(text: str | None, payload: Any) -> list[Path]:
    """Return the paths that an issue names: one, or those of all parts that were put together (``first, last``)."""
    whole = _path(text)
    if text is None or ", " not in text or (whole is not None and resolve(payload, whole) is not ABSENT):
        return [] if whole is None else [whole]
    return [path for part in text.split(", ") if (path := _path(part)) is not None]


def _path(text: str | None) -> Path | None:
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError:
        return None


def _counted(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "word"
    return "text" if isinstance(value, str) else "number"


def _text(value: Any) -> str:
    if isinstance(value, str) and is_blank(value[:_LONGEST]):
        return json.dumps(value[:_LONGEST])  # nobody would see it
    text = value if isinstance(value, str) else as_text(value) or repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"
