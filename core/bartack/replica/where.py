"""What a query asks for: conditions on contract fields, typed as the fields are, and an order.

::

    {"status": "open", "total.amount": {"gte": "100.00"}, "emails.address": {"in": ["a@x.org"]}, "owner.id": {"exists": False}}

All conditions hold. Where a record has several values at a path, one value has to fulfil all that is asked of it.
``ne``: no value is that one; ``exists``: whether there is a value; ``None`` alone is ``{"exists": False}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, not_, or_, select

from bartack.errors import ConfigError
from bartack.replica import keys
from bartack.replica.fields import Field, Kind, field_of
from bartack.replica.text import is_sayable
from bartack.store.tables import documents, facets
from bartack_contracts import Contract

__all__ = ["Condition", "Order", "conditions_of", "orders_of"]

_OPERATORS: Final = ("eq", "ne", "in", "gt", "gte", "lt", "lte", "prefix", "exists")
_MOST = 200
"""So many values in one ``in``, and so many conditions."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one path; ``tests`` are operators with the keys that they compare with."""

    path: str
    personal: bool
    tests: tuple[tuple[str, tuple[str, ...]], ...]

    def clause(self, contract: str) -> ColumnElement[bool]:
        """Return the condition on a document."""
        parts: list[ColumnElement[bool]] = []
        together = [_compared(operator, values) for operator, values in self.tests if operator not in ("ne", "exists")]
        if together:
            parts.append(self._some(contract, *together))
        for operator, values in self.tests:
            if operator == "ne":
                parts.append(not_(self._some(contract, facets.c.key.in_(values))))
            elif operator == "exists":
                there = self._some(contract)
                parts.append(there if values else not_(there))
        return and_(*parts)

    def _some(self, contract: str, *tests: ColumnElement[bool]) -> ColumnElement[bool]:
        here = and_(facets.c.contract == contract, facets.c.path == self.path)
        return documents.c.document.in_(select(facets.c.document).where(here, *tests))


@dataclass(frozen=True, slots=True)
class Order:
    """By which path records are ordered; those without a value there come last."""

    path: str
    personal: bool
    descending: bool


def conditions_of(model: type[Contract], where: Mapping[str, Any] | None) -> tuple[Condition, ...]:
    """Return what is asked.

    Raises
    ------
    ConfigError
        no such field or operator, or a value that is not of the field's type.
    """
    if where is not None and not isinstance(where, Mapping):
        raise ConfigError("where is a mapping of contract fields", next_step='where={"status": "open"}')
    if len(where or {}) > _MOST:
        raise ConfigError(f"more than {_MOST} conditions", next_step="ask for less")
    return tuple(_condition(model, path, asked) for path, asked in (where or {}).items())


def orders_of(model: type[Contract], order_by: str | Sequence[str] | None) -> tuple[Order, ...]:
    """Return the order that is asked for; a ``-`` before a path turns it round.

    Raises
    ------
    ConfigError
        no such field.
    """
    wanted = () if order_by is None else (order_by,) if isinstance(order_by, str) else tuple(order_by)
    found = []
    for one in wanted:
        path = _sayable(one.removeprefix("-"))
        field = field_of(model, path)
        found.append(Order(path if field is None else field.path, field is None or field.personal, one != path))
    return tuple(found)


def _condition(model: type[Contract], path: str, asked: Any) -> Condition:
    field = field_of(model, _sayable(path))
    name = path if field is None else field.path
    if asked is None:
        asked = {"exists": False}
    elif not isinstance(asked, Mapping):
        asked = {"eq": asked}
    tests = tuple(_tests(name, field, asked))
    if not tests:
        raise ConfigError(f"{path}: nothing is asked", next_step=f"operators: {', '.join(_OPERATORS)}")
    return Condition(name, field is None or field.personal, tests)


def _tests(path: str, field: Field | None, asked: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for operator, value in asked.items():
        if operator not in _OPERATORS:
            raise ConfigError(f"{path}: no operator {operator!r}", next_step=f"operators: {', '.join(_OPERATORS)}")
        if operator == "exists":
            if not isinstance(value, bool):
                raise ConfigError(f"{path}: exists is true or false", next_step='{"exists": true}')
            yield operator, ("",) if value else ()
        elif operator == "prefix":
            if (field is not None and field.kind != "text") or not isinstance(value, str) or not value:
                raise ConfigError(f"{path}: prefix asks how a text begins", next_step="use gte and lt")
            yield operator, keys.text_prefix(_sayable(value))
        elif operator == "in":
            if not isinstance(value, list | tuple | set | frozenset) or len(value) > _MOST:
                raise ConfigError(f"{path}: in takes a list of at most {_MOST} values", next_step="ask in parts")
            yield operator, tuple(_key(path, field, one) for one in value)
        else:
            yield operator, (_key(path, field, value),)


def _sayable(text: str) -> str:
    """Return a text that a database can be asked for.

    Raises
    ------
    ConfigError
        half of a character, or the character NUL.
    """
    if not is_sayable(text):
        raise ConfigError("a text with NUL or half of a character", next_step="no record holds one: leave it out")
    return text


def _compared(operator: str, values: tuple[str, ...]) -> ColumnElement[bool]:
    key = facets.c.key
    if operator == "prefix":
        return and_(key >= values[0], key < values[1])
    if operator in ("eq", "in"):
        return key.in_(values) if values else or_(False)  # noqa: FBT003 - SQL's own word
    compared = {"gt": key.__gt__, "gte": key.__ge__, "lt": key.__lt__, "lte": key.__le__}
    found: ColumnElement[bool] = compared[operator](values[0])
    return found


def _key(path: str, field: Field | None, value: Any) -> str:
    kind = _guessed(value) if field is None else field.kind
    try:
        key = _typed(kind, value)
    except (ValueError, ArithmeticError, TypeError):
        key = None
    if key is None:
        raise ConfigError(f"{path}: {_shown(value)} is no {kind}", next_step=_SPELLED[kind])
    if field is not None and field.vocabulary and value not in field.vocabulary:
        raise ConfigError(
            f"{path}: {_shown(value)} is none of its words", next_step=f"one of {', '.join(field.vocabulary)}"
        )
    return key


def _typed(kind: Kind, value: Any) -> str | None:
    if kind == "text":
        return keys.text(_sayable(value)) if isinstance(value, str) else None
    if kind == "boolean":
        return keys.boolean(value) if isinstance(value, bool) else None
    if kind == "number":
        exact = None if isinstance(value, bool) else Decimal(str(value))
        return keys.number(exact) if exact is not None and exact.is_finite() else None
    return _moment(kind, value)


def _moment(kind: Kind, value: Any) -> str | None:
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == len("2026-01-31") else datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return keys.moment(value) if kind != "date" and value.utcoffset() is not None else None
    return keys.moment(value) if kind != "datetime" and isinstance(value, date) else None


def _guessed(value: Any) -> Kind:
    """Return the kind of a value for a custom field, whose own is known only row by row."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float | Decimal):
        return "number"
    if isinstance(value, date):
        return "datetime" if isinstance(value, datetime) else "date"
    return "text"


def _shown(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 60 else f"{told[:60]}…"


_SPELLED: Final[Mapping[Kind, str]] = {
    "text": "write a text",
    "number": 'write it as text, so that it stays exact: "100.00"',
    "boolean": "write true or false",
    "date": "write 2026-01-31",
    "datetime": "write it with its zone: 2026-01-31T08:00:00Z",
    "moment": "write 2026-01-31 or 2026-01-31T08:00:00Z",
}
