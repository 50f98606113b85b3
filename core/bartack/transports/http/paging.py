"""How a source splits its rows into pages, and how one knows that there are no more.

A paging is a frozen declaration with two questions: how does a request say where to go on (``place``), and what does an
answer say about what follows (``following``). Walking, and noticing that a walk turns in circles, is the stream's work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, Protocol

from bartack.errors import ConfigError, SourceChangedError
from bartack.transports.http.addresses import is_same_origin, origin_for_people, resolved
from bartack.transports.http.asking import Ask, Size
from bartack.transports.http.paths import ABSENT, look

__all__ = [
    "PAGINGS",
    "CursorPaging",
    "LinkHeaderPaging",
    "NextUrlPaging",
    "NoPaging",
    "OffsetPaging",
    "PagePaging",
    "Paging",
    "Reply",
]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a paging may look at: one answer, and how far the walk has come.

    ``seen`` counts the rows up to and with this page; ``None`` when the walk began in the middle. ``probing`` says
    whether to ask on where the answer leaves open if there is more: so does a read, but not one saved answer.
    ``allows`` tells of an address on another origin whether it may be asked.
    """

    document: Any
    rows: int
    total: int | None = None
    has_more: bool | None = None
    seen: int | None = None
    size: int | None = None
    probing: bool = True
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    allows: Callable[[str], bool] | None = None


class Paging(Protocol):
    """A way of paging. ``cursor`` is ``None`` on the first page, and the text that ``following`` gave afterwards."""

    @property
    def page_size(self) -> Size | None:
        """The page size that belongs to this way of paging, if any."""

    def place(self, ask: Ask, cursor: str | None, /) -> None:
        """Write into a request where to go on."""

    def following(self, reply: Reply, cursor: str | None, /) -> str | None:
        """Return the cursor of the next page, ``None`` where this page is the last."""


@dataclass(frozen=True, slots=True)
class NoPaging:
    """The source sends everything at once."""

    kind: ClassVar[str] = "none"
    page_size: ClassVar[Size | None] = None

    def place(self, _ask: Ask, cursor: str | None, /) -> None:
        """Write nothing; there is nowhere to go on."""
        if cursor is not None:
            raise ConfigError("this stream has no pages, so there is no cursor to go on from")

    def following(self, _reply: Reply, _cursor: str | None, /) -> None:
        """Return nothing; this page is the last."""


@dataclass(frozen=True, slots=True)
class CursorPaging:
    """The answer carries the next page's cursor at ``next``; it is sent back as ``param``.

    The last page has none (absent, null or blank), or says so by ``has_more``.
    """

    next: str
    param: str
    kind: ClassVar[str] = "cursor"
    page_size: ClassVar[Size | None] = None

    def place(self, ask: Ask, cursor: str | None, /) -> None:
        """Write into the request where to go on."""
        if cursor is not None:
            ask.put(self.param, cursor)

    def following(self, reply: Reply, _cursor: str | None, /) -> str | None:
        """Return the cursor of the next page, ``None`` where this page is the last."""
        return None if reply.has_more is False else _text_at(reply.document, self.next)


@dataclass(frozen=True, slots=True)
class NextUrlPaging:
    """The answer carries the next page's address at ``path``: relative, or absolute on the same scheme, host and port."""

    path: str
    kind: ClassVar[str] = "next_url"
    page_size: ClassVar[Size | None] = None

    def place(self, ask: Ask, cursor: str | None, /) -> None:
        """Write into the request where to go on."""
        _go_to(ask, cursor)

    def following(self, reply: Reply, _cursor: str | None, /) -> str | None:
        """Return the cursor of the next page, ``None`` where this page is the last."""
        address = None if reply.has_more is False else _text_at(reply.document, self.path)
        return None if address is None else _following(address, reply)


@dataclass(frozen=True, slots=True)
class LinkHeaderPaging:
    """The header ``Link: <…>; rel="next"`` (RFC 8288) carries the next page's address, on the same origin."""

    kind: ClassVar[str] = "link_header"
    page_size: ClassVar[Size | None] = None

    def place(self, ask: Ask, cursor: str | None, /) -> None:
        """Write into the request where to go on."""
        _go_to(ask, cursor)

    def following(self, reply: Reply, _cursor: str | None, /) -> str | None:
        """Return the cursor of the next page, ``None`` where this page is the last."""
        address = None if reply.has_more is False else _next_link(reply.headers.get("link", ""))
        return None if address is None else _following(address, reply)


@dataclass(frozen=True, slots=True)
class PagePaging:
    """Pages are numbered from ``start`` on and asked for by ``param``.

    The end is known by ``has_more``, by the number of ``pages`` (a path), by ``total``, else by an empty page. A page
    with fewer rows than asked for is the last one only where ``short_page_ends`` says that the source means it so.
    """

    param: str
    start: int = 1
    pages: str | None = None
    short_page_ends: bool = False
    kind: ClassVar[str] = "page"
    page_size: ClassVar[Size | None] = None

    def place(self, ask: Ask, cursor: str | None, /) -> None:
        """Write into the request where to go on."""
        ask.put(self.param, _number(cursor, self.start))

    def following(self, reply: Reply, cursor: str | None, /) -> str | None:
        """Return the cursor of the next page, ``None`` where this page is the last."""
        position = _number(cursor, self.start)
        pages = self._pages(reply)
        seen = reply.seen if reply.seen is not None else 0
        done = _reached(reply, seen) if pages is None else position - self.start + 1 >= pages
        return None if _ends(reply, done=done, short=self.short_page_ends) else str(position + 1)

    def _pages(self, reply: Reply) -> int | None:
        text = None if self.pages is None else _text_at(reply.document, self.pages)
        if text is None:
            return None
        if not text.isdecimal():
            raise SourceChangedError(f"{self.pages!r} should be the number of pages")
        return int(text)


@dataclass(frozen=True, slots=True)
class OffsetPaging:
    """Rows are counted from ``start`` on; ``param`` says how many to skip and ``limit_param`` how many to send.

    The offset moves on by the rows that came, not by those asked for: a source that silently sends fewer loses nothing.
    The end is known as in :class:`PagePaging`.
    """

    param: str
    limit_param: str
    size: int
    start: int = 0
    most: int | None = None
    short_page_ends: bool = False
    kind: ClassVar[str] = "offset"

    @property
    def page_size(self) -> Size:
        """The page size that each request asks for."""
        return Size(self.limit_param, self.size, self.most)

    def place(self, ask: Ask, cursor: str | None, /) -> None:
        """Write into the request where to go on."""
        ask.put(self.param, _number(cursor, self.start))

    def following(self, reply: Reply, cursor: str | None, /) -> str | None:
        """Return the cursor of the next page, ``None`` where this page is the last."""
        position = _number(cursor, self.start) + reply.rows
        done = _reached(reply, position - self.start)
        return None if _ends(reply, done=done, short=self.short_page_ends) else str(position)


PAGINGS: Final[Mapping[str, type[Any]]] = {
    paging.kind: paging
    for paging in (NoPaging, CursorPaging, NextUrlPaging, LinkHeaderPaging, PagePaging, OffsetPaging)
}
"""Paging classes by the ``kind`` that configuration files call them by."""


def _reached(reply: Reply, seen: int) -> bool | None:
    """Tell whether so many rows are all there are; ``None`` where the answer does not say how many there are."""
    return None if reply.total is None else seen >= reply.total


def _ends(reply: Reply, *, done: bool | None, short: bool) -> bool:
    """Tell whether a counted walk ends: by an empty page, the source's word, its count, or a page that is short."""
    if reply.rows == 0:
        return True
    if reply.has_more is not None:
        return not reply.has_more
    if done is not None:
        return done
    return not reply.probing or (short and reply.size is not None and reply.rows < reply.size)


def _number(cursor: str | None, start: int) -> int:
    if cursor is None:
        return start
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 16):
        raise ConfigError(f"the cursor {cursor[:40]!r} is not a page or row number of this stream")
    return int(cursor)


def _text_at(document: Any, path: str) -> str | None:
    found = look(document, path)
    if found is ABSENT or found is None or found is False or found == "":
        return None
    if isinstance(found, str) or (isinstance(found, int) and not isinstance(found, bool)):
        return str(found)
    raise SourceChangedError(f"{path!r} should be a text that leads to the next page, and is {type(found).__name__}")


def _go_to(ask: Ask, cursor: str | None) -> None:
    if cursor is not None:
        ask.path, ask.params = cursor, {}


def _following(address: str, reply: Reply) -> str:
    """Return the absolute address of the next page, which must lie where the request went, or where it may go."""
    asked = reply.url
    if asked is None:
        return address
    there = resolved(address, asked)
    allowed = there is not None and (is_same_origin(there, asked) or (reply.allows is not None and reply.allows(there)))
    if there is None or not allowed:
        raise SourceChangedError(
            f"the next page is said to be at {origin_for_people(there or '')}, and the source is"
            f" {origin_for_people(asked)}; it was not asked there",
            next_step="if that is meant, set base_url to the address by which the source calls itself, or name it in allow_hosts",
        )
    return there


_LINK = re.compile(r"<([^<>]*)>((?:[^,\"<>]|\"[^\"]*\")*)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


def _next_link(header: str) -> str | None:
    for address, parameters in _LINK.findall(header):
        relations = {word for pair in _REL.findall(parameters) for part in pair for word in part.lower().split()}
        if "next" in relations:
            return str(address)
    return None
