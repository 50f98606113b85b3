"""An answer as a tree of places: each value knows where it stands, so that it can be changed and nothing around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from bartack.paths import ABSENT, Index, Key, Match, Path, as_text

__all__ = ["Document", "Edit", "Node", "Raw", "Span", "at", "plain", "walk", "without", "written"]

Span = tuple[int, int]


class Edit(NamedTuple):
    """What stands from ``start`` up to ``end`` becomes ``text``."""

    start: int
    end: int
    text: str


class Raw(str):
    """A value that is put in as it is spelled, be it well-formed or not."""

    __slots__ = ()


@dataclass(slots=True, eq=False)
class Node:
    """A value in its place.

    ``value``: a scalar, the nodes of a list, or the nodes of an object by name. ``span``: where its text stands, ``outer``
    where it stands with its name, ``names`` where its name is written.
    """

    span: Span
    value: Any
    outer: Span = (0, 0)
    names: tuple[Span, ...] = ()
    numeric: bool = field(default=False)

    @property
    def is_leaf(self) -> bool:
        """True for what is neither object nor list."""
        return not isinstance(self.value, dict | list)


class Document(Protocol):
    """An answer that can be changed in single places; JSON or XML."""

    @property
    def text(self) -> str:
        """The whole, as it came."""

    @property
    def root(self) -> Node:
        """The outermost value."""

    def put(self, node: Node, value: Any) -> Edit:
        """Return the edit by which ``node`` has another value: a scalar, list or object of them, or :class:`Raw`."""

    def renamed(self, node: Node, name: str) -> list[Edit]:
        """Return the edits by which ``node`` has another name; none where it has none."""

    def again(self, node: Node, text: str | None = None) -> Edit:
        """Return the edit by which ``node`` stands there once more (as ``text``), right behind itself."""

    def added(self, node: Node, name: str, value: Any) -> Edit:
        """Return the edit by which the object ``node`` has one more member, before the others."""


def written(text: str, edits: Iterable[Edit]) -> str:
    """Return ``text`` after ``edits``, none of which may overlap another."""
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        pieces += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*pieces, text[done:]])


def without(node: Node) -> Edit:
    """Return the edit by which ``node`` was never sent."""
    return Edit(*node.outer, "")


def plain(node: Node) -> Any:
    """Return the value without its places."""
    if isinstance(node.value, dict):
        return {name: plain(one) for name, one in node.value.items()}
    if isinstance(node.value, list):
        return [plain(one) for one in node.value]
    return node.value


def walk(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Node]]:
    """Yield every node below ``node``, itself first, with its path."""
    yield path, node
    inner: Iterable[tuple[str | int, Node]] = ()
    if isinstance(node.value, dict):
        inner = node.value.items()
    elif isinstance(node.value, list):
        inner = enumerate(node.value)
    for name, one in inner:
        yield from walk(one, (*path, name))


def at(node: Node, path: Path) -> Node | None:
    """Return the node that a native path leads to from ``node``; None where it leads to nothing."""
    for one in path:
        found = _step(node, one)
        if found is None:
            return None
        node = found
    return node


def _step(node: Node, one: Key | Index | Match) -> Node | None:
    if isinstance(one, Key):
        return node.value.get(str(one)) if isinstance(node.value, Mapping) else None
    elements = node.value if isinstance(node.value, list) else [node]
    if isinstance(one, Index):
        return elements[one] if one < len(elements) else None
    for element in elements:
        inner = element.value.get(one.key, ABSENT) if isinstance(element.value, Mapping) else ABSENT
        if isinstance(inner, Node) and as_text(plain(inner)) == one.text:
            return element
    return None
