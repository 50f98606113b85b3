"""When two requests ask for the same: the form of a request in which only what matters is left.

The order of query parameters, of form fields and of JSON keys does not matter, nor do the prefixes, the attribute order
and the indentation of XML, the boundaries of parts, the layout of GraphQL, nor what SOAP clients make anew for every call
(WS-Security, message ids, time stamps).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlsplit

from bartack.recording.bodies import meaning_of
from bartack.recording.messages import RecordedRequest

__all__ = ["Canonical", "canonical"]

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Canonical:
    """A request by which recordings are looked up.

    ``kind`` says how ``body`` was read: json, graphql, xml, soap, form, parts, raw. It is the JSON text of what it means; of
    a raw one the body itself. ``operation``: what is called, where the body says so.
    """

    method: str
    origin: str
    path: str
    query: tuple[tuple[str, str], ...]
    operation: str
    kind: str
    body: str | bytes

    @property
    def address(self) -> tuple[str, str, str, str]:
        """All but the query and the body: who is asked for what."""
        return self.method, self.origin, self.path, self.operation


def canonical(request: RecordedRequest) -> Canonical:
    """Return the canonical form of a request that was scrubbed before."""
    kind, operation, document = meaning_of(request.body or b"", request.headers)
    body = document
    if kind != "raw":
        body = json.dumps(document, sort_keys=True, separators=(",", ":"))
    try:
        parts = urlsplit(request.uri)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return Canonical(request.method, "", request.uri, (), operation, kind, body)
    return Canonical(
        method=request.method,
        origin=f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}",
        path=quote(unquote_to_bytes(_kept_escapes(parts.path)), safe="/%!$&'()*+,;=:@~") or "/",
        query=tuple(sorted(parse_qsl(parts.query, keep_blank_values=True))),
        operation=operation,
        kind=kind,
        body=body,
    )


def _kept_escapes(path: str) -> str:
    """Escape the escapes of slash and percent: an escaped slash is part of a name, a bare one is not."""
    return re.sub(r"%(25|2[fF])", lambda found: f"%25{found[1].upper()}", path)
