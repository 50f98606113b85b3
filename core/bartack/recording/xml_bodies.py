"""XML and SOAP bodies by what they mean: no prefixes, no indentation, nothing that is made anew for every call.

An element becomes ``[name, attributes, *children]``, names in Clark notation (``{namespace}local``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

__all__ = ["operation_of", "read_xml"]

_ENVELOPES = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-{}-1.0.xsd"
_WSA = ("http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing")
_NOISE = frozenset(
    (
        f"{{{_WSSE.format('secext')}}}Security",
        f"{{{_WSSE.format('utility')}}}Timestamp",
        "{http://www.w3.org/2000/09/xmldsig#}Signature",
        *(
            f"{{{namespace}}}{name}"
            for namespace in _WSA
            for name in ("MessageID", "ReplyTo", "FaultTo", "From", "To", "RelatesTo")
        ),
    )
)
_NOISY_ATTRIBUTE = f"{{{_WSSE.format('utility')}}}Id"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_INCLUDE = "{http://www.w3.org/2004/08/xop/include}Include"


def read_xml(text: str, attachments: Mapping[str, Any] | None = None) -> list[Any]:
    """Return the root element; what it takes from ``attachments`` by ``cid:`` stands in its place.

    Raises
    ------
    ValueError
        it is not well-formed, or has a document type, which may define anything.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("a document type may define anything")
    try:
        parser = ET.XMLParser(target=_Reader(attachments or {}))  # noqa: S314 - there is no document type
        parser.feed(text)
        root: Any = parser.close()
    except ET.ParseError as error:
        raise ValueError(str(error)) from None
    return list(root)


def operation_of(root: list[Any]) -> str:
    """Return what a SOAP envelope asks for: the name of the first element in its body; blank where it is no envelope."""
    for namespace in _ENVELOPES:
        if root[0] == f"{{{namespace}}}Envelope":
            bodies = [one for one in root[2:] if isinstance(one, list) and one[0] == f"{{{namespace}}}Body"]
            return next((str(one[0]) for body in bodies for one in body[2:] if isinstance(one, list)), "")
    return ""


class _Reader:
    """A target of the parser that builds the elements which matter."""

    def __init__(self, attachments: Mapping[str, Any]) -> None:
        self._attachments = attachments
        self._prefixes: defaultdict[str, list[str]] = defaultdict(list)
        self._open: list[list[Any]] = [[]]
        self._text: list[str] = []
        self._ignored = 0

    def start_ns(self, prefix: str, uri: str) -> None:
        self._prefixes[prefix or ""].append(uri)

    def end_ns(self, prefix: str) -> None:
        self._prefixes[prefix or ""].pop()

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._end_text()
        if self._ignored or tag in _NOISE:
            self._ignored += 1
            return
        attributes.pop(_NOISY_ATTRIBUTE, None)
        if _TYPE in attributes:
            attributes[_TYPE] = self._qname(attributes[_TYPE])
        element: list[Any] = [tag, attributes]
        if attributes.get("href", "").startswith("cid:"):
            element = [_INCLUDE, {}, *self._attached(attributes["href"])]
        self._open[-1].append(element)
        self._open.append(element)

    def data(self, text: str) -> None:
        if not self._ignored:
            self._text.append(text)

    def end(self, tag: str) -> None:
        if self._ignored:
            self._ignored -= 1
            return
        self._end_text()
        element = self._open.pop()
        if len(element) == 2 and not element[1] and tag in _EMPTY:
            self._open[-1].pop()  # a header in which nothing is left

    def close(self) -> list[Any]:
        root: list[Any] = self._open[0][0]
        return root

    def _end_text(self) -> None:
        text = "".join(self._text)
        self._text.clear()
        if text and not text.isspace():
            self._open[-1].append(text)

    def _qname(self, value: str) -> str:
        prefix, _, name = value.strip().rpartition(":")
        uris = self._prefixes.get(prefix)
        return f"{{{uris[-1]}}}{name}" if uris else value

    def _attached(self, href: str) -> list[Any]:
        name = unquote(href.removeprefix("cid:"))
        return [self._attachments[name]] if name in self._attachments else []


_EMPTY = frozenset(f"{{{namespace}}}Header" for namespace in _ENVELOPES)
