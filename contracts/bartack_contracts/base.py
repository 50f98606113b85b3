"""What every shared value is: frozen, strict, and honest about the difference between "not fetched" and "empty".

Three states of a field::

    not fetched   not in ``model_fields_set``; left out of every dump; reading the attribute gives None or ()
    empty         None, or () for a list; dumped as null or []
    value         dumped as it is
"""

from __future__ import annotations

from typing import Any

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    model_serializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

__all__ = ["FrozenModel", "Value"]


class FrozenModel(BaseModel):
    """Base of all models of this package: immutable, strict, unknown fields refused, no NaN, no infinity."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
    )


class Value(FrozenModel):
    """Base of contracts and of the values in them: fields that were not fetched are left out of every dump.

    That holds wherever the value is dumped from: itself, a list, a ``TypeAdapter`` or a foreign model around it.
    Two values are equal only when the same fields were fetched.
    """

    @model_serializer(mode="wrap")
    def _leave_out_what_was_not_fetched(self, handler: SerializerFunctionWrapHandler) -> Any:
        dumped = handler(self)
        for name in dumped.keys() - self.__pydantic_fields_set__:
            del dumped[name]
        return dumped

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the fields, not the serializer; without defaults, because an absent field has no value at all."""
        reference = handler({name: part for name, part in core_schema.items() if name != "serialization"})
        schema = handler.resolve_ref_schema(reference)
        for field in schema.get("properties", {}).values():
            field.pop("default", None)
        return reference

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Value)
            and self.__pydantic_fields_set__ == other.__pydantic_fields_set__
            and super().__eq__(other)
        )
