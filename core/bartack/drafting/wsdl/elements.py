"""The elements of a WSDL as zeep describes them: what repeats, what is in it, and an example of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml import etree
from zeep.xsd import Any as AnyElement
from zeep.xsd import ComplexType

from bartack.drafting.openapi.examples import text_for
from bartack.drafting.rows import Field, spelled

__all__ = ["Repeated", "built", "children", "fields", "leaves", "repeated", "type_name"]

_DEEPEST = 4
_MOST = 400
_DATES = {"dateTime": "date-time", "date": "date", "time": "time"}
_NUMBERS = frozenset(
    "decimal integer int long short byte float double nonNegativeInteger positiveInteger unsignedInt unsignedLong"
    " unsignedShort unsignedByte nonPositiveInteger negativeInteger".split()
)


@dataclass(frozen=True, slots=True)
class Repeated:
    """An element that occurs more than once: the names that lead to it from below the answer, and the element."""

    path: tuple[str, ...]
    element: Any


def children(element: Any) -> list[Any]:
    """Return the elements within an element; none of a simple one, and none that may be anything."""
    kind = getattr(element, "type", None)
    if not isinstance(kind, ComplexType):
        return []
    return [child for _, child in kind.elements if not isinstance(child, AnyElement) and getattr(child, "name", None)]


def repeated(element: Any, path: tuple[str, ...] = (), within: tuple[Any, ...] = ()) -> Iterator[Repeated]:
    """Yield the elements of complex types that may occur more than once, the shallow ones first."""
    if len(path) >= _DEEPEST or getattr(element, "type", None) in within:
        return
    inner = children(element)
    for child in inner:
        if child.accepts_multiple and children(child):
            yield Repeated((*path, child.name), child)
    for child in inner:
        if not child.accepts_multiple:
            yield from repeated(child, (*path, child.name), (*within, element.type))


def leaves(
    element: Any, path: tuple[str, ...] = (), within: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield the simple elements that occur once, with the names that lead to them."""
    if len(path) >= _DEEPEST or getattr(element, "type", None) in within:
        return
    for child in children(element):
        if child.accepts_multiple:
            continue
        here = (*path, child.name)
        if children(child):
            yield from leaves(child, here, (*within, element.type))
        else:
            yield here, child


def fields(element: Any) -> list[Field]:
    """Return the fields of a row, with an example where the type says how a value is written."""
    found = []
    for path, leaf in leaves(element):
        kind = type_name(leaf)
        telling = kind in _DATES or kind in _NUMBERS or kind == "boolean"
        found.append(Field(path, (text_of(leaf, path, 1),) if telling else (), None, _DATES.get(kind, "")))
        if len(found) == _MOST:
            break
    return found


def type_name(element: Any) -> str:
    """Return the local name of a simple element's type, as XML Schema calls it; that of the author's own is not looked into."""
    kind = getattr(element, "type", None)
    names = [one.__name__ for one in type(kind).__mro__] if kind is not None else []
    known = {name.lower(): name for name in (*_DATES, *_NUMBERS, "boolean")}
    return next((known[name.lower()] for name in names if name.lower() in known), "string")


def text_of(element: Any, path: tuple[str, ...], n: int) -> str:
    """Return the ``n``-th example of a simple element's text."""
    kind = type_name(element)
    if kind == "boolean":
        return "true" if n % 2 else "false"
    if kind in _NUMBERS:
        return str(1000 + n)
    return text_for(spelled(path), _DATES.get(kind, ""), n)


def built(element: Any, path: tuple[str, ...], n: int, within: tuple[Any, ...] = ()) -> etree._Element:
    """Return an example of an element: all that it may hold once, as far as it does not contain itself."""
    node = etree.Element(etree.QName(str(element.qname)))
    inner = children(element)
    if not inner and not isinstance(element.type, ComplexType):
        node.text = text_of(element, path, n)
    for child in inner:
        if child.type not in within and len(path) < _DEEPEST:
            node.append(built(child, (*path, child.name), n, (*within, element.type)))
    return node
