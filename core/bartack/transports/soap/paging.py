"""How a SOAP operation hands out a long list: by offset, page number or token. A cursor is always text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from bartack.errors import ConfigError

__all__ = ["OffsetArguments", "PageArguments", "Paging", "Position", "TokenArguments", "put"]

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Position:
    """How far a read has come, and what the answer says about it.

    ``cursor`` led to this page of ``rows`` rows; ``size`` is how many the caller wanted, None when the stream decides;
    ``seen`` counts the rows up to and with this page, None when the read began in the middle. ``look`` finds the text
    at a path of the answer, None when it is absent, nil or empty.
    """

    cursor: str | None
    rows: int
    size: int | None
    seen: int | None
    total: int | None
    has_more: bool | None
    look: Callable[[str], str | None]


class Paging(Protocol):
    """A way of paging. ``stated``: the answer itself says what the next cursor is."""

    stated: ClassVar[bool]

    @property
    def operation(self) -> str | None:
        """The operation that goes on, where it is another one than that which begins."""

    def arguments(self, base: Arguments, cursor: str | None, size: int | None) -> Arguments:
        """Return the arguments of the call for the page at ``cursor``, with ``size`` rows if the caller says so."""

    def next(self, position: Position) -> str | None:
        """Return the cursor of the following page, or None after the last."""


@dataclass(frozen=True, slots=True)
class OffsetArguments:
    """Arguments say how many rows to pass over, and how many to send.

    ``offset`` and ``limit`` are paths into the arguments (``paging.offset``); ``first`` is the offset of the first row.
    The offset moves on by the rows that came. The read goes on to the declared total, to a flag that says no, or to an
    empty page: servers cap the page size, so a page with fewer rows than asked for is the last one only where
    ``short_page_ends`` says that the source means it so.
    """

    offset: str = "offset"
    limit: str | None = "limit"
    size: int = 100
    first: int = 0
    short_page_ends: bool = False
    operation: ClassVar[None] = None
    stated: ClassVar[bool] = False

    def arguments(self, base: Arguments, cursor: str | None, size: int | None) -> Arguments:
        """Return the arguments with offset and limit filled in."""
        return _limited(put(base, self.offset, _number(cursor, self.first)), self.limit, size or self.size)

    def next(self, position: Position) -> str | None:
        """Return the next offset."""
        after = _number(position.cursor, self.first) + position.rows
        short = self.short_page_ends and position.rows < (position.size or self.size)
        return None if short or _ends(position, after - self.first) else str(after)


@dataclass(frozen=True, slots=True)
class PageArguments:
    """Arguments say the number of a page, and how many rows to send; the end is known as with an offset."""

    page: str = "page"
    limit: str | None = "pageSize"
    size: int = 100
    first: int = 1
    short_page_ends: bool = False
    operation: ClassVar[None] = None
    stated: ClassVar[bool] = False

    def arguments(self, base: Arguments, cursor: str | None, size: int | None) -> Arguments:
        """Return the arguments with page number and size filled in."""
        return _limited(put(base, self.page, _number(cursor, self.first)), self.limit, size or self.size)

    def next(self, position: Position) -> str | None:
        """Return the next page number."""
        short = self.short_page_ends and position.rows < (position.size or self.size)
        return None if short or _ends(position, position.seen) else str(_number(position.cursor, self.first) + 1)


@dataclass(frozen=True, slots=True)
class TokenArguments:
    """The answer carries a token, by which the next call goes on.

    ``token`` is its path in the answer, ``argument`` where it goes. With ``operation`` (``queryMore``) all pages but
    the first are asked of that one, with nothing but the token; else the same operation is called with its own
    arguments and the token. An absent, nil or empty token ends the read.
    """

    argument: str
    token: str
    operation: str | None = None
    limit: str | None = None
    size: int = 100
    stated: ClassVar[bool] = True

    def arguments(self, base: Arguments, cursor: str | None, size: int | None) -> Arguments:
        """Return the arguments of the first call, or of one that goes on."""
        if cursor is not None and self.operation is not None:
            return put({}, self.argument, cursor)
        filled = base if cursor is None else put(base, self.argument, cursor)
        return _limited(filled, self.limit, size or self.size)

    def next(self, position: Position) -> str | None:
        """Return the token, unless the source says that there is no more."""
        return None if position.has_more is False else position.look(self.token)


def put(arguments: Arguments, path: str, value: Any) -> dict[str, Any]:
    """Return a copy of ``arguments`` with ``value`` at the dotted ``path``.

    >>> put({"filter": {"active": "1"}}, "filter.page", 2)
    {'filter': {'active': '1', 'page': 2}}
    """
    first, _, rest = path.partition(".")
    inner = arguments.get(first)
    return {**arguments, first: put(inner if isinstance(inner, Mapping) else {}, rest, value) if rest else value}


def _limited(arguments: Arguments, limit: str | None, size: int) -> Arguments:
    return arguments if limit is None else put(arguments, limit, size)


def _ends(position: Position, seen: int | None) -> bool:
    if not position.rows or position.has_more is False:
        return True
    return position.total is not None and seen is not None and seen >= position.total


def _number(cursor: str | None, first: int) -> int:
    if cursor is None:
        return first
    if not cursor.isdecimal():
        raise ConfigError(f"the cursor {cursor!r} is no number", next_step="go on with a cursor that this stream gave")
    return int(cursor)
