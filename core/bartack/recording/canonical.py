"""When two requests ask for the same: the form of a request in which only what matters is left.

The order of query parameters, of form fields and of JSON keys does not matter, nor do the prefixes, the attribute order
and the indentation of XML, nor what SOAP clients make anew for every call (WS-Security, message ids, time stamps).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlsplit
from xml.etree import ElementTree as ET

from bartack.recording.messages import RecordedRequest

__all__ = ["Canonical", "canonical"]

_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-{}-1.0.xsd"
_WSA = ("http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing")
_NOISE_TAGS = [
    f"{{{_WSSE.format('secext')}}}Security",
    f"{{{_WSSE.format('utility')}}}Timestamp",
    "{http://www.w3.org/2000/09/xmldsig#}Signature",
    *(f"{{{namespace}}}{name}" for namespace in _WSA for name in ("MessageID", "ReplyTo", "To")),
]
_NOISE_ATTRIBUTES = [f"{{{_WSSE.format('utility')}}}Id"]
_QNAME_ATTRIBUTES = ["{http://www.w3.org/2001/XMLSchema-instance}type"]
_EMPTY_HEADER = re.compile(r"<(\w+:)Header></\1Header>")
_FORM = re.compile(r"[^\s=&<>{}\"]+=[^\s&<>{}\"]*(?:&[^\s=&<>{}\"]+(?:=[^\s&<>{}\"]*)?)*")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Canonical:
    """A request by which recordings are looked up. ``kind`` says how ``body`` was read: json, xml, form, parts, raw."""

    method: str
    origin: str
    path: str
    query: tuple[tuple[str, str], ...]
    kind: str
    body: str | bytes


def canonical(request: RecordedRequest) -> Canonical:
    """Return the canonical form of a request that was scrubbed before."""
    kind, body = _body(request.body or b"")
    try:
        parts = urlsplit(request.uri)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return Canonical(request.method, "", request.uri, (), kind, body)
    return Canonical(
        method=request.method,
        origin=f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}",
        path=quote(unquote_to_bytes(_kept_escapes(parts.path)), safe="/%!$&'()*+,;=:@~") or "/",
        query=tuple(sorted(parse_qsl(parts.query, keep_blank_values=True))),
        kind=kind,
        body=body,
    )


def _kept_escapes(path: str) -> str:
    """Escape the escapes of slash and percent: an escaped slash is part of a name, a bare one is not."""
    return re.sub(r"%(25|2[fF])", lambda found: f"%25{found[1].upper()}", path)


def _body(body: bytes) -> tuple[str, str | bytes]:
    """Read a body by its looks: recordings often lack the header that says what it is."""
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        text = ""
    if not text:
        return "raw", body
    readers = {"{": _json, "[": _json, "<": _xml, "-": _parts}
    try:
        return readers.get(text[0], _form)(text)
    except (ValueError, RecursionError, ET.ParseError):
        return "raw", body


def _json(text: str) -> tuple[str, str]:
    document = json.loads(text, parse_float=Decimal)
    return "json", json.dumps(document, sort_keys=True, separators=(",", ":"), default=_number)


def _number(number: Decimal) -> dict[str, str]:
    return {"decimal": str(number.normalize())}


def _xml(text: str) -> tuple[str, str]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("a document type may define anything")
    plain = ET.canonicalize(
        text,
        rewrite_prefixes=True,
        strip_text=True,
        exclude_tags=_NOISE_TAGS,
        exclude_attrs=_NOISE_ATTRIBUTES,
        qname_aware_attrs=_QNAME_ATTRIBUTES,
    )
    return "xml", _EMPTY_HEADER.sub("", plain)


def _parts(text: str) -> tuple[str, str]:
    """Put a constant boundary in the place of the one that every client makes up anew."""
    boundary = text.split("\n", 1)[0].rstrip("\r")
    if not text.startswith("--") or len(boundary) < 3:
        raise ValueError("no multipart body")
    return "parts", text.replace(boundary, "--boundary")


def _form(text: str) -> tuple[str, str]:
    if not _FORM.fullmatch(text):
        raise ValueError("no form")
    return "form", json.dumps(sorted(parse_qsl(text, keep_blank_values=True, strict_parsing=False)))
