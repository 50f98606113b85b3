"""Bodies of requests by what they mean, read by their looks: recordings often lack the header that says what they are."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from bartack.recording.graphql import is_graphql, plain_document
from bartack.recording.messages import Headers, header
from bartack.recording.multipart import Part, parts_of
from bartack.recording.xml_bodies import operation_of, read_xml

__all__ = ["Meaning", "meaning_of"]

_FORM = re.compile(r"[^\s=&<>{}\"]+=[^\s&<>{}\"]*(?:&[^\s=&<>{}\"]+(?:=[^\s&<>{}\"]*)?)*")
_ACTION = re.compile(r"action=\"?([^\";]*)")
_DEEPEST = 4
"""Parts within parts that are read."""
_LONGEST = 30
"""Digits of a whole number that is written with a point or an exponent, and still taken for one."""


class Meaning(NamedTuple):
    """A body of some ``kind``, as a document in which order and layout that do not matter are gone.

    ``operation``: what it calls, where it says so (SOAP, GraphQL). The ``document`` of a ``raw`` body is the body.
    """

    kind: str
    operation: str
    document: Any


def meaning_of(body: bytes, headers: Headers) -> Meaning:
    """Return what a body means. ``kind``: json, graphql, xml, soap, form, parts, raw."""
    meaning = _meaning(body, 0)
    if meaning.kind == "soap":
        return meaning._replace(operation=_action(headers) or meaning.operation)
    return meaning


def _meaning(body: bytes, depth: int) -> Meaning:
    try:
        if body.startswith(b"--") and depth < _DEEPEST:
            return _parts(body, depth)
        text = body.decode("utf-8-sig").strip()
        if text:
            return _READERS.get(text[0], _form)(text)
    except (ValueError, RecursionError):
        pass
    return Meaning("raw", "", body)


def _json(text: str) -> Meaning:
    document = json.loads(text, parse_float=_number)
    if is_graphql(document):
        return _graphql(document)
    if isinstance(document, list) and document and all(map(is_graphql, document)):
        asked = [_graphql(one) for one in document]
        return Meaning("graphql", asked[0].operation, [one.document for one in asked])
    return Meaning("json", "", document)


def _number(text: str) -> int | dict[str, str]:
    """Return a number without the zeros that change nothing; 1.0 is 1."""
    number = Decimal(text)
    number = number.normalize(Context(prec=max(1, len(number.as_tuple().digits))))
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and 0 <= exponent < _LONGEST:
        return int(number)
    return {"decimal": str(number)}


def _graphql(document: dict[str, Any]) -> Meaning:
    try:
        query, first = plain_document(document["query"])
    except ValueError:
        return Meaning("json", "", document)
    name = document.get("operationName") or ""
    asked = {key: value for key, value in document.items() if value or key not in ("variables", "operationName")}
    return Meaning("graphql", str(name or first), {**asked, "query": query})


def _xml(text: str) -> Meaning:
    root = read_xml(text)
    operation = operation_of(root)
    return Meaning("soap" if operation else "xml", operation, root)


def _form(text: str) -> Meaning:
    if not _FORM.fullmatch(text):
        raise ValueError("no form")
    return Meaning("form", "", sorted(parse_qsl(text, keep_blank_values=True, strict_parsing=False)))


def _parts(body: bytes, depth: int) -> Meaning:
    parts = parts_of(body)
    root = parts[0]
    if "xop" in root.media_type or (root.id and "xml" in root.media_type):
        return _with_attachments(root, parts[1:])
    shown = [{"name": one.name, "file": one.file, "type": one.media_type, **_content(one, depth)} for one in parts]
    if all(one["name"] for one in shown):
        shown.sort(key=lambda one: (one["name"], one["file"]))  # stable: of one name, the order counts
    return Meaning("parts", "", shown)


def _with_attachments(root: Part, others: list[Part]) -> Meaning:
    """Return the envelope of MTOM with what it includes; under which made-up names that travels does not matter."""
    attachments: Mapping[str, Any] = {one.id: _digest(one.content) for one in others}
    document = read_xml(root.content.decode("utf-8-sig").strip(), attachments)
    operation = operation_of(document)
    return Meaning("soap" if operation else "xml", operation, document)


def _content(part: Part, depth: int) -> dict[str, Any]:
    meaning = _meaning(part.content, depth + 1)
    document = meaning.document
    if isinstance(document, bytes):
        document = _shown(document)
    return {"kind": meaning.kind, "body": document}


def _shown(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _digest(content)


def _digest(content: bytes) -> str:
    return f"{len(content)} bytes, sha256:{hashlib.sha256(content).hexdigest()}"


def _action(headers: Headers) -> str:
    """Return the action of a SOAP call: of 1.1 the header SOAPAction, of 1.2 a parameter of the content type."""
    action = header(headers, "SOAPAction")
    if action is None and (found := _ACTION.search(header(headers, "Content-Type") or "")):
        action = found[1]
    return (action or "").strip('" ')


_READERS: Mapping[str, Callable[[str], Meaning]] = {"{": _json, "[": _json, "<": _xml}
