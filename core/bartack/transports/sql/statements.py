"""Statements of a stream: what is selected, which rows, in which order. Names are quoted, values are bound."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BindParameter,
    ColumnClause,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import NULLTYPE

from bartack.transports.sql.values import Undecoded

if TYPE_CHECKING:
    from bartack.transports.sql.stream import SqlStream

__all__ = ["Statements", "everything"]

_NULLS_LAST = frozenset({"postgresql", "oracle"})


class Statements:
    """The statements of one stream on one kind of database."""

    def __init__(self, stream: SqlStream, backend: str) -> None:
        self.order = stream.order
        self._backend = backend
        named = dict.fromkeys((*(stream.columns or ()), *stream.order))
        self._from = _from(stream, tuple(named))
        self._what: Sequence[Any] = (
            (literal_column("*"),) if stream.columns is None else [self._column(name) for name in stream.columns]
        )

    def rows(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        """All rows that meet the conditions, in the stream's order."""
        order = [self._column(name) for name in self.order]
        return select(*self._what).select_from(self._from).where(*conditions).order_by(*order)

    def count(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        """How many rows meet the conditions."""
        return select(func.count()).select_from(self._from).where(*conditions)

    def samples(self, name: str) -> Select[Any]:
        """Select some values of a column that are not null."""
        one = self._column(name)
        return select(one).select_from(self._from).where(one.is_not(None)).limit(100)

    def stored_as(self, name: str, *storages: str) -> Select[Any]:
        """One value of a column of SQLite that is stored so: ``integer``, ``real``, ``text``, ``blob``."""
        one = self._column(name)
        return select(one).select_from(self._from).where(func.typeof(one).in_(storages)).limit(1)

    def found_by(self, name: str, value: Any) -> Select[Any]:
        """Select one value of a column that is equal to ``value``."""
        one = self._column(name)
        return select(one).select_from(self._from).where(one == self._bound(value)).limit(1)

    def sorted_by_number(self, name: str) -> Select[Any]:
        """Select a value that MySQL compares as text and sorts by a number: of an enumeration, a set, a bit field."""
        one, zero = self._column(name), literal_column("0", Integer)
        return select(one).select_from(self._from).where(one.op("+")(zero) != cast(one, Text).op("+")(zero)).limit(1)

    def unlike(self, name: str, pattern: str) -> Select[Any]:
        """One value of a text column that does not look like ``pattern`` (of LIKE)."""
        one = self._column(name)
        return select(one).select_from(self._from).where(cast(one, Text).not_like(pattern)).limit(1)

    def changed_since(self, name: str, bound: Any) -> ColumnElement[bool]:
        """Rows changed at ``bound`` or later; also those that do not say when they were changed."""
        one = self._column(name)
        return or_(one >= self._bound(bound), one.is_(None))

    def is_key(self, names: Sequence[str], values: Sequence[Any]) -> ColumnElement[bool]:
        """Compare the key with values of its type: fast, by the index."""
        return and_(*(self._column(name) == self._bound(value) for name, value in zip(names, values, strict=True)))

    def reads_as(self, names: Sequence[str], separator: str, text: str) -> ColumnElement[bool]:
        """Compare the key as text without padding: whatever its type, row by row."""
        parts: list[ColumnElement[str]] = [func.trim(cast(self._column(name), Text), type_=Text()) for name in names]
        whole = reduce(lambda left, right: left.concat(separator).concat(right), parts)
        same: ColumnElement[bool] = whole == self._bound(text)
        return same

    def after(self, values: Sequence[Any]) -> ColumnElement[bool]:
        """Rows that come after the one with these values, in the stream's order.

        NULL has its place in the order, too: first in SQLite and MySQL, last in PostgreSQL and Oracle.
        """
        steps: list[ColumnElement[bool]] = []
        equal: list[ColumnElement[bool]] = []
        for name, value in zip(self.order, values, strict=True):
            one = self._column(name)
            steps.append(and_(*equal, self._greater(one, value)))
            equal.append(one.is_(None) if value is None else one == self._bound(value))
        return or_(*steps)

    def _greater(self, one: ColumnElement[Any], value: Any) -> ColumnElement[bool]:
        nulls_last = self._backend in _NULLS_LAST
        if value is None:
            return one.is_not(None) if not nulls_last else and_(one.is_(None), one.is_not(None))
        greater: ColumnElement[bool] = one > self._bound(value)
        return or_(greater, one.is_(None)) if nulls_last else greater

    def _bound(self, value: Any) -> ColumnElement[Any]:
        # Without a type of SQLAlchemy's: the driver sends what it holds, and the server compares by the column's type.
        sent: BindParameter[Any] = bindparam(None, value, type_=NULLTYPE, unique=True)
        if isinstance(value, Undecoded):  # text: as bytes it would sort elsewhere
            return cast(sent, Text) if self._backend == "sqlite" else func.convert_from(sent, "SQL_ASCII", type_=Text())
        return sent

    def _column(self, name: str) -> ColumnElement[Any]:
        # Always qualified: SQLite takes a quoted name that it does not know for a piece of text.
        found: ColumnElement[Any] = self._from.c[name]
        return found


def everything(stream: SqlStream) -> Select[Any]:
    """Select all rows with all columns, whatever the declaration says about columns."""
    return select(literal_column("*")).select_from(_from(stream, ()))


def _from(stream: SqlStream, names: Sequence[str]) -> FromClause:
    columns: list[ColumnClause[Any]] = [column(_quoted(name)) for name in names]
    if stream.select is None:
        return table(_quoted(stream.table_name), *columns, schema=stream.schema)
    statement = text(f"{stream.select.strip().rstrip(';')}\n")  # a comment at its end must not swallow the bracket
    if stream.parameters:
        statement = statement.bindparams(**stream.parameters)
    return statement.columns(*columns).subquery("q")


def _quoted(name: str) -> str:
    return name if name else quoted_name(name, quote=True)
