"""Whatever HubSpot answers: rows are counted, and what holds no rows is an error that says why."""

from __future__ import annotations

import json
from typing import Any

import pytest

import bartack
from bartack.errors import AccessError, SourceChangedError, SourceRefusedError, SourceUnavailableError
from bartack.reading.offline import Normalized


def normalize(body: Any, stream: str = "contacts", **how: Any) -> Normalized:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return bartack.normalize("hubspot", stream, content, **how)


def books(outcome: Normalized) -> dict[str, int]:
    verdict = outcome.report.verdict
    named = {name: getattr(verdict, name) for name in ("rows", "delivered", "rejected", "duplicates", "tombstones")}
    return {name: count for name, count in named.items() if count}


ZOE = {"id": "1", "properties": {"firstname": "Zoë", "email": "zoe@example.org"}, "archived": False}
BEA = {"id": "2", "properties": {"firstname": None, "lastname": "", "email": None}, "archived": False}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"results": [ZOE, BEA]}, {"rows": 2, "delivered": 1, "rejected": 1}),
        ({"results": []}, {}),
        ({"total": 1, "results": [ZOE]}, {"rows": 1, "delivered": 1}),
        (ZOE, {"rows": 1, "delivered": 1}),
        ([ZOE, BEA, ZOE], {"rows": 3, "delivered": 1, "rejected": 1, "duplicates": 1}),
        ({**ZOE, "archived": True, "archivedAt": "2026-01-01T00:00:00Z"}, {"rows": 1, "tombstones": 1}),
        ({"results": [None, 7, "x"]}, {"rows": 3, "rejected": 3}),
        ({"vid": 61571, "deleted": True, "reason": "OK"}, {"rows": 1, "tombstones": 1}),
    ],
)
def test_every_row_is_accounted_for(body: Any, expected: dict[str, int]) -> None:
    outcome = normalize(body)
    assert outcome.error is None
    assert outcome.report.verdict.completeness == "complete"
    assert books(outcome) == expected


def test_a_batch_of_which_a_part_failed_is_partial_and_names_the_failure() -> None:
    failed = {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": "Could not get some CONTACT objects, they may be deleted or not exist.",
        "context": {"ids": ["999"]},
    }
    batch = {"status": "COMPLETE", "results": [ZOE], "numErrors": 1, "errors": [failed]}
    outcome = normalize(batch, status=207)
    assert books(outcome) == {"rows": 1, "delivered": 1}
    assert outcome.report.verdict.completeness == "partial"
    assert "Could not get some CONTACT objects" in " ".join(outcome.report.verdict.reasons)
    nothing = normalize({**batch, "results": []}, status=207)
    assert isinstance(nothing.error, SourceRefusedError)


def test_a_batch_that_is_not_worked_off_yet_is_no_empty_answer() -> None:
    for status in ("PENDING", "PROCESSING", "CANCELED"):
        outcome = normalize({"status": status, "results": []})
        assert isinstance(outcome.error, SourceRefusedError)
        assert status in outcome.error.message


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"status": "error", "message": "resource not found", "category": "OBJECT_NOT_FOUND"}, SourceRefusedError),
        ({"status": "error", "message": "expired", "category": "EXPIRED_AUTHENTICATION"}, AccessError),
        ({"status": "error", "message": "ten secondly", "category": "RATE_LIMITS"}, SourceUnavailableError),
        ({"status": "error", "message": "Property values were not valid", "validationResults": []}, SourceRefusedError),
        ({}, SourceChangedError),
        ({"items": [ZOE]}, SourceChangedError),
        ({"companies": [{"companyId": 1, "properties": {}}]}, SourceChangedError),
        ({"companyId": 1, "properties": {}}, SourceChangedError),
        ({"vids": [1, 2], "vidOffset": 2, "hasMore": False}, SourceChangedError),
        (b"<!doctype html><html><title>Page not found</title></html>", SourceChangedError),
    ],
)
def test_what_holds_no_contacts_is_an_error(body: Any, error: type[Exception]) -> None:
    outcome = normalize(body)
    assert type(outcome.error) is error
    assert outcome.report.verdict.completeness == "failed"
    assert books(outcome) == {}


@pytest.mark.parametrize(
    ("stream", "body"),
    [
        ("contacts", {"contacts": [], "has-more": True, "vid-offset": 7}),
        ("companies", {"companies": [], "has-more": True, "offset": 7}),
        ("deals", {"deals": [], "hasMore": True, "offset": 7}),
        ("contacts", {"results": [ZOE], "paging": {"next": {"after": "2"}}}),
        ("engagements", {"results": [], "hasMore": True, "offset": 7}),
    ],
)
def test_a_body_that_announces_more_is_partial(stream: str, body: Any) -> None:
    verdict = normalize(body, stream).report.verdict
    assert verdict.completeness == "partial"
    assert "more_pages" in " ".join(verdict.reasons)


def test_more_links_than_an_answer_holds_make_it_partial() -> None:
    linked = {"companies": {"results": [{"id": "7", "type": "contact_to_company"}], "paging": {"next": {"after": "8"}}}}
    outcome = normalize({"results": [{**ZOE, "associations": linked}]})
    assert outcome.report.verdict.completeness == "partial"
    assert "more associations" in " ".join(outcome.report.verdict.reasons)


V1 = {
    "vid": 154835,
    "portal-id": 62515,
    "is-contact": True,
    "properties": {
        "firstname": {"value": "Zoë", "versions": [{"value": "Zoe", "timestamp": 1}]},
        "lastname": {"value": "Müller"},
        "email": {"value": "zoe@example.org"},
        "createdate": {"value": "1405347851360"},
    },
    "identity-profiles": [],
}
V3 = {
    "id": "154835",
    "properties": {
        "firstname": "Zoë",
        "lastname": "Müller",
        "email": "zoe@example.org",
        "createdate": "2014-07-14T14:24:11.360Z",
    },
}


def test_what_v1_answered_becomes_the_same_person_as_what_v3_answers() -> None:
    ((old,), (new,)) = (normalize(body).records for body in (V1, V3))
    assert old.ref == new.ref
    theirs = old.value.model_dump(exclude={"custom"})
    assert theirs == new.value.model_dump(exclude={"custom"})
    kept = {one.key: one.value for one in old.value.custom}
    assert kept == {"portal-id": 62515, "is-contact": True}


@pytest.mark.parametrize(
    ("stream", "row", "identity", "name"),
    [
        ("companies", {"companyId": 7, "properties": {"name": {"value": "X"}}}, "7", "name"),
        ("deals", {"dealId": 8, "properties": {"dealname": {"value": "X"}}}, "8", "title"),
        ("tickets", {"objectId": 9, "properties": {"subject": {"value": "X"}}}, "9", "subject"),
        ("products", {"objectId": 10, "properties": {"name": {"value": "X"}}}, "10", "name"),
    ],
)
def test_the_retired_apis_call_the_id_by_other_names(stream: str, row: Any, identity: str, name: str) -> None:
    (record,) = normalize(row, stream).records
    assert (record.ref.id, getattr(record.value, name)) == (identity, "X")


def test_the_contacts_of_a_company_list_their_properties_by_name() -> None:
    """``GET /companies/v2/companies/:id/contacts`` has another form again."""
    row = {"vid": 5, "properties": [{"name": "firstname", "value": "Zoë", "sourceVid": 5}]}
    (record,) = normalize({"contacts": [row], "hasMore": False}).records
    assert record.value.name.full == "Zoë"


def test_a_v1_contact_without_an_email_property_is_known_by_its_identity() -> None:
    identities = [{"type": "LEAD_GUID", "value": "c8f2"}, {"type": "EMAIL", "value": "zoe@example.org"}]
    row = {"vid": 5, "properties": {}, "identity-profiles": [{"vid": 5, "identities": identities}]}
    (record,) = normalize(row).records
    assert (record.value.name.full, record.value.emails[0].address) == ("zoe@example.org", "zoe@example.org")
