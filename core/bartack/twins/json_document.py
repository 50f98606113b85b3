"""JSON as a tree of places. Lenient: what is well-formed is read, what it means is the connector's business."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from json.decoder import scanstring  # type: ignore[attr-defined]  # documented nowhere, used by the json module itself
from typing import Any

from bartack.twins.nodes import Edit, Node, Raw

__all__ = ["JsonDocument"]

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """A JSON text; see :class:`bartack.twins.nodes.Document`."""

    text: str
    root: Node = field(repr=False)

    @classmethod
    def of(cls, text: str) -> JsonDocument:
        """Read a JSON text.

        Raises
        ------
        ValueError
            it is none.
        """
        node, end = _value(text, _SPACE.match(text).end())  # type: ignore[union-attr]  # it matches anything
        if text[end:].strip():
            msg = f"something stands behind the document, at {end}"
            raise ValueError(msg)
        node.outer = node.span
        return cls(text, node)

    def put(self, node: Node, value: Any) -> Edit:
        return Edit(*node.span, _spelled(value))

    def renamed(self, node: Node, name: str) -> list[Edit]:
        return [Edit(*span, json.dumps(name)) for span in node.names]

    def again(self, node: Node, text: str | None = None) -> Edit:
        end = node.span[1]
        start = node.names[0][0] if node.names else node.span[0]
        return Edit(end, end, "," + (self.text[start:end] if text is None else text))

    def added(self, node: Node, name: str, value: Any) -> Edit:
        behind = node.span[0] + 1
        return Edit(behind, behind, f"{json.dumps(name)}:{_spelled(value)}{',' if node.value else ''}")


def _spelled(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{_spelled(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_spelled, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _value(text: str, start: int) -> tuple[Node, int]:
    match text[start : start + 1]:
        case "{":
            return _object(text, start)
        case "[":
            return _list(text, start)
        case '"':
            value, end = _scan(text, start + 1)
            return Node((start, end), value), end
    found = _SCALAR.match(text, start)
    if found is None:
        msg = f"no value stands at {start}"
        raise ValueError(msg)
    word = found[0]
    if word in _WORDS:
        return Node(found.span(), _WORDS[word]), found.end()
    number: Any = int(word) if re.fullmatch(r"-?\d+", word) else Decimal(word)
    return Node(found.span(), number, numeric=True), found.end()


def _object(text: str, start: int) -> tuple[Node, int]:
    members: dict[str, Node] = {}
    at, before = _skip(text, start + 1), start + 1
    while text[at : at + 1] != "}":
        named = at
        name, at = _scan(text, at + 1) if text[at : at + 1] == '"' else _broken(at)
        written = (named, at)
        at = _skip(text, at)
        node, at = _value(text, _skip(text, at + 1)) if text[at : at + 1] == ":" else _broken(at)
        node.names = (written,)
        at, before = _behind(text, node, named, at, before, "}")
        members[name] = node
    return Node((start, at + 1), members), at + 1


def _list(text: str, start: int) -> tuple[Node, int]:
    items: list[Node] = []
    at, before = _skip(text, start + 1), start + 1
    while text[at : at + 1] != "]":
        first = at
        node, at = _value(text, at)
        at, before = _behind(text, node, first, at, before, "]")
        items.append(node)
    return Node((start, at + 1), items), at + 1


def _behind(text: str, node: Node, first: int, end: int, before: int, bracket: str) -> tuple[int, int]:
    """Go behind a member; what is cut out with it is the comma behind it, or for the last one the comma before."""
    at = _skip(text, end)
    if text[at : at + 1] == ",":
        at = _skip(text, at + 1)
        node.outer = (first, at)
        return at, end
    if text[at : at + 1] != bracket:
        _broken(at)
    node.outer = (before, end)
    return at, end


def _scan(text: str, start: int) -> tuple[str, int]:
    found: tuple[str, int] = scanstring(text, start, False)  # noqa: FBT003 - not strict: line breaks may stand in texts
    return found


def _skip(text: str, start: int) -> int:
    return _SPACE.match(text, start).end()  # type: ignore[union-attr]  # it matches anything


def _broken(at: int) -> Any:
    msg = f"the text is no JSON at {at}"
    raise ValueError(msg)
