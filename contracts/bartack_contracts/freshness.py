"""Whether the source answered now, or the store did in its place; the second axis of every answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, Protocol, TypeVar

__all__ = ["Freshness"]

Freshness = Literal["live", "cached", "stale"]
"""``cached``: from the store, as young as asked for; ``stale``: from the store, because the source did not answer."""


class _Aging(Protocol):
    @property
    def freshness(self) -> Freshness: ...

    @property
    def as_of(self) -> datetime | None: ...


A = TypeVar("A", bound=_Aging)


def says_how_old(one: A) -> A:
    """Return what is live, or says of which moment it is; anything else is a ``ValueError``."""
    if one.freshness != "live" and one.as_of is None:
        msg = f"a {one.freshness} answer needs as_of: the moment it was true"
        raise ValueError(msg)
    return one


def least_fresh(parts: Iterable[Freshness]) -> Freshness:
    """Return what an answer of several parts is; nothing of it may be taken for fresher than it is."""
    found = set(parts)
    return "stale" if "stale" in found else "cached" if "cached" in found else "live"
