"""Answers that no connector reads: status, form and what is around the rows; and rubbish, which is compared, too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bartack.comparing.comparison import Comparison, Side, compare
from bartack.comparing.documents import endpoints
from bartack.errors import ComparisonError
from bartack.recording import Cassette, Headers, Interaction, RecordedRequest, RecordedResponse

JSON: Headers = (("Content-Type", "application/json"),)
ALARMS = ("BREAKING", "SILENT", "RISK")


def cassette(*answers: tuple[str, RecordedResponse]) -> Cassette:
    asked = [Interaction(RecordedRequest("GET", f"https://api.example{path}"), answer) for path, answer in answers]
    return Cassette("answers.yaml", asked)


def good(document: Any, headers: Headers = JSON) -> RecordedResponse:
    return RecordedResponse(200, "OK", headers, json.dumps(document).encode())


def compared(before: Cassette, after: Cassette) -> Comparison:
    return compare(Side("before", cassette=before), Side("after", cassette=after))


def test_requests_for_single_records_are_of_one_kind() -> None:
    one = good({"id": 1})
    found = endpoints(cassette(("/people/1?page=2", one), ("/people/22", one), ("/people", one)))
    assert {name: len(endpoint.answers) for name, endpoint in found.items()} == {"GET /people": 1, "GET /people/{}": 2}


def test_a_call_that_fails_now_breaks() -> None:
    rows = good({"items": [{"id": n} for n in range(6)]})
    gone = RecordedResponse(410, "Gone", JSON, b'{"error": "gone"}')
    (found,) = compared(cassette(("/people", rows)), cassette(("/people", gone))).at_least(ALARMS)
    assert (found.severity, found.kind, found.now) == ("BREAKING", "status", "410 Gone")


def test_errors_in_another_form_are_a_risk() -> None:
    was = RecordedResponse(404, "Not Found", JSON, b'{"message": "no such record"}')
    now = RecordedResponse(
        404, "Not Found", (("Content-Type", "application/problem+json"),), b'{"title": "x", "type": "y"}'
    )
    (found,) = compared(cassette(("/people/1", was)), cassette(("/people/1", now))).findings
    assert (found.severity, found.kind) == ("RISK", "error")
    assert found.now == "application/problem+json with title, type"


def test_rows_at_another_place_break_who_looks_for_them() -> None:
    rows = [{"id": n, "name": f"Name {n}"} for n in range(8)]
    found = compared(
        cassette(("/people", good({"items": rows}))), cassette(("/people", good({"data": {"list": rows}})))
    )
    (one,) = found.at_least(ALARMS)
    assert (one.kind, one.was, one.now) == ("envelope", "items", "data.list")


def test_another_form_of_answer_breaks_where_nothing_reads_both() -> None:
    rows = [{"id": n} for n in range(8)]
    xml = b"<people>" + b"".join(b"<person><id>%d</id></person>" % n for n in range(8)) + b"</people>"
    now = RecordedResponse(200, "OK", (("Content-Type", "application/xml"),), xml)
    found = compared(cassette(("/people", good({"person": rows}))), cassette(("/people", now)))
    assert any((one.severity, one.kind, one.now) == ("BREAKING", "header", "application/xml") for one in found.findings)


def test_what_was_asked_on_one_side_only_is_undecided() -> None:
    rows = good([{"id": n} for n in range(8)])
    found = compared(cassette(("/people", rows), ("/firms", rows)), cassette(("/people", rows)))
    assert [(one.stream, one.reason) for one in found.undecided if one.about == "its answers"] == [
        ("GET /firms", "it was not asked after")
    ]


def test_an_etag_in_every_row_is_noise() -> None:
    before = [{"id": n, "etag": f"W/{n}", "name": f"Name {n}"} for n in range(40)]
    after = [{**row, "etag": f"{row['id']:032x}"} for row in before]
    found = compared(cassette(("/people", good(before))), cassette(("/people", good(after))))
    assert {(one.severity, one.path) for one in found.findings} <= {("NOISE", "etag")}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe<\x00",
        b"[" * 5000 + b"]" * 5000,
        b"<a>" * 3000 + b"</a>" * 3000,
        b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'[{"id": 1e999999999, "n": 1e400}, {"id": NaN, "n": -Infinity}]',
        b'[{"": {"": [[[]]]}, "a.b": "\\ud800"}]',
    ],
)
def test_rubbish_is_compared_and_breaks_nothing(body: bytes) -> None:
    answers = cassette(*[("/people", RecordedResponse(200, "OK", JSON, body))] * 6)
    assert compared(answers, answers).findings == ()


bodies = st.binary(max_size=60) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=25,
).map(lambda one: json.dumps(one).encode())


@settings(deadline=None, max_examples=150)
@given(st.lists(bodies, max_size=6), st.lists(bodies, max_size=6), st.sampled_from([200, 201, 301, 404, 500]))
@example([b'[{"a": 1}]'] * 6, [b'[{"a": "\x00"}]'] * 6, 200)
def test_whatever_was_answered_is_compared_without_an_error_of_its_own(
    before: list[bytes], after: list[bytes], status: int
) -> None:
    was = cassette(*[("/x", RecordedResponse(200, "OK", JSON, body)) for body in before])
    now = cassette(*[("/x", RecordedResponse(status, "", JSON, body)) for body in after])
    try:
        found = compared(was, now)
    except ComparisonError:
        return
    assert found == compared(was, now)
    assert json.dumps([one.to_document() for one in found.findings])
