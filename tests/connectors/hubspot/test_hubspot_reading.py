"""HubSpot as it is asked: lists and searches to their end, the recycle bin, one record, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import AccessError, ConfigError, SourceUnavailableError
from bartack.hub import Hub
from bartack_contracts import Activity, Person, User
from support.http_vendor import Answer, Asked, Vendor

CONTACTS = "/crm/v3/objects/contacts"
TOKEN = {"env": "CRM_TOKEN"}


def contact(number: int, **more: Any) -> dict[str, Any]:
    properties = {"firstname": "Zoë", "lastname": f"No. {number}", "hs_object_id": str(number)}
    return {"id": str(number), "properties": properties, "archived": False, **more}


@pytest.fixture
def crm(source: Callable[..., Hub]) -> Hub:
    return source("hubspot", token=TOKEN)


def test_a_list_is_read_page_after_page_with_its_properties_and_links(crm: Hub, vendor: Vendor) -> None:
    first = {
        "results": [contact(1), contact(2)],
        "paging": {"next": {"after": "3", "link": "https://elsewhere.example"}},
    }
    vendor.on(CONTACTS, first, {"results": [contact(5)]})
    people = crm.read(Person, source="crm", stream="contacts")
    assert [record.ref.id for record in people] == ["1", "2", "5"]
    assert people.report.verdict.completeness == "complete"
    one, two = vendor.queries
    assert {"email", "lifecyclestage", "lastmodifieddate"} <= set(one["properties"].split(","))
    assert (one["limit"], one["associations"], "after" in one, two["after"]) == ("100", "companies", False, "3")
    assert vendor.asked[0].headers["authorization"] == "Bearer tok-example-0123456789"


def test_a_recorded_page_is_served_and_its_announced_next_page_asked_for(
    corpus: Path, crm: Hub, vendor: Vendor
) -> None:
    recorded = (corpus / "payloads/hubspot/contacts/4.json").read_bytes()
    vendor.on(CONTACTS, Answer(recorded), {"results": []})
    (record,) = crm.read(Person, source="crm", stream="contacts")
    assert (record.value.name.full, record.ref.id) == ("Maria Johnson (Sample Contact)", "51854903509")
    assert vendor.queries[1]["after"] == "51854903510"


def searched(objects: dict[int, dict[str, Any]]) -> Callable[[Asked], Answer]:
    """Answer searches as HubSpot does: filtered, sorted by id, and never beyond the 10,000th hit."""

    def answer(asked: Asked) -> Answer:
        wanted = asked.document
        filters = {one["propertyName"]: one for one in wanted["filterGroups"][0]["filters"]}
        assert wanted["sorts"] == [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
        after = int(filters["hs_object_id"]["value"]) if "hs_object_id" in filters else 0
        hits = [objects[number] for number in sorted(objects) if number > after]
        page = hits[: wanted["limit"]]
        more = {"paging": {"next": {"after": str(wanted["limit"])}}} if len(hits) > len(page) else {}
        return Answer({"total": len(hits), "results": page, **more})

    return answer


def test_a_search_for_changes_goes_beyond_ten_thousand_hits(crm: Hub, vendor: Vendor) -> None:
    vendor.on(f"{CONTACTS}/search", searched({number: contact(number) for number in range(1, 10_052)}))
    people = crm.read(Person, source="crm", stream="contacts", since=datetime(2026, 11, 1, tzinfo=UTC))
    assert [int(record.ref.id) for record in people] == list(range(1, 10_052))
    (report,) = people.report.streams
    assert (report.declared_total, report.completeness, report.pages) == (10_051, "complete", 101)
    (changed,) = vendor.asked[0].document["filterGroups"][0]["filters"]
    a_minute_before = str(1793491200000 - 60_000)
    assert changed == {"propertyName": "lastmodifieddate", "operator": "GTE", "value": int(a_minute_before)}


def test_a_search_that_ends_before_its_total_is_partial(crm: Hub, vendor: Vendor) -> None:
    vendor.on(f"{CONTACTS}/search", {"total": 3, "results": [contact(1), contact(2)]})
    people = crm.read(
        Person, source="crm", stream="contacts", since=datetime(2026, 11, 1, tzinfo=UTC), allow_partial=True
    )
    assert len(list(people)) == 2
    assert people.report.verdict.completeness == "partial"


@pytest.mark.parametrize("stream", ["companies", "deals", "tickets", "products", "calls", "emails", "notes", "tasks"])
def test_other_objects_call_their_last_change_by_another_name(crm: Hub, vendor: Vendor, stream: str) -> None:
    vendor.on(f"/crm/v3/objects/{stream}/search", {"total": 0, "results": []})
    contract = crm.source("crm").feeds(stream=stream)[0].contract
    list(crm.read(contract, source="crm", stream=stream, since=datetime(2026, 11, 1, tzinfo=UTC)))
    (changed,) = vendor.asked[0].document["filterGroups"][0]["filters"]
    assert changed["propertyName"] == "hs_lastmodifieddate"


def test_the_recycle_bin_is_read_after_the_living_where_it_is_asked_for(
    source: Callable[..., Hub], vendor: Vendor
) -> None:
    def listed(asked: Asked) -> Answer:
        if asked.query.get("archived") != "true":
            return Answer({"results": [contact(1)]})
        number = int(asked.query.get("after", "7"))
        more = {"paging": {"next": {"after": "8"}}} if number == 7 else {}
        return Answer({"results": [contact(number, archived=True)], **more})

    vendor.on(CONTACTS, listed)
    people = source("hubspot", token=TOKEN, include_deleted=True).read(Person, source="crm", stream="contacts")
    assert [record.ref.id for record in people] == ["1"]
    verdict = people.report.verdict
    assert (verdict.rows, verdict.tombstones, verdict.completeness) == (3, 2, "complete")
    assert [query.get("archived") for query in vendor.queries] == [None, "true", "true"]


def test_deactivated_users_are_read_too_for_they_own_records(crm: Hub, vendor: Vendor) -> None:
    def owner(number: int, **more: Any) -> dict[str, Any]:
        return {"id": str(number), "email": f"u{number}@example.org", "firstName": "U", "lastName": str(number), **more}

    def listed(asked: Asked) -> Answer:
        archived = asked.query.get("archived") == "true"
        return Answer({"results": [owner(2 if archived else 1, archived=archived)]})

    vendor.on("/crm/v3/owners", listed)
    users = list(crm.read(User, source="crm"))
    assert [(one.ref.id, one.value.active, one.value.deleted) for one in users] == [
        ("1", True, None),
        ("2", False, None),
    ]


def test_one_record_is_asked_for_by_its_id(crm: Hub, vendor: Vendor) -> None:
    vendor.on(f"{CONTACTS}/7", contact(7))
    assert crm.get("crm/contacts/7").value.name.family == "No. 7"
    assert "associations" in vendor.queries[0]


def test_configured_properties_are_asked_for_and_kept_as_custom(source: Callable[..., Hub], vendor: Vendor) -> None:
    given = contact(1)
    given["properties"]["favourite_colour"] = "teal"
    vendor.on(CONTACTS, {"results": [given]})
    crm = source("hubspot", token=TOKEN, properties={"contacts": ["favourite_colour", "email"]})
    (record,) = crm.read(Person, source="crm", stream="contacts")
    asked = vendor.queries[0]["properties"].split(",")
    assert asked.count("email") == 1
    assert asked[-1] == "favourite_colour"
    assert [(one.key, one.value) for one in record.value.custom] == [("properties.favourite_colour", "teal")]


def test_engagements_go_on_after_an_offset_while_there_are_more(crm: Hub, vendor: Vendor) -> None:
    def engagement(number: int) -> dict[str, Any]:
        return {"engagement": {"id": number, "type": "NOTE"}, "associations": {}, "metadata": {}}

    path = "/engagements/v1/engagements/paged"
    vendor.on(
        path,
        {"results": [engagement(1)], "hasMore": True, "offset": 250},
        {"results": [engagement(2)], "hasMore": False, "offset": 500},
    )
    activities = crm.read(Activity, source="crm", stream="engagements")
    assert [record.ref.id for record in activities] == ["1", "2"]
    assert [query.get("offset") for query in vendor.queries] == [None, "250"]


RATE = {
    "status": "error",
    "message": "You have reached your secondly limit.",
    "errorType": "RATE_LIMIT",
    "correlationId": "c033cdaa-2c40-4a64-ae48-b4cec88dad24",
    "policyName": "SECONDLY",
}
SCOPES = {
    "status": "error",
    "message": "This app hasn't been granted all required scopes",
    "category": "MISSING_SCOPES",
}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(RATE, 429), SourceUnavailableError),
        (Answer({**RATE, "category": "RATE_LIMITS"}), SourceUnavailableError),
        (Answer(SCOPES, 403), AccessError),
        (Answer({"status": "error", "category": "INVALID_AUTHENTICATION", "message": "expired"}, 401), AccessError),
        (
            Answer({"status": "error", "category": "OBJECT_NOT_FOUND", "message": "resource not found"}, 404),
            AccessError,
        ),
        (Answer(b"", 502), SourceUnavailableError),
    ],
)
def test_a_refusal_is_an_error_of_its_kind_and_holds_no_token(
    crm: Hub, vendor: Vendor, answer: Answer, error: type[Exception]
) -> None:
    vendor.on(CONTACTS, answer)
    with pytest.raises(error) as raised:
        list(crm.read(Person, source="crm", stream="contacts"))
    assert "tok-example" not in str(raised.value)


def test_a_token_in_clear_and_an_unknown_setting_are_refused(source: Callable[..., Hub]) -> None:
    with pytest.raises(ConfigError, match="no stream 'contact' has properties"):
        source("hubspot", token=TOKEN, properties={"contact": ["colour"]}).source("crm")
    with pytest.raises(ConfigError, match="secret written in clear"):
        source("hubspot", token="pat-eu1-example").source("crm")
    with pytest.raises(ConfigError, match="include_deleted"):
        source("hubspot", token=TOKEN, include_delete=True).source("crm")
