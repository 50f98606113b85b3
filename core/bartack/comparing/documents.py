"""Recorded answers without a connector: their bodies as plain values, and the rows in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from bartack.comparing.sampling import Sample
from bartack.comparing.table import Table
from bartack.recording import Cassette, Interaction
from bartack.recording.messages import header

__all__ = ["Answer", "Endpoint", "endpoints", "raw_sample"]

_DATA = re.compile(r"^(?:\d+|[0-9a-fA-F-]{16,}|(?=.*\d)[A-Za-z0-9]{12,})$")
_KEYS = ("id", "uuid", "guid", "key", "number", "code", "name")
"""What identities are called, in this order; also at the end of a name, as ``companyId``."""

_DEEPEST = 40


@dataclass(frozen=True)
class Answer:
    """One interaction with what its body says. ``single``: one record was asked for, by its identity."""

    interaction: Interaction
    single: bool = False

    @property
    def status(self) -> int:
        """The status of HTTP; 0 where no whole answer came."""
        return 0 if self.interaction.failure is not None else self.interaction.response.status

    @property
    def media_type(self) -> tuple[str, str]:
        """The media type, and the character set where one is named."""
        kind, _, parameters = (header(self.interaction.response.headers, "Content-Type") or "").partition(";")
        charset = re.search(r"charset=\"?([\w.:-]+)", parameters, re.IGNORECASE)
        return kind.strip().lower(), charset[1].lower() if charset else ""

    @cached_property
    def document(self) -> Any:
        """The body as JSON-like values; None where it is neither JSON nor XML."""
        return _document(self.interaction.response.body)

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """The XML namespaces of its elements."""
        body = self.interaction.response.body
        element = _element(body) if body.lstrip()[:1] == b"<" else None
        names = [] if element is None else [str(one.tag) for one in element.iter()]
        return frozenset(name[1:].partition("}")[0] for name in names if name.startswith("{"))

    @cached_property
    def rows(self) -> tuple[str, list[Any]]:
        """Where the rows are, and the rows: the longest list of objects, or the document itself where there is none."""
        lists = list(_lists(self.document, "", 0))
        if lists and not (self.single and isinstance(self.document, dict)):
            return max(lists, key=lambda one: (len(one[1]), -one[0].count(".")))
        return "", [self.document] if isinstance(self.document, dict) else []


@dataclass(frozen=True)
class Endpoint:
    """The answers of one kind of request, such as ``GET /contacts/{}``."""

    name: str
    answers: tuple[Answer, ...]

    @property
    def good(self) -> tuple[Answer, ...]:
        """Those that succeeded."""
        return tuple(one for one in self.answers if 200 <= one.status < 300)


def endpoints(cassette: Cassette) -> dict[str, Endpoint]:
    """Return what a cassette was asked, by kind of request."""
    found: dict[str, list[Answer]] = {}
    for one in cassette.interactions:
        kind = _kind(one)
        found.setdefault(kind, []).append(Answer(one, kind.endswith("/{}")))
    return {name: Endpoint(name, tuple(answers)) for name, answers in sorted(found.items())}


def raw_sample(endpoint: Endpoint) -> Sample:
    """Return the rows of an endpoint, as they are in the bodies; nobody knows what is made of them."""
    rows = [row for answer in endpoint.good for row in answer.rows[1]]
    return RawSample(endpoint.name, "", (), (), raw=rows)


@dataclass(frozen=True)
class RawSample(Sample):
    """A sample that no mapping has read."""

    raw: Sequence[Any] = ()

    @cached_property
    def rows(self) -> list[Any]:
        """The rows of all answers."""
        return list(self.raw)

    @cached_property
    def native(self) -> Table:
        """The rows, with the first name that identifies them."""
        return Table(self.rows, list(_identities(self.rows)))


def _identities(rows: Sequence[Any]) -> Iterator[str | None]:
    """Yield the identity of each row, by the first name that tells all rows apart which are not the same."""
    objects = [row for row in rows if isinstance(row, dict)]
    everywhere = set.intersection(*(set(one) for one in objects)) if objects else set()
    different = len({repr(one) for one in objects})
    called = sorted(everywhere, key=lambda name: (_rank(str(name)), str(name)))
    name = next((one for one in called if _rank(str(one)) < len(_KEYS) and _tells(one, objects, different)), None)
    for row in rows:
        yield str(row[name]) if isinstance(row, dict) and name is not None else None


def _rank(name: str) -> int:
    lower = name.lower().lstrip("@")
    return next((n for n, key in enumerate(_KEYS) if lower == key or lower.endswith(key)), len(_KEYS))


def _tells(name: Any, objects: Sequence[dict[Any, Any]], different: int) -> bool:
    values = [one[name] for one in objects]
    plain = all(isinstance(one, str | int) and not isinstance(one, bool) and one != "" for one in values)
    return plain and len(set(values)) == different


def _kind(one: Interaction) -> str:
    path = "/".join("{}" if _DATA.match(part) else part for part in urlsplit(one.request.uri).path.split("/"))
    return f"{one.request.method} {path or '/'}{_operation(one)}"


def _operation(one: Interaction) -> str:
    """Tell the calls of SOAP and JSON-RPC apart, which all go to one address."""
    action = header(one.request.headers, "SOAPAction")
    if action and action.strip('"'):
        return f" {_last(action)}"
    document = _document(one.request.body or b"")
    if isinstance(document, dict):
        if isinstance(document.get("method"), str):
            return f" {document['method']}"
        body = document.get("Body")
        if isinstance(body, dict) and body:
            return f" {next(iter(body))}"
    return ""


def _last(action: str) -> str:
    return re.split(r"[/#:]", action.strip('"').rstrip("/"))[-1]


def _lists(value: Any, place: str, depth: int) -> Iterator[tuple[str, list[Any]]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, list):
        if value and all(isinstance(one, dict) for one in value):
            yield place, value
        if place.endswith("[]") or len(value) > 1:
            return
        for one in value:
            yield from _lists(one, f"{place}[]", depth + 1)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _lists(inner, f"{place}.{name}" if place else str(name), depth + 1)


def _document(body: bytes) -> Any:
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    try:
        if start in (b"{", b"["):
            return json.loads(body.decode("utf-8-sig"), parse_float=Decimal)
        if start == b"<":
            element = _element(body)
            return None if element is None else _plain(element, 0)
    except (ValueError, RecursionError):
        pass
    return None


def _element(body: bytes) -> ET.Element | None:
    if b"<!DOCTYPE" in body.replace(b"\0", b""):
        return None  # a document type may define anything
    try:
        return ET.fromstring(body)  # noqa: S314 - without a document type there is nothing to expand
    except (ET.ParseError, ValueError, LookupError):
        return None


def _plain(element: ET.Element, depth: int) -> Any:
    """Return an element as values: text, or an object of its attributes and children; what repeats is a list."""
    attributes = {f"@{_local(name)}": value for name, value in element.attrib.items()}
    if not len(element) or depth > _DEEPEST:
        text = element.text if element.text and element.text.strip() else None
        return {**attributes, "text": text} if attributes else text
    found: dict[str, Any] = dict(attributes)
    for child in element:
        name, value = _local(child.tag), _plain(child, depth + 1)
        if name in found:
            found[name] = [*found[name], value] if isinstance(found[name], list) else [found[name], value]
        else:
            found[name] = value
    return found


def _local(tag: str) -> str:
    return str(tag).rpartition("}")[2]
