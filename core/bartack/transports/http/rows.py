"""Where the rows are in an answer, decided in one order that never takes "not found" for "none"."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bartack.errors import BartackError, SourceChangedError
from bartack.transports.base import KeySpec
from bartack.transports.http.paths import ABSENT, look, parent_of
from bartack.transports.http.texts import listed

__all__ = ["Rows", "bare_rows", "declared_rows", "has_key", "one_row"]

_NEXT_STEP = "look at the answer; if the source has changed for good, correct the stream's rows"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows, and whether they came in the declared place: only then the body around them speaks about the read."""

    rows: Sequence[Any]
    enveloped: bool = True


def declared_rows(document: Any, paths: Sequence[str]) -> Rows | BartackError:
    """Return the rows at the first path that holds a list, or the error that says what is there instead."""
    found = [(path, part) for path in paths if (part := look(document, path)) is not ABSENT]
    for _, part in found:
        if isinstance(part, list):
            return Rows(part)
    if not found:
        return _missing(document, paths[0])
    path, part = found[0]
    return SourceChangedError(
        f"{_named(path)} should be a list of rows, and is {_described(part)}", next_step=_NEXT_STEP
    )


def one_row(document: Any, paths: Sequence[str], key: KeySpec) -> Rows | None:
    """Return the single record of an answer: an object in the place of the list, or the body when it has the key."""
    for path in paths:
        part = look(document, path)
        if path and isinstance(part, dict):
            return Rows((part,))
    return Rows((document,), enveloped=False) if has_key(document, key) else None


def bare_rows(document: Any, key: KeySpec) -> Rows | None:
    """Return rows saved by hand without their envelope: a list with objects in it, or one object that has the key."""
    if isinstance(document, list) and any(isinstance(item, dict) for item in document):
        return Rows(document, enveloped=False)
    return Rows((document,), enveloped=False) if has_key(document, key) else None


def has_key(document: Any, key: KeySpec) -> bool:
    """Tell whether ``document`` is an object with the stream's key in it."""
    if not isinstance(document, dict):
        return False
    if isinstance(key, Mapping) and "first" in key:
        return any(has_key(document, alternative) for alternative in key["first"])
    wanted = list(_key_paths(key))
    return bool(wanted) and all(look(document, path) not in (ABSENT, None) for path in wanted)


def _key_paths(key: Any) -> Iterable[str]:
    if isinstance(key, str):
        yield key
    elif isinstance(key, Mapping):
        for name in ("path", "join", "of"):
            yield from _key_paths(key.get(name, ()))
    elif isinstance(key, Sequence):
        for part in key:
            yield from _key_paths(part)


def _missing(document: Any, path: str) -> BartackError:
    parent, step = parent_of(document, path)
    likely = _likely(parent, step)
    guess = f"; did the source rename {step!r} to {likely!r}?" if likely is not None else ""
    return SourceChangedError(
        f"{_named(path)} is missing in the answer: {step!r} is looked for in {_described(parent)}{guess}",
        next_step=_NEXT_STEP,
    )


def _likely(parent: Any, step: str) -> str | None:
    """Return the key that the missing one may be called now: a similar name, or the only list there is."""
    if not isinstance(parent, dict):
        return None
    names = [name for name in parent if len(name) <= 40]
    lists = [name for name in names if isinstance(parent[name], list)]
    near = difflib.get_close_matches(step, lists or names, n=1)
    return near[0] if near else lists[0] if len(lists) == 1 else None


def _named(path: str) -> str:
    return repr(path) if path else "the body"


def _described(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return f"an object with {listed(value)}" if value else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, bool):
        return "true or false"
    return "a text" if isinstance(value, str) else "a number"
