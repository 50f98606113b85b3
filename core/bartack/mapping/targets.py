"""What a contract field wants: one value or many, a nested model, a closed vocabulary."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from bartack_contracts import Coded

__all__ = ["Target", "target_of"]


@dataclass(frozen=True, slots=True)
class Target:
    """The type of a contract field, as far as a mapping must know it.

    ``model``: the nested model of the value (or of each element); ``many``: the field is a list; ``coded``: a
    :class:`~bartack_contracts.Coded` value; ``words``: its closed vocabulary, if it has one.
    """

    model: type[BaseModel] | None = None
    many: bool = False
    coded: bool = False
    words: frozenset[str] | None = None

    def fields(self) -> tuple[str, ...]:
        """Return the names of the nested model's fields."""
        return tuple(self.model.model_fields) if self.model is not None else ()


def target_of(model: type[BaseModel], name: str) -> Target:
    """Return what ``model``'s field ``name`` wants."""
    return _target(model.model_fields[name].annotation)


def _target(annotation: Any) -> Target:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _target(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        inner = [one for one in get_args(annotation) if one is not type(None)]
        return _target(inner[0]) if len(inner) == 1 else Target()
    if origin is Literal:
        return Target(words=frozenset(get_args(annotation)))
    if origin is tuple:
        element = _target(get_args(annotation)[0])
        return Target(model=element.model, many=True, coded=element.coded, words=element.words)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if issubclass(annotation, Coded):
            return Target(model=annotation, coded=True, words=target_of(annotation, "value").words)
        return Target(model=annotation)
    return Target()
