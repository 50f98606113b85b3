"""What becomes of HubSpot's values, field by field. The bodies are made by hand in the form of the documented API."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

import bartack
from bartack_contracts import Record


def normalized(stream: str, properties: dict[str, Any], **beside: Any) -> Record[Any]:
    row = {"id": "101", "properties": properties, "archived": False, **beside}
    outcome = bartack.normalize("hubspot", stream, json.dumps({"results": [row]}))
    assert outcome.error is None
    (record,) = outcome.records
    return record


def codes(record: Record[Any]) -> list[str]:
    return sorted(issue.code for issue in record.issues)


CONTACT = {
    "firstname": "Zoë",
    "lastname": "Müller",
    "salutation": "Dr.",
    "email": "Zoe@Example.ORG",
    "hs_additional_emails": "zoe@example.com;z.mueller@example.net",
    "phone": "030 901820",
    "mobilephone": "+49 151 23456789",
    "fax": None,
    "address": "Hauptstr. 1\n2. Stock",
    "city": "Berlin",
    "state": "Berlin",
    "zip": "01067",
    "country": "Germany",
    "website": "https://example.org",
    "jobtitle": "CTO",
    "department": None,
    "company": "Müller GmbH",
    "associatedcompanyid": "7001",
    "lifecyclestage": "marketingqualifiedlead",
    "hubspot_owner_id": "55",
    "hs_language": "de-at",
    "hs_timezone": "europe_slash_berlin",
    "hs_email_optout": "true",
    "date_of_birth": "1980-02-29",
    "hs_lead_status": "OPEN",
    "hs_object_id": "101",
}


def test_a_contact_field_by_field() -> None:
    record = normalized("contacts", CONTACT, createdAt="2024-10-18T13:31:11.334Z", updatedAt="2024-10-21T02:57:29.952Z")
    person = record.value
    assert record.ref.id == "101"
    name = person.name
    assert (name.full, name.given, name.family, name.prefix) == ("Zoë Müller", "Zoë", "Müller", "Dr.")
    assert [(one.address, one.primary) for one in person.emails] == [
        ("Zoe@example.org", True),
        ("zoe@example.com", None),
        ("z.mueller@example.net", None),
    ]
    assert [(one.e164, one.label, one.raw) for one in person.phones] == [
        ("+4930901820", "work", "030 901820"),
        ("+4915123456789", "mobile", "+49 151 23456789"),
    ]
    (address,) = person.addresses
    assert address.lines == ("Hauptstr. 1", "2. Stock")
    assert (address.city, address.postal_code, address.country_code, address.country_raw) == (
        "Berlin",
        "01067",
        "DE",
        "Germany",
    )
    (employer,) = person.organizations
    assert (employer.ref.id, employer.ref.contract, employer.name, employer.primary) == (
        "7001",
        "organization/1",
        "Müller GmbH",
        True,
    )
    assert (person.title, person.department, person.kind) == ("CTO", None, "lead")
    assert (person.lifecycle.value, person.lifecycle.raw) == ("qualified", "marketingqualifiedlead")
    assert (person.owner.contract, person.owner.id) == ("user/1", "55")
    assert (person.language, person.timezone, person.consent.email) == ("de-AT", "Europe/Berlin", False)
    assert person.birth_date == date(1980, 2, 29)
    assert person.created_at == datetime(2024, 10, 18, 13, 31, 11, 334000, UTC)
    assert (person.deleted, "tags" in person.model_fields_set) == (False, False)
    assert [(one.key, one.value) for one in person.custom] == [("properties.hs_lead_status", "OPEN")]
    assert codes(record) == []


def test_what_was_not_asked_for_is_not_fetched_and_what_is_null_is_empty() -> None:
    person = normalized("contacts", {"email": "zoe@example.org", "jobtitle": None}).value
    assert person.name.full == "zoe@example.org"
    assert (person.title, "title" in person.model_fields_set) == (None, True)
    assert not {"department", "lifecycle", "owner", "phones", "organizations"} & person.model_fields_set


def test_a_company_linked_twice_is_one_and_the_primary_is_known() -> None:
    listed = [
        {"id": "7001", "type": "contact_to_company"},
        {"id": "7001", "type": "contact_to_company_unlabeled"},
        {"id": "7002", "type": "contact_to_company_unlabeled"},
    ]
    person = normalized("contacts", {"email": "z@example.org"}, associations={"companies": {"results": listed}}).value
    assert [(one.ref.id, one.primary) for one in person.organizations] == [("7001", True), ("7002", None)]
    assert person.custom == ()


@pytest.mark.parametrize(
    ("stage", "lifecycle", "kind"),
    [
        ("subscriber", "subscriber", "lead"),
        ("lead", "lead", "lead"),
        ("marketingqualifiedlead", "qualified", "lead"),
        ("salesqualifiedlead", "qualified", "lead"),
        ("opportunity", "opportunity", "contact"),
        ("customer", "customer", "contact"),
        ("evangelist", "other", "contact"),
        ("other", "other", "contact"),
        ("195371234", "unknown", "contact"),
    ],
)
def test_lifecycle_stages(stage: str, lifecycle: str, kind: str) -> None:
    record = normalized("contacts", {"email": "z@example.org", "lifecyclestage": stage})
    assert (record.value.lifecycle.value, record.value.lifecycle.raw, record.value.kind) == (lifecycle, stage, kind)
    assert codes(record) == (["code.unknown"] if lifecycle == "unknown" else [])


def test_a_company_field_by_field() -> None:
    record = normalized(
        "companies",
        {
            "name": "Müller & Söhne GmbH",
            "domain": "Example.ORG",
            "hs_additional_domains": "example.com;example.net",
            "website": "https://www.example.org",
            "phone": "030 901820",
            "address": "Hauptstr. 1",
            "address2": "Hinterhaus",
            "city": "Berlin",
            "zip": "10115",
            "country": "Deutschland",
            "industry": "COMPUTER_SOFTWARE",
            "numberofemployees": "120",
            "annualrevenue": "1500000.50",
            "hs_annual_revenue_currency_code": "EUR",
            "hs_parent_company_id": "7000",
            "lifecyclestage": "customer",
            "hs_lastmodifieddate": "1729453846426",
        },
    )
    company = record.value
    assert (company.name, company.kind) == ("Müller & Söhne GmbH", "company")
    assert company.domains == ("example.org", "example.com", "example.net")
    assert company.addresses[0].lines == ("Hauptstr. 1", "Hinterhaus")
    assert company.phones[0].e164 == "+4930901820"
    assert (company.industry.value, company.industry.raw) == ("information", "COMPUTER_SOFTWARE")
    assert company.employee_count == 120
    assert (company.annual_revenue.amount, company.annual_revenue.currency) == (Decimal("1500000.50"), "EUR")
    assert (company.parent.contract, company.parent.id) == ("organization/1", "7000")
    assert company.updated_at == datetime(2024, 10, 20, 19, 50, 46, 426000, UTC)
    assert codes(record) == []


def test_a_company_made_from_an_address_is_called_by_its_domain() -> None:
    assert normalized("companies", {"name": None, "domain": "example.org"}).value.name == "example.org"


@pytest.mark.parametrize(
    ("properties", "status", "raw"),
    [
        ({"hs_is_closed": "false", "hs_is_closed_won": "false", "dealstage": "x"}, "open", "false/false"),
        ({"hs_is_closed": "true", "hs_is_closed_won": "true", "dealstage": "x"}, "won", "true/true"),
        ({"hs_is_closed": "true", "hs_is_closed_won": "false"}, "lost", "true/false"),
        ({"hs_is_closed": "false"}, "open", "false"),
        ({"dealstage": "appointmentscheduled"}, "open", "appointmentscheduled"),
        ({"dealstage": "closedwon"}, "won", "closedwon"),
        ({"dealstage": "closedlost"}, "lost", "closedlost"),
        ({"dealstage": "8123771"}, "unknown", "8123771"),
        ({}, "unknown", None),
    ],
)
def test_deals_are_open_won_or_lost(properties: dict[str, str], status: str, raw: str | None) -> None:
    deal = normalized("deals", {"dealname": "Big one", **properties}).value
    assert (deal.status.value, deal.status.raw) == (status, raw)


def test_a_deal_field_by_field() -> None:
    closed = {"hs_is_closed": "true", "hs_is_closed_won": "true", "closedate": "2026-11-30T17:01:16.511Z"}
    properties = {
        "dealname": "Rollout",
        "amount": "5000.00",
        "deal_currency_code": "EUR",
        "hs_deal_stage_probability": "0.200000000000000011102230246251565404236316680908203125",
        "pipeline": "default",
        "dealstage": "closedwon",
        "createdate": "2026-10-01T08:00:00Z",
        **closed,
    }
    links = {
        "companies": {
            "results": [{"id": "7002", "type": "deal_to_company_unlabeled"}, {"id": "7001", "type": "deal_to_company"}]
        },
        "contacts": {"results": [{"id": "101", "type": "deal_to_contact"}, {"id": "101", "type": "decision_maker"}]},
    }
    deal = normalized("deals", properties, associations=links).value
    assert (deal.amount.amount, deal.amount.currency) == (Decimal("5000.00"), "EUR")
    assert round(deal.probability, 6) == Decimal("0.200000")
    assert (deal.stage.id, deal.stage.pipeline_id) == ("closedwon", "default")
    assert (deal.organization.id, [(one.ref.id, one.role) for one in deal.persons]) == (
        "7001",
        [("101", "decision_maker")],
    )
    assert deal.opened_at == datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert deal.closed_at == datetime(2026, 11, 30, 17, 1, 16, 511000, UTC)
    assert "expected_close" not in deal.model_fields_set


def test_the_close_date_of_an_open_deal_is_the_day_it_is_expected() -> None:
    properties = {"dealname": "X", "hs_is_closed": "false", "closedate": "2026-11-30T23:30:00Z"}
    deal = normalized("deals", properties).value
    assert deal.expected_close == date(2026, 11, 30)
    assert "closed_at" not in deal.model_fields_set


def test_a_search_answer_has_no_links_but_the_primary_company() -> None:
    deal = normalized("deals", {"dealname": "X", "hs_primary_associated_company": "7001"}).value
    assert deal.organization.id == "7001"
    assert "persons" not in deal.model_fields_set


def test_an_amount_without_a_currency_says_so() -> None:
    record = normalized("deals", {"dealname": "X", "amount": "3000"})
    assert (record.value.amount.amount, record.value.amount.currency) == (Decimal(3000), None)
    assert "currency.absent" in codes(record)


@pytest.mark.parametrize(
    ("properties", "status"),
    [
        ({"hs_pipeline": "0", "hs_pipeline_stage": "1"}, "new"),
        ({"hs_pipeline": "0", "hs_pipeline_stage": "2"}, "pending"),
        ({"hs_pipeline": "0", "hs_pipeline_stage": "3"}, "pending"),
        ({"hs_pipeline": "0", "hs_pipeline_stage": "4"}, "closed"),
        ({"hs_pipeline_stage": "1"}, "new"),
        ({"hs_pipeline": "77", "hs_pipeline_stage": "812", "closed_date": "2026-11-01T00:00:00Z"}, "closed"),
        ({"hs_pipeline": "77", "hs_pipeline_stage": "812", "closed_date": None}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_ticket_stages(properties: dict[str, Any], status: str) -> None:
    ticket = normalized("tickets", {"subject": "Help", **properties}).value
    assert (ticket.status.value, ticket.status.raw) == (status, properties.get("hs_pipeline_stage"))


@pytest.mark.parametrize(
    ("native", "priority"),
    [("LOW", "low"), ("MEDIUM", "normal"), ("HIGH", "high"), ("URGENT", "urgent"), ("P0", "unknown")],
)
def test_ticket_priorities(native: str, priority: str) -> None:
    ticket = normalized("tickets", {"subject": "Help", "hs_ticket_priority": native}).value
    assert (ticket.priority.value, ticket.priority.raw) == (priority, native)


def test_a_ticket_field_by_field() -> None:
    properties = {
        "subject": "Printer on fire",
        "content": "It burns.",
        "source_type": "EMAIL",
        "hs_ticket_category": "PRODUCT_ISSUE",
        "hubspot_owner_id": "55",
        "closed_date": "2026-11-02T10:00:00Z",
    }
    links = {"contacts": {"results": [{"id": "101", "type": "ticket_to_contact"}]}}
    ticket = normalized("tickets", properties, associations=links).value
    assert (ticket.number, ticket.subject, ticket.description.text) == ("101", "Printer on fire", "It burns.")
    assert (ticket.channel.value, ticket.type, ticket.requester.id) == ("email", "PRODUCT_ISSUE", "101")
    assert (ticket.assignee.contract, ticket.assignee.id) == ("user/1", "55")
    assert ticket.closed_at == datetime(2026, 11, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("properties", "archived", "active"),
    [({}, False, True), ({"hs_status": "inactive"}, False, False), ({"hs_status": "active"}, False, True)],
)
def test_products(properties: dict[str, str], archived: bool, active: bool) -> None:
    given = {"name": "Widget", "hs_sku": "W-1", "price": "19.90", "hs_product_type": "inventory", **properties}
    product = normalized("products", given, archived=archived).value
    assert (product.name, product.sku, product.kind, product.active) == ("Widget", "W-1", "goods", active)
    assert product.list_price.amount == Decimal("19.90")


LINKS = {
    "contacts": {"results": [{"id": "101", "type": "x_to_contact"}]},
    "companies": {"results": [{"id": "7001", "type": "x_to_company"}]},
    "deals": {"results": [{"id": "9001", "type": "x_to_deal"}]},
    "tickets": {"results": [{"id": "3001", "type": "x_to_ticket"}]},
}


@pytest.mark.parametrize(
    ("stream", "kind"),
    [("calls", "call"), ("emails", "email"), ("meetings", "meeting"), ("notes", "note"), ("tasks", "task")],
)
def test_an_activity_knows_its_kind_and_what_it_is_about(stream: str, kind: str) -> None:
    activity = normalized(stream, {"hubspot_owner_id": "55"}, associations=LINKS).value
    assert (activity.kind.value, activity.native_kind, activity.owner.id) == (kind, stream, "55")
    assert [(one.contract, one.id) for one in activity.about] == [
        ("person/1", "101"),
        ("organization/1", "7001"),
        ("deal/1", "9001"),
        ("ticket/1", "3001"),
    ]


def test_a_call() -> None:
    call = normalized(
        "calls",
        {
            "hs_call_title": "First call",
            "hs_call_body": "<p>They <b>agreed</b></p>",
            "hs_call_status": "COMPLETED",
            "hs_call_direction": "OUTBOUND",
            "hs_call_duration": "24000",
            "hs_timestamp": "2026-10-30T03:30:17.883Z",
            "hs_call_to_number": "+4930901820",
        },
    ).value
    assert (call.subject, call.body.format, call.status, call.direction) == ("First call", "html", "done", "out")
    assert (call.duration_s, call.starts_at) == (24, datetime(2026, 10, 30, 3, 30, 17, 883000, UTC))
    assert [(one.phone.e164, one.role) for one in call.participants] == [("+4930901820", "to")]


@pytest.mark.parametrize(
    ("stream", "path", "native", "status"),
    [
        ("calls", "hs_call_status", "NO_ANSWER", "done"),
        ("calls", "hs_call_status", "QUEUED", "planned"),
        ("calls", "hs_call_status", "CANCELED", "cancelled"),
        ("emails", "hs_email_status", "SENT", "done"),
        ("emails", "hs_email_status", "SCHEDULED", "planned"),
        ("meetings", "hs_meeting_outcome", "RESCHEDULED", "planned"),
        ("meetings", "hs_meeting_outcome", "NO_SHOW", "cancelled"),
        ("tasks", "hs_task_status", "COMPLETED", "done"),
        ("tasks", "hs_task_status", "WAITING", "planned"),
        ("tasks", "hs_task_status", "FORGOTTEN", "unknown"),
    ],
)
def test_activities_are_planned_done_or_cancelled(stream: str, path: str, native: str, status: str) -> None:
    record = normalized(stream, {path: native})
    assert record.value.status == status
    assert [issue.raw for issue in record.issues if issue.code == "code.unknown"] == (
        [native] if status == "unknown" else []
    )


def test_an_email_names_everybody_who_takes_part() -> None:
    mail = normalized(
        "emails",
        {
            "hs_email_subject": "Offer",
            "hs_email_html": None,
            "hs_email_text": "Hello",
            "hs_email_direction": "INCOMING_EMAIL",
            "hs_email_from_email": "zoe@example.org",
            "hs_email_to_email": "a@example.com;b@example.com",
            "hs_email_cc_email": "",
        },
    ).value
    assert (mail.direction, mail.body.text, mail.body.format) == ("in", "Hello", "plain")
    assert [(one.email.address, one.role) for one in mail.participants] == [
        ("zoe@example.org", "from"),
        ("a@example.com", "to"),
        ("b@example.com", "to"),
    ]


def test_a_meeting_and_a_task_have_times_of_their_own() -> None:
    meeting = normalized(
        "meetings",
        {"hs_meeting_start_time": "1793355017883", "hs_meeting_end_time": "2026-10-30T04:30:00Z", "hs_timestamp": None},
    ).value
    assert meeting.starts_at == datetime(2026, 10, 30, 10, 10, 17, 883000, UTC)
    assert meeting.ends_at == datetime(2026, 10, 30, 4, 30, tzinfo=UTC)
    task = normalized("tasks", {"hs_timestamp": "2026-10-30T03:30:17Z", "hs_task_priority": "HIGH"}).value
    assert (task.due, task.priority) == (datetime(2026, 10, 30, 3, 30, 17, tzinfo=UTC), "HIGH")
    assert "starts_at" not in task.model_fields_set


def test_an_engagement_of_the_one_list() -> None:
    body = {
        "engagement": {
            "id": 42,
            "type": "TASK",
            "ownerId": 70,
            "timestamp": 1459244820170,
            "active": True,
            "portalId": 1,
        },
        "associations": {"contactIds": [1], "companyIds": [], "dealIds": [2], "ownerIds": [], "workflowIds": [3]},
        "metadata": {"subject": "Call back", "body": "soon", "status": "NOT_STARTED"},
    }
    (record,) = bartack.normalize("hubspot", "engagements", json.dumps(body)).records
    task = record.value
    assert (record.ref.id, task.kind.value, task.kind.raw, task.status) == ("42", "task", "TASK", "planned")
    assert task.due == datetime(2016, 3, 29, 9, 47, 0, 170000, UTC)
    assert [(one.contract, one.id) for one in task.about] == [("person/1", "1"), ("deal/1", "2")]
    assert {one.key: one.value for one in task.custom} == {
        "engagement.portalId": 1,
        "associations.ownerIds": [],
        "associations.workflowIds": [3],
    }
