"""Whatever Salesforce answers: rows are counted, and what holds no rows is an error that says why."""

from __future__ import annotations

import json
from typing import Any

import pytest

import bartack
from bartack.errors import AccessError, SourceChangedError, SourceRefusedError, SourceUnavailableError
from bartack.reading.offline import Normalized


def normalize(body: Any, stream: str = "Contact", **how: Any) -> Normalized:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return bartack.normalize("salesforce", stream, content, **how)


def row(kind: str = "Contact", **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind, "url": f"/services/data/v60.0/sobjects/{kind}/003A"}, **fields}


ZOE = row(Id="003A", FirstName="Zoë", LastName="Müller")


def answer(*rows: Any, **said: Any) -> dict[str, Any]:
    return {"totalSize": len(rows), "done": True, "records": list(rows), **said}


@pytest.mark.parametrize(
    ("body", "delivered", "rejected"),
    [
        (answer(ZOE), 1, 0),
        (answer(), 0, 0),
        (ZOE, 1, 0),
        ([ZOE, None], 1, 1),
        (answer(row(FirstName="Zoë")), 1, 0),
        (answer(row(Email="zoe@example.org")), 0, 1),
        (answer({"attributes": {"type": "AggregateResult"}, "expr0": 7}), 0, 1),
        (answer({"Id": "003A", "Name": "Zoë Müller"}), 1, 0),
    ],
)
def test_every_row_is_accounted_for(body: Any, delivered: int, rejected: int) -> None:
    outcome = normalize(body)
    assert outcome.error is None
    verdict = outcome.report.verdict
    assert (verdict.delivered, verdict.rejected, verdict.completeness) == (delivered, rejected, "complete")
    assert verdict.rows == delivered + rejected


def test_the_identity_is_the_end_of_the_url_where_the_id_was_not_selected() -> None:
    (record,) = normalize(answer(row(FirstName="Zoë"))).records
    assert record.ref.id == "003A"


def test_a_count_has_no_identity() -> None:
    (reject,) = normalize(answer({"attributes": {"type": "AggregateResult"}, "expr0": 7})).rejects
    assert "key.absent" in {issue.code for issue in reject.issues}


def test_a_row_without_what_a_person_needs_says_what_is_missing() -> None:
    (reject,) = normalize(answer(row(Email="zoe@example.org"))).rejects
    (issue,) = reject.issues
    assert (issue.code, issue.field, issue.path) == ("required.absent", "name.full", "Name")


@pytest.mark.parametrize("kind", ["Account", "CustomObject__c", "Lead"])
def test_rows_of_another_object_are_no_contacts(kind: str) -> None:
    outcome = normalize(answer(row(kind, Name="X"), row(kind, Name="Y")))
    assert isinstance(outcome.error, SourceChangedError)
    assert kind in outcome.error.message
    assert outcome.report.verdict.completeness == "failed"


def test_an_announced_next_page_and_a_nested_list_cut_short_are_partial() -> None:
    more = answer(ZOE, done=False, nextRecordsUrl="/services/data/v60.0/query/01g-2000", totalSize=2086)
    assert normalize(more).report.verdict.completeness == "partial"
    nested = {"totalSize": 300, "done": False, "nextRecordsUrl": "/x", "records": [row("Case", Subject="a")]}
    verdict = normalize(answer({**ZOE, "Cases": nested})).report.verdict
    assert verdict.completeness == "partial"
    assert "nested_list_cut" in " ".join(verdict.reasons)
    whole = normalize(answer({**ZOE, "Cases": {**nested, "done": True}}))
    assert whole.report.verdict.completeness == "complete"


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        (
            [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}],
            AccessError,
            "INVALID_SESSION_ID",
        ),
        ([{"message": "limit", "errorCode": "REQUEST_LIMIT_EXCEEDED"}], SourceUnavailableError, "REQUEST_LIMIT"),
        ([{"message": "no such column", "errorCode": "INVALID_FIELD"}], SourceRefusedError, "INVALID_FIELD"),
        ({"error": "invalid_grant", "error_description": "user hasn't approved"}, AccessError, "approved"),
        ({"id": "003A", "success": True, "errors": []}, SourceChangedError, "records"),
        ({"name": "Contact", "fields": [{"name": "Id"}], "childRelationships": []}, SourceChangedError, "records"),
        ({"compositeResponse": [{"body": answer(ZOE), "httpStatusCode": 200}]}, SourceChangedError, "records"),
        ({}, SourceChangedError, "records"),
        (b"<html><head><title>Down for maintenance</title></head></html>", SourceChangedError, "Down for maintenance"),
    ],
)
def test_what_holds_no_rows_is_an_error(body: Any, error: type[Exception], words: str) -> None:
    outcome = normalize(body)
    assert type(outcome.error) is error
    assert outcome.error is not None
    assert words in outcome.error.message
    assert outcome.report.verdict.rows == 0


def test_a_composite_whose_part_failed_tells_that_error() -> None:
    part = {"body": [{"errorCode": "NOT_FOUND", "message": "gone"}], "httpStatusCode": 404, "referenceId": "one"}
    error = normalize({"compositeResponse": [part]}).error
    assert isinstance(error, SourceRefusedError)
    assert "gone (NOT_FOUND)" in error.message
