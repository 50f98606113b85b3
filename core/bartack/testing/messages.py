"""What goes back and forth: a request as it arrived, a good answer, and where in it the rows are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import responses
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

__all__ = ["Answer", "Request", "Shape"]


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived; the names of ``headers`` are in lower case, ``connection`` numbers the connections."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    connection: int = 0

    @property
    def path(self) -> str:
        """The path, without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the query; the last one where a name occurs twice."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form that was posted."""
        return dict(parse_qsl(self.content.decode(), keep_blank_values=True))

    @property
    def document(self) -> Any:
        """The JSON document that was posted."""
        return json.loads(self.content)


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer. ``page`` (counted from 1) says which page of the rows it is, ``None`` for all else (log-ins, schemas)."""

    content: bytes = b""
    content_type: str = "application/json"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    page: int | None = None

    @classmethod
    def json(cls, document: Any, *, status: int = 200, page: int | None = None, **headers: str) -> Self:
        """Return ``document`` as JSON; headers are given as ``link="…"``, with ``_`` for ``-``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(json.dumps(document, ensure_ascii=False).encode(), "application/json", status, named, page)

    @classmethod
    def xml(cls, text: str, *, status: int = 200, page: int | None = None) -> Self:
        """Return ``text`` as XML in UTF-8."""
        return cls(text.encode(), "text/xml; charset=utf-8", status, page=page)

    @property
    def is_json(self) -> bool:
        """True for JSON; all else is taken for XML."""
        return "json" in self.content_type

    def head(self, *fields: str, status: str | None = None, version: str = "HTTP/1.1") -> bytes:
        """Return status line and headers, with further ``fields``, up to and with the blank line."""
        said = status or f"{self.status} {responses.get(self.status, 'Unknown')}"
        lines = [f"{version} {said}"]
        lines += [f"Content-Type: {self.content_type}"] if self.content_type else []
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, *fields, "", ""]).encode("latin-1")

    def wire(self) -> bytes:
        """Return the answer as a good server sends it."""
        return self.head(f"Content-Length: {len(self.content)}") + self.content


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a good answer has its rows, and what it says about the whole read.

    Paths (``paging.next.after``) in JSON, names of elements in XML. Faults of rows and pages need it; one whose part the
    service does not have is left out by :func:`~.catalogue.faults`.

    Parameters
    ----------
    rows
        path of the list, or name of the repeated element.
    key
        path of a row's identity.
    required
        path of a text in a row without which the row cannot become a record.
    next, total, has_more
        path of the next page's cursor; of the number of rows; of a flag that there is more.
    next_is_url
        ``next`` is an address.
    """

    rows: str
    key: str
    required: str | None = None
    next: str | None = None
    total: str | None = None
    has_more: str | None = None
    next_is_url: bool = field(default=False, kw_only=True)
