"""Errors inside a good SOAP answer, and answers that say two things at once."""

from __future__ import annotations

from typing import Any

import pytest

from bartack.errors import AccessError, SourceChangedError, SourceRefusedError, SourceUnavailableError
from bartack.transports.http import ErrorBody
from support.soap_service import NAMESPACE, envelope, listed

DECLARED = {"errors": (ErrorBody("result.code", equals=("E", "W"), message="result.text", code="result.code"),)}


def answer(inner: str) -> str:
    return envelope(f'<ListCustomersResponse xmlns="{NAMESPACE}">{inner}</ListCustomersResponse>')


@pytest.mark.parametrize("rows", [(), (1, 2)])
def test_a_declared_error_is_refused_whatever_stands_beside_it(decode: Any, rows: tuple[int, ...]) -> None:
    text = listed(*rows, beside="<result><code>E</code><text>period is closed</text></result>")
    with pytest.raises(SourceRefusedError, match=r"period is closed \(E\)"):
        decode(text, **DECLARED)


@pytest.mark.parametrize("beside", ["", "<result><code>OK</code></result>", "<result/>", "<result><code/></result>"])
def test_an_answer_without_the_declared_error_is_fine(decode: Any, beside: str) -> None:
    assert len(decode(listed(1, beside=beside), **DECLARED).rows) == 1


@pytest.mark.parametrize(
    "flag",
    [
        "<success>false</success>",
        "<isSuccess>0</isSuccess>",
        "<IsSuccess>False</IsSuccess>",
        "<ok>false</ok>",
        "<status>ERROR</status>",
        '<status isSuccess="false"/>',
    ],
)
def test_a_flag_that_says_no_is_no_empty_list_and_beside_rows_makes_the_page_partial(decode: Any, flag: str) -> None:
    with pytest.raises(SourceRefusedError, match="carries an error: gone fishing"):
        decode(answer(f"{flag}<message>gone fishing</message>"))
    page = decode(listed(1, beside=f"{flag}<message>gone fishing</message>"))
    assert len(page.rows) == 1
    assert "gone fishing" in str(page.partial)


@pytest.mark.parametrize(
    "flag", ["<success>true</success>", "<status>ok</status>", "<errorCode>0</errorCode>", "<error>none</error>"]
)
def test_what_may_stand_there_when_all_is_well_is_no_error(decode: Any, flag: str) -> None:
    page = decode(answer(flag))
    assert (page.rows, page.partial) == ([], None)


def test_a_flag_is_found_on_every_level_of_the_way_to_the_rows(decode: Any) -> None:
    text = answer(
        '<searchResult><status isSuccess="false"><statusDetail><code>SSS_INVALID_LOGIN</code><message>You have entered an'
        " invalid login.</message></statusDetail></status><recordList/></searchResult>"
    )
    with pytest.raises(AccessError, match="invalid login"):
        decode(text, rows="searchResult.recordList.record")


def test_an_error_comes_before_the_rows_that_it_lacks(decode: Any) -> None:
    text = answer("<success>false</success><message>too many requests</message>")
    with pytest.raises(SourceUnavailableError, match="too many requests"):
        decode(text, rows="result.customer")


def test_flags_of_the_rows_are_fields_like_others(decode: Any) -> None:
    rows = "<customer><id>1</id><status>failed</status><success>false</success></customer>"
    page = decode(answer(rows))
    assert (page.rows, page.partial) == ([{"id": "1", "status": "failed", "success": "false"}], None)
    assert decode(answer("<id>1</id><success>false</success>"), rows="").partial is None


def test_two_answers_in_one_body_are_none(decode: Any) -> None:
    one = f'<ListCustomersResponse xmlns="{NAMESPACE}"><customer><id>1</id></customer></ListCustomersResponse>'
    with pytest.raises(SourceChangedError, match="beside it <ListCustomersResponse>"):
        decode(envelope(one + one.replace(">1<", ">2<")))
