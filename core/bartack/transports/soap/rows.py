"""Elements to native rows: text exactly as sent, the three states kept apart, nothing dropped.

=========================================  ================================================================
element                                    value
=========================================  ================================================================
``<a>x</a>``                               ``"x"``, white space as sent
``<a/>``, ``<a></a>``                      ``""``
``<a xsi:nil="true"/>``                    ``None``
absent                                     no key
``<a><b>x</b></a>``                        ``{"b": "x"}``; names without namespace, in the order sent
``<a/><a/>``                               a list; one alone is not a list
``<a unit="EUR">12</a>``                   ``{"@unit": "EUR", "#text": "12"}``
``<a xsi:type="t:Lead"><b/></a>``          ``{"@xsi:type": "t:Lead", "b": ""}``; on a leaf the type is left out
``<a href="#1"/>`` in an encoded body      what it refers to
=========================================  ================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Self, overload

from lxml import etree

from bartack.errors import WireError
from bartack.transports.soap.document import local_name

__all__ = ["RowReader", "RowTexts"]

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_TYPE = _XSI + "type"
_NIL_KEY = "@xsi:nil"
_ENCODING_12 = "{http://www.w3.org/2003/05/soap-encoding}"
_SAYS_NOTHING = (  # about how the XML is written, not about the data
    _XSI + "schemaLocation",
    _XSI + "noNamespaceSchemaLocation",
    "{http://schemas.xmlsoap.org/soap/encoding/}",
    _ENCODING_12,
    "{http://schemas.xmlsoap.org/soap/envelope/}",
    "{http://www.w3.org/2003/05/soap-envelope}",
)
_EXPANDED = 1_000_000
"""Elements that references may add to one answer; more is an attack (references of references), not a list."""


class RowReader:
    """Reads the rows of one answer; knows the targets of its references (SOAP encoding, ``multiRef``)."""

    def __init__(self, targets: Mapping[str, etree._Element] | None = None) -> None:
        self._targets = targets or {}
        self._names: dict[str, str] = {}
        self._following: list[str] = []
        self._left = _EXPANDED

    @classmethod
    def of(cls, envelope: etree._Element, body: etree._Element | None = None) -> Self:
        """Return the reader for an answer. References are followed only where the body is in SOAP encoding."""
        places = [envelope] if body is None else [envelope, body, *body]
        encoded = any(str(name).endswith("}encodingStyle") for place in places for name in place.attrib)
        if not encoded:
            return cls()
        attributes = ("id", _ENCODING_12 + "id")
        return cls({i: element for element in envelope.iter() for name in attributes if (i := element.get(name))})

    def resolve(self, element: etree._Element) -> etree._Element:
        """Return what ``element`` refers to, or itself."""
        if not self._targets or len(element):
            return element
        seen = set()
        while (name := self._reference(element)) in self._targets and name not in seen:
            seen.add(name)
            element = self._targets[name]
        return element

    def children(self, element: etree._Element, name: str) -> Iterator[etree._Element]:
        """Yield the children called ``name`` (in any namespace), references resolved."""
        for child in self.resolve(element):
            if self.name(child) == name:
                yield self.resolve(child)

    def name(self, element: etree._Element) -> str:
        """Return the element's local name."""
        tag: str = element.tag
        known = self._names.get(tag)
        if known is None:
            known = self._names[tag] = local_name(tag)
        return known

    def row(self, element: etree._Element) -> Any:
        """Return the element as text, None or a dict, by the table above.

        Raises
        ------
        WireError
            references that lead too deep, or multiply without measure.
        """
        try:
            return self._value(element)
        except RecursionError:
            raise WireError("the XML is nested too deeply", next_step="distrust the source") from None

    def _value(self, element: etree._Element) -> Any:
        if self._targets and not len(element) and (name := self._reference(element)) in self._targets:
            return self._referred(name)
        attributes: Any = element.items()
        if len(element):
            return self._parent(element, attributes)
        return self._leaf(element, attributes) if attributes else element.text or ""

    def _parent(self, element: etree._Element, attributes: Iterable[tuple[str, str]]) -> dict[str, Any]:
        row: dict[str, Any] = {}
        self._add_attributes(row, attributes)
        names, value = self._names, self._value
        loose = element.text if element.text and not element.text.isspace() else ""
        for child in element:
            name = names.get(child.tag) or self.name(child)
            item = value(child)
            if name not in row:
                row[name] = item
            elif isinstance(row[name], list):
                row[name].append(item)
            else:
                row[name] = [row[name], item]
            if child.tail and not child.tail.isspace():
                loose += child.tail
        if loose:
            row["#text"] = loose
        return row

    def _leaf(self, element: etree._Element, attributes: Iterable[tuple[str, str]]) -> Any:
        text: str | None = element.text or ""
        row: dict[str, Any] = {}
        self._add_attributes(row, [(name, value) for name, value in attributes if name != _TYPE])
        if not text and row.get(_NIL_KEY, "").strip() in {"true", "1"}:
            text = None
        if not text:
            row.pop(_NIL_KEY, None)  # it is said by the value now; beside a text it contradicts, and stays
        return {**row, "#text": text} if row else text

    def _add_attributes(self, row: dict[str, Any], attributes: Iterable[tuple[str, str]]) -> None:
        for name, text in attributes:
            if name.startswith(_SAYS_NOTHING) or (name == "id" and text in self._targets):
                continue
            key = self._attribute(name)
            if key == _NIL_KEY and text.strip() in {"false", "0"}:
                continue
            row[key if key not in row else f"@{name}"] = text

    @staticmethod
    def _attribute(name: str) -> str:
        return f"@xsi:{local_name(name)}" if name.startswith(_XSI) else f"@{local_name(name)}"

    @staticmethod
    def _reference(element: etree._Element) -> str:
        href = element.get("href", "")
        return href[1:] if href.startswith("#") else element.get(_ENCODING_12 + "ref", "")

    def _referred(self, name: str) -> Any:
        if name in self._following:  # a circle: the reference itself is all that can be said
            return {"@href": f"#{name}"}
        target = self._targets[name]
        self._left -= sum(1 for _ in target.iter())
        if self._left < 0:
            raise WireError("the references in the answer multiply without measure", next_step="distrust the source")
        self._following.append(name)
        try:
            return self._value(target)
        finally:
            self._following.pop()


class RowTexts(Sequence[str]):
    """The rows' own XML, written out only when somebody asks for it (a reject, a review)."""

    def __init__(self, elements: Sequence[etree._Element]) -> None:
        self._elements = elements

    def __len__(self) -> int:
        return len(self._elements)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        """Return the text of one row with the namespaces it needs, or of several."""
        if isinstance(index, slice):
            return RowTexts(self._elements[index])
        return etree.tostring(self._elements[index], encoding="unicode", with_tail=False)
