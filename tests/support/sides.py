"""Two sides of a source whose rows are made up: of one population of records, as two reads of it would find them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

from bartack.comparing.comparison import Side
from bartack.comparing.sampling import Sample
from bartack.transports.base import Page
from support.drifting import NOW, Kind

Row = dict[str, Any]

__all__ = ["Row", "population", "sampled", "side"]


@cache
def population(kind: Kind, size: int = 600) -> tuple[Row, ...]:
    """All records of a system; each number is one record."""
    rng = Random(f"population of {kind.stream}")
    return tuple(kind.make(rng, number) for number in rng.sample(range(10**6), size))


def sampled(kind: Kind, rows: Sequence[Row], *, page: int = 50, total: int | None = None, whole: bool = True) -> Sample:
    """A read that found these rows, page by page."""
    starts = range(0, len(rows), page)
    pages = tuple(
        Page(
            rows[at : at + page],
            NOW,
            f"GET /{kind.stream}?after={at}",
            next=str(at + page) if at + page < len(rows) or not whole else None,
            total=total,
        )
        for at in starts
    )
    mapping = kind.mapping
    outcomes = tuple(mapping.page(list(rows), Counter()))
    return Sample(kind.stream, mapping.model.contract, pages, outcomes, kind.shape, whole=whole)


def side(label: str, *samples: Sample) -> Side:
    return Side(label, samples)
