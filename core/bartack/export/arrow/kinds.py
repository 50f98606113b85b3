"""How each type of a contract is kept in Arrow, and how it comes back. Nothing is ever inferred from values.

A kind turns a column of values into an array at once, which is several times faster than rows, and one cell of it back into
what the JSON of the contract says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from itertools import accumulate, chain
from typing import Any, Protocol

import pyarrow as pa
from pydantic import TypeAdapter

__all__ = [
    "BOOLEAN",
    "DAY",
    "DECIMAL",
    "FLOAT",
    "INSTANT",
    "INTEGER",
    "TEXT",
    "WHOLE",
    "Json",
    "Kind",
    "Many",
    "Moment",
    "Number",
    "NumberAndText",
    "Plain",
]

_SCALE = 18
_EXACT = Context(prec=38, traps=[InvalidOperation, Inexact])
_UNIT = Decimal(1).scaleb(-_SCALE)


class Kind(Protocol):
    """One type of a contract, as Arrow keeps it. ``word`` names it in a field's metadata."""

    @property
    def type(self) -> pa.DataType: ...

    @property
    def word(self) -> str: ...

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Return an array of values of the contract, None among them."""

    def json(self, cell: Any) -> Any:
        """Return what the JSON of the contract says for a cell, as ``to_pylist`` gives it; None for None."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A type that Arrow has itself."""

    type: pa.DataType
    word: str
    back: Callable[[Any], Any] = lambda cell: cell

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Return an array; see :class:`Kind`."""
        return pa.array(values, self.type)

    def json(self, cell: Any) -> Any:
        """Return JSON; see :class:`Kind`."""
        return None if cell is None else self.back(cell)


def _iso(cell: date) -> str:
    return cell.isoformat()


TEXT = Plain(pa.string(), "text")
BOOLEAN = Plain(pa.bool_(), "boolean")
INTEGER = Plain(pa.int64(), "whole number")
FLOAT = Plain(pa.float64(), "number")
DAY = Plain(pa.date32(), "date", _iso)
INSTANT = Plain(pa.timestamp("us", tz="UTC"), "datetime", _iso)


@dataclass(frozen=True, slots=True)
class Number:
    """A number that may be longer than any number of Arrow: None where it does not fit exactly, never rounded.

    Beside it stands its text, which is exact to the last zero; from there it comes back.
    """

    type: pa.DataType
    word: str
    back: Callable[[str], Any]

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Return the numbers that fit."""
        try:
            return pa.array(values, self.type)
        except (pa.ArrowInvalid, OverflowError):  # one of them does not fit: look at each
            return pa.array([_fitted(one) for one in values], self.type)

    def texts(self, values: Sequence[Any]) -> pa.Array:
        """Return all numbers as they are written."""
        return pa.array([None if one is None else str(one) for one in values], pa.string())

    def json(self, cell: Any) -> Any:
        """Return the JSON of a number's text."""
        return None if cell is None else self.back(cell)


def _fitted(value: Any) -> Any:
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else None
    try:
        return None if value is None else _EXACT.quantize(value, _UNIT)
    except (InvalidOperation, Inexact):
        return None


DECIMAL = Number(pa.decimal128(38, _SCALE), "decimal", str)
"""Twenty digits before the point and eighteen behind it: the widest that DuckDB and Polars calculate with, too."""

WHOLE = Number(pa.int64(), "whole number", int)


@dataclass(frozen=True, slots=True)
class NumberAndText:
    """A :class:`Number` where nothing can stand beside it: in a list."""

    number: Number
    word: str = "number and text"

    @property
    def type(self) -> pa.DataType:
        """A struct."""
        return pa.struct([("number", self.number.type), ("text", pa.string())])

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Return an array; see :class:`Kind`."""
        return _struct([self.number.array(values), self.number.texts(values)], self.type, values)

    def json(self, cell: Any) -> Any:
        """Return JSON; see :class:`Kind`."""
        return None if cell is None else self.number.json(cell["text"])


@dataclass(frozen=True, slots=True)
class Moment:
    """A datetime where the source tells the time, else a date: a date never becomes midnight."""

    word: str = "date or datetime"

    @property
    def type(self) -> pa.DataType:
        """A struct of which one is filled: ``at`` or ``day``."""
        return pa.struct([("at", INSTANT.type), ("day", DAY.type)])

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Return an array; see :class:`Kind`."""
        at = [one if isinstance(one, datetime) else None for one in values]
        day = [None if isinstance(one, datetime) else one for one in values]
        return _struct([INSTANT.array(at), DAY.array(day)], self.type, values)

    def json(self, cell: Any) -> Any:
        """Return JSON; see :class:`Kind`."""
        return None if cell is None else _iso(cell["day"] if cell["at"] is None else cell["at"])


@dataclass(frozen=True, slots=True)
class Json:
    """What has no type in Arrow (any value, an object with keys of its own, one of several types): its JSON text."""

    adapter: TypeAdapter[Any]
    word: str = "json"

    @property
    def type(self) -> pa.DataType:
        """Text."""
        return pa.string()

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Return an array; see :class:`Kind`."""
        dump = self.adapter.dump_json
        return pa.array([None if one is None else dump(one).decode() for one in values], pa.string())

    def json(self, cell: Any) -> Any:
        """Return JSON; see :class:`Kind`."""
        return None if cell is None else json.loads(cell)


@dataclass(frozen=True, slots=True)
class Many:
    """A list: empty where the source says so, None where it was not fetched."""

    inner: Kind
    word: str = "list"

    @property
    def type(self) -> pa.DataType:
        """A list."""
        return pa.list_(self.inner.type)

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Return an array; see :class:`Kind`."""
        lists = [() if one is None else one for one in values]
        offsets = pa.array(accumulate(map(len, lists), initial=0), pa.int32())
        inner = self.inner.array(list(chain.from_iterable(lists)))
        return pa.ListArray.from_arrays(offsets, inner, type=self.type, mask=_absent(values))

    def json(self, cell: Any) -> Any:
        """Return JSON; see :class:`Kind`."""
        return None if cell is None else [self.inner.json(one) for one in cell]


def _absent(values: Sequence[Any]) -> pa.Array:
    return pa.array([one is None for one in values], pa.bool_())


def _struct(arrays: Sequence[pa.Array], kind: pa.DataType, values: Sequence[Any]) -> pa.Array:
    return pa.StructArray.from_arrays(list(arrays), fields=list(kind), mask=_absent(values))
