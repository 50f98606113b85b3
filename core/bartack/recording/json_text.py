"""Takes secrets and personal data out of JSON without touching anything else: no number, no escape, no white space changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from bartack.recording.names import PLACEHOLDER, is_secret_branch, is_secret_field
from bartack.recording.personal import Personal, Place

__all__ = ["is_document", "scrub_json"]

# A key with its value, if that is a text or a literal; a bracket; a text or a literal in a list. A text may be cut off.
_TEXT = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)("?)'
_LITERAL = r'([^\s{}\[\],:"]+)'
_TOKEN = re.compile(rf"{_TEXT}(?:(\s*+:)(?:\s*+(?:{_TEXT}|{_LITERAL}))?)?|([{{}}\[\]])|{_LITERAL}", re.DOTALL)
_SCRUBBED = f'"{PLACEHOLDER}"'
_CONSTANTS = frozenset(("true", "false", "null"))
_PAIR_NAMES = frozenset("name key property field param propertyName fieldName column attribute".split())
_VALUES = frozenset("value values newValue highValue".split())
_OPERATOR = re.compile(r"=|!=|<>|[<>]=?|=?i?like|not i?like|=\?|(?:not )?in|eq|contains", re.IGNORECASE)
_DOCUMENT = re.compile(r"\s*(?:[{\[<]|--)|[^\s=]{1,80}=|[A-Za-z0-9+/_-]{16,}={0,2}\Z")

# Below a personal field: what is about the value and not the value.
_ABOUT = re.compile(
    r"__.*|.*(?:type|id|at|timestamp|date)|source.*|label|name|key|primary|verified|country.*|currency.*|is.*|has.*",
    re.IGNORECASE,
)
_OWN = frozenset("value values raw number address text formatted".split())

Edit = tuple[int, int, str]


class _Key(NamedTuple):
    """What a key says of its value, wherever it stands."""

    secret: bool
    branch: bool
    personal: bool
    pairs: bool
    value: bool
    inherits: bool
    own: bool


@dataclass(slots=True)
class _Level:
    """One object or list that is open: the key whose value comes next, and whether all below it is secret or personal."""

    is_object: bool
    is_secret: bool
    place: Place | None = None
    key: str = ""
    names: Place | bool | None = None
    values: list[tuple[int, int, str]] = field(default_factory=list)
    items: list[str] | None = None


def is_document(text: str) -> bool:
    """Tell whether a text has to be opened: it is escaped, or looks like a document, a form or base64."""
    return "\\" in text or _DOCUMENT.match(text) is not None


def scrub_json(text: str, nested: Callable[[str], str], personal: Personal | None = None) -> str:
    """Return JSON (also several documents, or one that is cut off) without the values of secret and personal fields.

    Secret or personal is what such a name leads to, and ``value`` beside ``"name": "password"``. Booleans and null stay. A
    text that is a document of its own, or escaped, is given to ``nested`` in clear; the rest of the texts is not looked at.
    """
    pieces: list[str] = []
    position = 0
    for start, end, replacement in sorted(_Reader(nested, personal).edits(text)):
        if start >= position:
            pieces += [text[position:start], replacement]
            position = end
    return "".join((*pieces, text[position:])) if pieces else text


class _Reader:
    def __init__(self, nested: Callable[[str], str], personal: Personal | None) -> None:
        self._nested = nested
        self._personal = personal
        self._levels = [_Level(is_object=False, is_secret=False)]
        self._keys: dict[str, _Key | None] = {}

    def edits(self, text: str) -> Iterator[Edit]:
        levels, keys = self._levels, self._keys
        level = levels[-1]
        for found in _TOKEN.finditer(text):
            word, _, colon, value, _, literal, bracket, lone = found.groups()
            if bracket is not None:
                if bracket in "{[":
                    level = self._below(level, is_object=bracket == "{")
                    levels.append(level)
                else:
                    yield from self._paired(level)
                    if len(levels) > 1:
                        levels.pop()
                        level = levels[-1]
            elif colon is not None:
                level.key = word
                known = keys[word] if word in keys else self._known(word)
                if known is None and not level.is_secret and level.place is None:
                    if value is not None and is_document(value):
                        yield from self._opened(found.start(4) - 1, found.end(5), value)
                elif value is not None:
                    yield from self._text(level, known, found.start(4) - 1, found.end(5), value)
                elif literal is not None and literal not in _CONSTANTS:
                    yield from self._literal(level, known, found.start(6), found.end(6), literal)
            elif word is not None:
                yield from self._item(level, found.start(1) - 1, found.end(2), word)
            elif lone not in _CONSTANTS:
                yield from self._literal(level, None, found.start(8), found.end(8), lone)
        for level in levels:  # a document that was cut off
            yield from self._paired(level)

    def _known(self, raw: str) -> _Key | None:
        """Say what is to know of a key; ``None`` where there is nothing."""
        key = _clear(raw)
        personal = self._personal is not None and self._personal.candidates(key) is not None
        known = _Key(
            is_secret_field(key),
            is_secret_branch(key),
            personal,
            key in _PAIR_NAMES,
            key in _VALUES,
            not _ABOUT.fullmatch(key),
            key in _OWN,
        )
        self._keys[raw] = found = known if any(known[:5]) else None
        return found

    def _below(self, level: _Level, *, is_object: bool) -> _Level:
        known = self._keys.get(level.key) if level.is_object else None
        secret = level.is_secret or (known is not None and known.branch)
        return _Level(is_object, secret, self._place(level, known))

    def _place(self, level: _Level, known: _Key | None) -> Place | None:
        """Return what is known of the value that comes next, by its own key or by what is around it."""
        if not level.is_object or self._personal is None:
            return level.place
        if known is not None and known.personal:
            path = [_clear(one.key) for one in self._levels if one.is_object]
            if (found := self._personal.place(path)) is not None:
                return found
        if level.place is None:
            return None
        key = _clear(level.key)
        inherits = not _ABOUT.fullmatch(key) if level.place.sure else key in _OWN
        return level.place if inherits else None

    def _text(self, level: _Level, known: _Key | None, start: int, end: int, raw: str) -> Iterator[Edit]:
        if level.is_secret or (known is not None and known.secret):
            yield start, end, _SCRUBBED
            return
        clear = _clear(raw)
        if known is not None and known.value:
            level.values.append((start, end, raw))
        elif known is not None and known.pairs and level.names is None:
            level.names = is_secret_field(clear) or (self._personal and self._personal.place(clear.split("."))) or None
        yield from self._written(self._place(level, known), start, end, raw, clear)

    def _written(self, place: Place | None, start: int, end: int, raw: str, clear: str) -> Iterator[Edit]:
        new = clear if place is None or self._personal is None else self._personal.value(place, clear)
        if new == clear and is_document(raw):
            new = self._nested(clear)
        if new != clear:
            yield start, end, _quoted(new, raw)

    def _opened(self, start: int, end: int, raw: str) -> Iterator[Edit]:
        yield from self._written(None, start, end, raw, _clear(raw))

    def _literal(self, level: _Level, known: _Key | None, start: int, end: int, literal: str) -> Iterator[Edit]:
        if level.is_secret or (known is not None and known.secret):
            yield start, end, _SCRUBBED
        elif known is not None and known.value:
            level.values.append((start, end, literal))
        elif self._personal is not None and (place := self._place(level, known)) is not None:
            yield start, end, self._personal.number(place, literal)

    def _item(self, level: _Level, start: int, end: int, raw: str) -> Iterator[Edit]:
        """Read a text in a list; ``["lastname", "ilike", "Müller"]`` is how Odoo and Tryton ask for a value."""
        if level.is_secret:
            yield start, end, _SCRUBBED
            return
        clear, place = _clear(raw), level.place
        if self._personal is not None and place is None:
            level.items = items = [*(level.items or ()), clear][:3]
            if len(items) == 3 and _OPERATOR.fullmatch(items[1]):
                place = self._personal.place(items[0].split("."))
        yield from self._written(place, start, end, raw, clear)

    def _paired(self, level: _Level) -> Iterator[Edit]:
        """Replace the values beside a name that says what they are."""
        for start, end, raw in level.values if level.names else ():
            if level.names is True or self._personal is None:
                yield start, end, _SCRUBBED
            elif isinstance(level.names, Place):
                yield from self._written(level.names, start, end, raw, _clear(raw))


@lru_cache(8192)
def _clear(raw: str) -> str:
    """Return the text of a string, also of one that is cut off or wrongly escaped."""
    if "\\" not in raw:
        return raw
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw


def _quoted(text: str, raw: str) -> str:
    """Write a text as the one it stands for was written: with escapes, or in clear."""
    escaped = raw.isascii() or any("\ud800" <= one <= "\udfff" for one in text)
    return json.dumps(text, ensure_ascii=escaped)
