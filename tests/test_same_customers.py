"""The main job: the same customers, out of a live ERP, live SOAP servers, PostgreSQL and SQLite, in one loop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import bartack
from bartack_contracts import Person, Record

CUSTOMERS = json.loads((Path(__file__).parent / "peers/customers.json").read_text(encoding="utf-8"))

LEGACY = """
contract: person/1
fields:
  name.full: {path: name, use: person_name, required: true}
  name.given: {path: given, use: person_name}
  name.family: {path: family, use: person_name}
  kind: {const: contact}
  emails: {each: [mail], use: email}
  phones: {each: [{split: tel, by: ";"}], use: {phone: {region: {path: iso2}}}}
  addresses:
    each:
      - fields:
          lines: {path: street, use: lines}
          postal_code: {path: zip, use: text}
          city: {path: city, use: text}
          country_code: {path: iso2, use: country}
  birth_date: {path: born, use: {date: {format: iso, sentinels: ["0001-01-01"]}}}
  created_at: {path: created, use: datetime}
  active: {path: active, use: {boolean: {true: [Y], false: [N]}}}
custom_fields:
  balance: {path: bal_cents, type: integer}
ignore: [kind, cntry, vat]
"""
SELECT = "SELECT c.*, k.iso2 FROM customer c JOIN country k ON k.cntry = c.cntry"

SOAP = """
contract: person/1
fields:
  name.full: {path: name, use: person_name, required: true}
  name.given: {path: given, use: person_name}
  name.family: {path: family, use: person_name}
  kind: {const: contact}
  emails: {each: [email], use: email}
  phones: {each: [{split: phone, by: " / "}], use: {phone: {region: {path: country}}}}
  addresses:
    each:
      - fields:
          lines: {path: street, use: lines}
          postal_code: {path: postcode, use: text}
          city: {path: city, use: text}
          country_code: {path: country, use: country}
  birth_date: {path: born, use: date}
  created_at: {path: created, use: datetime}
  active: {path: active, use: boolean}
custom_fields:
  balance: {path: balance, type: decimal}
  vat: vat
"""

PARTIES = """
[sources.{name}]
connector = "tryton"
base_url = "{address}"
database = "{database}"
user = {{ env = "PEER_USER" }}
password = {{ env = "PEER_PASSWORD" }}
[sources.{name}.overrides.parties]
when = []
"""
SERVICE = """
[sources.{name}]
connector = "soap"
wsdl = "{wsdl}"
default_zone = "UTC"
[sources.{name}.streams.customers]
operation = "ListCustomers"
rows = "{rows}"
key = "id"
mapping = "soap.yaml"
paging = {{ kind = "offset", size = 5 }}
one = {{ operation = "GetCustomer", argument = "id", rows = "{one}" }}
"""
DATABASE = """
[sources.{name}]
connector = "sql"
url = "{url}"
default_zone = "UTC"
[sources.{name}.streams.customers]
select = "{select}"
key = "cust_no"
mapping = "legacy.yaml"
"""


@pytest.fixture(scope="module")
def estate(
    tmp_path_factory: pytest.TempPathFactory,
    tryton: Any,
    soap_spyne: str,
    soap_node: str,
    soap_php: str,
    postgres_customers: str,
    sqlite_customers: str,
) -> Any:
    folder = tmp_path_factory.mktemp("estate")
    (folder / "legacy.yaml").write_text(LEGACY)
    (folder / "soap.yaml").write_text(SOAP)
    text = PARTIES.format(
        name="erp", address=tryton.url.removesuffix(f"/{tryton.database}/rpc/"), database=tryton.database
    )
    text += SERVICE.format(name="spyne", wsdl=soap_spyne, rows="ListCustomersResult.Customer", one="GetCustomerResult")
    for name, wsdl in (("node", soap_node), ("php", soap_php)):
        text += SERVICE.format(name=name, wsdl=wsdl, rows="customer", one="customer")
    for name, url in (("postgres", postgres_customers), ("sqlite", sqlite_customers)):
        text += DATABASE.format(name=name, url=url, select=SELECT)
    (folder / "bartack.toml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PEER_USER", tryton.user)
        patch.setenv("PEER_PASSWORD", tryton.password)
        yield folder


@pytest.fixture(scope="module")
def people(estate: Path) -> Mapping[str, dict[str, Record[Person]]]:
    """All customers of all sources, by source and customer number; read in one loop."""
    found: dict[str, dict[str, Record[Person]]] = {}
    with bartack.open(estate) as hub:
        read = hub.read(Person)
        for record in read:
            found.setdefault(record.ref.source, {})[number(record)] = record
        assert read.report.verdict.completeness == "complete"
        assert read.report.verdict.rejected == 0
    return found


def number(record: Record[Person]) -> str:
    """The customer's number, which Tryton keeps as the code of a party."""
    if record.ref.source == "erp":
        return record.value.external_ids[0].value
    return record.ref.id.lstrip("0")


SOURCES = ("erp", "spyne", "node", "php", "postgres", "sqlite")


@pytest.mark.parametrize("source", SOURCES)
def test_every_source_delivers_every_customer(people: Mapping[str, dict[str, Record[Person]]], source: str) -> None:
    wanted = {str(customer["id"]) for customer in CUSTOMERS}
    assert wanted <= set(people[source])


@pytest.mark.parametrize("source", SOURCES)
def test_names_addresses_and_mails_are_the_same_everywhere(
    people: Mapping[str, dict[str, Record[Person]]], source: str
) -> None:
    for customer in CUSTOMERS:
        value = people[source][str(customer["id"])].value
        assert value.name.full == " ".join(customer["name"].split())
        mails = [email.raw.strip() for email in value.emails or ()]
        assert mails == ([customer["email"].strip()] if (customer["email"] or "").strip() else [])
        (address,) = value.addresses
        assert list(address.lines or ()) == [
            line.strip() for line in (customer["street"] or "").splitlines() if line.strip()
        ]
        assert (address.city or "").strip() == customer["city"].strip()
        assert value.active == customer["active"]
        assert value.created_at is not None


def test_a_phone_is_the_same_number_in_every_source(people: Mapping[str, dict[str, Record[Person]]]) -> None:
    """Where several sources can tell a customer's country, they agree on the number."""
    compared = 0
    for customer in CUSTOMERS:
        numbers = {
            source: [phone.e164 for phone in people[source][str(customer["id"])].value.phones or () if phone.e164]
            for source in ("erp", "postgres", "sqlite")
        }
        first = numbers["postgres"]
        assert numbers["sqlite"] == first
        assert set(numbers["erp"]) == set(first), customer["id"]
        compared += len(first)
    assert compared >= 10


def test_a_rows_path_the_service_does_not_have_is_an_error_not_zero_rows(estate: Path, soap_spyne: str) -> None:
    """Spyne wraps its list once more than the others."""
    text = SERVICE.format(name="spyne", wsdl=soap_spyne, rows="customer", one="customer")
    (estate / "wrong").mkdir(exist_ok=True)
    (estate / "wrong/bartack.toml").write_text(text)
    (estate / "wrong/soap.yaml").write_text(SOAP)
    with bartack.open(estate / "wrong") as hub, pytest.raises(bartack.SourceChangedError, match="no <customer>"):
        list(hub.read(Person))


@pytest.mark.parametrize("source", SOURCES)
def test_explain_names_path_raw_value_and_rule_of_every_field(
    estate: Path, people: Mapping[str, dict[str, Record[Person]]], source: str
) -> None:
    record = people[source]["101"]
    with bartack.open(estate) as hub:
        told = {field.field: field for field in hub.explain(record.ref).fields}
    assert told["name.full"].path == "name"
    assert told["name.full"].raw.strip() == "Zoë Müller"
    assert "person_name" in told["name.full"].rule
    for field in record.value.model_fields_set - {"custom"}:
        assert any(name.split(".")[0].split("[")[0] == field for name in told), field
    for trace in told.values():
        assert trace.path
        assert trace.rule


def test_a_wrong_password_is_an_access_error_and_never_shown(estate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PEER_PASSWORD", "wrong-password-123")
    with bartack.open(estate) as hub, pytest.raises(bartack.AccessError) as caught:
        list(hub.read(Person, source="erp"))
    assert "wrong-password-123" not in str(caught.value)


def test_a_model_that_is_not_there_is_an_error_not_zero_rows(estate: Path) -> None:
    from bartack.sdk import Query, SourceRefusedError
    from bartack_connectors.tryton.connector import TrytonStream

    with bartack.open(estate) as hub:
        source = hub.source("erp")
        stream = TrytonStream("nothing", "no.such.model", ("name",), "parties.yaml", module="no_such")
        session: Any = source.open()
        with session, pytest.raises(SourceRefusedError, match="activate the module no_such"):
            list(stream.pages(session, Query()))
