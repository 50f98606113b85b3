"""A page turned by ninety degrees: all values that rows have at a native path, together.

One path at a time is what makes facts cheap: the types, lengths and codes of a hundred values cost one call each.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any, NamedTuple

from bartack.paths import Key, render

__all__ = ["ROWS", "Column", "columns"]

ROWS = ""
"""Where top-level values are: in the rows themselves."""

_DEEPEST = 8
_LONGEST_NAME = 64


class Column(NamedTuple):
    """What was sent at one path. ``within``: the path of the objects (or list) it is in; ``kinds``: the Python types met."""

    values: list[Any]
    within: str
    kinds: frozenset[type]


def columns(rows: Sequence[Any]) -> dict[str, Column]:
    """Return every path that any of ``rows`` has, with its values: paths as in the ledger, ``[]`` for elements of a list.

    Keys that are data, such as ids or addresses, are no names: they are put together under ``*``. What is no object is
    left out, and what lies deeper than eight levels stays whole.

    >>> found = columns([{"a": {"b": 1}}, {"a": {"b": None}, "tags": ["x", "y"]}])
    >>> [(path, column.values, column.within) for path, column in found.items() if path != "a"]
    [('tags', [['x', 'y']], ''), ('tags[]', ['x', 'y'], 'tags'), ('a.b', [1, None], 'a')]
    """
    found: dict[str, Column] = {}
    waiting: list[tuple[Sequence[Any], str, int]] = [([row for row in rows if isinstance(row, dict)], ROWS, 0)]
    while waiting:
        objects, within, depth = waiting.pop()
        prefix = f"{within}." if within else ""
        for name, values in _by_name(objects).items():
            path = prefix + name
            _enter(found, path, values, within, depth, waiting)
    return found


def _by_name(objects: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    named: dict[str, list[Any]] = {}
    for key in dict.fromkeys(chain.from_iterable(objects)):
        try:
            values = [one[key] for one in objects]
        except KeyError:
            values = [one[key] for one in objects if key in one]
        name = _name(key)
        if name in named:
            named[name] += values
        else:
            named[name] = values
    return named


def _name(key: Any) -> str:
    text = str(key)
    if not text or len(text) > _LONGEST_NAME or "@" in text or text.isdigit():
        return "*"
    return render((Key(text),))


def _enter(
    found: dict[str, Column],
    path: str,
    values: list[Any],
    within: str,
    depth: int,
    waiting: list[tuple[Sequence[Any], str, int]],
) -> None:
    kinds = frozenset(map(type, values))
    found[path] = Column(values, within, kinds)
    if depth >= _DEEPEST:
        return
    if dict in kinds:
        waiting.append((values if len(kinds) == 1 else [one for one in values if type(one) is dict], path, depth + 1))
    if list in kinds or tuple in kinds:
        elements = list(chain.from_iterable(one for one in values if isinstance(one, list | tuple)))
        if elements:
            _enter(found, f"{path}[]", elements, path, depth + 1, waiting)
