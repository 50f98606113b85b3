"""Corrections: what a person says of single contract fields, laid over what the rules make of a row.

A correction names a field as issues do (``total.amount``, ``emails[0].address``), and holds its value as JSON. The model
of the contract says whether it is one, as strictly as for a row.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Self, get_args, get_origin

from pydantic import BaseModel, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from bartack.errors import ConfigError
from bartack.mapping.loader import near
from bartack.mapping.targets import target_of
from bartack.paths import Index, Key, Path, parse
from bartack_contracts import Contract, describe
from bartack_contracts.base import FrozenModel

__all__ = ["Corrections", "as_typed", "to_set"]


@dataclass(frozen=True, slots=True)
class Corrections:
    """Checked corrections of one contract: ``written`` as JSON, by field; made by :meth:`of`."""

    written: Mapping[str, Any]
    _values: tuple[tuple[str, Path, Any], ...]

    @classmethod
    def of(cls, model: type[Contract], values: Mapping[str, Any]) -> Self:
        """Check the values of fields: JSON, or what JSON has a spelling for (Decimal, date, datetime).

        Raises
        ------
        ConfigError
            no such field, or a value that is not of its type; the message names the type, or the near field.
        """
        if not values:
            raise ConfigError("a correction needs at least one field", next_step="write field=value")
        written = {name: to_jsonable_python(value, fallback=str) for name, value in values.items()}
        read = {name: _read(model, name, value) for name, value in written.items()}
        return cls(written, tuple((name, parse(name), value) for name, value in read.items()))

    def cover(self, field: str | None) -> bool:
        """Tell whether a field is corrected: itself, one around it, or one within."""
        return field is not None and any(_within(field, name) or _within(name, field) for name in self.written)

    def laid_over(self, draft: Mapping[str, Any]) -> dict[str, Any]:
        """Return a draft with the corrected values in it.

        Raises
        ------
        ConfigError
            a place in a list that is not there.
        """
        whole: dict[str, Any] = dict(draft)
        for name, path, value in self._values:
            whole = _put(whole, path, value, name)
        return whole


def as_typed(model: type[Contract], field: str, text: str) -> Any:
    """Return what somebody has typed for a field: JSON where that is a value of it, else the text itself.

    Raises
    ------
    ConfigError
        neither is a value of the field, or there is no such field.
    """
    try:
        value = json.loads(text, parse_constant=_no_number)
        _read(model, field, value)
    except ValueError:  # no JSON
        pass
    except ConfigError:
        _place(model, field)  # it is there, only the value does not fit
    else:
        return value
    _read(model, field, text)
    return text


def to_set(model: type[Contract], field: str) -> tuple[str, ...]:
    """Return the fields to set so that ``field`` has a value: itself, or what the object in it cannot be without."""
    try:
        place = _place(model, field)
    except ConfigError:  # an issue may be about what is no field, such as an element of a native list
        return ()
    if place.model is None or place.many:
        return (field,)
    inner = place.model.model_fields
    names = [name for name, one in inner.items() if one.is_required() or name == "currency"]  # no amount without it
    return tuple(f"{field}.{name}" for name in names)


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _within(field: str, around: str) -> bool:
    return field == around or field.startswith((f"{around}.", f"{around}["))


def _read(model: type[Contract], field: str, value: Any) -> Any:
    """Return a JSON value as the field holds it."""
    place = _place(model, field)
    try:
        return _holder(model, field).model_validate_json(json.dumps({"value": value})).value  # type: ignore[attr-defined]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    inner = ".".join(str(part) for part in first["loc"][1:])
    message = first["msg"].removeprefix("Value error, ")
    fault = f"{inner}: {message}" if inner else message
    raise ConfigError(f"{field} is {place.words}: {fault}", where=model.contract, next_step=_hint(model, field))


@lru_cache(maxsize=256)
def _holder(model: type[Contract], field: str) -> type[BaseModel]:
    """Return a model whose ``value`` is declared as the field is."""
    info = _place(model, field).info
    annotation: Any = info.annotation
    return create_model("Correction", __base__=FrozenModel, value=(annotation, info))


def _hint(model: type[Contract], field: str) -> str:
    inner = _place(model, field).model
    if inner is None:
        return f"bartack contracts {model.contract} shows the fields and their types"
    return f"write a JSON object, or set its fields: {', '.join(f'{field}.{name}' for name in inner.model_fields)}"


@dataclass(frozen=True, slots=True)
class _Place:
    """What a field is: its declaration, the model in it if it holds one (or one an element), its type in words."""

    info: FieldInfo
    model: type[BaseModel] | None
    many: bool
    words: str

    def step(self, step: Any, model: type[Contract], field: str) -> _Place:
        """Return what one step into this place leads to."""
        if self.many and isinstance(step, Index):
            return replace(self, info=_element(self.info), many=False, words=self.words.removeprefix("list of "))
        known = () if self.many or self.model is None else self.model.model_fields
        if self.many or self.model is None or not isinstance(step, Key) or str(step) not in known:
            hint = near(str(step), known) or ("; it is a list: [0] is its first element" if self.many else "")
            names = f"fields: {', '.join(known)}" if known else f"bartack contracts {model.contract} shows the fields"
            raise ConfigError(f"{model.contract} has no field {field!r}{hint}", next_step=names)
        target = target_of(self.model, str(step))
        words = next(one.type for one in describe(self.model) if one.name == str(step))
        return _Place(self.model.model_fields[str(step)], target.model, target.many, words)


@lru_cache(maxsize=256)
def _place(model: type[Contract], field: str) -> _Place:
    """Find a field by its name.

    Raises
    ------
    ConfigError
        there is none of that name.
    """
    place = _Place(FieldInfo(annotation=model), model, many=False, words=model.contract)
    try:
        path = parse(field)
    except ValueError as error:
        raise ConfigError(f"{field!r} names no field: {error}", where=model.contract) from None
    for step in path:
        place = place.step(step, model, field)
    return place


def _element(info: FieldInfo) -> FieldInfo:
    """Return the declaration of an element of a field that is a list."""
    annotation: Any = info.annotation
    while get_origin(annotation) is not tuple:
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    return FieldInfo.from_annotation(get_args(annotation)[0])


def _put(around: Any, path: Path, value: Any, field: str) -> Any:
    """Return ``around`` with ``value`` at ``path``; objects that are not there yet are made."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, Key):
        fields = dict(around) if isinstance(around, dict) else _fields_set(around)
        return {**fields, str(step): _put(fields.get(str(step)), rest, value, field)}
    items = list(around) if isinstance(around, Iterable) and not isinstance(around, str | dict) else []
    at = int(step) if isinstance(step, Index) else len(items) + 1
    if at > len(items):
        raise ConfigError(f"{field}: the list has {len(items)} elements", next_step=f"the next one is [{len(items)}]")
    return [*items[:at], _put(items[at] if at < len(items) else None, rest, value, field), *items[at + 1 :]]


def _fields_set(value: Any) -> dict[str, Any]:
    if not isinstance(value, BaseModel):
        return {}
    return {name: getattr(value, name) for name in value.model_fields_set}
