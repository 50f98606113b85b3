"""What becomes of Salesforce's values, field by field. The bodies are made by hand in the form of the documented API."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

import bartack
from bartack_contracts import Record


def normalized(stream: str, fields: dict[str, Any]) -> Record[Any]:
    attributes = {"type": stream, "url": f"/services/data/v60.0/sobjects/{stream}/000A"}
    body = {"totalSize": 1, "done": True, "records": [{"attributes": attributes, "Id": "000A", **fields}]}
    outcome = bartack.normalize("salesforce", stream, json.dumps(body))
    assert outcome.error is None
    assert [[(issue.code, issue.path) for issue in one.issues] for one in outcome.rejects] == []
    (record,) = outcome.records
    return record


def codes(record: Record[Any]) -> list[str]:
    return sorted(issue.code for issue in record.issues)


AUDIT = {
    "CreatedDate": "2020-10-22T21:03:23.000+0000",
    "SystemModstamp": "2021-01-02T03:04:05.000+0000",
    "IsDeleted": False,
}
COMPOUND = {
    "MailingAddress": {
        "city": "San Francisco",
        "country": "United States",
        "countryCode": "US",
        "geocodeAccuracy": "Address",
        "latitude": 37.7897,
        "longitude": -122.3972,
        "postalCode": "94105",
        "state": "California",
        "stateCode": "CA",
        "street": "415 Mission Street\nSuite 300",
    }
}
SPLIT = {
    "MailingStreet": "415 Mission Street\nSuite 300",
    "MailingCity": "San Francisco",
    "MailingState": "California",
    "MailingStateCode": "CA",
    "MailingPostalCode": "94105",
    "MailingCountry": "United States",
    "MailingCountryCode": "US",
    "MailingLatitude": 37.7897,
    "MailingLongitude": -122.3972,
}


@pytest.mark.parametrize("address", [COMPOUND, SPLIT])
def test_a_contact_field_by_field_with_its_address_in_both_forms(address: dict[str, Any]) -> None:
    record = normalized(
        "Contact",
        {
            "Name": "Zoë Müller",
            "Salutation": "Dr.",
            "FirstName": "Zoë",
            "LastName": "Müller",
            "Email": "Zoe@Example.ORG",
            "Phone": "(415) 901-7000",
            "MobilePhone": None,
            "Title": "CTO",
            "Department": "",
            "AccountId": "001A",
            "Account": {"attributes": {"type": "Account"}, "Name": "Müller GmbH"},
            "OwnerId": "005A",
            "Birthdate": "1980-02-29",
            "HasOptedOutOfEmail": True,
            "DoNotCall": False,
            "LeadSource": "Web",
            "Shoe_Size__c": 38.5,
            **address,
            **AUDIT,
        },
    )
    person = record.value
    name = person.name
    assert (name.full, name.given, name.family, name.prefix) == ("Zoë Müller", "Zoë", "Müller", "Dr.")
    assert (person.emails[0].address, person.emails[0].primary) == ("Zoe@example.org", True)
    assert [(one.e164, one.label) for one in person.phones] == [("+14159017000", "work")]
    (place,) = person.addresses
    assert (place.label, place.lines) == ("mailing", ("415 Mission Street", "Suite 300"))
    assert (place.city, place.region, place.region_code) == ("San Francisco", "California", "US-CA")
    assert (place.postal_code, place.country_code, place.country_raw) == ("94105", "US", "United States")
    assert (place.lat, place.lon) == (Decimal("37.7897"), Decimal("-122.3972"))
    (employer,) = person.organizations
    assert (employer.ref.id, employer.ref.name, employer.primary) == ("001A", "Müller GmbH", True)
    assert (person.title, person.department, person.kind) == ("CTO", None, "contact")
    assert (person.owner.id, person.birth_date) == ("005A", date(1980, 2, 29))
    assert (person.consent.email, person.consent.phone) == (False, True)
    assert person.created_at == datetime(2020, 10, 22, 21, 3, 23, tzinfo=UTC)
    assert person.updated_at == datetime(2021, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert person.deleted is False
    assert {one.key: one.value for one in person.custom} == {"LeadSource": "Web", "Shoe_Size__c": Decimal("38.5")}
    assert codes(record) == []


def test_a_field_that_security_leaves_out_is_not_fetched() -> None:
    person = normalized("Contact", {"LastName": "Müller", "Title": None}).value
    assert "title" in person.model_fields_set
    assert not {"emails", "phones", "addresses", "owner", "consent", "birth_date"} & person.model_fields_set


def test_a_lead_names_its_company_and_may_lie_in_a_queue() -> None:
    record = normalized(
        "Lead",
        {
            "Name": "Zoë Müller",
            "Company": "Müller GmbH",
            "Status": "Working - Contacted",
            "OwnerId": "00GA",
            "Street": "X 1",
        },
    )
    lead = record.value
    assert (lead.kind, lead.organizations[0].name, lead.organizations[0].ref) == ("lead", "Müller GmbH", None)
    assert (lead.lifecycle.value, lead.owner) == ("lead", None)
    assert [issue.message for issue in record.issues] == ["the owner is no user but a queue"]


def test_an_account_field_by_field() -> None:
    record = normalized(
        "Account",
        {
            "Name": "Müller GmbH",
            "Website": "https://www.example.org",
            "Phone": "030 901820",
            "BillingCountry": "Deutschland",
            "BillingStreet": "Hauptstr. 1",
            "ShippingStreet": None,
            "Industry": "Technology",
            "NumberOfEmployees": 120,
            "AnnualRevenue": 1500000.0,
            "CurrencyIsoCode": "EUR",
            "ParentId": "001P",
            "DunsNumber": "150483782",
            "OwnerId": "005A",
            "Type": "Customer - Direct",
            **AUDIT,
        },
    )
    account = record.value
    assert (account.name, account.kind, account.websites) == ("Müller GmbH", "company", ("https://www.example.org",))
    assert account.phones[0].e164 == "+4930901820"
    assert [(one.label, one.country_code) for one in account.addresses] == [("billing", "DE")]
    assert (account.industry.value, account.industry.raw) == ("information", "Technology")
    assert (account.employee_count, account.annual_revenue.currency) == (120, "EUR")
    assert account.annual_revenue.amount == Decimal(1500000)
    assert (account.parent.id, account.owner.id) == ("001P", "005A")
    assert [(one.scheme, one.value) for one in account.registration_ids] == [("duns", "150483782")]
    assert [(one.key, one.value) for one in account.custom] == [("Type", "Customer - Direct")]
    assert codes(record) == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"IsClosed": False, "IsWon": False}, "open"),
        ({"IsClosed": True, "IsWon": True}, "won"),
        ({"IsClosed": True, "IsWon": False}, "lost"),
        ({"IsClosed": False}, "open"),
        ({"StageName": "Closed Won"}, "won"),
        ({"StageName": "Closed Lost"}, "lost"),
        ({"StageName": "Prospecting"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_opportunities_are_open_won_or_lost(fields: dict[str, Any], status: str) -> None:
    assert normalized("Opportunity", {"Name": "X", **fields}).value.status.value == status


def test_an_opportunity_field_by_field() -> None:
    line = {
        "attributes": {"type": "OpportunityLineItem", "url": "/x"},
        "Product2Id": "01tA",
        "Name": "X Widget",
        "Description": None,
        "Quantity": 2.0,
        "UnitPrice": 19.9,
        "Discount": 10.0,
        "TotalPrice": 35.82,
    }
    role = {
        "attributes": {"type": "OpportunityContactRole"},
        "ContactId": "003A",
        "Role": "Decision Maker",
        "IsPrimary": True,
    }
    deal = normalized(
        "Opportunity",
        {
            "Name": "Rollout",
            "StageName": "Prospecting",
            "Amount": 35.82,
            "CurrencyIsoCode": "EUR",
            "ExpectedRevenue": 3.58,
            "Probability": 10.0,
            "CloseDate": "2026-12-24",
            "IsClosed": False,
            "IsWon": False,
            "AccountId": "001A",
            "LeadSource": "Partner Referral",
            "OpportunityContactRoles": {"totalSize": 1, "done": True, "records": [role]},
            "OpportunityLineItems": {"totalSize": 1, "done": True, "records": [line]},
            **AUDIT,
        },
    ).value
    assert (deal.stage.id, deal.amount.amount, deal.amount.currency) == ("Prospecting", Decimal("35.82"), "EUR")
    assert (deal.probability, deal.expected_close) == (Decimal("0.10"), date(2026, 12, 24))
    assert (deal.organization.id, deal.source.value) == ("001A", "partner")
    assert [(one.ref.id, one.role, one.primary) for one in deal.persons] == [("003A", "Decision Maker", True)]
    (item,) = deal.line_items
    assert (item.product.id, item.description, item.quantity) == ("01tA", "X Widget", Decimal(2))
    assert (item.unit_price.amount, item.unit_price.currency) == (Decimal("19.9"), "EUR")
    assert (item.discount.percent, item.total.amount) == (Decimal(10), Decimal("35.82"))
    assert deal.custom == ()


def test_the_close_date_of_a_closed_opportunity_is_a_date_in_the_past() -> None:
    deal = normalized("Opportunity", {"Name": "X", "IsClosed": True, "IsWon": True, "CloseDate": "2026-01-31"}).value
    assert deal.closed_at == date(2026, 1, 31)
    assert "expected_close" not in deal.model_fields_set


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"Status": "New", "IsClosed": False}, "new"),
        ({"Status": "Working", "IsClosed": False}, "open"),
        ({"Status": "Waiting on Customer", "IsClosed": False}, "pending"),
        ({"Status": "On Hold", "IsClosed": False}, "on_hold"),
        ({"Status": "In the works of our own", "IsClosed": False}, "open"),
        ({"Status": "Solved by magic", "IsClosed": True}, "closed"),
        ({"Status": "Closed"}, "closed"),
        ({"Status": "Escalated"}, "open"),
        ({"Status": "Of our own"}, "unknown"),
        ({"IsClosed": True}, "closed"),
        ({}, "unknown"),
    ],
)
def test_case_statuses(fields: dict[str, Any], status: str) -> None:
    case = normalized("Case", {"CaseNumber": "00001001", **fields}).value
    assert case.status.value == status
    if "Status" in fields:
        assert case.status.raw == fields["Status"]


@pytest.mark.parametrize(
    ("native", "priority"),
    [("Low", "low"), ("Medium", "normal"), ("High", "high"), ("Critical", "urgent"), ("P0", "unknown")],
)
def test_case_priorities(native: str, priority: str) -> None:
    case = normalized("Case", {"CaseNumber": "00001001", "Priority": native}).value
    assert (case.priority.value, case.priority.raw) == (priority, native)


def test_a_case_field_by_field() -> None:
    case = normalized(
        "Case",
        {
            "CaseNumber": "00001001",
            "Subject": "Printer on fire",
            "Description": "It burns.",
            "Origin": "Web",
            "Type": "Mechanical",
            "ContactId": "003A",
            "AccountId": "001A",
            "OwnerId": "005A",
            "ClosedDate": "2026-11-02T10:00:00.000+0000",
        },
    ).value
    assert (case.number, case.subject, case.description.text) == ("00001001", "Printer on fire", "It burns.")
    assert (case.channel.value, case.type, case.requester.id, case.organization.id) == (
        "web",
        "Mechanical",
        "003A",
        "001A",
    )
    assert (case.assignee.id, case.closed_at) == ("005A", datetime(2026, 11, 2, 10, tzinfo=UTC))


def test_a_product() -> None:
    product = normalized(
        "Product2",
        {"Name": "Widget", "ProductCode": "W-1", "IsActive": False, "Family": "Hardware", "Description": "a\nb"},
    ).value
    assert (product.name, product.sku, product.active, product.category) == ("Widget", "W-1", False, "Hardware")
    assert product.description == "a\nb"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"TaskSubtype": "Call"}, "call"),
        ({"TaskSubtype": "ListEmail"}, "email"),
        ({"TaskSubtype": "Task"}, "task"),
        ({"TaskSubtype": "Task", "Type": "Meeting"}, "meeting"),
        ({"Type": "Call"}, "call"),
        ({"Type": "Send Quote"}, "task"),
        ({}, "task"),
    ],
)
def test_kinds_of_task(fields: dict[str, Any], kind: str) -> None:
    assert normalized("Task", fields).value.kind.value == kind


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"Status": "Of our own", "IsClosed": True}, "done"),
        ({"Status": "Of our own", "IsClosed": False}, "planned"),
        ({"Status": "Completed"}, "done"),
        ({"Status": "Waiting on someone else"}, "planned"),
        ({"Status": "Of our own"}, "unknown"),
    ],
)
def test_task_statuses(fields: dict[str, Any], status: str) -> None:
    assert normalized("Task", fields).value.status == status


def test_the_prefix_of_an_id_tells_what_a_task_is_about() -> None:
    record = normalized(
        "Task", {"WhoId": "003A", "WhatId": "a0BX", "ActivityDate": "2026-11-23", "CallType": "Inbound"}
    )
    task = record.value
    assert [(one.contract, one.id) for one in task.about] == [("person/1", "003A")]
    assert [(issue.code, issue.raw) for issue in record.issues] == [("code.unknown", "a0BX")]
    assert (task.due, task.direction) == (date(2026, 11, 23), "in")
    others = {"00QA": "person/1", "001A": "organization/1", "006A": "deal/1", "500A": "ticket/1"}
    for identity, contract in others.items():
        assert [one.contract for one in normalized("Task", {"WhatId": identity}).value.about] == [contract]


def test_an_event_that_fills_the_day_has_a_date_and_another_one_times() -> None:
    day = {
        "Subject": "Fair",
        "IsAllDayEvent": True,
        "ActivityDate": "2026-11-23",
        "StartDateTime": "2026-11-23T00:00:00.000+0000",
        "EndDateTime": "2026-11-23T00:00:00.000+0000",
    }
    fair = normalized("Event", day).value
    assert (fair.starts_at, "ends_at" in fair.model_fields_set) == (date(2026, 11, 23), False)
    visit = normalized(
        "Event",
        {
            **day,
            "IsAllDayEvent": False,
            "StartDateTime": "2026-11-23T09:00:00.000+0000",
            "DurationInMinutes": 90,
            "WhatId": None,
        },
    ).value
    assert (visit.starts_at, visit.duration_s) == (datetime(2026, 11, 23, 9, tzinfo=UTC), 5400)
    assert (visit.kind.value, visit.about) == ("meeting", ())


def test_a_user() -> None:
    user = normalized("User", {"Name": "Zoë Müller", "Email": "zoe@example.org", "IsActive": False}).value
    assert (user.name.full, user.email.address, user.active) == ("Zoë Müller", "zoe@example.org", False)
    assert normalized("User", {"Username": "zoe@example.org.sandbox"}).value.name.full == "zoe@example.org.sandbox"
