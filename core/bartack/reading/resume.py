"""Reads a stream's pages so that a failure costs a wait, not the read: retried here, and in no other place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bartack.errors import BartackError
from bartack.events import Event
from bartack.transports.base import Page, Query, Session, Stream

if TYPE_CHECKING:
    from bartack.reading.source import Source

__all__ = ["resumed"]


def resumed(source: Source, stream: Stream, session: Session, query: Query) -> Iterator[Page]:
    """Yield the pages of a stream; after an error that may pass, wait and go on behind the last good page.

    Whatever the transport, asking for a page is a read: it may be asked for again, also where the answer came and was
    not whole, and also where it is a POST. A walk that cannot be told where to go on (the last page named no next one) is
    only begun again while nothing of it was handed on.

    Raises
    ------
    BartackError
        an error that does not pass, or did not within the source's patience.
    """
    runtime, patience = source.runtime, source.patience
    sleep = runtime.sleep if source.replay is None else _at_once
    walk = _Walk(stream, session, query)

    def told(attempt: int, wait: float, error: BartackError) -> None:
        about: dict[str, str | int | float] = {
            "attempt": attempt,
            "wait": round(wait, 3),
            "error": type(error).__name__,
        }
        runtime.emit(Event("retry", runtime.clock(), source.name, stream.name, attributes=about))

    def ask() -> Page | None:
        return patience.call(walk.page, sleep=sleep, before_sleep=told) if walk.can_begin_again else walk.page()

    try:
        while (page := ask()) is not None:
            yield page
    finally:
        walk.close()


def _at_once(seconds: float) -> None:
    """Wait for nobody: what fails in a recording fails there for ever, or is followed by what came after it."""


class _Walk:
    """The pages of one stream, and where to begin again after a failure."""

    def __init__(self, stream: Stream, session: Session, query: Query) -> None:
        self._stream = stream
        self._session = session
        self._query = query
        self._pages: Iterator[Page] | None = None
        self.can_begin_again = True

    def page(self) -> Page | None:
        """Return the next page, ``None`` after the last."""
        if self._pages is None:
            self._pages = iter(self._stream.pages(self._session, self._query))
        try:
            page = next(self._pages, None)
        except BartackError:
            self.close()
            raise
        if page is not None:
            before = 0 if self._query.cursor is None else self._query.seen
            seen = None if before is None else before + len(page.rows)
            self._query = replace(self._query, cursor=page.next, seen=seen)
            self.can_begin_again = page.next is not None
        return page

    def close(self) -> None:
        """Let go of what the walk holds (a snapshot, a connection)."""
        close: Callable[[], None] | None = getattr(self._pages, "close", None)
        self._pages = None
        if close is not None:
            close()
