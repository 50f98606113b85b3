"""The fields of a contract as the columns of a table, and as the members of a struct: derived from its model alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from bartack.export.arrow.kinds import (
    BOOLEAN,
    DAY,
    DECIMAL,
    FLOAT,
    INSTANT,
    INTEGER,
    TEXT,
    WHOLE,
    Json,
    Kind,
    Many,
    Moment,
    Number,
    NumberAndText,
)
from bartack_contracts import Moment as MomentType
from bartack_contracts.base import Value
from bartack_contracts.rows import FETCHED
from bartack_contracts.scalars import UtcDateTime

__all__ = ["Member", "Struct", "kind_of", "text_beside"]

_UTC = get_args(UtcDateTime)[1]
_MOMENT = get_args(MomentType)[1]
_PLAIN: Mapping[Any, Kind] = {str: TEXT, bool: BOOLEAN, float: FLOAT, date: DAY, Decimal: DECIMAL}


def text_beside(name: str) -> str:
    """Return the name of the column with a number's exact text. No field of a contract begins with an underscore."""
    return f"_{name}_text"


@dataclass(frozen=True)
class Member:
    """One field of a model: a column, and beside one of numbers another with their texts."""

    name: str
    kind: Kind
    about: Mapping[str, str]

    @classmethod
    def of(cls, name: str, field: FieldInfo, around: tuple[type[BaseModel], ...]) -> Member:
        """Return what keeps a field of a model."""
        kind = kind_of(field.annotation, tuple(field.metadata), around)
        extra = field.json_schema_extra
        about = {"bartack.type": kind.word}
        if field.description:
            about["bartack.meaning"] = field.description
        if isinstance(extra, dict) and extra.get("personal") is True:
            about["bartack.personal"] = "true"
        return cls(name, kind, about)

    @property
    def fields(self) -> list[pa.Field]:
        """The fields of the schema."""
        own = [pa.field(self.name, self.kind.type, metadata=dict(self.about))]
        if isinstance(self.kind, Number):
            about = {**self.about, "bartack.type": f"{self.kind.word}, as text"}
            own.append(pa.field(text_beside(self.name), pa.string(), metadata=about))
        return own

    def arrays(self, values: Sequence[Any]) -> Iterator[pa.Array]:
        """Yield an array for each of the fields."""
        yield self.kind.array(values)
        if isinstance(self.kind, Number):
            yield self.kind.texts(values)

    def json(self, cells: Mapping[str, Any]) -> Any:
        """Return the JSON of this field."""
        return self.kind.json(cells[text_beside(self.name) if isinstance(self.kind, Number) else self.name])


@dataclass(frozen=True)
class Struct:
    """A model, field by field. One that tells what was not fetched from what is empty has a member ``_fetched``, too."""

    model: type[BaseModel]
    members: tuple[Member, ...]
    word: str = "object"

    @classmethod
    def of(cls, model: type[BaseModel], around: tuple[type[BaseModel], ...] = ()) -> Struct:
        """Return what keeps a model; ``around``: the models it stands in."""
        within = (*around, model)
        return cls(model, tuple(Member.of(name, field, within) for name, field in model.model_fields.items()))

    @property
    def has_states(self) -> bool:
        """Whether a field may be not fetched."""
        return issubclass(self.model, Value)

    @cached_property
    def fields(self) -> list[pa.Field]:
        """The fields of the schema."""
        found = [field for member in self.members for field in member.fields]
        if self.has_states:
            about = {"bartack.meaning": "Which fields were fetched; those that are empty beside are really empty."}
            found.append(pa.field(FETCHED, pa.string(), metadata=about))
        return found

    @cached_property
    def type(self) -> pa.DataType:
        """A struct."""
        return pa.struct(self.fields)

    def arrays(self, values: Sequence[Any]) -> list[pa.Array]:
        """Return an array for each of the fields."""
        names = tuple(self.model.model_fields)
        nothing: AbstractSet[str] = frozenset()
        every = frozenset(names)
        if self.has_states:
            there = [nothing if one is None else one.model_fields_set for one in values]
        else:
            there = [nothing if one is None else every for one in values]
        found: list[pa.Array] = []
        for member in self.members:
            name = member.name
            column = [getattr(one, name) if name in names else None for one, names in zip(values, there, strict=True)]
            found += member.arrays(column)
        if self.has_states:
            told = [None if one is None else _told(names, frozenset(of)) for one, of in zip(values, there, strict=True)]
            found.append(pa.array(told, pa.string()))
        return found

    def array(self, values: Sequence[Any]) -> pa.Array:
        """Return an array; see :class:`~bartack.export.arrow.kinds.Kind`."""
        absent = pa.array([one is None for one in values], pa.bool_())
        return pa.StructArray.from_arrays(self.arrays(values), fields=self.fields, mask=absent)

    def json(self, cell: Any) -> Any:
        """Return JSON; see :class:`~bartack.export.arrow.kinds.Kind`."""
        if cell is None:
            return None
        fetched = set(json.loads(cell[FETCHED])) if self.has_states else {member.name for member in self.members}
        return {member.name: member.json(cell) for member in self.members if member.name in fetched}


@lru_cache(maxsize=4096)
def _told(names: tuple[str, ...], fetched: frozenset[str]) -> str:
    return json.dumps([name for name in names if name in fetched])


def kind_of(annotation: Any, metadata: tuple[Any, ...] = (), around: tuple[type[BaseModel], ...] = ()) -> Kind:
    """Return what keeps values of a type. ``metadata`` is what stands around it in ``Annotated``."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return kind_of(parts[0], (*metadata, *_flat(parts[1:])), around)
    if origin in (Union, UnionType):
        left = [part for part in parts if part is not NoneType]
        if _MOMENT in metadata:
            return Moment()
        return kind_of(left[0], metadata, around) if len(left) == 1 else _json(annotation, metadata)
    if origin is Literal:
        return TEXT if all(isinstance(part, str) for part in parts) else _json(annotation, metadata)
    if origin is list or (origin is tuple and parts[1:] == (...,)):
        inner = kind_of(parts[0], (), around)
        return Many(NumberAndText(inner) if isinstance(inner, Number) else inner)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in around:
        return Struct.of(annotation, around)
    return _scalar(annotation, metadata)


def _scalar(annotation: Any, metadata: tuple[Any, ...]) -> Kind:
    if annotation is datetime and _UTC in metadata:  # any other datetime may be in no zone, or in one of its own
        return INSTANT
    if annotation is int:
        low = max((one.ge for one in metadata if getattr(one, "ge", None) is not None), default=None)
        high = min((one.le for one in metadata if getattr(one, "le", None) is not None), default=None)
        within = low is not None and high is not None and low >= -(2**63) and high < 2**63
        return INTEGER if within else WHOLE
    return _PLAIN.get(annotation) or _json(annotation, metadata)


def _json(annotation: Any, metadata: tuple[Any, ...]) -> Kind:
    return Json(TypeAdapter(Annotated[annotation, *metadata] if metadata else annotation))


def _flat(parts: Sequence[Any]) -> Iterator[Any]:
    for part in parts:
        yield from part.metadata if isinstance(part, FieldInfo) else (part,)
