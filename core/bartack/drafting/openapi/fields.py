"""The fields of an object schema, nested ones included, with what the description says of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bartack.drafting.openapi.examples import own_examples, value
from bartack.drafting.openapi.references import Resolver
from bartack.drafting.rows import Field

__all__ = ["fields"]

_DEEPEST = 4
_MOST = 400
_TELLING = ("date-time", "date", "time")
"""Formats that say how a value is written; an example of them is as good as the author's own."""


def fields(resolver: Resolver, item: Any) -> list[Field]:
    """Return the fields of ``item``; arrays give the fields of their elements. What contains itself is cut off."""
    found = []
    for field in _walk(resolver, item, (), None, (resolver.name(item),)):
        found.append(field)
        if len(found) == _MOST:
            break
    return found


def _walk(
    resolver: Resolver, node: Any, steps: tuple[str, ...], over: tuple[str, ...] | None, within: tuple[str, ...]
) -> Iterator[Field]:
    properties = resolver.schema(node).get("properties")
    if not isinstance(properties, dict) or len(steps) >= _DEEPEST:
        return
    for name, one in properties.items():
        schema = resolver.schema(one)
        here, called = (*steps, str(name)), resolver.name(one)
        if not name or (called and called in within) or (schema["type"] in ("object", "array") and over is not None):
            continue
        match schema["type"]:
            case "object":
                yield from _walk(resolver, schema, here, None, (*within, called))
            case "array":
                element, called = resolver.schema(schema.get("items")), resolver.name(schema.get("items"))
                if element["type"] == "object" and (not called or called not in within):
                    yield from _walk(resolver, element, (), here, (*within, called))
                elif element["type"] not in ("array", "object"):
                    yield _field(resolver, element, (), here, str(name))
            case _:
                yield _field(resolver, schema, here, over, str(name))


def _field(
    resolver: Resolver, schema: dict[str, Any], steps: tuple[str, ...], over: tuple[str, ...] | None, name: str
) -> Field:
    form = schema.get("format")
    values = own_examples(schema)
    if schema["type"] in ("integer", "number", "boolean") and not values:
        values = [value(resolver, schema, (name,), 1)]
    if form in _TELLING and not values:
        values = [value(resolver, schema, (name,), 1)]
    described = schema.get("description")
    return Field(
        steps,
        tuple(values),
        over,
        form if isinstance(form, str) else "",
        described if isinstance(described, str) else "",
    )
