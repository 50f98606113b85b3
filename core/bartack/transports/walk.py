"""How far a read has come from page to page, and whether it turns in circles: the same for every transport."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json

from bartack.errors import SourceChangedError
from bartack.transports.base import Page, Query

__all__ = ["Walk"]

_MOST_EMPTY_PAGES = 100
"""A source that announces more and sends nothing is believed so many times in a row."""


class Walk:
    """One read on its way. ``cursor`` leads to the next page; ``seen`` counts the rows before it, ``None`` if unknown."""

    def __init__(self, query: Query) -> None:
        self.cursor = query.cursor
        self.seen = 0 if query.cursor is None else query.seen
        self._cursors = {query.cursor}
        self._contents: set[bytes] = set()
        self._empty = 0

    def take(self, page: Page) -> None:
        """Count a page.

        Raises
        ------
        SourceChangedError
            any earlier page had the same rows, or too many pages in a row are empty.
        """
        if self.seen is not None:
            self.seen += len(page.rows)
        if not page.rows:
            self._empty += 1
            if self._empty > _MOST_EMPTY_PAGES:
                raise SourceChangedError(f"{self._empty} pages in a row are empty, and more are announced")
            return
        self._empty = 0
        content = _digest(page.rows)
        if content in self._contents:
            raise SourceChangedError(
                f"{page.request}: the source sends a page again that it has sent before, so it pages in circles",
                next_step="check the paging's parameter names; declare total or has_more where the source has them",
            )
        self._contents.add(content)

    def go_on(self, cursor: str) -> None:
        """Move to the next page.

        Raises
        ------
        SourceChangedError
            the walk has been there.
        """
        if cursor in self._cursors:
            raise SourceChangedError(
                "the source announces a next page that was read before, so it pages in circles; rows may be missing",
                next_step="read again; if it stays so, the source's paging is broken or declared wrongly",
            )
        self._cursors.add(cursor)
        self.cursor = cursor


def _digest(rows: Sequence[Any]) -> bytes:
    try:
        text = to_json(rows, inf_nan_mode="constants", bytes_mode="base64", fallback=repr)
    except ValueError:  # half a surrogate pair, which UTF-8 cannot write
        text = repr(rows).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).digest()
