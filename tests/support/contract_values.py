"""Teach hypothesis every contract: strategies are built from the models, so that a new field is tested at once. Import it for that."""

from __future__ import annotations

import types
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Context, Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import strategies as st
from pydantic.fields import FieldInfo

from bartack_contracts import CONTRACTS, CustomField
from bartack_contracts.base import Value

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
whole_numbers = st.integers(-(2**70), 2**70)
decimals = st.builds(
    lambda digits, scale: Decimal(digits).scaleb(-scale), st.integers(-(10**25), 10**25), st.integers(0, 12)
)
wide_context = Context(prec=200)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
datetimes = st.datetimes(timezones=zones | st.just(UTC)).filter(lambda moment: 1 < moment.year < 9999)
short_decimals = st.builds(lambda cents: Decimal(cents) / 100, st.integers(-(10**9), 10**9))
json_values = st.recursive(
    st.none() | st.booleans() | whole_numbers | texts | short_decimals,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
custom_values = st.one_of(
    st.none(),
    st.booleans(),
    whole_numbers,
    texts,
    decimals,
    st.dates(),
    st.times(),
    st.datetimes(timezones=st.none() | zones),
    st.binary(max_size=8),
    st.lists(json_values, max_size=3),
    st.dictionaries(texts, json_values, max_size=3),
)


def bounds(metadata: list[Any]) -> dict[str, Any]:
    """The limits pydantic will hold a value to."""
    found: dict[str, Any] = {}
    for limit in metadata:
        parts = limit.metadata if isinstance(limit, FieldInfo) else [limit]
        for part in parts:
            found |= {
                name: getattr(part, name)
                for name in ("ge", "gt", "le", "pattern")
                if getattr(part, name, None) is not None
            }
    return found


def of(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return of(parts[0], [*metadata, *parts[1:]])
    if origin in (Union, types.UnionType):
        return st.one_of([of(part, metadata) for part in parts])
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is tuple:
        return st.lists(of(parts[0], []), max_size=2)
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return st.from_type(annotation) if annotation is CustomField else drafts(annotation)
    return scalar(annotation, bounds(metadata))


def scalar(annotation: Any, limits: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "pattern" in limits:
        return st.from_regex(limits["pattern"], fullmatch=True).filter(lambda text: not text.endswith("\n"))
    low, high = limits.get("ge", limits.get("gt")), limits.get("le")
    if annotation is int:
        return st.integers(low, high)
    if annotation is Decimal and low is not None:
        return st.decimals(low, high or 10**6, places=4, allow_nan=False).filter(
            lambda number: number != limits.get("gt")
        )
    known = {
        type(None): st.none(),
        str: texts,
        bool: st.booleans(),
        Decimal: decimals,
        datetime: datetimes,
        date: st.dates(),
    }
    return known[annotation]


def drafts(model: type[Value]) -> st.SearchStrategy[dict[str, Any]]:
    """Plain drafts, as a mapping makes them: all required fields and any part of the others."""
    fields = {name: of(field.annotation, field.metadata) for name, field in model.model_fields.items()}
    required = {name: fields.pop(name) for name, field in model.model_fields.items() if field.is_required()}
    return st.fixed_dictionaries(required, optional=fields)


def custom_fields() -> st.SearchStrategy[CustomField]:
    draft = st.fixed_dictionaries({"key": texts, "value": custom_values}, optional={"label": texts, "raw": json_values})
    return draft.map(CustomField.model_validate)


st.register_type_strategy(time, st.times())
st.register_type_strategy(CustomField, custom_fields())
for contract in CONTRACTS.values():
    st.register_type_strategy(contract, drafts(contract).map(contract.model_validate))
