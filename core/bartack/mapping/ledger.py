"""The loss ledger: which native values no rule reads and no rule leaves out on purpose.

A tree of what a mapping reads is laid over each row; what sticks out is unread. The same walk finds the values that
``custom: true`` keeps.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bartack.mapping.rules import Mapping, Rule
from bartack.paths import Index, Key, Match, Path, as_text, parse

__all__ = ["ReadTree", "read_tree", "unread"]


@dataclass(slots=True)
class ReadTree:
    """What is read below one native object: whole values by key, deeper objects, list elements chosen by a step."""

    whole: set[str] = field(default_factory=set)
    children: dict[str, ReadTree] = field(default_factory=dict)
    chosen: dict[Index | Match, ReadTree | None] = field(default_factory=dict)
    globs: tuple[str, ...] = ()
    known: dict[str, bool] = field(default_factory=dict)

    def ignores(self, key: str) -> bool:
        """Say whether a pattern of ``ignore`` covers ``key``; remembered, for keys come back with every row."""
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = any(fnmatch.fnmatchcase(key, glob) for glob in self.globs)
        return found


def read_tree(mapping: Mapping, key: Rule) -> ReadTree:
    """Return the tree of everything ``mapping`` (and the rule of the identity) reads or ignores."""
    tree = ReadTree()
    for path in _paths([key, *mapping.fields.values()], ()):
        _mark(tree, path)
    for condition in mapping.when:
        _mark(tree, parse(condition.path))
    for custom in mapping.custom_fields.values():
        _mark(tree, parse(custom.path))
    for text in mapping.ignore:
        _mark(tree, parse(text))
    return tree


def _paths(rules: Iterable[Rule], base: Path) -> Iterator[Path]:
    for rule in rules:
        here = _from(base, rule.over) if rule.over is not None else base
        own = [rule.path, rule.split, *(condition.path for condition in rule.when)]
        yield from (_from(here, text) for text in own if text is not None)
        if rule.over is not None and not any((rule.path, rule.fields, rule.ref, rule.first, rule.join, rule.of)):
            yield here
        inner = [
            *(rule.first or ()),
            *(rule.join or ()),
            *(rule.each or ()),
            *(rule.of or ()),
            *(rule.fields or {}).values(),
        ]
        inner += [one for one in (rule.id, rule.name) if one is not None]
        inner += [p.rule for use in rule.use for p in use.parameters.values() if p.rule is not None]
        inner += [Rule.model_validate(written) for written in rule.extras.values() if isinstance(written, dict)]
        yield from _paths(inner, here)


def _from(base: Path, text: str) -> Path:
    return parse(text[2:]) if text.startswith("$.") else base + parse(text)


def _mark(tree: ReadTree, path: Path) -> None:
    if not path:
        return
    for number, one in enumerate(path):
        last = number == len(path) - 1
        if isinstance(one, Key):
            if last:
                _mark_key(tree, str(one))
            elif str(one) in tree.whole:
                return
            else:
                tree = tree.children.setdefault(str(one), ReadTree())
        elif last:
            tree.chosen[one] = None
        else:
            below = tree.chosen.get(one) or ReadTree()
            tree.chosen[one] = below
            tree = below


def _mark_key(tree: ReadTree, key: str) -> None:
    if "*" in key:
        tree.globs += (key,)
    else:
        tree.whole.add(key)
        tree.children.pop(key, None)


def unread(row: dict[str, Any], tree: ReadTree, prefix: str = "") -> list[tuple[str, Any]]:
    """Return the native values of ``row`` that nobody reads: (path, value), objects taken apart, lists whole."""
    found: list[tuple[str, Any]] = []
    _walk(row, tree, prefix, found)
    return found


def _walk(row: dict[str, Any], tree: ReadTree, prefix: str, found: list[tuple[str, Any]]) -> None:
    rest = row.keys() - tree.whole
    if not rest:
        return
    for key in row:
        if key not in rest:
            continue
        below = tree.children.get(key)
        value = row[key]
        if below is None:
            if not (tree.globs and tree.ignores(key)):
                _leaves(prefix + _quoted(key), value, found)
        elif isinstance(value, dict):
            if below.chosen:
                _elements([value], below, prefix + _quoted(key), found)
            else:
                _walk(value, below, f"{prefix}{_quoted(key)}.", found)
        elif isinstance(value, list | tuple):
            _elements(value, below, prefix + _quoted(key), found)
        elif value is not None:
            found.append((prefix + _quoted(key), value))


def _elements(values: Iterable[Any], tree: ReadTree, path: str, found: list[tuple[str, Any]]) -> None:
    taken: set[Index | Match] = set()
    for at, value in enumerate(values):
        steps = [one for one in tree.chosen if one not in taken and _fits(one, at, value)]
        taken.update(one for one in steps if isinstance(one, Match))
        if any(tree.chosen[one] is None for one in steps):
            continue
        if not isinstance(value, dict):
            if value is not None:
                found.append((f"{path}[]", value))
            continue
        below = [inner for one in steps if (inner := tree.chosen[one]) is not None]
        if tree.whole or tree.children or tree.globs:
            below.append(tree)
        if not below:
            _leaves(f"{path}[]", value, found)
            continue
        matched = {one.key for one in steps if isinstance(one, Match)}
        lists = [dict(unread(value, one, f"{path}[].")) for one in below]
        for name, left in lists[0].items():
            if all(name in other for other in lists) and name.removeprefix(f"{path}[].") not in matched:
                found.append((name, left))


def _fits(one: Index | Match, at: int, value: Any) -> bool:
    if isinstance(one, Index):
        return int(one) == at
    return isinstance(value, dict) and as_text(value.get(one.key)) == one.text


def _leaves(path: str, value: Any, found: list[tuple[str, Any]]) -> None:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            _leaves(f"{path}.{_quoted(key)}", inner, found)
    else:
        found.append((path, value))


def _quoted(key: Any) -> str:
    text = str(key)
    return f"'{text}'" if any(mark in text for mark in ".[]") else text
