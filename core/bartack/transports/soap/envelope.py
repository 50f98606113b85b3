"""What a SOAP answer is made of: status and content type first, then envelope, fault, and the response element."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from bartack.errors import BartackError, SourceChangedError, WireError
from bartack.transports.base import Body
from bartack.transports.http.documents import came_instead
from bartack.transports.http.refusals import status_error
from bartack.transports.soap.document import local_name, media_type, parse
from bartack.transports.soap.fault import fault_error
from bartack.transports.soap.multipart import unpack
from bartack.transports.soap.rows import RowReader

__all__ = ["Answer", "open_answer", "read_xml"]

_SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
_SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


@dataclass(frozen=True, slots=True)
class Answer:
    """The response element of an answer; ``bare`` when it came without an envelope (saved by hand)."""

    element: etree._Element
    reader: RowReader
    bare: bool = False

    @property
    def name(self) -> str:
        """Local name of the response element."""
        return local_name(str(self.element.tag))

    def text(self, path: str) -> str | None:
        """Return the text at a dotted path below the response element; None when it is absent, nil or empty.

        The last step may be an attribute (``@count``). Of several elements the first counts.
        """
        element = self.reader.resolve(self.element)
        way = path.split(".")
        for number, step in enumerate(way, 1):
            if step.startswith("@") and number == len(way):
                attributes = {local_name(str(name)): str(text) for name, text in element.items()}
                return attributes.get(step[1:]) or None
            found = next(self.reader.children(element, step), None)
            if found is None:
                return None
            element = found
        return element.text or None


def open_answer(body: Body, now: datetime, *, bare: bool = True) -> Answer:
    """Open one answer and return its response element; ``now`` is for a ``Retry-After`` that names a date.

    ``bare`` accepts a document without an envelope, as people save it; what a live server sends must have one.

    Raises
    ------
    AccessError, SourceUnavailableError, SourceRefusedError
        by HTTP status, or the fault of the source.
    SourceChangedError
        an HTML page, JSON, no envelope, an empty envelope.
    WireError
        not whole, not XML, forbidden content.
    """
    if body.status != 200 and body.status < 400:
        raise status_error(body, now)
    content, parts = unpack(body)
    root = read_xml(body, now, content)
    parts.put_into(root)
    fault = _fault(root)
    if fault is not None:
        raise fault_error(fault, body.status)
    if body.status != 200:
        raise status_error(body, now)
    return _response(root, bare=bare)


def read_xml(body: Body, now: datetime, content: bytes | None = None) -> etree._Element:
    """Return the root of an answer that should be XML (``content``: of its main part, where it has several).

    Raises
    ------
    AccessError, SourceUnavailableError, SourceRefusedError, SourceChangedError, WireError
        by HTTP status where the answer is something else; else for what it is.
    """
    whole = content is None or content is body.content  # else the charset is that of the multipart, which has none
    charset = media_type(body.content_type)[1].get("charset") if whole else None
    content = body.content if content is None else content
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:200]
    if not start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")) or _is_html(start, body.content_type):
        raise _not_xml(body, now)
    root = parse(content, charset=charset)
    if local_name(str(root.tag)).lower() == "html":
        raise _not_xml(body, now)
    return root


def _fault(root: etree._Element) -> etree._Element | None:
    """Find the fault: in the Body of whatever SOAP version, or saved alone."""
    namespaces = {_SOAP_11, _SOAP_12, None}
    for element in (root, *root.iterfind("{*}Body/{*}Fault")):
        if local_name(str(element.tag)) == "Fault" and etree.QName(element).namespace in namespaces:
            return element
    return None


def _response(root: etree._Element, *, bare: bool) -> Answer:
    name, namespace = local_name(str(root.tag)), etree.QName(root).namespace
    if name != "Envelope":
        if bare:
            return Answer(root, RowReader.of(root), bare=True)
        raise SourceChangedError(
            f"the answer is no SOAP envelope but <{name}>", next_step="check the endpoint; it may be another service's"
        )
    if namespace not in {_SOAP_11, _SOAP_12}:
        raise SourceChangedError(
            f"the envelope's namespace is {namespace!r}, which is neither SOAP 1.1 nor SOAP 1.2",
            next_step="check the endpoint",
        )
    body = root.find(f"{{{namespace}}}Body")
    if body is None or not len(body):
        raise SourceChangedError(
            "the envelope has no Body" if body is None else "the Body of the envelope is empty",
            next_step="ask the source's people; the operation may have become one-way",
        )
    beside = [local_name(str(one.tag)) for one in list(body)[1:] if not _is_target(one)]
    if beside:
        raise SourceChangedError(
            f"the Body of the envelope holds <{local_name(str(body[0].tag))}>, and beside it <{beside[0]}>: two answers to one"
            " question",
            next_step="ask the source's people which of them counts",
        )
    return Answer(body[0], RowReader.of(root, body))


def _is_target(element: etree._Element) -> bool:
    """Tell whether an element is what references lead to (SOAP encoding, ``multiRef``)."""
    return any(local_name(str(name)) == "id" for name in element.attrib)


def _is_html(start: bytes, content_type: str | None) -> bool:
    lowered = start.lower()
    if lowered.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return True
    return (
        media_type(content_type)[0] == "text/html" and not lowered.startswith(b"<?xml") and b"envelope" not in lowered
    )


def _not_xml(body: Body, now: datetime) -> BartackError:
    if body.status != 200:
        return status_error(body, now)
    if not body.content.strip():
        return WireError("the answer is empty", next_step="ask again; when it stays so, check the endpoint")
    return SourceChangedError(
        f"{came_instead(body)} came instead of XML",
        next_step="open the endpoint in a browser: a login page, a proxy or a maintenance page may stand before it",
    )
