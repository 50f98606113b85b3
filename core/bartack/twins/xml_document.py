"""XML as a tree of places: elements by their local names; one that repeats is a list, as in the rows of a SOAP stream."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from bartack.twins.nodes import Edit, Node, Raw, Span

__all__ = ["XmlDocument", "local"]

_TAG = re.compile(r"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True)
class XmlDocument:
    """An XML text; see :class:`bartack.twins.nodes.Document`. The root is the object that holds the outermost element."""

    text: str
    root: Node = field(repr=False)

    @classmethod
    def of(cls, text: str) -> XmlDocument:
        """Read an XML text.

        Raises
        ------
        ValueError
            it is not well-formed, or declares a document type.
        """
        if "<!DOCTYPE" in text:
            msg = "a document type may define anything"
            raise ValueError(msg)
        reader = _Reader(text)
        return cls(text, reader.read())

    def put(self, node: Node, value: Any) -> Edit:
        if value is None:
            tag = self._tag(node)
            return Edit(*node.outer, f'<{tag} xmlns:bartack="{_XSI}" bartack:nil="true"/>')
        if node.span == (0, 0):  # written as <a/>: there is no room for a value
            tag = self._tag(node)
            return Edit(*node.outer, f"<{tag}>{_spelled(value)}</{tag}>")
        return Edit(*node.span, _spelled(value))

    def again(self, node: Node, text: str | None = None) -> Edit:
        start, end = node.outer
        return Edit(end, end, self.text[start:end] if text is None else text)

    def added(self, node: Node, name: str, value: Any) -> Edit:
        return Edit(node.span[0], node.span[0], f"<{name}>{_spelled(value)}</{name}>")

    def renamed(self, node: Node, name: str) -> list[Edit]:
        prefix = self._tag(node).rpartition(":")[0]
        return [Edit(*span, f"{prefix}:{name}" if prefix else name) for span in node.names]

    def _tag(self, node: Node) -> str:
        return self.text[slice(*node.names[0])]


def local(name: str) -> str:
    """Return the name of an element or attribute without its prefix.

    >>> local("ns1:customer")
    'customer'
    """
    return name.rpartition(":")[2]


def _spelled(value: Any) -> str:
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "".join(f"<{name}>{_spelled(one)}</{name}>" for name, one in value.items())
    if isinstance(value, list):
        return "".join(f"<item>{_spelled(one)}</item>" for one in value)
    return escape({True: "true", False: "false"}[value] if isinstance(value, bool) else str(value))


class _Open:
    """An element that has begun."""

    def __init__(self, tag: str, start: int, *, nil: bool) -> None:
        self.tag = tag
        self.start = start
        self.nil = nil
        self.texts: list[str] = []
        self.children: list[tuple[str, Node]] = []


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._bytes = text.encode()
        self._places = None if text.isascii() else [0, *accumulate(len(char.encode()) for char in text)]
        self._known = {} if self._places is None else {place: number for number, place in enumerate(self._places)}
        self._open = [_Open("", 0, nil=False)]
        self._parser = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = lambda data: self._open[-1].texts.append(data)

    def read(self) -> Node:
        try:
            self._parser.Parse(self._bytes, True)  # noqa: FBT003 - it has no name
        except expat.ExpatError as error:
            raise ValueError(str(error)) from None
        (top,) = self._open
        return Node((0, len(self._text)), _value(top), (0, len(self._text)))

    def _here(self) -> int:
        index = self._parser.CurrentByteIndex
        return index if self._places is None else self._known[index]

    def _behind(self, start: int) -> int:
        """Return where the tag that begins at ``start`` ends."""
        found = _TAG.match(self._text, start)
        return start if found is None else found.end()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        nil = any(local(name) == "nil" and value in ("true", "1") for name, value in attributes.items())
        self._open.append(_Open(tag, self._here(), nil=nil))

    def _end(self, tag: str) -> None:
        one = self._open.pop()
        here = self._here()
        began = self._behind(one.start)
        names: tuple[Span, ...] = ((one.start + 1, one.start + 1 + len(tag)),)
        if here == one.start or self._text[began - 2] == "/":
            node = Node((0, 0), None if one.nil else "", (one.start, began), names)
        else:
            names += ((here + 2, here + 2 + len(tag)),)
            node = Node((began, here), _value(one), (one.start, self._behind(here)), names)
        self._open[-1].children.append((local(tag), node))


def _value(one: _Open) -> Any:
    if not one.children:
        text = "".join(one.texts)
        return None if one.nil and not text else text
    members: dict[str, Node] = {}
    for name, node in one.children:
        before = members.get(name)
        if before is None:
            members[name] = node
        elif isinstance(before.value, list):
            before.value.append(node)
        else:
            members[name] = Node(before.span, [before, node], before.outer, before.names)
    return members
