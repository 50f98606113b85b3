"""Keeps a read from turning in circles, whatever transport or plugin the pages come from."""

from __future__ import annotations

from collections.abc import Iterator

from bartack.transports.base import Page, Query
from bartack.transports.walk import Walk

__all__ = ["guarded"]


def guarded(pages: Iterator[Page], query: Query) -> Iterator[Page]:
    """Pass pages on, each once, as long as they lead somewhere.

    It stands outside of whatever asks for a page again: of a page that needed three attempts it sees the good one.
    ``pages`` is closed with this iterator, so that cursors and connections go back at once.

    Raises
    ------
    SourceChangedError
        a page whose rows equal those of an earlier one (it is not passed on), a next page that was read before, or an
        endless run of empty pages.
    """
    walk = Walk(query)
    try:
        for page in pages:
            walk.take(page)
            yield page
            if page.next is not None:
                walk.go_on(page.next)
    finally:
        close = getattr(pages, "close", None)
        if close is not None:
            close()
