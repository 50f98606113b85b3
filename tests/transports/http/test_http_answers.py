"""How one answer is judged: rows, an error, or something else than was declared. Never zero rows by mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bartack.errors import (
    AccessError,
    BartackError,
    ConfigError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    WireError,
)
from bartack.transports.base import Body, Page, Query
from bartack.transports.http import CursorPaging, ErrorBody, HttpStream, NextUrlPaging, OffsetPaging, PagePaging
from support.http_vendor import Answer, Vendor

ZOE = {"id": 7, "name": "Zoë Müller"}
SIGN_IN = b"<!DOCTYPE html>\n<html><head><title>Sign in &ndash; Acme</title></head><body>hush</body></html>"

Read = Callable[..., list[Page]]


def stream(**declared: Any) -> HttpStream:
    return HttpStream("contacts", **{"path": "/contacts", "rows": "data", "key": "id", "mapping": "m.yaml", **declared})


def decode(document: Any, content_type: str | None = "application/json", status: int = 200, **declared: Any) -> Page:
    content = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    return stream(**declared).decode(Body(content, content_type, status))


# ---- rows where they are declared -----------------------------------------------------------------------------------


def test_rows_come_as_they_were_sent() -> None:
    page = decode(b'{"data": [{"id": 1, "amount": 12.50, "big": 9007199254740993, "e": 1E2, "n": null}, 5]}')
    assert page.rows == [
        {"id": 1, "amount": Decimal("12.50"), "big": 9007199254740993, "e": Decimal("1E+2"), "n": None},
        5,
    ]
    assert str(page.rows[0]["amount"]) == "12.50"


@pytest.mark.parametrize(
    ("rows", "document"),
    [
        ("", [ZOE]),
        ("data", {"data": [ZOE]}),
        ("result.data.items", {"result": {"data": {"items": [ZOE]}}}),
        ("'@odata.value'", {"@odata.value": [ZOE]}),
        ("a.'it''s.b'[0]", {"a": {"it's.b": [[ZOE]]}}),
        (("results", "contacts"), {"contacts": [ZOE]}),
        (("results", "contacts"), {"results": {}, "contacts": [ZOE]}),
    ],
)
def test_rows_are_found_by_path(rows: Any, document: Any) -> None:
    assert decode(document, rows=rows).rows == [ZOE]


def test_an_empty_list_where_rows_are_declared_is_no_rows() -> None:
    assert decode({"data": []}).rows == []
    assert decode([], rows="").rows == []


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"results": [ZOE], "total": 1}, "'data' is missing .* an object with 'results', 'total'; did the source rename 'data' to 'results'"),
        ({"Data": [ZOE], "links": []}, "rename 'data' to 'Data'"),
        ({}, "in an empty object"),
        ({"items": 3}, "an object with 'items'"),
        ([], "in an empty list"),
        ([1, 2], "in a list of 2"),
        (None, "'data' should be a list of rows, and is null"),
        ("OK", "in a text"),
        (7, "in a number"),
        (True, "in true or false"),
        ({"data": None}, "'data' should be a list of rows, and is null"),
        ({"data": "none"}, "and is a text"),
        ({"data": {"7": ZOE}}, "and is an object with '7'"),
    ],
)  # fmt: skip
def test_an_answer_without_its_rows_is_an_error_not_zero_rows(
    vendor: Vendor, read: Read, document: Any, told: str
) -> None:
    with pytest.raises(SourceChangedError, match=told):
        decode(document)
    vendor.on("/contacts", Answer(json.dumps(document).encode()))
    with pytest.raises(SourceChangedError, match=told):
        read()


def test_a_renamed_inner_envelope_is_named_where_it_broke() -> None:
    with pytest.raises(
        SourceChangedError, match=r"'result\.data' is missing in the answer: 'data' is looked for in an"
    ):
        decode({"result": {"dota": [ZOE]}}, rows="result.data")


def test_keys_are_told_shortened_and_not_all() -> None:
    document = {f"key {number} {'x' * 100}": "hush" for number in range(30)}
    with pytest.raises(SourceChangedError, match=r"\(18 more\)") as caught:
        decode(document)
    assert "hush" not in str(caught.value)
    assert len(str(caught.value)) < 1000


# ---- a single record, and what people save by hand ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "declared"),
    [
        ([ZOE], {}),
        (ZOE, {}),
        ({"ref": {"no": 7}}, {"key": "ref.no"}),
        ({"a": 1, "b": 2}, {"key": ("a", "b")}),
        ({"a": 1, "b": 2}, {"key": {"join": ["a", "b"], "with": "-"}}),
        ({"b": 2}, {"key": {"first": ["a", "b"]}}),
        (ZOE, {"rows": ""}),
        (ZOE | {"status": "failed", "success": False}, {}),
    ],
)
def test_rows_saved_by_hand_are_taken(document: Any, declared: Any) -> None:
    page = decode(document, **declared)
    assert list(page.rows) == (document if isinstance(document, list) else [document])
    assert (page.next, page.has_more, page.total) == (None, None, None)


def test_a_record_in_the_place_of_the_list_is_taken_where_the_stream_can_be_asked_for_one() -> None:
    assert list(decode({"data": ZOE}, one="/contacts/{id}").rows) == [ZOE]
    with pytest.raises(SourceChangedError, match="should be a list"):
        decode({"data": ZOE})


def test_rows_saved_by_hand_are_not_taken_from_the_source_itself(vendor: Vendor, read: Read) -> None:
    for document in ([ZOE], ZOE):
        vendor.on("/contacts", document)
        with pytest.raises(SourceChangedError, match="'data' is missing"):
            read()


@pytest.mark.parametrize("document", [ZOE, {"data": ZOE}, {"data": [ZOE]}])
def test_one_record_is_asked_for_by_its_id(vendor: Vendor, read: Read, document: Any) -> None:
    vendor.on("/contacts/a%20b%2Fc", document)
    (page,) = read(Query(id="a b/c"), one="/contacts/{id}", params={"expand": "all"}, paging=CursorPaging("next", "c"))
    assert list(page.rows) == [ZOE]
    assert vendor.queries == [{"expand": "all"}]


@pytest.mark.parametrize("key", ["", " ", ".", "..", "../../admin"])
def test_an_id_that_would_name_another_place_is_not_asked_for(vendor: Vendor, read: Read, key: str) -> None:
    with pytest.raises(ConfigError):
        read(Query(id=key), one="/contacts/{id}")
    assert vendor.asked == []


def test_a_record_that_is_not_there_is_an_access_error(vendor: Vendor, read: Read) -> None:
    with pytest.raises(AccessError, match="status 404: no such path"):
        read(Query(id="8"), one="/contacts/{id}")


def test_a_stream_that_has_no_single_records_says_so(read: Read) -> None:
    with pytest.raises(ConfigError, match="cannot be asked for one record"):
        read(Query(id="8"))


# ---- errors inside an answer ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "kind", "told"),
    [
        ({"status": "error", "code": "SESSION_EXPIRED"}, AccessError, "SESSION_EXPIRED"),
        ({"status": "error", "message": "Ten secondly limit", "category": "RATE_LIMITS"}, SourceUnavailableError, "Ten"),
        ({"success": False, "error": "Unknown filter", "error_info": "See the docs"}, SourceRefusedError, "Unknown filter"),
        ({"id": 26, "error": ["UserError", ["Not allowed", "detail", None]]}, SourceRefusedError, r"Not allowed \(UserError\)"),
        ({"jsonrpc": "2.0", "id": 1, "error": {"code": 200, "message": "Server Error", "data": {"name": "x.AccessDenied", "message": "Access Denied"}}}, AccessError, r"Access Denied \(x.AccessDenied\)"),
        ({"errors": [{"message": "Field 'x' is gone"}], "data": None}, SourceRefusedError, "Field 'x' is gone"),
        ({"errors": {"status": 400, "title": "Bad", "detail": "No module"}}, SourceRefusedError, r"No module \(400\)"),
        ({"fault": {"faultstring": "Spike arrest"}}, SourceRefusedError, "Spike arrest"),
        ({"code": "INVALID_TOKEN", "message": "invalid oauth token", "status": "error", "details": {}}, AccessError, "INVALID_TOKEN"),
        ([{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}], AccessError, "INVALID_SESSION_ID"),
        ({"data": [], "error": "backend down"}, SourceRefusedError, "backend down"),
        ({"ok": False, "error": "ratelimited", "code": 429}, SourceUnavailableError, "ratelimited"),
    ],
)  # fmt: skip
def test_an_error_that_pretends_to_be_fine_is_an_error(
    vendor: Vendor, read: Read, document: Any, kind: type[BartackError], told: str
) -> None:
    with pytest.raises(kind, match=told) as caught:
        decode(document)
    assert type(caught.value) is kind
    vendor.on("/contacts", document)
    with pytest.raises(kind, match=told):
        read()


@pytest.mark.parametrize(
    "document",
    [
        {"data": [ZOE], "error": None, "errors": [], "success": True, "status": "ok"},
        {"data": [], "error": "", "errors": {}, "error_code": 0, "errorCode": "0", "fault": False},
    ],
)
def test_the_absence_of_an_error_is_none(document: Any) -> None:
    assert decode(document).partial is None


def test_an_error_beside_rows_makes_the_page_partial() -> None:
    page = decode({"data": [ZOE], "errors": [{"message": "2 of 3 shards answered"}]})
    assert page.rows == [ZOE]
    assert page.partial == "the answer carries an error: 2 of 3 shards answered"


def test_a_row_may_be_about_an_error() -> None:
    assert decode([ZOE | {"errorCode": "E1"}], rows="").partial is None
    assert decode({"data": [ZOE | {"error": "bounced", "status": "error"}]}).partial is None


def test_a_declared_error_counts_whatever_stands_beside_it() -> None:
    declared = ErrorBody("meta.result", equals=("NOK", 0), message="meta.text", code="meta.no")
    with pytest.raises(SourceRefusedError, match=r"Mandant fehlt \(A-17\)"):
        decode({"data": [ZOE], "meta": {"result": "nok", "text": "Mandant fehlt", "no": "A-17"}}, errors=(declared,))
    assert decode({"data": [ZOE], "meta": {"result": False}}, errors=(declared,)).rows == [ZOE]
    with pytest.raises(SourceRefusedError):
        decode({"data": [ZOE], "meta": {"result": 0}}, errors=(declared,))


def test_the_sources_words_are_shortened_and_without_secrets() -> None:
    message = "access_token=tok-hush-1 Bearer hush-9999-abcdef https://zoe:hush@crm.example.org \x1b[2J" + "x" * 5000
    with pytest.raises(SourceRefusedError) as caught:
        decode({"error": {"message": message}})
    assert "hush" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 400


# ---- statuses -------------------------------------------------------------------------------------------------------


def test_an_empty_answer_means_no_rows_only_where_that_is_declared(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", Answer(None, 204))
    (page,) = read(statuses={204: "empty"})
    assert (list(page.rows), page.next, page.has_more) == ([], None, False)
    with pytest.raises(SourceChangedError, match="status 204, which the stream does not declare"):
        read()
    with pytest.raises(WireError, match="is empty"):
        decode(b" \n")


def test_other_statuses_may_carry_rows() -> None:
    assert decode({"data": [ZOE]}, status=203, statuses={203: "rows"}).rows == [ZOE]
    with pytest.raises(SourceChangedError):
        decode({"data": [ZOE]}, status=203)
    with pytest.raises(AccessError, match="status 401: expired"):
        decode({"message": "expired"}, status=401)


# ---- what is no JSON ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/json", None])
def test_a_login_page_is_named_by_its_title(vendor: Vendor, read: Read, content_type: str | None) -> None:
    with pytest.raises(SourceChangedError, match="an HTML page titled 'Sign in – Acme' came instead of JSON") as caught:
        decode(SIGN_IN, content_type)
    assert "hush" not in str(caught.value)
    vendor.on("/contacts", Answer(SIGN_IN, headers={"Content-Type": content_type or ""}))
    with pytest.raises(SourceChangedError, match="Sign in"):
        read()


@pytest.mark.parametrize(
    ("content", "content_type", "told"),
    [
        (b"<html><title><script>alert(1)</script></title>", "text/html", "titled '&lt;script&gt;alert"),
        (b"<p>down</p>", "text/html", "an HTML page came"),
        (b"<?xml version='1.0'?><a/>", "application/xml", "an XML document"),
        (b"id;name\n1;Zoe", "text/csv", "content of type 'text/csv'"),
        (b"OK", None, "content of no declared type"),
        (b")]}',\n{}", "text/plain", "content of type 'text/plain'"),
    ],
)
def test_what_came_instead_of_json_is_said(content: bytes, content_type: str | None, told: str) -> None:
    with pytest.raises(SourceChangedError, match=told):
        decode(content, content_type)


@pytest.mark.parametrize(
    "content_type", ["text/html", "text/plain", None, "application/vnd.api+json", "application/octet-stream"]
)
def test_json_is_json_whatever_a_legacy_server_calls_it(content_type: str | None) -> None:
    assert decode({"data": [ZOE]}, content_type).rows == [ZOE]


@pytest.mark.parametrize(
    "content",
    [
        b'{"data": [{"id": NaN}]}',
        b'{"data": [{"id": -Infinity}]}',
        b'{"data": [{"id": 1, "id": 2}]}',
        b'{"data": [{"id": 1, "\\u0069d": 2}]}',
        b'{"data": [{"name": "\\ud83d"}]}',
        b'{"data": [{"name": "\\udc00 lone"}]}',
        b'{"data": [{"name": "M\xfcller"}]}',
        b'{"data": [{"name": "\xed\xa0\x80"}]}',
        b'{"data": [{"id": 1}]',
        b'{"data": []} {"data": []}',
        b'{"data": [1,]}',
        b'{"data": [01]}',
        b'{"data": ["a\nb"]}',
        b'{"data": [1e99999]}',
        b'{"data": [1e309]}',
        b'{"data": [-1E+400]}',
        b'{"data": [1e-400]}',
        b'{"data": [0.1e310]}',
        b'{"data": [1e0400]}',
        b'{"data": [' + b"9" * 41 + b"]}",
        b'{"data": [-' + b"9" * 41 + b"]}",
        b'{"data": [{"id": [' + b"9" * 4000 + b"]}]}",
        b'{"data": [0.' + b"1" * 801 + b"]}",
        b'{"data": [1]}\x00',
        b'{"data": [+1]}',
        b"{'data': []}",
        b'{"data": []}//',
        b'{"data": ["\x01"]}',
        b'{"data": ["\\udc00\\ud83d"]}',
        b'{"\\ud83d": 1}',
        b'{"data": [1e99999999999999999999999]}',
        b'{"data": [' + b"9" * 5000 + b"]}",
        b'{"data": ' + b"[" * 100_000,
    ],
)
def test_json_that_is_not_well_formed_is_refused(content: bytes) -> None:
    with pytest.raises(WireError):
        decode(content)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("9" * 40, int("9" * 40)),
        ("340282366920938463463374607431768211455", 2**128 - 1),
        ("1.7976931348623157e308", Decimal("1.7976931348623157E+308")),
        ("5e-324", Decimal("5E-324")),
        ("90071992547409.93", Decimal("90071992547409.93")),
        ("0." + "1" * 800, Decimal("0." + "1" * 800)),
        ("-0.0", Decimal("-0.0")),
    ],
)
def test_numbers_that_somebody_may_mean_are_exact(number: str, value: Any) -> None:
    assert decode(f'{{"data": [{{"n": {number}}}]}}'.encode()).rows == [{"n": value}]


def test_long_numbers_in_texts_and_control_characters_are_data() -> None:
    row = {"iban": "9" * 60, "hash": "1e400", "note": "a\x00b\u2028\x7f", "emoji": "😀", "odd": "\uffff"}
    assert decode({"data": [row]}).rows == [row]


@pytest.mark.parametrize(
    "content_type",
    ["text/csv", "application/x-ndjson", "application/xml", "text/event-stream", "multipart/mixed", "image/png", "application/json-seq"],
)  # fmt: skip
def test_a_content_type_that_says_something_else_is_believed(content_type: str) -> None:
    with pytest.raises(SourceChangedError, match=f"content of type '{content_type}'"):
        decode({"data": [ZOE]}, content_type)


def test_a_large_exponent_in_a_text_is_a_text() -> None:
    assert decode({"data": [{"id": "1e99999"}]}).rows == [{"id": "1e99999"}]


@pytest.mark.parametrize(
    ("encoding", "content_type"),
    [
        ("utf-8", "application/json"),
        ("utf-8-sig", "application/json; charset=utf-8"),
        ("utf-8-sig", None),
        ("utf-8", 'application/json; charset="UTF-8"'),
        ("latin-1", "application/json; charset=ISO-8859-1"),
        ("cp1252", "application/json;charset=windows-1252"),
        ("utf-8", "application/json; charset=iso-8859-1"),  # labelled wrongly, as it happens
        ("utf-16", "application/json"),
        ("utf-16-le", "application/json; charset=utf-16le"),
        ("utf-32", None),
    ],
)
def test_the_character_set_is_honoured(encoding: str, content_type: str | None) -> None:
    assert decode(json.dumps({"data": [ZOE]}, ensure_ascii=False).encode(encoding), content_type).rows == [ZOE]


@pytest.mark.parametrize("charset", ["klingon", "zip", "unicode_escape", "idna", "x\x00y", "utf-7"])
def test_an_unknown_character_set_is_refused(charset: str) -> None:
    with pytest.raises(WireError, match="unknown character set"):
        decode({"data": [ZOE]}, f"application/json; charset={charset}")


def test_bytes_that_are_not_the_declared_text_are_refused() -> None:
    with pytest.raises(WireError, match="is not the"):
        decode(b'{"data": ["\x81\x8d"]}', "application/json; charset=cp1252")


# ---- what one saved answer announces --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "declared", "following"),
    [
        ({"data": [ZOE], "next": "c2"}, {"paging": CursorPaging("next", "cursor")}, ("c2", None, None)),
        ({"data": [ZOE], "next": "/contacts?at=2"}, {"paging": NextUrlPaging("next")}, ("/contacts?at=2", None, None)),
        ({"data": [ZOE], "more": True}, {"paging": PagePaging("page"), "has_more": "more"}, ("2", True, None)),
        ({"data": [ZOE], "more": "false"}, {"paging": PagePaging("page"), "has_more": "more"}, (None, False, None)),
        ({"data": [ZOE], "n": 9}, {"paging": PagePaging("page"), "total": "n"}, ("2", None, 9)),
        ({"data": [ZOE], "n": 1}, {"paging": PagePaging("page"), "total": "n"}, (None, None, 1)),
        ({"data": [ZOE], "n": 9}, {"paging": OffsetPaging("o", "l", 5), "total": "n"}, ("1", None, 9)),
        ({"data": [ZOE], "p": 3}, {"paging": PagePaging("page", pages="p")}, ("2", None, None)),
        ({"data": [ZOE]}, {"paging": PagePaging("page")}, (None, None, None)),
        ({"data": [ZOE]}, {"paging": OffsetPaging("o", "l", 5)}, (None, None, None)),
    ],
)
def test_a_saved_answer_tells_of_further_pages_only_what_it_says_itself(
    document: Any, declared: Any, following: Any
) -> None:
    page = decode(document, **declared)
    assert (page.next, page.has_more, page.total) == following


def test_a_flag_that_is_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(SourceChangedError, match="'more' should be true or false"):
        decode({"data": [ZOE], "more": "perhaps"}, has_more="more")


@pytest.mark.parametrize("path", ["a..b", ".a", "a.", "a[", "a[x]", "'a", "a b.'"])
def test_a_path_that_is_not_well_written_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="is no path"):
        decode({"data": []}, rows=path)


# ---- anything at all ------------------------------------------------------------------------------------------------

DECLARED = stream(
    rows=("data", "value.items"),
    one="/contacts/{id}",
    total="n",
    has_more="!done",
    paging=PagePaging("page", pages="p"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["data", "value", "items", "id", "n", "done", "p", "error", "errors", "status", "code", "message"]
            )
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
TYPES = (
    st.none()
    | st.text(max_size=30)
    | st.sampled_from(["application/json", "text/html", "application/json; charset=utf-16"])
)


def judge(content: bytes, content_type: str | None, status: int) -> None:
    try:
        page = DECLARED.decode(Body(content, content_type, status, headers={"retry-after": content_type or ""}))
    except BartackError:
        return
    assert status == 200
    assert page.total is None or page.total >= 0


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), TYPES, st.integers(100, 999) | st.just(200))
@example(b'{"data":[{}]}', "a/b; charset=punycode", 200)
def test_no_bytes_make_anything_but_rows_or_a_typed_error(
    content: bytes, content_type: str | None, status: int
) -> None:
    judge(content, content_type, status)


@settings(max_examples=300, deadline=None)
@given(JSON, TYPES, st.sampled_from([200, 200, 200, 400, 403, 500]))
def test_no_document_makes_anything_but_rows_or_a_typed_error(
    document: Any, content_type: str | None, status: int
) -> None:
    judge(json.dumps(document, ensure_ascii=True).encode(), content_type, status)
