"""The fields of a contract that can be asked for: every scalar in it, by its path, whatever lists it stands in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bartack.errors import ConfigError
from bartack.mapping.loader import near
from bartack_contracts import Contract, CustomField

__all__ = ["CUSTOM", "Field", "Kind", "Node", "field_of", "fields_of", "tree_of"]

Kind = Literal["text", "number", "boolean", "date", "datetime", "moment"]
"""``moment``: a date or a datetime, as the source tells."""

CUSTOM = "custom"
"""The path of a custom field is ``custom.KEY``."""


@dataclass(frozen=True, slots=True)
class Field:
    """One scalar of a contract. ``many``: a record may have several values there. ``personal``: of a person.

    ``vocabulary``: the words it is one of, where that is closed.
    """

    path: str
    kind: Kind
    many: bool
    personal: bool
    vocabulary: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a contract: a ``scalar``, or ``nodes`` below it by name."""

    scalar: Field | None = None
    nodes: Mapping[str, Node] = field(default_factory=lambda: MappingProxyType({}))


@cache
def tree_of(model: type[Contract]) -> Mapping[str, Node]:
    """Return the places of a contract that hold scalars; custom fields are not among them."""
    return MappingProxyType(dict(_nodes(model, "", many=False, personal=False, above=())))


@cache
def fields_of(model: type[Contract]) -> Mapping[str, Field]:
    """Return the scalars of a contract by path, in its order."""
    return MappingProxyType({one.path: one for one in _flat(tree_of(model))})


def field_of(model: type[Contract], path: str) -> Field | None:
    """Return the scalar at a path; ``None`` for a custom field, which has whatever kind its values have.

    Of a :class:`~bartack_contracts.Coded` field its shared word is meant: ``status`` is ``status.value``.

    Raises
    ------
    ConfigError
        there is none, or the path names something that has several.
    """
    known = fields_of(model)
    if path in known:
        return known[path]
    if path.startswith(f"{CUSTOM}.") and len(path) > len(CUSTOM) + 1:
        return None
    below = [name for name in known if name.startswith(f"{path}.")]
    if f"{path}.value" in below and f"{path}.raw" in below:
        return known[f"{path}.value"]
    if below:
        raise ConfigError(f"{path} has several values", where=model.contract, next_step=f"one of {', '.join(below)}")
    words = [name.removesuffix(".value") for name in known if name.endswith(".value") and f"{name[:-6]}.raw" in known]
    raise ConfigError(
        f"{model.contract} has no field {path!r}{near(path, [*words, *known])}",
        next_step=f"bartack contracts {model.contract} lists them; a custom field is custom.KEY",
    )


def _flat(nodes: Mapping[str, Node]) -> Iterator[Field]:
    for node in nodes.values():
        if node.scalar is not None:
            yield node.scalar
        yield from _flat(node.nodes)


def _nodes(
    model: type[BaseModel], at: str, *, many: bool, personal: bool, above: tuple[type[BaseModel], ...]
) -> Iterator[tuple[str, Node]]:
    for name, info in model.model_fields.items():
        kind, inner, several, closed = _shape(info.annotation)
        path, hidden = f"{at}{name}", personal or _is_personal(info)
        if inner is CustomField or inner in above:
            continue
        if kind is not None:
            yield name, Node(Field(path, kind, many or several, hidden, closed))
        elif inner is not None:
            below = dict(_nodes(inner, f"{path}.", many=many or several, personal=hidden, above=(*above, model)))
            yield name, Node(nodes=MappingProxyType(below))


class _Shape(NamedTuple):
    """What a field holds: a scalar of a kind, or a model; several of them, or words of a vocabulary."""

    kind: Kind | None = None
    model: type[BaseModel] | None = None
    many: bool = False
    vocabulary: tuple[str, ...] = ()


def _shape(annotation: Any) -> _Shape:
    origin, parts = get_origin(annotation), [part for part in get_args(annotation) if part is not NoneType]
    if origin is Annotated:
        return _shape(parts[0])
    if origin is tuple:
        return _shape(parts[0])._replace(many=True)
    if origin is Literal:
        return _Shape("text", vocabulary=tuple(map(str, parts)))
    if origin in (Union, UnionType):
        found = [_shape(part) for part in parts]
        if len(found) == 1:
            return found[0]
        return _Shape("moment") if {one.kind for one in found} == {"date", "datetime"} else _Shape()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _Shape(model=annotation)
    return _Shape(_scalar(annotation))


def _scalar(annotation: Any) -> Kind | None:
    kinds: dict[Any, Kind] = {
        str: "text", bool: "boolean", int: "number", Decimal: "number", datetime: "datetime", date: "date",
    }  # fmt: skip
    return kinds.get(annotation)


def _is_personal(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return isinstance(extra, dict) and extra.get("personal") is True
