"""A read of a REST API goes on from every cursor it gave, whatever the way of paging."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bartack.transports.base import Query
from bartack.transports.http import (
    CursorPaging,
    HttpSession,
    HttpStream,
    LinkHeaderPaging,
    NextUrlPaging,
    OffsetPaging,
    PagePaging,
    QueryKey,
    Since,
    Size,
)
from support.http_vendor import Answer, Asked, Vendor
from support.resuming import resumed_everywhere

EVERYONE = [{"id": number} for number in range(11)]


def listing(asked: Asked) -> Answer:
    """Answer in every way of paging at once, so that each finds what it looks for."""
    size = int(asked.query.get("limit", 3))
    start = int(asked.query.get("offset", (int(asked.query.get("page", 1)) - 1) * size))
    start = int(asked.query.get("cursor", start))
    rows = EVERYONE[start : start + size]
    follows = start + size < len(EVERYONE)
    document: dict[str, Any] = {
        "data": rows,
        "total": len(EVERYONE),
        "pages": -(-len(EVERYONE) // size),
        "more": follows,
    }
    headers = {}
    if follows:
        address = f"/contacts?cursor={start + size}&limit={size}"
        document |= {"next": str(start + size), "url": address}
        headers = {"Link": f'<{address}>; rel="next"'}
    return Answer(document, headers=headers)


WAYS: dict[str, dict[str, Any]] = {
    "cursor": {"paging": CursorPaging("next", "cursor")},
    "cursor with a total": {"paging": CursorPaging("next", "cursor"), "total": "total"},
    "cursor that the flag ends": {"paging": CursorPaging("next", "cursor"), "has_more": "more"},
    "next address": {"paging": NextUrlPaging("url"), "total": "total"},
    "link header": {"paging": LinkHeaderPaging()},
    "page to the total": {"paging": PagePaging("page"), "total": "total"},
    "page to the number of pages": {"paging": PagePaging("page", pages="pages")},
    "page to the flag": {"paging": PagePaging("page"), "has_more": "more"},
    "page to an empty one": {"paging": PagePaging("page")},
    "page to a short one": {"paging": PagePaging("page", short_page_ends=True), "page_size": Size("limit", 3)},
    "offset to the total": {"paging": OffsetPaging("offset", "limit", 3), "total": "total"},
    "offset to the flag": {"paging": OffsetPaging("offset", "limit", 3), "has_more": "more"},
    "offset to an empty page": {"paging": OffsetPaging("offset", "limit", 3)},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_read_goes_on_from_every_cursor(
    way: str, vendor: Vendor, connect: Callable[..., HttpSession], contacts: Callable[..., HttpStream]
) -> None:
    vendor.on("/contacts", listing)
    pages = resumed_everywhere(contacts(**WAYS[way]), connect)
    assert [row for page in pages for row in page.rows] == EVERYONE
    assert len(pages) >= 4


def test_a_read_ends_at_the_total_after_as_many_questions_as_pages_are_left(
    vendor: Vendor, connect: Callable[..., HttpSession], contacts: Callable[..., HttpStream]
) -> None:
    vendor.on("/contacts", listing)
    stream = contacts(paging=PagePaging("page"), total="total")
    list(stream.pages(connect(), Query(cursor="3", seen=6)))
    assert [query["page"] for query in vendor.queries] == ["3", "4"]


def test_questions_for_changes_go_on_with_the_same_moment(
    vendor: Vendor, connect: Callable[..., HttpSession], contacts: Callable[..., HttpStream]
) -> None:
    vendor.on("/contacts", listing)
    stream = contacts(paging=CursorPaging("next", "cursor"), since=Since("changed_after"), page_size=Size("limit", 4))
    query = Query(since=datetime(2026, 11, 1, tzinfo=UTC), page_size=5)
    resumed_everywhere(stream, connect, query)
    assert {(query["changed_after"], query["limit"]) for query in vendor.queries} == {("2026-11-01T00:00:00Z", "5")}


def test_a_next_address_is_kept_without_the_key_and_asked_with_it(
    vendor: Vendor, connect: Callable[..., HttpSession], contacts: Callable[..., HttpStream]
) -> None:
    def keyed(asked: Asked) -> Answer:
        assert asked.query["key"] == "tok-example-0123456789"
        answer = listing(asked)
        answer.body["url"] = f"{answer.body['url']}&key={asked.query['key']}" if "url" in answer.body else None
        return answer

    vendor.on("/contacts", keyed)
    pages = resumed_everywhere(contacts(paging=NextUrlPaging("url")), lambda: connect(QueryKey("key", "token")))
    assert not any("tok-example" in (page.next or "") for page in pages)


def test_a_stream_is_incremental_where_it_can_ask_for_changes(contacts: Callable[..., HttpStream]) -> None:
    assert contacts(since=Since("changed_after")).incremental
    assert not contacts(changed="changed_at").incremental
