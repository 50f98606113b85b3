"""JSON schemas as strict function calling wants them."""

from __future__ import annotations

from typing import Any

__all__ = ["strict"]


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema whose objects have all their properties and no others; nothing has a default or a title.

    https://platform.openai.com/docs/guides/structured-outputs#supported-schemas

    >>> strict({"type": "object", "title": "A", "properties": {"a": {"type": "integer", "default": 1}}})
    {'type': 'object', 'properties': {'a': {'type': 'integer'}}, 'required': ['a'], 'additionalProperties': False}
    """
    made = {name: part for name, part in schema.items() if name not in ("default", "title")}
    for name in ("properties", "$defs"):
        if name in made:
            made[name] = {key: strict(part) for key, part in made[name].items()}
    if "items" in made:
        made["items"] = strict(made["items"])
    if "anyOf" in made:
        made["anyOf"] = [strict(one) for one in made["anyOf"]]
    if made.get("type") == "object":
        made.setdefault("properties", {})
        made |= {"required": list(made["properties"]), "additionalProperties": False}
    return made
