"""Where something lies in an answer, and where it goes in a request: paths as everywhere, ``""`` for the whole."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from bartack import paths
from bartack.errors import ConfigError
from bartack.paths import ABSENT, Path, step

__all__ = ["ABSENT", "look", "parent_of", "put"]


@lru_cache(maxsize=1024)
def _parsed(path: str) -> Path:
    try:
        return paths.parse(path) if path else ()
    except ValueError as error:
        raise ConfigError(str(error), next_step="write it like a.b, 'a.quoted.key'.b or a[0].b") from None


def look(document: Any, path: str) -> Any:
    """Return what lies at ``path``: ``None`` where there is null on the way, ``ABSENT`` where there is nothing.

    Raises
    ------
    ConfigError
        the path is not well written.
    """
    return paths.resolve(document, _parsed(path))


def parent_of(document: Any, path: str) -> tuple[Any, str]:
    """Return the deepest part of ``document`` on the way to ``path``, and the step that is missing there."""
    for one in _parsed(path):
        deeper = step(document, one)
        if deeper is ABSENT:
            return document, paths.render((one,))
        document = deeper
    return document, ""


def put(document: dict[str, Any], path: str, value: Any) -> None:
    """Write ``value`` into nested objects of ``document``, which are made where they are missing.

    Raises
    ------
    ConfigError
        the way leads through something that is no object.
    """
    *way, last = _parsed(path) or (None,)
    node: Any = document
    for one in way:
        found = None if one is None else step(node, one)
        node = node.setdefault(one, {}) if found is ABSENT and isinstance(node, dict) else found
    if not isinstance(node, dict) or not isinstance(last, paths.Key):
        raise ConfigError(f"nothing can be written to {path!r} of the request's JSON")
    node[last] = value
