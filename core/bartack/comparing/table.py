"""Rows of one side, ready to be compared: by column, by window and by identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from bartack.comparing.aspects import as_number
from bartack.drift.baseline import Baseline
from bartack.drift.columns import Column, columns
from bartack.drift.facts import Facts
from bartack.drift.shape import Reading, Shape
from bartack.paths import parse

__all__ = ["Pair", "Table", "pair", "without"]

_WINDOWS = 8
_WINDOW = 25
"""Rows make at most eight windows, of at least so many: by how they differ one learns what is usual."""


@dataclass(frozen=True)
class Table:
    """What one side sent of one thing: native rows, or the values of a contract.

    ``keys``: the identity of each row, None where it has none. ``shape``: what is known of its paths beforehand.
    """

    rows: Sequence[Any]
    keys: Sequence[str | None]
    shape: Shape = field(default_factory=Shape)

    @cached_property
    def columns(self) -> dict[str, Column]:
        """What was sent at each path."""
        return columns(self.rows)

    @cached_property
    def singled(self) -> list[Any]:
        """The rows with one element of each list, another one each time: elements of one list are alike, and count once."""
        return [_singled(row, number) for number, row in enumerate(self.rows)]

    @cached_property
    def evidence(self) -> dict[str, Column]:
        """What was sent at each path, in so far as values stand for themselves: lists whole, of their elements one each."""
        if not any("[]" in path for path in self.columns):
            return self.columns
        single = columns(self.singled)
        return {path: single.get(path, column) if "[]" in path else column for path, column in self.columns.items()}

    @cached_property
    def by_key(self) -> dict[str, Any]:
        """The rows by identity; where different rows have the same, nobody knows which is which, and they are left out."""
        found: dict[str, Any] = {}
        twice: set[str] = set()
        for key, row in zip(self.keys, self.rows, strict=True):
            if key is not None:
                twice.update((key,) if key in found and found[key] != row else ())
                found[key] = row
        return {key: row for key, row in found.items() if key not in twice}

    def facts(self, shape: Shape, rows: Sequence[Any] | None = None) -> Facts:
        """Return the facts of the rows, or of some of them."""
        facts = Facts(source="", stream="", contract="")
        facts.page(self.singled if rows is None else rows, (), shape)
        return facts

    def baseline(self, shape: Shape) -> Baseline:
        """Return the rows as what is usual: in windows, where there are enough."""
        rows = self.singled
        size = max(_WINDOW, -(-len(rows) // _WINDOWS)) if len(rows) >= 3 * _WINDOW else max(1, len(rows))
        parts = [rows[at : at + size] for at in range(0, len(rows), size)]
        return Baseline(snapshots=tuple(self.facts(shape, part) for part in parts or [[]]))


@dataclass(frozen=True)
class Pair:
    """Both sides of one thing. ``shape`` is common to both, for facts can be compared only where they were counted alike."""

    before: Table
    after: Table
    shape: Shape
    facts: Facts
    baseline: Baseline

    @cached_property
    def common(self) -> list[tuple[Any, Any]]:
        """The rows that both sides have, as they were and as they are."""
        now = self.after.by_key
        return [(row, now[key]) for key, row in self.before.by_key.items() if key in now]


def pair(before: Table, after: Table) -> Pair:
    """Put two tables side by side."""
    shape = _common(before, after)
    return Pair(before, after, shape, after.facts(shape), before.baseline(shape))


def _singled(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {key: _singled(one, number) for key, one in value.items()}
    if isinstance(value, list | tuple) and value:
        return [_singled(value[number % len(value)], number)]
    return value


def without(table: Table, path: str) -> Table:
    """Return a copy whose rows lack a field; ``path`` is one step."""
    (name,) = parse(path)
    return replace(
        table,
        rows=[
            {key: value for key, value in row.items() if key != name} if isinstance(row, dict) else row
            for row in table.rows
        ],
    )


def _common(before: Table, after: Table) -> Shape:
    """Return a shape in which words are looked at everywhere, and texts are numbers where nearly all of them are.

    These facts are never kept, so that what :class:`~bartack.drift.shape.Shape` says of words does not hold for them.
    """
    known = before.shape if before.shape.paths else after.shape
    paths: dict[str, Reading] = {}
    for path in sorted(before.columns.keys() | after.columns.keys()):
        reading = known.at(path)
        number = reading.number or (path in before.columns and _numeric(before.columns[path].values))
        paths[path.replace("[]", "")] = replace(reading, code=not reading.key, number=number and not reading.key)
    return Shape(_merged(known.paths, paths), known.ignored)


def _merged(known: Mapping[str, Reading], found: dict[str, Reading]) -> dict[str, Reading]:
    return {**known, **found}


def _numeric(values: Sequence[Any]) -> bool:
    texts = [one for one in values if isinstance(one, str) and one.strip()]
    return bool(texts) and sum(as_number(one) is not None for one in texts) >= 0.95 * len(texts)
