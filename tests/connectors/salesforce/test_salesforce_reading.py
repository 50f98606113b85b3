"""Salesforce as it is asked: log-in, description, SOQL, pages, the recycle bin, one record, and refusals."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import (
    AccessError,
    ConfigError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
)
from bartack.hub import Hub
from bartack.transports.base import Query
from bartack_contracts import Deal, Person
from support.http_vendor import Answer, Asked, Vendor

SERVICE = "/services/data/v60.0"
QUERY = f"{SERVICE}/query"
NEXT = f"{SERVICE}/query/01gD0000002HU6KIAW-2000"
TOKEN = {"auth": "token", "token": {"env": "CRM_TOKEN"}}


def described(name: str, *fields: str, children: tuple[str, ...] = ()) -> dict[str, Any]:
    always = ("Id", "SystemModstamp", "CreatedDate", "IsDeleted")
    return {
        "name": name,
        "fields": [{"name": one} for one in (*always, *fields)],
        "childRelationships": [{"relationshipName": one} for one in (*children, None)],
    }


def contact(number: int, **more: Any) -> dict[str, Any]:
    identity = f"003D00000{number:06}AAA"
    url = f"{SERVICE}/sobjects/Contact/{identity}"
    return {"attributes": {"type": "Contact", "url": url}, "Id": identity, "LastName": f"No. {number}", **more}


def selected(asked: Asked) -> list[str]:
    """Return the fields of a query, without nested lists."""
    fields = asked.query["q"].removeprefix("SELECT ").partition(" FROM ")[0]
    return fields.partition(", (")[0].split(", ")


@pytest.fixture
def sales(source: Callable[..., Hub], vendor: Vendor) -> Hub:
    vendor.on(f"{SERVICE}/sobjects/Contact/describe", described("Contact", "LastName", "Email", "Level__c"))
    return source("salesforce", **TOKEN)


def contacts(hub: Hub, **how: Any) -> Any:
    return hub.read(Person, source="crm", stream="Contact", **how)


def test_pages_follow_the_next_records_url_and_the_total_is_kept(sales: Hub, vendor: Vendor) -> None:
    first = {"totalSize": 3, "done": False, "nextRecordsUrl": NEXT, "records": [contact(1), contact(2)]}
    vendor.on(QUERY, first)
    vendor.on(NEXT, {"totalSize": 3, "done": True, "records": [contact(3)]})
    people = contacts(sales)
    assert [record.value.name.full for record in people] == ["No. 1", "No. 2", "No. 3"]
    (report,) = people.report.streams
    assert (report.declared_total, report.pages, report.completeness) == (3, 2, "complete")
    assert [asked.path for asked in vendor.asked] == [f"{SERVICE}/sobjects/Contact/describe", QUERY, NEXT]
    assert "q" not in vendor.queries[2]


def test_a_recorded_body_split_over_two_pages_is_read_whole(corpus: Path, sales: Hub, vendor: Vendor) -> None:
    recorded = json.loads((corpus / "payloads/salesforce/Contact/4.json").read_text())
    rows = recorded["records"]
    total = {"totalSize": recorded["totalSize"]}
    vendor.on(QUERY, {**total, "done": False, "nextRecordsUrl": NEXT, "records": rows[:9]})
    vendor.on(NEXT, {**total, "done": True, "records": rows[9:]})
    people = contacts(sales)
    assert [record.ref.id for record in people] == [row["Id"] for row in rows]
    assert people.report.verdict.completeness == "complete"


def test_only_what_the_object_has_is_selected(sales: Hub, vendor: Vendor) -> None:
    vendor.on(QUERY, {"totalSize": 0, "done": True, "records": []})
    list(contacts(sales))
    soql = vendor.queries[1]["q"]
    assert sorted(selected(vendor.asked[1])) == [
        "CreatedDate",
        "Email",
        "Id",
        "IsDeleted",
        "LastName",
        "SystemModstamp",
    ]
    assert soql.endswith(" FROM Contact ORDER BY SystemModstamp, Id")


@pytest.mark.parametrize(
    ("described_as", "stream"),
    [
        ("Account", "Account"),
        ("Contact", "Contact"),
        ("Lead", "Lead"),
        ("Opportunity", "Opportunity"),
        ("Case", "Case"),
        ("Event", "Event"),
    ],
)
def test_a_recorded_description_decides_what_is_selected(
    corpus: Path, sales: Hub, vendor: Vendor, described_as: str, stream: str
) -> None:
    recorded = json.loads((corpus / f"payloads/salesforce/{described_as}-describe/1.json").read_text())
    vendor.on(f"{SERVICE}/sobjects/{stream}/describe", recorded)
    vendor.on(QUERY, {"totalSize": 0, "done": True, "records": []})
    contract = sales.source("crm").feeds(stream=stream)[0].contract
    list(sales.read(contract, source="crm", stream=stream))
    there = {one["name"] for one in recorded["fields"]}
    assert set(selected(vendor.asked[1])) <= there
    assert len(selected(vendor.asked[1])) >= 10
    assert there >= {"Id", "SystemModstamp"}


@pytest.mark.parametrize("odd", [{"name": "Contact"}, {"name": "Contact", "fields": [None, {"label": "Id"}]}])
def test_a_description_without_fields_is_an_error(sales: Hub, vendor: Vendor, odd: dict[str, Any]) -> None:
    vendor.on(f"{SERVICE}/sobjects/Contact/describe", odd)
    with pytest.raises(SourceChangedError, match="names no field Id"):
        list(contacts(sales))


def test_changes_are_asked_for_by_system_modstamp(sales: Hub, vendor: Vendor) -> None:
    vendor.on(QUERY, {"totalSize": 1, "done": True, "records": [contact(1)]})
    list(contacts(sales, since=datetime(2026, 11, 1, 8, 30, 0, 999, tzinfo=UTC)))
    assert vendor.queries[1]["q"].endswith(
        " FROM Contact WHERE SystemModstamp >= 2026-11-01T08:30:00Z ORDER BY SystemModstamp, Id"
    )


def test_configured_fields_are_selected_and_kept_as_custom(
    source: Callable[..., Hub], sales: Hub, vendor: Vendor
) -> None:
    vendor.on(QUERY, {"totalSize": 1, "done": True, "records": [contact(1, Level__c="Gold", Account={"Site": "HQ"})]})
    hub = source("salesforce", fields={"Contact": ["Level__c", "Account.Site"]}, **TOKEN)
    (record,) = contacts(hub)
    assert selected(vendor.asked[1])[-2:] == ["Level__c", "Account.Site"]
    assert {one.key: one.value for one in record.value.custom} == {"Level__c": "Gold", "Account.Site": "HQ"}


def test_a_configured_field_that_is_not_there_is_a_mistake_with_the_near_name(
    source: Callable[..., Hub], sales: Hub
) -> None:
    with pytest.raises(ConfigError, match=r"no field 'Levl__c'.*did you mean 'Level__c'"):
        list(contacts(source("salesforce", fields={"Contact": ["Levl__c"]}, **TOKEN)))
    with pytest.raises(ConfigError, match="no name of a field"):
        source("salesforce", fields={"Contact": ["Id FROM User"]}, **TOKEN).source("crm")
    with pytest.raises(ConfigError, match="no stream 'Contract'"):
        source("salesforce", fields={"Contract": ["Name"]}, **TOKEN).source("crm")


def test_the_recycle_bin_is_read_with_query_all_and_gives_tombstones(
    source: Callable[..., Hub], sales: Hub, vendor: Vendor
) -> None:
    # nextRecordsUrl of queryAll says "query"
    first = {"totalSize": 2, "done": False, "nextRecordsUrl": NEXT, "records": [contact(1, IsDeleted=True)]}
    vendor.on(f"{SERVICE}/queryAll", first)
    vendor.on(NEXT, {"totalSize": 2, "done": True, "records": [contact(2, IsDeleted=False)]})
    people = contacts(source("salesforce", include_deleted=True, **TOKEN))
    assert len(list(people)) == 1
    verdict = people.report.verdict
    assert (verdict.rows, verdict.tombstones, verdict.completeness) == (2, 1, "complete")


@pytest.mark.parametrize(("wanted", "sent"), [(1, "batchSize=200"), (500, "batchSize=500"), (9999, "batchSize=2000")])
def test_a_page_size_is_sent_as_a_query_option(sales: Hub, vendor: Vendor, wanted: int, sent: str) -> None:
    vendor.on(QUERY, {"totalSize": 0, "done": True, "records": []})
    ready = sales.source("crm")
    with ready.open() as session:
        list(ready.stream("Contact").pages(session, Query(page_size=wanted)))
    assert vendor.asked[-1].headers["sforce-query-options"] == sent


def test_a_walk_goes_on_from_its_cursor_without_asking_anew(sales: Hub, vendor: Vendor) -> None:
    vendor.on(NEXT, {"totalSize": 3, "done": True, "records": [contact(3)]})
    ready = sales.source("crm")
    with ready.open() as session:
        (page,) = ready.stream("Contact").pages(session, Query(cursor=f"{vendor.url}{NEXT}"))
    assert [asked.path for asked in vendor.asked] == [NEXT]
    assert len(page.rows) == 1


def test_a_total_that_does_not_arrive_is_partial(sales: Hub, vendor: Vendor) -> None:
    vendor.on(QUERY, {"totalSize": 2086, "done": True, "records": [contact(1)]})
    people = contacts(sales, allow_partial=True)
    assert len(list(people)) == 1
    assert "2086" in " ".join(people.report.verdict.reasons)


def test_one_record_is_asked_for_by_its_id(sales: Hub, vendor: Vendor) -> None:
    one = contact(7, FirstName="Zoë", Shoe_Size__c=38)
    vendor.on(f"{SERVICE}/sobjects/Contact/{one['Id']}", one)
    record = sales.get(f"crm/Contact/{one['Id']}")
    assert record.value.name.full == "Zoë No. 7"
    assert [(custom.key, custom.value) for custom in record.value.custom] == [("Shoe_Size__c", 38)]
    assert vendor.queries == [{}]


def test_an_opportunity_is_read_with_its_contacts_and_products(sales: Hub, vendor: Vendor) -> None:
    vendor.on(
        f"{SERVICE}/sobjects/Opportunity/describe",
        described("Opportunity", "Name", "StageName", "IsClosed", "IsWon", children=("OpportunityContactRoles",)),
    )
    roles = {
        "totalSize": 1,
        "done": True,
        "records": [{"attributes": {}, "ContactId": "003A", "Role": "Decision Maker"}],
    }
    row = {"attributes": {"type": "Opportunity"}, "Id": "006A", "Name": "X", "OpportunityContactRoles": roles}
    vendor.on(QUERY, {"totalSize": 1, "done": True, "records": [row]})
    (record,) = sales.read(Deal, source="crm")
    assert [(one.ref.id, one.role) for one in record.value.persons] == [("003A", "Decision Maker")]
    soql = vendor.queries[1]["q"]
    assert "(SELECT ContactId, Role, IsPrimary FROM OpportunityContactRoles)" in soql
    assert "OpportunityLineItems" not in soql


@pytest.fixture(scope="module")
def private_key() -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def key_file(private_key: Any, tmp_path: Path) -> str:
    from cryptography.hazmat.primitives import serialization

    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "sf.pem").write_bytes(pem)
    return "sf.pem"


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_a_log_in_with_a_signed_assertion(
    source: Callable[..., Hub],
    vendor: Vendor,
    private_key: Any,
    key_file: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    monkeypatch.setenv("SF_CLIENT", "3MVG9.consumer")
    monkeypatch.setenv("SF_USER", "zoe@example.org")
    granted = {
        "access_token": "00D.granted",
        "instance_url": vendor.url,
        "issued_at": "1618353215125",
        "token_type": "Bearer",
    }
    vendor.on("/services/oauth2/token", granted)
    vendor.on(f"{SERVICE}/sobjects/Contact/describe", described("Contact", "LastName"))
    vendor.on(QUERY, {"totalSize": 1, "done": True, "records": [contact(1)]})
    hub = source(
        "salesforce",
        auth="jwt",
        client_id={"env": "SF_CLIENT"},
        user={"env": "SF_USER"},
        private_key={"file": key_file},
        audience="https://test.salesforce.com",
    )
    assert len(list(contacts(hub))) == 1
    log_in, description, _ = vendor.asked
    assert log_in.form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    head, claims, signature = log_in.form["assertion"].split(".")
    private_key.public_key().verify(
        decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    told = json.loads(decoded(claims))
    assert (told["iss"], told["sub"], told["aud"]) == (
        "3MVG9.consumer",
        "zoe@example.org",
        "https://test.salesforce.com",
    )
    assert description.headers["authorization"] == "Bearer 00D.granted"


def test_a_log_in_of_the_application_itself(
    source: Callable[..., Hub], vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SF_CLIENT", "3MVG9.consumer")
    monkeypatch.setenv("SF_SECRET", "hush-example")
    vendor.on("/services/oauth2/token", {"access_token": "00D.granted", "instance_url": vendor.url})
    vendor.on(f"{SERVICE}/sobjects/Contact/describe", described("Contact", "LastName"))
    vendor.on(QUERY, {"totalSize": 0, "done": True, "records": []})
    hub = source(
        "salesforce", auth="client_credentials", client_id={"env": "SF_CLIENT"}, client_secret={"env": "SF_SECRET"}
    )
    list(contacts(hub))
    assert vendor.asked[0].form["grant_type"] == "client_credentials"


def test_a_kind_of_log_in_names_the_settings_it_needs(source: Callable[..., Hub]) -> None:
    with pytest.raises(ConfigError, match="auth jwt needs client_id, user, private_key"):
        source("salesforce").source("crm")
    with pytest.raises(ConfigError, match="auth client_credentials needs client_id, client_secret"):
        source("salesforce", auth="client_credentials").source("crm")


def refused(code: str, message: str, status: int) -> Answer:
    return Answer([{"message": message, "errorCode": code}], status)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", 403), SourceUnavailableError),
        (refused("INVALID_SESSION_ID", "Session expired or invalid", 401), AccessError),
        (refused("INSUFFICIENT_ACCESS", "insufficient access rights", 403), AccessError),
        (refused("MALFORMED_QUERY", "unexpected token: FROM", 400), SourceRefusedError),
        (refused("INVALID_FIELD", "No such column 'X' on entity 'Contact'", 400), SourceRefusedError),
        (refused("MALFORMED_QUERY", "unexpected token: FROM", 200), SourceRefusedError),
        (refused("SERVER_UNAVAILABLE", "try again", 503), SourceUnavailableError),
    ],
)
def test_a_refusal_is_an_error_of_its_kind(sales: Hub, vendor: Vendor, answer: Answer, error: type[Exception]) -> None:
    vendor.on(QUERY, answer)
    with pytest.raises(error) as raised:
        list(contacts(sales))
    assert "tok-example" not in str(raised.value)


def test_an_object_the_user_may_not_see_is_an_access_error(sales: Hub, vendor: Vendor) -> None:
    vendor.on(f"{SERVICE}/sobjects/Lead/describe", refused("NOT_FOUND", "The requested resource does not exist", 404))
    with pytest.raises(AccessError):
        list(sales.read(Person, source="crm", stream="Lead"))
