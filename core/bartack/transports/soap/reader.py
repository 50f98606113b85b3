"""Reads a stream: calls, opens each answer, finds its rows, and decides where to go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from bartack.errors import AccessError, BartackError, ConfigError, SourceChangedError
from bartack.transports.base import Body, Page, Query, utcnow
from bartack.transports.http.paging import NoPaging
from bartack.transports.http.refusals import ErrorBody
from bartack.transports.http.texts import safe_url, said
from bartack.transports.soap.envelope import Answer, open_answer
from bartack.transports.soap.expectation import Expectation, key_names, steps
from bartack.transports.soap.paging import Position, put
from bartack.transports.soap.refusals import refuse
from bartack.transports.soap.rows import RowTexts
from bartack.transports.walk import Walk

if TYPE_CHECKING:
    from bartack.transports.soap.session import SoapSession
    from bartack.transports.soap.stream import SoapStream
    from bartack.transports.soap.wsdl import Operation

__all__ = ["decode", "read"]

_YES, _NO = frozenset({"true", "1", "yes", "y"}), frozenset({"false", "0", "no", "n"})


def read(stream: SoapStream, session: SoapSession, query: Query) -> Iterator[Page]:
    """Yield the pages of a stream; see :meth:`SoapStream.pages`."""
    if query.id is not None:
        yield _one(stream, session, query.id)
        return
    base = stream.arguments
    if stream.since is not None and query.since is not None:
        base = put(base, stream.since.param, stream.since.value(query.since))
    walk = Walk(query)
    while True:
        page = _page(stream, session, base, query.page_size, walk)
        walk.take(page)
        yield page
        if page.next is None:
            return
        walk.go_on(page.next)


def decode(stream: SoapStream, body: Body) -> Page:
    """Read one saved answer; see :meth:`SoapStream.decode`. ``next`` is only what the answer itself announces."""
    now = utcnow()
    answer = open_answer(body, now)
    expectation = Expectation(stream.operation, steps(stream.rows), _names(stream.response), key=key_names(stream.key))
    found = _Found.of(answer, expectation, stream.errors)
    position = _position(stream, found)
    announced = not isinstance(stream.paging, NoPaging) and stream.paging.stated
    return Page(
        rows=found.rows,
        raws=found.raws,
        fetched_at=now,
        request=f"a saved answer of {stream.operation}",
        next=_next(stream, position) if announced else None,
        has_more=position.has_more,
        total=position.total,
        partial=found.partial,
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """An answer whose rows were found and read."""

    answer: Answer
    rows: list[Any]
    raws: RowTexts
    partial: str | None

    @classmethod
    def of(cls, answer: Answer, expectation: Expectation, errors: Sequence[ErrorBody]) -> Self:
        """Find the rows; an error that the answer carries comes before the error that there are none."""
        try:
            elements = expectation.rows(answer)
        except SourceChangedError:
            cls._refuse(answer, expectation, 0, errors)
            raise
        partial = cls._refuse(answer, expectation, len(elements), errors)
        return cls(answer, [answer.reader.row(element) for element in elements], RowTexts(elements), partial)

    @staticmethod
    def _refuse(answer: Answer, expectation: Expectation, rows: int, errors: Sequence[ErrorBody]) -> str | None:
        if answer.bare:  # saved by hand, from wherever it begins
            return None
        return refuse(answer, expectation.path, rows, errors)


def _page(
    stream: SoapStream,
    session: SoapSession,
    base: Mapping[str, Any],
    size: int | None,
    walk: Walk,
) -> Page:
    cursor = walk.cursor
    arguments = _arguments(stream, base, cursor, size)
    goes_on = None if cursor is None or isinstance(stream.paging, NoPaging) else stream.paging.operation
    operation = session.operation(goes_on or stream.operation, stream.service, stream.port)
    request = f"POST {safe_url(session.address(operation))} {operation.name}"
    try:
        found = _call(stream, session, operation, arguments, stream.rows, None if goes_on else stream.response)
        position = _position(stream, found, cursor, size, walk.seen)
        return Page(
            rows=found.rows,
            raws=found.raws,
            fetched_at=session.runtime.clock(),
            request=request if cursor is None else f"{request} from {said(cursor, 40)}",
            next=_next(stream, position),
            has_more=position.has_more,
            total=position.total,
            partial=found.partial,
        )
    except BartackError as error:
        raise session.clean(error.at(request)) from None


def _one(stream: SoapStream, session: SoapSession, identity: str) -> Page:
    if stream.one is None:
        raise ConfigError(
            f"the stream {stream.name!r} declares no operation for a single record",
            next_step="read the stream, or declare one=OneCall(operation, argument)",
        )
    one = stream.one
    operation = session.operation(one.operation, stream.service, stream.port)
    request = f"POST {safe_url(session.address(operation))} {operation.name} {one.argument}={said(identity, 40)}"
    try:
        arguments = put(one.arguments, one.argument, identity)
        found = _call(stream, session, operation, arguments, one.rows, one.response)
        if not found.rows or found.rows == [None]:
            raise AccessError(f"there is no record {said(identity, 40)!r}")
    except BartackError as error:
        raise session.clean(error.at(request)) from None
    return Page(
        rows=found.rows,
        raws=found.raws,
        fetched_at=session.runtime.clock(),
        request=request,
        partial=found.partial,
    )


def _call(
    stream: SoapStream,
    session: SoapSession,
    operation: Operation,
    arguments: Mapping[str, Any],
    path: str,
    response: str | None,
) -> _Found:
    answer = open_answer(session.call(operation, arguments), session.runtime.clock(), bare=False)
    way = steps(path)
    elements = _names(response) or operation.elements
    key = key_names(stream.key)
    return _Found.of(answer, Expectation(operation.name, way, elements, operation.siblings(way), key), stream.errors)


def _arguments(stream: SoapStream, base: Mapping[str, Any], cursor: str | None, size: int | None) -> Mapping[str, Any]:
    if not isinstance(stream.paging, NoPaging):
        return stream.paging.arguments(base, cursor, size)
    if cursor is not None:
        raise ConfigError(f"the stream {stream.name!r} has no pages, so there is no cursor to go on from")
    return base


def _next(stream: SoapStream, position: Position) -> str | None:
    return None if isinstance(stream.paging, NoPaging) else stream.paging.next(position)


def _position(
    stream: SoapStream, found: _Found, cursor: str | None = None, size: int | None = None, seen: int | None = None
) -> Position:
    """Collect what an answer says about where it stands; ``seen`` counts the rows before it."""
    rows, answer = len(found.rows), found.answer
    return Position(
        cursor,
        rows,
        size,
        None if seen is None else seen + rows,
        _count(answer, stream.total),
        _flag(answer, stream.has_more),
        answer.text,
    )


def _count(answer: Answer, path: str | None) -> int | None:
    text = None if path is None else answer.text(path)
    if text is None:
        return None
    try:
        count = int(text)
    except ValueError:
        raise SourceChangedError(
            f"the total at {path} is {said(text, 40)!r}, which is no number", next_step="correct the stream's total"
        ) from None
    return count if count >= 0 else None


def _flag(answer: Answer, path: str | None) -> bool | None:
    if path is None:
        return None
    text = (answer.text(path.removeprefix("!")) or "").strip().lower()
    if text in _YES | _NO:
        return (text in _YES) is not path.startswith("!")
    raise SourceChangedError(
        f"the flag at {path} is {said(text, 40)!r}, which says neither yes nor no" if text else f"no flag at {path}",
        next_step="correct the stream's has_more; without it the end of the list cannot be told",
    )


def _names(response: str | None) -> frozenset[str]:
    return frozenset({response}) if response else frozenset()
