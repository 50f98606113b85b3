"""Answers that a described service might give to a read from the first page to the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree

from bartack.drafting.envelope import Envelope
from bartack.drafting.wsdl.elements import Repeated, built, children
from bartack.transports.http import NoPaging
from bartack.transports.soap import SoapStream, TokenArguments
from bartack.transports.soap.wsdl import Operation

__all__ = ["answers"]

_SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
_SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


def answers(operation: Operation, stream: SoapStream, rows: Repeated, around: Envelope) -> tuple[bytes, ...]:
    """Return the envelopes of all pages: three rows, of which two are on the first page where there are pages."""
    pages: list[Sequence[int]] = [(1, 2), (3,)] if not isinstance(stream.paging, NoPaging) else [(1, 2, 3)]
    stated = isinstance(stream.paging, TokenArguments) or around.total is not None or around.more is not None
    if len(pages) > 1 and not stated:
        pages.append(())  # the only way to know the end
    soap = _SOAP_12 if operation.is_soap_12 else _SOAP_11
    return tuple(
        _envelope(operation, soap, rows, _Told(around, numbers, more=at < len(pages)))
        for at, numbers in enumerate(pages, 1)
    )


class _Told:
    """What one answer says: its rows by number, and what follows."""

    def __init__(self, around: Envelope, numbers: Sequence[int], *, more: bool) -> None:
        self.numbers = numbers
        self.texts = {
            around.total: "3",
            around.more: "true" if more else "false",
            around.next: "cursor-2" if more else None,
        }


def _envelope(operation: Operation, soap: str, rows: Repeated, told: _Told) -> bytes:
    envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
    body = etree.SubElement(envelope, f"{{{soap}}}Body")
    body.append(_filled(operation.answer, (), rows, told, operation.response_name))
    etree.indent(envelope)
    return etree.tostring(envelope, encoding="utf-8")


def _filled(
    element: Any, path: tuple[str, ...], rows: Repeated, told: _Told, name: str | None = None
) -> etree._Element:
    """Return an element on the way to the rows, with those in it, and with what is said around them."""
    tag = etree.QName(str(element.qname))
    node = etree.Element(etree.QName(tag.namespace, name) if name is not None else tag)
    for child in children(element):
        here = (*path, child.name)
        if here == rows.path:
            for number in told.numbers:
                node.append(built(child, (), number))
        elif here == rows.path[: len(here)]:
            node.append(_filled(child, here, rows, told))
        elif ".".join(here) in told.texts:
            if (text := told.texts[".".join(here)]) is not None:
                said = etree.SubElement(node, etree.QName(str(child.qname)))
                said.text = text
        elif children(child) and any(str(one).startswith(".".join(here) + ".") for one in told.texts if one):
            node.append(_filled(child, here, rows, told))
        elif not child.is_optional:
            node.append(built(child, here, 1))
    return node
