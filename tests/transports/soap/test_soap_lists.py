"""Where the rows are, and when an answer without rows may be believed."""

from __future__ import annotations

from typing import Any

import pytest

from bartack.errors import SourceChangedError
from support.soap_service import envelope


def test_rows_lie_below_wrappers_in_any_namespace(decode: Any) -> None:
    text = '<ListCustomersResponse><a:Result xmlns:a="urn:a"><b:Customer xmlns:b="urn:b"><id>1</id></b:Customer></a:Result>'
    text += "<a:Result xmlns:a='urn:a'><Customer><id>2</id></Customer></a:Result></ListCustomersResponse>"
    assert [row["id"] for row in decode(envelope(text), rows="Result.Customer").rows] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("<ListCustomersResponse/>", "customer"),
        ("<ListCustomersResult><total>0</total></ListCustomersResult>", "customer"),
        ("<List_Customers_Response><paging><page>1</page></paging></List_Customers_Response>", "customer"),
        ("<ListCustomersResponse><Result/></ListCustomersResponse>", "Result.customer"),
        ("<Anything><Result><size>0</size></Result></Anything>", "Result.customer"),
    ],
)
def test_an_expected_answer_without_rows_is_zero_rows(decode: Any, text: str, rows: str) -> None:
    assert decode(envelope(text), rows=rows).rows == []


@pytest.mark.parametrize(
    ("text", "rows", "says"),
    [
        pytest.param("<ListClientsResponse/>", "customer", "ListClientsResponse", id="another answer, empty"),
        pytest.param("<Answer><a/><b/></Answer>", "customer", "holds a, b", id="a renamed envelope"),
        pytest.param("<ListCustomersResponse/>", "Result.customer", "no <Result>", id="the wrapper is gone"),
        pytest.param(
            "<ListCustomersResponse><R><customer/></R></ListCustomersResponse>",
            "Result.customer",
            "holds R",
            id="wrapper renamed",
        ),
        pytest.param(
            "<ListCustomersResponse><client><id>1</id></client></ListCustomersResponse>",
            "customer",
            "client",
            id="one row renamed, with its key",
        ),
        pytest.param(
            "<ListCustomersResponse><client><no>1</no></client><client><no>2</no></client></ListCustomersResponse>",
            "customer",
            "client",
            id="several rows renamed",
        ),
        pytest.param(
            "<ListCustomersResponse><R><client><id>1</id></client></R></ListCustomersResponse>",
            "R.customer",
            "client",
            id="rows renamed further down",
        ),
        pytest.param(
            "<GetPriceResponse><price>1</price></GetPriceResponse>",
            "",
            "GetPriceResponse",
            id="the answer to something else",
        ),
    ],
)
def test_a_renamed_envelope_is_an_error_not_zero_rows(decode: Any, text: str, rows: str, says: str) -> None:
    with pytest.raises(SourceChangedError, match=says):
        decode(envelope(text), rows=rows)


def test_the_error_names_the_path_and_what_was_found(decode: Any) -> None:
    text = envelope("<ListCustomersResponse><Page><Items/></Page></ListCustomersResponse>")
    with pytest.raises(
        SourceChangedError,
        match=r"expected at Result\.Customer: there is no <Result>; <ListCustomersResponse> holds Page",
    ):
        decode(text, rows="Result.Customer")


def test_the_response_element_itself_may_be_the_row(decode: Any) -> None:
    page = decode(envelope("<ListCustomersResponse><id>1</id></ListCustomersResponse>"), rows="")
    assert page.rows == [{"id": "1"}]


def test_a_declaration_may_name_a_response_element_that_does_not_follow_the_convention(decode: Any) -> None:
    assert decode(envelope("<Customers/>"), response="Customers").rows == []
    assert decode(envelope("<Customers><id>1</id></Customers>"), response="Customers", rows="").rows == [{"id": "1"}]
    with pytest.raises(SourceChangedError):
        decode(envelope("<ListCustomersResponse/>"), response="Customers")


@pytest.mark.parametrize(
    "text",
    [
        "<ListCustomersResponse><Result><Customer><id>1</id></Customer></Result></ListCustomersResponse>",
        "<Result><Customer><id>1</id></Customer></Result>",
        "<Customer><id>1</id></Customer>",
        "<Wrapped><Result><Customer><id>1</id></Customer></Result></Wrapped>",
    ],
)
def test_what_people_save_may_begin_anywhere_on_the_way_to_the_rows(decode: Any, text: str) -> None:
    assert decode(text, rows="Result.Customer").rows == [{"id": "1"}]


@pytest.mark.parametrize("key", ["id", "id.value", ("code", "id"), {"path": "id"}, "id[0]"])
def test_rows_under_another_name_are_recognized_by_any_spelling_of_the_key(decode: Any, key: Any) -> None:
    with pytest.raises(SourceChangedError, match="client"):
        decode("<ListCustomersResponse><client><id>1</id></client></ListCustomersResponse>", key=key)
