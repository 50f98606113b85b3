"""Answers that the described server might give to a read from the first page to the last."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from bartack.drafting.envelope import Envelope
from bartack.drafting.openapi.examples import value
from bartack.drafting.openapi.references import Resolver
from bartack.drafting.rows import json_text
from bartack.transports.http import (
    CursorPaging,
    HttpStream,
    LinkHeaderPaging,
    NextUrlPaging,
    NoPaging,
    OffsetPaging,
    PagePaging,
)
from bartack.transports.http.paths import look
from bartack.transports.sql.drafts.columns import bare

__all__ = ["answers", "rows"]

_ERRORS = frozenset("error errors fault errorcode errormessage exception".split())
_FLAGS = frozenset("success ok".split())
_FIRST = 2
"""Rows on the first of two pages."""


def rows(resolver: Resolver, item: Any, shown: Any, key: str) -> list[Any]:
    """Return three rows: those the description shows, then some of the same form; no two have the same key."""
    own = [one for one in shown if isinstance(one, dict)][:3] if isinstance(shown, list) else []
    made = [copy.deepcopy(one) for one in (*own, *(value(resolver, item, (), n) for n in range(len(own) + 1, 4)))]
    found = [one for one in made if isinstance(one, dict)]
    seen: set[str] = set()
    for number, row in enumerate(found, 1):
        known = look(row, key)
        if not isinstance(known, str | int) or isinstance(known, bool) or str(known) in seen:
            _set(row, key, _another(known, number))
        seen.add(str(look(row, key)))
    return found


def answers(
    stream: HttpStream, template: Any, around: Envelope, some: Sequence[Any], base_url: str
) -> tuple[list[bytes], list[dict[str, str]]]:
    """Return the bodies of all pages, and the headers of each. ``template``: an answer as the schema describes it."""
    pages = [list(some)]
    paged = not isinstance(stream.paging, NoPaging)
    if paged and len(some) > _FIRST:
        pages = [list(some[:_FIRST]), list(some[_FIRST:])]
    counted = isinstance(stream.paging, PagePaging | OffsetPaging)
    if counted and stream.total is None and stream.has_more is None and not getattr(stream.paging, "pages", None):
        pages.append([])  # the only way to know the end
    bodies, headers = [], []
    for number, page in enumerate(pages, 1):
        more = number < len(pages)
        bodies.append(
            json_text(
                _page(stream, template, around, page, len(some), number if more else None, len(pages), base_url)
            ).encode()
        )
        link = f'<{base_url}{stream.path}?page={number + 1}>; rel="next"'
        headers.append({"Link": link} if more and isinstance(stream.paging, LinkHeaderPaging) else {})
    return bodies, headers


def _page(
    stream: HttpStream,
    template: Any,
    around: Envelope,
    page: list[Any],
    total: int,
    following: int | None,
    pages: int,
    base_url: str,
) -> Any:
    if stream.rows == "":
        return page
    document = _clean(template) if isinstance(template, dict) else {}
    _set(document, str(stream.rows), page)
    if around.total is not None:
        _set(document, around.total, total)
    if around.more is not None:
        _set(document, around.more, following is not None)
    if around.pages is not None:
        _set(document, around.pages, pages)
    if around.next is not None:
        _set(
            document,
            around.next,
            None if following is None else _next(stream, look(template, around.next), following, base_url),
        )
    return document


def _next(stream: HttpStream, shown: Any, number: int, base_url: str) -> Any:
    if isinstance(stream.paging, NextUrlPaging):
        return f"{base_url}{stream.path}?page={number + 1}"
    if isinstance(stream.paging, CursorPaging) and not (isinstance(shown, int) and not isinstance(shown, bool)):
        return f"cursor-{number + 1}"
    return number + 1


def _clean(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return an envelope in which nothing says that it is an error."""
    kept = {name: one for name, one in template.items() if bare(name) not in _ERRORS | {"status"}}
    return copy.deepcopy({name: True if bare(name) in _FLAGS else one for name, one in kept.items()})


def _set(document: Any, path: str, new: Any) -> None:
    """Write a value where it belongs; objects on the way are made."""
    from bartack.paths import Key, parse

    node = document
    *way, last = parse(path)
    for one in way:
        if not isinstance(node, dict) or not isinstance(one, Key):
            return
        if not isinstance(node.get(one), dict):
            node[str(one)] = {}
        node = node[str(one)]
    if isinstance(node, dict) and isinstance(last, Key):
        node[str(last)] = new


def _another(known: Any, number: int) -> Any:
    if isinstance(known, int) and not isinstance(known, bool):
        return known + number * 1000
    return f"{known}-{number}" if isinstance(known, str) and known else 1000 + number
