"""Cassettes in JSON, for size and speed: one line an interaction, so that a changed one changes one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jiter

from bartack.recording.trees import RefusedError, Tree

__all__ = ["dump", "parse"]


def parse(content: bytes) -> Tree:
    """Return the content of a JSON file.

    Raises
    ------
    RefusedError
        it is no JSON, names a key twice, nests deeper or counts higher than any cassette.
    """
    try:
        document: Tree = jiter.from_json(content, allow_inf_nan=False, cache_mode="keys", catch_duplicate_keys=True)
    except ValueError as error:
        raise RefusedError(f"the cassette is no JSON that can be trusted: {error}") from None
    return document


def dump(document: Mapping[str, Any]) -> str:
    """Return ``document`` as JSON; the same document gives the same text. A list at its top has a line an item."""
    return "{" + ",\n".join(f"{_text(key)}: {_value(value)}" for key, value in document.items()) + "}\n"


def _value(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return _text(value)
    return "[\n" + ",\n".join(map(_text, value)) + "\n]"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
