"""The questions as SQL: which documents are meant, in which order, from where on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    false,
    func,
    or_,
    select,
    tuple_,
    union_all,
)

from bartack.replica.where import Condition, Order
from bartack.store.records import Stored, find_all
from bartack.store.tables import documents, facets
from bartack.store.words import Phrase, matching

__all__ = ["Asked", "Scope", "fetch", "queried", "searched"]

_BY_REF = ("source", "stream", "id")


@dataclass(frozen=True, slots=True)
class Scope:
    """Where is looked: a contract in streams, ``(source, stream)``; of those in ``masked`` nothing personal is found."""

    contract: str
    streams: tuple[tuple[str, str], ...]
    masked: frozenset[str] = frozenset()

    def clause(self, sources: frozenset[str] | None = None) -> ColumnElement[bool]:
        """Return the condition on a document; with ``sources`` only of these."""
        chosen = [one for one in self.streams if sources is None or one[0] in sources]
        if not chosen:
            return false()
        return and_(documents.c.contract == self.contract, tuple_(documents.c.source, documents.c.stream).in_(chosen))


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of documents: ``rows`` with source, stream and id, ``total`` on all pages, and where the next one begins."""

    rows: tuple[RowMapping, ...]
    total: int
    following: tuple[Any, ...] | None


def queried(
    connection: Connection,
    scope: Scope,
    conditions: Sequence[Condition],
    orders: Sequence[Order],
    *,
    limit: int,
    after: Sequence[Any] | None,
) -> Asked:
    """Return the documents that fulfil conditions, in an order that ends with that of the refs."""
    meant = [scope.clause(), *(one.clause(scope.contract) for one in conditions)]
    total = connection.execute(select(func.count()).select_from(documents).where(*meant)).scalar_one()
    sorted_by = [_sort_key(one).label(f"key_{number}") for number, one in enumerate(orders)]
    found = select(*(documents.c[name] for name in _BY_REF), *sorted_by).where(*meant).subquery()
    columns = [*((found.c[f"key_{number}"], one.descending) for number, one in enumerate(orders))]
    columns += [(found.c[name], False) for name in _BY_REF]
    asked = select(found).limit(limit + 1)
    for column, descending in columns:
        if column.name not in _BY_REF:
            asked = asked.order_by(column.is_(None))
        asked = asked.order_by(column.desc() if descending else column)
    if after is not None:
        asked = asked.where(_behind(columns, after))
    rows = connection.execute(asked).mappings().all()
    page = tuple(rows[:limit])
    following = tuple(page[-1][column.name] for column, _ in columns) if len(rows) > limit else None
    return Asked(page, total, following)


def searched(
    connection: Connection,
    scope: Scope,
    phrases: Sequence[Phrase],
    conditions: Sequence[Condition],
    *,
    every: bool,
    limit: int,
    offset: int,
) -> Asked:
    """Return the documents in which phrases are, the best ones first."""
    found = _ranked(connection, scope, phrases, conditions, every=every).subquery()
    total = connection.execute(select(func.count()).select_from(found)).scalar_one()
    asked = select(found).order_by(found.c.score.desc(), *(found.c[name] for name in _BY_REF))
    rows = tuple(connection.execute(asked.limit(limit).offset(offset)).mappings())
    following = offset + len(rows)
    return Asked(rows, total, (following,) if rows and following < total else None)


def fetch(connection: Connection, contract: str, rows: Sequence[RowMapping]) -> list[Stored]:
    """Return the stored records of documents, in their order."""
    wanted = [(row["source"], row["stream"], contract, row["id"]) for row in rows]
    found = find_all(connection, wanted)
    return [found[one] for one in wanted if one in found]


def _ranked(
    connection: Connection, scope: Scope, phrases: Sequence[Phrase], conditions: Sequence[Condition], *, every: bool
) -> Select[Any]:
    sources = frozenset(source for source, _ in scope.streams)
    parts = []
    for some, personal in ((sources - scope.masked, True), (sources & scope.masked, False)):
        if some:
            # Found once, and not again for each document: SQLite would take the documents one by one.
            fits = matching(connection, phrases, every=every, personal=personal).cte().prefix_with("MATERIALIZED")
            part = select(*(documents.c[name] for name in _BY_REF), fits.c.score)
            part = part.join(fits, fits.c.document == documents.c.document).where(scope.clause(some))
            parts.append(part.where(*(one.clause(scope.contract) for one in conditions)))
    return parts[0] if len(parts) == 1 else select(union_all(*parts).subquery())


def _sort_key(order: Order) -> ColumnElement[Any]:
    best = func.max(facets.c.key) if order.descending else func.min(facets.c.key)
    here = and_(facets.c.document == documents.c.document, facets.c.path == order.path)
    return select(best).where(here).scalar_subquery()


def _behind(columns: Sequence[tuple[ColumnElement[Any], bool]], after: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition of standing behind a place, where what is absent comes last."""
    ways: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for (column, descending), value in zip(columns, after, strict=True):
        if value is not None:
            beyond = column < value if descending else column > value
            ways.append(and_(*same, or_(beyond, column.is_(None))))
        same.append(column.is_(None) if value is None else column == value)
    return or_(false(), *ways)
