"""Where something lies in an answer: ``meta.total``, ``'@odata.nextLink'``, ``errors[0].message``.

Steps are separated by dots; a key that itself holds dots, brackets or quotes is written in single quotes (a quote
inside it is doubled); ``[0]`` takes an item of a list. The empty path is the whole document.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from bartack.errors import ConfigError

__all__ = ["ABSENT", "look", "parent_of", "put", "steps"]

ABSENT: Final = object()
"""What :func:`look` returns where nothing lies: not the same as ``None``."""

_STEP = re.compile(r"(?:(?:^|\.)(?:'((?:[^']|'')+)'|([^.\[\]'\s][^.\[\]']*)))|\[(\d{1,9})\]")


@lru_cache(maxsize=1024)
def steps(path: str) -> tuple[str | int, ...]:
    """Take a path apart.

    >>> steps("meta.'@odata.count'"), steps("errors[0].message")
    (('meta', '@odata.count'), ('errors', 0, 'message'))

    Raises
    ------
    ConfigError
        the path is not well written.
    """
    found: list[str | int] = []
    position = 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ConfigError(
                f"the path {path!r} cannot be read from character {position + 1} on",
                next_step="write it like a.b, 'a.quoted.key'.b or a[0].b",
            )
        quoted, plain, index = match.groups()
        found.append(int(index) if index is not None else plain if plain is not None else quoted.replace("''", "'"))
        position = match.end()
    return tuple(found)


def look(document: Any, path: str) -> Any:
    """Return what lies at ``path``, or :data:`ABSENT`."""
    return _walk(document, steps(path))


def parent_of(document: Any, path: str) -> tuple[Any, str | int]:
    """Return the deepest part of ``document`` on the way to ``path``, and the step that is missing there."""
    way = steps(path)
    node = document
    for step in way:
        deeper = _walk(node, (step,))
        if deeper is ABSENT:
            return node, step
        node = deeper
    return node, ""


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Write ``value`` into nested objects of ``document``, which are made where they are missing.

    Raises
    ------
    ConfigError
        the way leads through something that is no object.
    """
    way = steps(path)
    node: Any = document
    for step in way[:-1]:
        node = node.setdefault(step, {}) if isinstance(node, dict) else _item(node, step, path)
    if not way or not isinstance(node, dict) or isinstance(way[-1], int):
        raise ConfigError(f"nothing can be written to {path!r} of the request's JSON")
    node[way[-1]] = value


def _item(node: Any, step: str | int, path: str) -> Any:
    found = _walk(node, (step,))
    if found is ABSENT:
        raise ConfigError(f"nothing can be written to {path!r} of the request's JSON")
    return found


def _walk(node: Any, way: tuple[str | int, ...]) -> Any:
    for step in way:
        if isinstance(step, int):
            if not isinstance(node, list) or step >= len(node):
                return ABSENT
        elif not isinstance(node, dict) or step not in node:
            return ABSENT
        node = node[step]
    return node
