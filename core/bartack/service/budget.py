"""How much is answered at once: whole items only, and what does not fit is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

__all__ = ["BUDGET", "compact", "fit", "size"]

BUDGET = 20_000
"""Characters of compact JSON in one answer: some 5,000 tokens, so that a model can ask twice and still think."""

Item = TypeVar("Item", bound=BaseModel)
StandIn = TypeVar("StandIn", bound=BaseModel)


def compact(value: BaseModel | Any) -> str:
    """Return JSON without blanks, as answers are written and measured."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def size(value: BaseModel | Any) -> int:
    """Return the characters of compact JSON."""
    return len(compact(value))


def fit(items: Sequence[Item], room: int, stand_in: Callable[[Item, int], StandIn]) -> list[Item | StandIn]:
    """Return as many items as fit into ``room`` characters, from the first one on.

    One that would not fit even alone is replaced by what ``stand_in`` makes of it and its size. The first one always comes,
    in one form or the other: else who asks for more would never get on.
    """
    kept: list[Item | StandIn] = []
    left = room
    for item in items:
        shown: Item | StandIn = item
        needed = size(item)
        if needed >= room:
            shown = stand_in(item, needed)
            needed = size(shown)
        left -= needed + 1  # the comma
        if left < 0 and kept:
            break
        kept.append(shown)
    return kept
