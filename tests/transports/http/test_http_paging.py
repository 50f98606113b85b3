"""How a read goes from page to page, and how it knows that it is at the end."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.errors import AccessError, BartackError, ConfigError, SourceChangedError
from bartack.transports.base import Page, Query
from bartack.transports.http import (
    CursorPaging,
    LinkHeaderPaging,
    NextUrlPaging,
    OffsetPaging,
    PagePaging,
    Size,
)
from bartack.transports.http.paging import Reply
from support.http_vendor import Answer, Asked, Vendor

Read = Callable[..., list[Page]]

EVERYONE = [{"id": number, "name": f"Customer {number}"} for number in range(1, 8)]


def ids(pages: list[Page]) -> list[int]:
    return [row["id"] for page in pages for row in page.rows]


def sliced(asked: Asked, first: int = 0) -> list[dict[str, Any]]:
    start = int(asked.query["offset"]) - first
    return EVERYONE[start : start + int(asked.query["limit"])]


def numbered(asked: Asked, size: int = 3, first: int = 1) -> list[dict[str, Any]]:
    start = (int(asked.query["page"]) - first) * size
    return EVERYONE[start : start + size]


def test_a_cursor_is_followed_until_there_is_none(vendor: Vendor, read: Read) -> None:
    vendor.on(
        "/contacts",
        {"data": EVERYONE[:3], "meta": {"next": "c2"}},
        {"data": EVERYONE[3:6], "meta": {"next": "c3"}},
        {"data": EVERYONE[6:], "meta": {"next": None}},
    )
    pages = read(paging=CursorPaging("meta.next", "cursor"), page_size=Size("limit", 3))
    assert ids(pages) == [1, 2, 3, 4, 5, 6, 7]
    assert [page.next for page in pages] == ["c2", "c3", None]
    assert vendor.queries == [{"limit": "3"}, {"limit": "3", "cursor": "c2"}, {"limit": "3", "cursor": "c3"}]


@pytest.mark.parametrize("end", [{}, {"next": None}, {"next": ""}, {"next": False}, {"next": "c9", "more": False}])
def test_the_ways_to_say_that_no_cursor_follows(vendor: Vendor, read: Read, end: dict[str, Any]) -> None:
    vendor.on("/contacts", {"data": EVERYONE, **end})
    assert len(read(paging=CursorPaging("next", "cursor"), has_more="more")) == 1


def test_a_number_can_be_a_cursor(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", {"data": EVERYONE[:3], "next": 3}, {"data": EVERYONE[3:]})
    assert ids(read(paging=CursorPaging("next", "start"))) == [1, 2, 3, 4, 5, 6, 7]
    assert vendor.queries[1] == {"start": "3"}


def test_a_cursor_that_is_an_object_is_refused(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", {"data": EVERYONE, "next": {"page": 2}})
    with pytest.raises(SourceChangedError, match="'next' should be a text"):
        read(paging=CursorPaging("next", "cursor"))


def test_a_cursor_repeated_at_once_ends_the_read_after_its_rows(vendor: Vendor, contacts: Any, connect: Any) -> None:
    vendor.on("/contacts", {"data": EVERYONE[:3], "next": "c2"}, {"data": EVERYONE[3:], "next": "c2"})
    pages = contacts(paging=CursorPaging("next", "cursor")).pages(connect(), Query())
    assert ids([next(pages), next(pages)]) == [1, 2, 3, 4, 5, 6, 7]
    with pytest.raises(SourceChangedError, match="circles"):
        next(pages)
    assert len(vendor.asked) == 2


def test_a_circle_of_cursors_is_noticed_when_it_closes(vendor: Vendor, read: Read) -> None:
    fresh = count(1)
    circle = {None: "a", "a": "b", "b": "c", "c": "a"}
    vendor.on(
        "/contacts", lambda asked: Answer({"data": [{"id": next(fresh)}], "next": circle[asked.query.get("cursor")]})
    )
    with pytest.raises(SourceChangedError, match="circles"):
        read(paging=CursorPaging("next", "cursor"))
    assert len(vendor.asked) == 4


def test_the_same_rows_under_ever_new_cursors_are_a_circle_too(vendor: Vendor, read: Read) -> None:
    fresh = count(1)
    vendor.on("/contacts", lambda _: Answer({"data": EVERYONE[:2], "next": f"c{next(fresh)}", "at": next(fresh)}))
    with pytest.raises(SourceChangedError, match="sent before"):
        read(paging=CursorPaging("next", "cursor"))
    assert len(vendor.asked) == 2


def test_an_empty_page_with_a_cursor_is_not_the_end(vendor: Vendor, read: Read) -> None:
    vendor.on(
        "/contacts",
        {"data": EVERYONE[:3], "next": "c2"},
        {"data": [], "next": "c3"},
        {"data": EVERYONE[3:], "next": None},
    )
    assert ids(read(paging=CursorPaging("next", "cursor"))) == [1, 2, 3, 4, 5, 6, 7]


def test_empty_pages_without_end_are_given_up(vendor: Vendor, read: Read) -> None:
    fresh = count(1)
    vendor.on("/contacts", lambda _: Answer({"data": [], "next": f"c{next(fresh)}"}))
    with pytest.raises(SourceChangedError, match="in a row are empty"):
        read(paging=CursorPaging("next", "cursor"))
    assert len(vendor.asked) == 101


def test_a_read_goes_on_after_an_earlier_cursor(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", {"data": EVERYONE[3:]})
    read(Query(cursor="c2"), paging=CursorPaging("next", "cursor"))
    assert vendor.queries == [{"cursor": "c2"}]


def test_more_promised_without_a_cursor_is_handed_on_as_said(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", {"data": EVERYONE, "more": True})
    (page,) = read(paging=CursorPaging("next", "cursor"), has_more="more")
    assert (page.next, page.has_more) == (None, True)


def test_done_is_the_opposite_of_more(vendor: Vendor, read: Read) -> None:
    vendor.on(
        "/contacts",
        {"data": EVERYONE[:3], "done": False, "url": "/contacts?at=2"},
        {"data": EVERYONE[3:], "done": True},
    )
    pages = read(paging=NextUrlPaging("url"), has_more="!done")
    assert [page.has_more for page in pages] == [True, False]


@pytest.mark.parametrize(
    "address",
    ["/contacts?at=2&sort=id", "?at=2&sort=id", "contacts?at=2&sort=id", "{vendor}/contacts?at=2&sort=id"],
)
def test_next_addresses_may_be_relative_or_absolute(vendor: Vendor, read: Read, address: str) -> None:
    vendor.on("/contacts", {"data": EVERYONE[:3], "next": address.format(vendor=vendor.url)}, {"data": EVERYONE[3:]})
    pages = read(paging=NextUrlPaging("next"), params={"q": "all"})
    assert ids(pages) == [1, 2, 3, 4, 5, 6, 7]
    assert vendor.queries == [{"q": "all"}, {"at": "2", "sort": "id"}]
    assert pages[0].next == f"{vendor.url}/contacts?at=2&sort=id"


def test_a_next_address_beside_the_base_path_is_on_the_same_origin(vendor: Vendor, connect: Any, contacts: Any) -> None:
    vendor.on("/api/v1/contacts", {"data": EVERYONE[:3], "next": "/query/01g-2000"})
    vendor.on("/query/01g-2000", {"data": EVERYONE[3:]})
    session = connect(base_url=f"{vendor.url}/api/v1")
    assert ids(list(contacts(paging=NextUrlPaging("next")).pages(session, Query()))) == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    "address",
    [
        "{elsewhere}/contacts?at=2",
        "https://127.0.0.1/contacts",
        "//crm.example.test.evil.test/contacts",
        "http://evil.test\\@127.0.0.1/contacts",
        "http://user:secret@127.0.0.1/contacts",
        "http://[::1/bad",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_a_next_address_elsewhere_is_never_asked(vendor: Vendor, elsewhere: Vendor, read: Read, address: str) -> None:
    vendor.on("/contacts", {"data": EVERYONE, "next": address.format(elsewhere=elsewhere.url)})
    with pytest.raises(SourceChangedError, match="was not asked there") as caught:
        read(paging=NextUrlPaging("next"))
    assert "secret" not in str(caught.value)
    assert elsewhere.asked == []
    assert len(vendor.asked) == 1


def test_a_link_header_is_followed_among_others(vendor: Vendor, read: Read) -> None:
    links = '</contacts?at=1>; rel="prev"; title="a, b", </contacts?at=3>; title="x"; rel="last next"'
    vendor.on("/contacts", Answer({"data": EVERYONE[:3]}, headers={"Link": links}), {"data": EVERYONE[3:]})
    assert ids(read(paging=LinkHeaderPaging())) == [1, 2, 3, 4, 5, 6, 7]
    assert vendor.queries[1] == {"at": "3"}


@pytest.mark.parametrize("header", ["", "nonsense", '</contacts?at=1>; rel="prev"', "</contacts>; rev=next"])
def test_without_a_next_link_there_is_no_further_page(vendor: Vendor, read: Read, header: str) -> None:
    vendor.on("/contacts", Answer({"data": EVERYONE}, headers={"Link": header}))
    assert len(read(paging=LinkHeaderPaging())) == 1


def test_pages_are_counted_to_the_declared_total(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", lambda asked: Answer({"data": numbered(asked), "total": "7"}))
    pages = read(paging=PagePaging("page"), total="total")
    assert ids(pages) == [1, 2, 3, 4, 5, 6, 7]
    assert [query["page"] for query in vendor.queries] == ["1", "2", "3"]
    assert {page.total for page in pages} == {7}


def test_pages_are_counted_to_the_number_of_pages(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", lambda asked: Answer({"data": numbered(asked, first=0), "meta": {"total-pages": 3}}))
    assert ids(read(paging=PagePaging("page", start=0, pages="meta.total-pages"))) == [1, 2, 3, 4, 5, 6, 7]
    assert [query["page"] for query in vendor.queries] == ["0", "1", "2"]


def test_pages_end_where_the_source_says_there_are_no_more(vendor: Vendor, read: Read) -> None:
    vendor.on(
        "/contacts",
        lambda asked: Answer({"data": numbered(asked), "info": {"more_records": asked.query["page"] != "3"}}),
    )
    assert ids(read(paging=PagePaging("page"), has_more="info.more_records")) == [1, 2, 3, 4, 5, 6, 7]
    assert len(vendor.asked) == 3


def test_pages_without_any_word_of_the_end_are_asked_until_one_is_empty(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", lambda asked: Answer({"data": numbered(asked)}))
    assert ids(read(paging=PagePaging("page"), page_size=Size("per_page", 3))) == [1, 2, 3, 4, 5, 6, 7]
    assert len(vendor.asked) == 4


def test_a_short_page_is_the_end_only_where_it_is_declared_so(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", lambda asked: Answer({"data": numbered(asked)}))
    read(paging=PagePaging("page", short_page_ends=True), page_size=Size("per_page", 3))
    assert len(vendor.asked) == 3


def test_offsets_move_on_by_what_came_not_by_what_was_asked_for(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", lambda asked: Answer({"data": sliced(asked)[:2]}))  # sends two at most, whatever one asks
    assert ids(read(paging=OffsetPaging("offset", "limit", 5))) == [1, 2, 3, 4, 5, 6, 7]
    assert [query["offset"] for query in vendor.queries] == ["0", "2", "4", "6", "7"]


def test_offsets_end_at_the_total_also_when_the_read_began_in_the_middle(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", lambda asked: Answer({"data": sliced(asked, first=1), "total": 7}))
    pages = read(Query(cursor="4"), paging=OffsetPaging("offset", "limit", 3, start=1), total="total")
    assert ids(pages) == [4, 5, 6, 7]
    assert [query["offset"] for query in vendor.queries] == ["4", "7"]


def test_a_caller_may_ask_for_another_page_size_up_to_what_the_source_allows(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", lambda asked: Answer({"data": sliced(asked), "total": 7}))
    read(Query(page_size=5), paging=OffsetPaging("offset", "limit", 3, most=4), total="total")
    assert [query["limit"] for query in vendor.queries] == ["4", "4"]


@pytest.mark.parametrize("paging", [PagePaging("page"), OffsetPaging("offset", "limit", 3)])
def test_a_source_that_ignores_the_position_is_noticed(vendor: Vendor, read: Read, paging: Any) -> None:
    vendor.on("/contacts", {"data": EVERYONE[:3]})
    with pytest.raises(SourceChangedError, match="sends a page again"):
        read(paging=paging)
    assert len(vendor.asked) == 2


def test_a_total_that_the_rows_do_not_reach_is_handed_on(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", lambda asked: Answer({"data": numbered(asked), "total": 100}))
    pages = read(paging=PagePaging("page"), total="total")
    assert len(ids(pages)) == 7
    assert pages[-1].total == 100


@pytest.mark.parametrize("total", [True, -1, "many", 7.5, [7]])
def test_a_total_that_is_no_number_of_rows_is_refused(vendor: Vendor, read: Read, total: Any) -> None:
    vendor.on("/contacts", {"data": EVERYONE, "total": total})
    with pytest.raises(SourceChangedError, match="'total' should be the number of rows"):
        read(total="total")


def test_a_cursor_of_another_stream_is_refused_before_anything_is_sent(vendor: Vendor, read: Read) -> None:
    for paging in (PagePaging("page"), OffsetPaging("offset", "limit", 3)):
        with pytest.raises(ConfigError, match="not a page or row number"):
            read(Query(cursor="c-2"), paging=paging)
    with pytest.raises(ConfigError, match="no pages"):
        read(Query(cursor="2"))
    assert vendor.asked == []


def test_an_error_on_a_later_page_comes_after_the_rows_before_it(vendor: Vendor, contacts: Any, connect: Any) -> None:
    vendor.on("/contacts", {"data": EVERYONE[:3], "next": "c2"}, Answer({"message": "expired"}, 403))
    pages = contacts(paging=CursorPaging("next", "cursor")).pages(connect(), Query())
    assert ids([next(pages)]) == [1, 2, 3]
    with pytest.raises(AccessError, match="expired"):
        next(pages)


def test_position_and_size_go_into_the_body_of_a_search(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", {"data": EVERYONE[:3], "next": "c2"}, {"data": EVERYONE[3:]})
    search = {"query": {"sort": "id"}}
    read(
        method="POST",
        json=search,
        params={"v": "3"},
        paging=CursorPaging("next", "query.after"),
        page_size=Size("query.limit", 3),
    )
    assert [asked.document for asked in vendor.asked] == [
        {"query": {"sort": "id", "limit": 3}},
        {"query": {"sort": "id", "limit": 3, "after": "c2"}},
    ]
    assert vendor.queries == [{"v": "3"}] * 2
    assert search == {"query": {"sort": "id"}}


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(0, 40),
    caps=st.lists(st.integers(1, 7), min_size=1, max_size=6),
    says=st.sets(st.sampled_from(["total", "more"])),
)
def test_offset_paging_reads_every_row_once_whatever_the_source_caps(
    rows: int, caps: list[int], says: set[str]
) -> None:
    paging = OffsetPaging("offset", "limit", 5)
    cursor: str | None = None
    read: list[int] = []
    for turn in range(rows + 2):
        start = int(cursor or 0)
        page = list(range(rows))[start : start + min(5, caps[turn % len(caps)])]
        read += page
        more = start + len(page) < rows
        reply = Reply({}, len(page), rows if "total" in says else None, more if "more" in says else None, len(read), 5)
        cursor = paging.following(reply, cursor)
        if cursor is None:
            break
    assert read == list(range(rows))


def test_no_paging_error_is_foreign(vendor: Vendor, read: Read) -> None:
    for paging in (CursorPaging("data", "c"), NextUrlPaging("data[0]"), PagePaging("page", pages="data[0].name")):
        vendor.on("/contacts", {"data": EVERYONE})
        with pytest.raises(BartackError):
            read(paging=paging)


def test_a_page_of_no_rows_cannot_be_asked_for(read: Read) -> None:
    with pytest.raises(ConfigError, match="0 rows"):
        read(Query(page_size=0), page_size=Size("limit", 100))


@pytest.mark.parametrize("param", ["query.limit.x", "query.sort.limit", "filters[0]", "filters[3].limit"])
def test_a_parameter_has_a_place_in_the_body_of_a_search(vendor: Vendor, read: Read, param: str) -> None:
    search = {"query": {"limit": 3, "sort": "id"}, "filters": []}
    with pytest.raises(ConfigError, match="nothing can be written to"):
        read(method="POST", json=search, page_size=Size(param, 3))
    assert vendor.asked == []
