"""Answers that the described server might give to a read from the first page to the last."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bartack.drafting.envelope import Envelope
from bartack.drafting.openapi.examples import value
from bartack.drafting.openapi.references import Resolver
from bartack.drafting.rows import json_text
from bartack.paths import Key, parse
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

__all__ = ["Pages", "rows"]

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


@dataclass(frozen=True, slots=True)
class Pages:
    """A read of a stream, from the first page to the last.

    ``template``: an answer as the schema describes it; ``around``: what of it counts, and leads on. ``rows``: all of them.
    """

    stream: HttpStream
    template: Any
    around: Envelope
    rows: Sequence[Any]
    base_url: str

    @property
    def split(self) -> list[Sequence[Any]]:
        """The rows of each page: of two, where there are pages, and an empty one where only that is an end."""
        if isinstance(self.stream.paging, NoPaging):
            return [self.rows]
        pages = [self.rows[:_FIRST], self.rows[_FIRST:]]
        counted = isinstance(self.stream.paging, PagePaging | OffsetPaging)
        told = self.stream.total or self.stream.has_more or getattr(self.stream.paging, "pages", None)
        return [*pages, []] if counted and not told else pages

    def bodies(self) -> tuple[bytes, ...]:
        """Return the body of each page."""
        last = len(self.split)
        documents = (self._document(rows, number, last) for number, rows in enumerate(self.split, 1))
        return tuple(json_text(document).encode() for document in documents)

    def headers(self) -> tuple[dict[str, str], ...]:
        """Return the headers of each page, beside those that every answer has."""
        following = range(2, len(self.split) + 1) if isinstance(self.stream.paging, LinkHeaderPaging) else ()
        return tuple({"Link": f'<{self._address(number)}>; rel="next"'} for number in following)

    def _document(self, rows: Sequence[Any], number: int, last: int) -> Any:
        if self.stream.rows == "":
            return rows
        document = _clean(self.template) if isinstance(self.template, dict) else {}
        said = {
            str(self.stream.rows): rows,
            self.around.total: len(self.rows),
            self.around.more: number < last,
            self.around.pages: last,
            self.around.next: self._next(number + 1) if number < last else None,
        }
        for path, what in said.items():
            if path is not None:
                _set(document, path, what)
        return document

    def _next(self, number: int) -> Any:
        """Return what leads to a page, in the form in which the schema has it."""
        if isinstance(self.stream.paging, NextUrlPaging):
            return self._address(number)
        shown = look(self.template, self.around.next or "")
        is_number = isinstance(shown, int) and not isinstance(shown, bool)
        return number if is_number or not isinstance(self.stream.paging, CursorPaging) else f"cursor-{number}"

    def _address(self, number: int) -> str:
        return f"{self.base_url}{self.stream.path}?page={number}"


def _clean(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return an envelope in which nothing says that it is an error."""
    kept = {name: one for name, one in template.items() if bare(name) not in _ERRORS | {"status"}}
    return copy.deepcopy({name: True if bare(name) in _FLAGS else one for name, one in kept.items()})


def _set(document: Any, path: str, new: Any) -> None:
    """Write a value where it belongs; objects on the way are made."""
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
