"""What all parts of an answer are."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

__all__ = ["Lean", "Model", "brief"]


def brief(schema: dict[str, Any]) -> None:
    """Leave out of a schema what says nothing: a model reads all of it."""
    for part in schema.get("properties", {}).values():
        part.pop("title", None)
        if part.get("default", ...) is None or part.get("default") == []:
            del part["default"]


class Model(BaseModel):
    """A part of an answer: frozen, nothing but its fields, described as it is written, and never NaN."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        json_schema_mode_override="serialization",
        json_schema_extra=brief,
    )


class Lean(Model):
    """A part of an answer that leaves out what is None or an empty list: there may be many of it.

    Of fields in ``nullable`` a None that was set is told, because null is something else than nothing.
    """

    nullable: ClassVar[frozenset[str]] = frozenset()

    @model_serializer(mode="wrap")
    def _lean(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = handler(self)
        told = self.nullable & self.model_fields_set
        empty = {
            name
            for name, field in type(self).model_fields.items()
            if not field.is_required() and name not in told and dumped.get(name) in (None, [], ())
        }
        return {name: one for name, one in dumped.items() if name not in empty}

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the fields, not the serializer that leaves some out."""
        return handler({name: part for name, part in core_schema.items() if name != "serialization"})
