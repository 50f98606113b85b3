"""What two requests differ in: how far they are apart, and the first thing that a person would want to know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from bartack.recording.canonical import Canonical

__all__ = ["away", "distance", "first_difference"]

_EXCERPT = 60
"""Characters shown of each side of a difference."""

Address = tuple[str, str, str, str]


def away(asked: Address, recorded: Address) -> tuple[int, ...]:
    """Return how far two addresses (method, origin, path, operation) are apart, the weightiest first."""
    steps = zip_longest(asked[2].split("/"), recorded[2].split("/"))
    return (
        asked[1] != recorded[1],
        sum(mine != theirs for mine, theirs in steps),
        asked[0] != recorded[0],
        asked[3] != recorded[3],
    )


def distance(asked: Canonical, recorded: Canonical) -> tuple[int, ...]:
    """Return how far two requests to the same address are apart, the weightiest first."""
    shared = len(set(asked.query) & set(recorded.query))
    return (
        len(asked.query) + len(recorded.query) - 2 * shared,
        asked.kind != recorded.kind,
        -_common(asked.body, recorded.body),
    )


def first_difference(asked: Canonical, recorded: Canonical) -> str:
    """Return what two different requests differ in, the first thing only."""
    return next(_differences(asked, recorded))


def _differences(asked: Canonical, recorded: Canonical) -> Iterator[str]:
    for part in ("method", "origin", "path", "operation"):
        mine, theirs = getattr(asked, part), getattr(recorded, part)
        if mine != theirs:
            yield f"the {part} is {theirs or 'none'}, not {mine or 'none'}"
    yield from _query_differences(asked, recorded)
    if asked.kind == recorded.kind != "raw":
        mine, theirs = json.loads(asked.body), json.loads(recorded.body)
        if asked.kind in ("xml", "soap"):
            yield from _element_differences(mine, theirs, _local(theirs[0]))
        else:
            yield from _json_differences(mine, theirs, "$")
    at = _common(asked.body, recorded.body)
    start = max(0, at - _EXCERPT // 3)
    yield f"the body has {_excerpt(recorded.body[start:])} at position {at}, not {_excerpt(asked.body[start:])}"


def _query_differences(asked: Canonical, recorded: Canonical) -> Iterator[str]:
    mine, theirs = dict(asked.query), dict(recorded.query)
    for name in sorted(mine.keys() | theirs.keys()):
        if name not in theirs:
            yield f"there is no parameter {name}={mine[name]}"
        elif name not in mine:
            yield f"there is a parameter {name}={theirs[name]}"
        elif mine[name] != theirs[name]:
            yield f"the parameter {name} is {theirs[name]}, not {mine[name]}"
    if mine == theirs and asked.query != recorded.query:
        yield "a parameter is repeated with other values"


def _json_differences(asked: Any, recorded: Any, path: str) -> Iterator[str]:
    if isinstance(asked, dict) and isinstance(recorded, dict):
        for name in sorted(asked.keys() | recorded.keys()):
            if name not in recorded:
                yield f"the body has no {path}.{name}"
            elif name not in asked:
                yield f"the body has {path}.{name} too"
            else:
                yield from _json_differences(asked[name], recorded[name], f"{path}.{name}")
    elif isinstance(asked, list) and isinstance(recorded, list) and len(asked) == len(recorded):
        for position, (mine, theirs) in enumerate(zip(asked, recorded, strict=True)):
            yield from _json_differences(mine, theirs, f"{path}[{position}]")
    elif asked != recorded:
        yield f"the body's {path} is {_around(recorded, asked)}, not {_around(asked, recorded)}"


def _element_differences(asked: list[Any], recorded: list[Any], path: str) -> Iterator[str]:
    """Compare two elements (:mod:`~bartack.recording.xml_bodies`); ``path`` leads to them by local names."""
    if asked[0] != recorded[0]:
        yield f"the body's {path} is {recorded[0]}, not {asked[0]}"
    for name in sorted(asked[1].keys() | recorded[1].keys()):
        mine, theirs = asked[1].get(name), recorded[1].get(name)
        if mine != theirs:
            yield f"the body's {path}/@{_local(name)} is {_around(theirs, mine)}, not {_around(mine, theirs)}"
    for mine, theirs in zip_longest(asked[2:], recorded[2:]):
        if isinstance(mine, list) and isinstance(theirs, list):
            yield from _element_differences(mine, theirs, f"{path}/{_local(theirs[0])}")
        elif theirs is None:
            yield f"the body's {path} has no {_named(mine)}"
        elif mine is None:
            yield f"the body's {path} has {_named(theirs)} too"
        elif mine != theirs:
            yield f"the body's {path} is {_around(theirs, mine)}, not {_around(mine, theirs)}"


def _named(node: Any) -> str:
    return _local(node[0]) if isinstance(node, list) else _excerpt(json.dumps(node, ensure_ascii=False))


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _around(value: Any, other: Any) -> str:
    """Show a value, of a long text what stands where it begins to differ from another."""
    if value is None:
        return "missing"
    if isinstance(value, str) and isinstance(other, str) and len(value) > _EXCERPT:
        start = max(0, _common(value, other) - _EXCERPT // 3)
        value = ("…" if start else "") + value[start:]
    return _excerpt(json.dumps(value, ensure_ascii=False))


def _common(mine: str | bytes, theirs: str | bytes) -> int:
    """Return how many characters two bodies begin with in common."""
    if type(mine) is not type(theirs):
        return 0
    low, high = 0, min(len(mine), len(theirs))
    while low < high:  # slices compare faster than characters
        middle = (low + high + 1) // 2
        if mine[low:middle] == theirs[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _excerpt(body: str | bytes) -> str:
    text = body if isinstance(body, str) else body.decode("utf-8", "backslashreplace")
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
