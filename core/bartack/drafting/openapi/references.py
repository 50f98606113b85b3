"""References and combinations of schemas, resolved: what is left is a plain schema, and a circle ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from bartack.errors import ConfigError

__all__ = ["Resolver", "Schema"]

Schema = Mapping[str, Any]
_CHAIN = 50
"""Steps from reference to reference, and combinations within combinations."""


class Resolver:
    """Looks things up in one document."""

    def __init__(self, document: Mapping[str, Any], where: str) -> None:
        self.document = document
        self._where = where

    def at(self, node: Any) -> Mapping[str, Any]:
        """Return the object that stands here, or that a reference here leads to; an empty one where it is no object.

        Raises
        ------
        ConfigError
            a reference leads out of the document, to nothing, or in a circle.
        """
        for _ in range(_CHAIN):
            if not isinstance(node, Mapping):
                return {}
            reference = node.get("$ref")
            if not isinstance(reference, str):
                return node
            node = self._target(reference)
        raise self._wrong("its references lead in a circle")

    def name(self, node: Any) -> str:
        """Return the last step of a reference: what the author calls that schema; blank where there is none."""
        reference = node.get("$ref") if isinstance(node, Mapping) else None
        return reference.rpartition("/")[2] if isinstance(reference, str) else ""

    def schema(self, node: Any, depth: int = 0) -> dict[str, Any]:
        """Return a schema with ``allOf`` put together, and the first real alternative of ``oneOf`` and ``anyOf``.

        ``type`` is one word then, without ``null``. Combinations that contain themselves are cut off.
        """
        found = self.at(node)
        if depth > _CHAIN // 5:
            return {}
        merged: dict[str, Any] = {key: value for key, value in found.items() if key not in ("allOf", "oneOf", "anyOf")}
        parts = [self.schema(one, depth + 1) for one in _list(found.get("allOf"))]
        for word in ("oneOf", "anyOf"):
            alternatives = [self.schema(one, depth + 1) for one in _list(found.get(word))]
            real = [one for one in alternatives if one.get("type") != "null" and one]
            parts += real[:1]
        for part in parts:
            properties = {**_dict(part.get("properties")), **_dict(merged.get("properties"))}
            required = [*_list(part.get("required")), *_list(merged.get("required"))]
            merged = {**part, **merged}
            merged |= {"properties": properties} if properties else {}
            merged |= {"required": required} if required else {}
        return {**merged, "type": _type(merged)}

    def _target(self, reference: str) -> Any:
        if not reference.startswith("#"):
            raise ConfigError(
                f"it refers to {reference[:80]!r}, which is another document",
                where=self._where,
                next_step="bundle the description into one file first",
            )
        node: Any = self.document
        for step in filter(None, unquote(reference[1:]).split("/")):
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                node = node[int(name)]
            elif isinstance(node, Mapping) and name in node:
                node = node[name]
            else:
                raise self._wrong(f"it refers to {reference[:80]!r}, which is not there")
        return node

    def _wrong(self, what: str) -> ConfigError:
        return ConfigError(what, where=self._where, next_step="correct the description")


def _type(schema: Schema) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if isinstance(kind, str):
        return kind
    return "object" if schema.get("properties") else "array" if "items" in schema else ""


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def _dict(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}
