"""How HubSpot lists and searches objects, and what an answer says about its own completeness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from bartack.sdk import Ask, Body, HttpSession, HttpStream, Page, Query, Reply
from bartack_connectors.hubspot.legacy import modern

__all__ = ["LEGACY_KEYS", "ObjectPaging", "ObjectStream"]

LEGACY_KEYS = {"contacts": "vid", "companies": "companyId", "deals": "dealId"}
"""What the retired APIs call the id; of all other objects it is ``objectId``."""

_ARCHIVED = "archived:"
"""Begins the cursors of the second half of a read: the recycle bin."""

_OFFSETS = ("vid-offset", "vidOffset", "offset")


@dataclass(frozen=True, slots=True)
class ObjectPaging:
    """Lists go on after a cursor, searches after the last id.

    A search's own cursor ends at 10,000 hits, and misses a row whenever an earlier one changes during the read. Asking
    for ids greater than the last does neither (as Airbyte found out: https://github.com/airbytehq/airbyte/issues/43317).
    """

    page_size: ClassVar[None] = None

    def place(self, ask: Ask, cursor: str | None, /) -> None:
        """Write into the request where to go on."""
        if cursor is None:
            return
        if ask.json is None:
            ask.put("after", cursor)
        else:
            further = {"propertyName": "hs_object_id", "operator": "GT", "value": cursor}
            ask.json["filterGroups"][0]["filters"].append(further)

    def following(self, reply: Reply, _cursor: str | None, /) -> str | None:
        """Return the cursor of the next page, ``None`` where this page is the last."""
        document = reply.document if isinstance(reply.document, dict) else {}
        if document.get("has-more", document.get("hasMore")) is True:  # v1 and v2, which are only ever read from files
            return next((str(document[name]) for name in _OFFSETS if document.get(name) is not None), "?")
        paging = document.get("paging")
        following = paging.get("next") if isinstance(paging, dict) else None
        after = following.get("after") if isinstance(following, dict) else None
        if after is None or not (reply.url or "").partition("?")[0].endswith("/search"):
            return None if after is None else str(after)
        hits = document.get("results")
        last = hits[-1] if isinstance(hits, list) and hits else None
        return str(last["id"]) if isinstance(last, dict) and last.get("id") else None


@dataclass(frozen=True, slots=True)
class ObjectStream(HttpStream):
    """An object type. ``archived``: the recycle bin is read after the living.

    Answers of the retired APIs are understood too, for they are what people have saved.
    """

    archived: bool = field(default=False, kw_only=True)

    def pages(self, session: HttpSession, query: Query) -> Iterator[Page]:
        """Yield pages of the living, then of the archived objects; see :meth:`HttpStream.pages`."""
        if query.id is not None:
            yield from map(_understood, HttpStream.pages(self, session, query))
            return
        cursor = query.cursor or ""
        if not cursor.startswith(_ARCHIVED):
            for page in self._counted(session, query):
                last = self.archived and page.next is None
                yield replace(page, next=_ARCHIVED) if last else page
            cursor = _ARCHIVED
        if self.archived:
            yield from self._recycled(session, query, cursor.removeprefix(_ARCHIVED))

    def decode(self, body: Body) -> Page:
        """Read one answer of API v3, v2 or v1."""
        return _understood(HttpStream.decode(self, body))

    def _recycled(self, session: HttpSession, query: Query, cursor: str) -> Iterator[Page]:
        binned = replace(self, params={**self.params, "archived": "true"}, since=None)
        for page in HttpStream.pages(binned, session, Query(cursor=cursor or None, page_size=query.page_size)):
            following = None if page.next is None else _ARCHIVED + page.next
            yield _understood(replace(page, next=following))

    def _counted(self, session: HttpSession, query: Query) -> Iterator[Page]:
        """Yield pages with the total of the whole read: each search tells how many ids are left."""
        before = query.seen or 0
        for page in HttpStream.pages(self, session, query):
            told = None if page.total is None or self.archived else before + page.total
            yield _understood(replace(page, total=told))
            before += len(page.rows)


def _understood(page: Page) -> Page:
    """Return a page with rows in the form of v3, and in doubt where a row's own lists are cut short."""
    cut = page.partial is None and any(_cut_short(row) for row in page.rows)
    doubt = "nested_list_cut: a row has more associations than this answer holds" if cut else page.partial
    return replace(page, rows=[modern(row) for row in page.rows], partial=doubt)


def _cut_short(row: Any) -> bool:
    associations = row.get("associations") if isinstance(row, Mapping) else None
    if not isinstance(associations, Mapping):
        return False
    return any(isinstance(one, Mapping) and one.get("paging") for one in associations.values())
