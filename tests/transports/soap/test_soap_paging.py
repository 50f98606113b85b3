"""Long lists: offsets, page numbers, tokens; how a read goes on, ends, and notices that it turns in circles."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bartack.errors import AccessError, ConfigError, SourceChangedError
from bartack.transports.base import Page, Query, Runtime
from bartack.transports.http import Since
from bartack.transports.soap import OffsetArguments, OneCall, PageArguments, SoapSession, SoapStream, TokenArguments
from support.soap_service import NAMESPACE, Service, envelope, listed

Read = Callable[..., list[Page]]


@pytest.fixture
def read(connect: Callable[..., SoapSession]) -> Read:
    def all_pages(query: Query | None = None, **declared: Any) -> list[Page]:
        given = {"operation": "ListCustomers", "rows": "customer", "key": "id", "mapping": (), **declared}
        with connect() as session:
            return list(SoapStream("customers", **given).pages(session, query or Query()))

    return all_pages


def ids(pages: list[Page]) -> list[list[str]]:
    return [[row["id"] for row in page.rows] for page in pages]


def test_without_paging_one_call_returns_everything(read: Read, service: Service) -> None:
    service.answers = [listed(1, 2)]
    (page,) = read(arguments={"filter": {"active": True}})
    assert ids([page]) == [["1", "2"]]
    assert (page.next, page.total, page.has_more) == (None, None, None)
    assert page.request == "POST https://crm.example/service ListCustomers"
    assert "<ns0:filter><ns0:active>true</ns0:active></ns0:filter>" in service.posted[0]


def test_without_paging_there_is_no_cursor(read: Read) -> None:
    with pytest.raises(ConfigError, match="no pages"):
        read(Query(cursor="3"))


def test_offsets_move_on_by_the_rows_that_came_until_a_page_is_empty(read: Read, service: Service) -> None:
    service.answers = [listed(1, 2), listed(3), listed()]
    pages = read(paging=OffsetArguments(size=2))
    assert ids(pages) == [["1", "2"], ["3"], []]
    assert [page.next for page in pages] == ["2", "3", None]
    assert ["<ns0:offset>0<" in service.posted[0], "<ns0:offset>2<" in service.posted[1]] == [True, True]
    assert "<ns0:limit>2<" in service.posted[2]


def test_a_declared_total_ends_the_read(read: Read, service: Service) -> None:
    service.answers = [listed(1, 2, beside="<total>3</total>"), listed(3, beside="<total>3</total>")]
    pages = read(paging=OffsetArguments(size=2), total="total")
    assert [page.total for page in pages] == [3, 3]
    assert [page.next for page in pages] == ["2", None]


def test_a_short_page_ends_the_read_where_the_declaration_says_so(read: Read, service: Service) -> None:
    service.answers = [listed(1, 2), listed(3)]
    assert ids(read(paging=OffsetArguments(size=2, short_page_ends=True))) == [["1", "2"], ["3"]]
    service.answers = [listed(1, 2, 3), listed(4)]
    assert ids(read(Query(page_size=3), paging=PageArguments("offset", "limit", 9, short_page_ends=True)))[1] == ["4"]


def test_pages_have_numbers(read: Read, service: Service) -> None:
    service.answers = [listed(1, 2), listed(3), listed()]
    read(paging=PageArguments("offset", "limit", 2))
    assert [f"<ns0:offset>{n}<" in text for n, text in enumerate(service.posted, 1)] == [True] * 3


def test_pages_end_with_the_total_only_when_every_row_was_counted(read: Read, service: Service) -> None:
    paging = PageArguments("offset", "limit", 2)
    service.answers = [listed(1, 2, beside="<total>3</total>"), listed(3, beside="<total>3</total>")]
    assert len(read(paging=paging, total="total")) == 2
    service.answers = [listed(3, beside="<total>3</total>"), listed(beside="<total>3</total>")]
    assert len(read(Query(cursor="2"), paging=paging, total="total")) == 2


@pytest.mark.parametrize(("flag", "path"), [("<done>false</done>", "!done"), ("<done>1</done>", "done")])
def test_a_flag_says_whether_there_is_more(read: Read, service: Service, flag: str, path: str) -> None:
    last = "<done>true</done>" if path == "!done" else "<done>no</done>"
    service.answers = [listed(1, beside=flag), listed(2, beside=last)]
    pages = read(paging=OffsetArguments(size=1), has_more=path)
    assert [page.has_more for page in pages] == [True, False]
    assert pages[-1].next is None


@pytest.mark.parametrize("flag", ["", "<done/>", "<done>maybe</done>"])
def test_a_flag_that_is_missing_or_says_nothing_is_an_error(read: Read, service: Service, flag: str) -> None:
    service.answers = [listed(1, beside=flag)]
    with pytest.raises(SourceChangedError, match="done"):
        read(paging=OffsetArguments(size=1), has_more="!done")


def test_a_total_that_is_no_number_is_an_error(read: Read, service: Service) -> None:
    service.answers = [listed(1, beside="<total>many</total>")]
    with pytest.raises(SourceChangedError, match="'many'"):
        read(total="total")


def test_a_token_leads_to_the_next_page(read: Read, service: Service) -> None:
    service.answers = [listed(1, beside="<next>abc</next>"), listed(2, beside="<next/>")]
    pages = read(paging=TokenArguments("token", "next", limit="limit", size=5), arguments={"filter": {"active": True}})
    assert [page.next for page in pages] == ["abc", None]
    assert "token>" not in service.posted[0]
    assert "<ns0:token>abc</ns0:token><ns0:filter>" in service.posted[1]


def test_another_operation_may_go_on_with_nothing_but_the_token(read: Read, service: Service) -> None:
    first = listed(1, beside="<next>abc</next><done>false</done>")
    service.answers = [
        first,
        listed(2, beside="<next>abc</next><done>true</done>").replace("ListCustomers", "ListMore"),
    ]
    paging = TokenArguments("token", "next", operation="ListMore")
    pages = read(paging=paging, has_more="!done", arguments={"limit": 1}, response="ListCustomersResponse")
    assert ids(pages) == [["1"], ["2"]]
    assert "soapaction" in {name.lower() for name in service.sent[-1].headers}
    assert (
        '<ns0:ListMore xmlns:ns0="urn:legacy.customers"><ns0:token>abc</ns0:token></ns0:ListMore>' in service.posted[1]
    )


def test_a_read_can_go_on_where_it_was_cut(read: Read, service: Service) -> None:
    service.answers = [listed(3), listed()]
    (page, _) = read(Query(cursor="2", page_size=1), paging=OffsetArguments(size=50))
    assert "<ns0:offset>2</ns0:offset><ns0:limit>1<" in service.posted[0]
    assert page.request.endswith("from 2")


def test_a_cursor_of_another_paging_is_refused_before_anything_is_sent(read: Read, service: Service) -> None:
    with pytest.raises(ConfigError, match="no number"):
        read(Query(cursor="abc"), paging=OffsetArguments())
    assert service.posted == []


def test_a_source_that_does_not_heed_the_offset_is_found_out(read: Read, service: Service) -> None:
    service.answers = [listed(1, 2)] * 9
    with pytest.raises(SourceChangedError, match="sends a page again"):
        read(paging=OffsetArguments(size=2))
    assert len(service.posted) == 2


def test_a_page_that_came_before_another_one_is_found_out(read: Read, service: Service) -> None:
    service.answers = [listed(1, 2), listed(3, 4)] * 9
    with pytest.raises(SourceChangedError, match=r"from 4: the source sends a page again"):
        read(paging=OffsetArguments(size=2))
    assert len(service.posted) == 3


def test_tokens_that_turn_in_a_circle_are_found_out(read: Read, service: Service) -> None:
    service.answers = [listed(n, beside=f"<next>{'ab'[n % 2]}</next>") for n in range(9)]
    with pytest.raises(SourceChangedError, match="in circles"):
        read(paging=TokenArguments("token", "next"))
    assert len(service.posted) == 3


def test_pages_are_asked_for_only_when_they_are_wanted(connect: Callable[..., SoapSession], service: Service) -> None:
    service.answers = [listed(1), listed(2)]
    stream = SoapStream(
        "c", operation="ListCustomers", rows="customer", key="id", mapping=(), paging=OffsetArguments(size=1)
    )
    pages = stream.pages(connect(), Query())
    assert service.posted == []
    next(pages)
    assert len(service.posted) == 1


def test_changes_since_a_moment_are_asked_for_where_the_operation_can(read: Read, service: Service) -> None:
    service.answers = [listed(1), listed(1)]
    moment = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    read(Query(since=moment), since=Since("since", lookback=timedelta(minutes=1)))
    assert "<ns0:since>2026-11-23T10:59:00Z</ns0:since>" in service.posted[0]
    read(Query(since=moment))
    assert "since" not in service.posted[1]


def found(inner: str) -> str:
    return envelope(f'<CustomerFound xmlns="{NAMESPACE}">{inner}</CustomerFound>')


def test_one_record_is_asked_for_by_its_id(read: Read, service: Service) -> None:
    service.answers = [found("<customer><id>7</id></customer>")]
    (page,) = read(Query(id="7"), one=OneCall("GetCustomer", "id", "customer"))
    assert page.rows == [{"id": "7"}]
    assert page.request == "POST https://crm.example/service GetCustomer id=7"


@pytest.mark.parametrize("inner", ["", '<customer xsi:nil="true"/>'])
def test_a_record_that_is_not_there_is_an_error(read: Read, service: Service, inner: str) -> None:
    service.answers = [found(inner)]
    with pytest.raises(AccessError, match="no record '8'"):
        read(Query(id="8"), one=OneCall("GetCustomer", "id", "customer"))


def test_a_stream_without_an_operation_for_one_record_says_so(read: Read) -> None:
    with pytest.raises(ConfigError, match="single record"):
        read(Query(id="8"))


def test_a_saved_answer_announces_only_what_it_says_itself(decode: Any) -> None:
    token = decode(listed(1, beside="<next>abc</next>"), paging=TokenArguments("token", "next"))
    assert token.next == "abc"
    flagged = decode(listed(1, beside="<done>false</done>"), paging=OffsetArguments(), has_more="!done")
    assert (flagged.next, flagged.has_more) == (None, True)
    counted = decode(listed(1, beside="<total>7</total>"), paging=OffsetArguments(), total="total")
    assert (counted.next, counted.total) == (None, 7)


def test_flags_and_totals_may_be_attributes(decode: Any) -> None:
    text = listed(1).replace("<ListCustomersResponse", '<ListCustomersResponse count="7"')
    assert decode(text, total="@count").total == 7


def test_the_moment_of_a_page_is_the_runtimes(connect: Callable[..., SoapSession], service: Service) -> None:
    service.answers = [listed(1)]
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    stream = SoapStream("c", operation="ListCustomers", rows="customer", key="id", mapping=())
    (page,) = stream.pages(connect(Runtime(adapter=service, clock=lambda: moment)), Query())
    assert page.fetched_at == moment
