"""Reads a value again that cannot be read as its rule declares: spelled as other systems spell numbers and dates.

The rule stays the author's: only the marks or the format of its normalizers are others. Where two spellings read different
things (``1,234``; ``03/04/2026``), nothing is read.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bartack.errors import ConfigError
from bartack.mapping.compiled import CompiledMapping
from bartack.mapping.rules import Parameter, Rule, Use
from bartack.paths import as_text
from bartack.reading.decisions import enclosing, with_rules
from bartack.reading.source import Feed

__all__ = ["Reading", "Spellings"]

_NUMBERS = frozenset(("decimal", "integer", "money", "percent"))
_DATES = frozenset(("date", "datetime", "moment"))
_DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%b-%Y", "%d %B %Y")
_NEAR = 0.75


@dataclass(frozen=True, slots=True)
class Reading:
    """What a value says, spelled otherwise than declared, and ``why`` it is read so."""

    value: Any
    why: str


@dataclass(frozen=True)
class _Spelling:
    """How some systems write what these normalizers read."""

    words: str
    normalizers: frozenset[str]
    parameters: Mapping[str, Any] = field(compare=False)


def _spellings() -> Iterator[_Spelling]:
    for words, mark, group in (
        ("with a decimal comma", ",", "."),
        ("with a decimal comma and spaces between thousands", ",", " "),
        ("with commas between thousands", ".", ","),
        ("with apostrophes between thousands", ".", "'"),
    ):
        yield _Spelling(words, _NUMBERS, {"mark": mark, "group": group})
    yield _Spelling("as ISO 8601", _DATES, {"format": "iso"})
    yield _Spelling("as YYYYMMDD", _DATES, {"format": "yyyymmdd"})
    for day in _DAYS:
        yield _Spelling(f"as {day}", _DATES, {"format": day})
        yield _Spelling(f"as {day} with a time", _DATES, {"format": (f"{day} %H:%M", f"{day} %H:%M:%S")})


_SPELLINGS = tuple(_spellings())


class Spellings:
    """Reads values otherwise than declared; keeps the mappings that it made for that. Belongs to one who asks."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, str, _Spelling], CompiledMapping | None] = {}
        self._of: list[CompiledMapping] = []  # kept, so that none of their ids is used again

    def read(self, feed: Feed, row: Any, field: str) -> Reading | None:
        """Return what the raw value of a field says in another spelling; ``None`` where it says nothing, or two things."""
        fields = feed.mapping.loaded.mapping.fields
        named = next((one for one in (field, *enclosing(field)) if one in fields), None)
        if named is None:
            return None
        found = [*self._as_spelled(feed, row, field, named), *_near_codes(feed, row, field, fields[named])]
        return found[0] if found and all(one.value == found[0].value for one in found) else None

    def _as_spelled(self, feed: Feed, row: Any, field: str, named: str) -> Iterator[Reading]:
        for spelling in _SPELLINGS:
            mapping = self._mapping(feed, named, spelling)
            traces = () if mapping is None else mapping.explain(row)
            trace = next((one for one in traces if one.field == field), None)
            if trace is not None and trace.value is not None and not trace.issues:
                yield Reading(trace.value, f"{as_text(trace.raw)!r}, read {spelling.words}")

    def _mapping(self, feed: Feed, named: str, spelling: _Spelling) -> CompiledMapping | None:
        """Return the mapping with another spelling for one field; ``None`` where that makes no other."""
        key = (id(feed.mapping), named, spelling)
        if key not in self._made:
            self._of.append(feed.mapping)
            self._made[key] = _mapping(feed, named, spelling)
        return self._made[key]


def _mapping(feed: Feed, named: str, spelling: _Spelling) -> CompiledMapping | None:
    rule = feed.mapping.loaded.mapping.fields[named]
    other = _respelled(rule, spelling)
    if other is rule:
        return None
    try:
        return with_rules(feed, {"fields": {named: other}}, "another spelling").mapping
    except ConfigError:  # marks that exclude each other, beside those the author declared
        return None


def _near_codes(feed: Feed, row: Any, field: str, rule: Rule) -> Iterator[Reading]:
    """Yield the code that a raw value nearly is, where the rule has a table of codes."""
    if rule.values is None:
        return
    trace = next((one for one in feed.mapping.explain(row) if one.field == field), None)
    text = None if trace is None else as_text(trace.raw)
    near = (
        difflib.get_close_matches(text, [code for code in rule.values if code != "*"], n=2, cutoff=_NEAR)
        if text
        else []
    )
    if len(near) == 1 and rule.values[near[0]] is not None:
        yield Reading(rule.values[near[0]], f"{text!r} is nearly the code {near[0]!r}")


def _respelled(rule: Rule, spelling: _Spelling) -> Rule:
    """Return a rule whose normalizers read another spelling; itself where it has none of these."""
    changed: dict[str, Any] = {}
    use = tuple(_used(one, spelling) for one in rule.use)
    if use != rule.use:
        changed["use"] = use
    if rule.fields is not None:
        fields = {name: _respelled(one, spelling) for name, one in rule.fields.items()}
        if any(fields[name] is not rule.fields[name] for name in fields):
            changed["fields"] = fields
    return rule.model_copy(update=changed) if changed else rule


def _used(use: Use, spelling: _Spelling) -> Use:
    if use.name not in spelling.normalizers:
        return use
    parameters = {name: Parameter.model_validate(value) for name, value in spelling.parameters.items()}
    return use.model_copy(update={"parameters": {**use.parameters, **parameters}})
