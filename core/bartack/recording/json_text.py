"""Takes secrets out of JSON without touching anything else: no number, no escape, no white space changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bartack.recording.names import PLACEHOLDER, is_secret_branch, is_secret_field

__all__ = ["scrub_json"]

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_SCRUBBED = f'"{PLACEHOLDER}"'
_PAIR_NAMES = frozenset(("name", "key", "property", "field", "param"))

Edit = tuple[int, int, str]


@dataclass(slots=True)
class _Level:
    """One object or list that is open: the key whose value comes next, and whether all below it is secret."""

    is_object: bool
    is_secret: bool
    key: str | None = None
    names_secret: bool = False
    values: list[Edit] = field(default_factory=list)


def scrub_json(text: str, nested: Callable[[str], str]) -> str:
    """Return JSON (also several documents, or one that is cut off) without the values of secret fields.

    Secret is what a secret name leads to, and ``value`` beside ``"name": "password"``. Booleans and null stay. Other
    values are given to ``nested`` in clear, for a string may be a document of its own.
    """
    pieces: list[str] = []
    position = 0
    for start, end, replacement in sorted(_edits(text, nested)):
        if start >= position:
            pieces += [text[position:start], replacement]
            position = end
    return "".join((*pieces, text[position:])) if pieces else text


def _edits(text: str, nested: Callable[[str], str]) -> Iterator[Edit]:
    levels = [_Level(is_object=False, is_secret=False)]
    for found in _TOKEN.finditer(text):
        word, level = found[0], levels[-1]
        match word:
            case "{" | "[":
                below = level.is_secret or (level.key is not None and is_secret_branch(level.key))
                levels.append(_Level(is_object=word == "{", is_secret=below))
            case "}" | "]":
                if level.names_secret:
                    yield from level.values
                if len(levels) > 1:
                    levels.pop()
            case ",":
                level.key = None
            case ":":
                pass
            case _:
                if level.is_object and level.key is None:
                    level.key = _clear(word)
                else:
                    yield from _value(level, found.start(), found.end(), word, nested)
    for level in levels:  # a document that was cut off
        if level.names_secret:
            yield from level.values


def _value(level: _Level, start: int, end: int, word: str, nested: Callable[[str], str]) -> Iterator[Edit]:
    if word in ("true", "false", "null"):
        return
    if level.is_secret or (level.key is not None and is_secret_field(level.key)):
        yield start, end, _SCRUBBED
        return
    if level.key == "value":
        level.values.append((start, end, _SCRUBBED))
    clear = _clear(word)
    if level.key in _PAIR_NAMES and is_secret_field(clear):
        level.names_secret = True
    if (cleaned := nested(clear)) != clear:
        yield start, end, json.dumps(cleaned, ensure_ascii=word.isascii())


def _clear(word: str) -> str:
    """Return the text of a string, also of one that is cut off or wrongly escaped."""
    if "\\" not in word:
        return word.strip('"')
    try:
        return str(json.loads(word, strict=False))
    except ValueError:
        return word.strip('"')
