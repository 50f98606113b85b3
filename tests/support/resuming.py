"""The promise of every stream: from the cursor of each page on, exactly the rows come that were left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bartack.transports.base import Page, Query

__all__ = ["resumed_everywhere"]


def resumed_everywhere(stream: Any, connect: Any, query: Query | None = None) -> list[Page]:
    """Read to the end, then from each page's cursor on in a new session; ``connect`` opens one. Return the pages."""
    query = query or Query()
    with connect() as session:
        pages = list(stream.pages(session, query))
    seen = 0
    for number, page in enumerate(pages[:-1], 1):
        seen += len(page.rows)
        assert page.next is not None
        with connect() as session:
            rest = list(stream.pages(session, replace(query, cursor=page.next, seen=seen)))
        expected = [row for later in pages[number:] for row in later.rows]
        assert [row for later in rest for row in later.rows] == expected, f"from {page.next}"
        assert {later.total for later in rest} == {later.total for later in pages}, "the total is of the whole read"
        assert rest[-1].next is None
    return pages
