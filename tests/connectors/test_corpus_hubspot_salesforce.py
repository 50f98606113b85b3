"""The recordings of HubSpot and Salesforce: no row is lost, no body crashes a stream, and known records have known values."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_plus, urlsplit

import pytest

from bartack import registry
from bartack.frontends.cli import main
from bartack.reading.offline import Normalized, normalize_body
from bartack.reading.source import Feed, offline
from bartack.transports.base import Body, Runtime
from bartack_contracts import Record

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


class Recorded(NamedTuple):
    """One body of the corpus: which system and stream it is filed under, and what was asked."""

    system: str
    stream: str
    file: str
    method: str
    address: str
    status: int
    content: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.content)


def recordings(corpus: Path, system: str) -> Iterator[Recorded]:
    folder = corpus / "payloads"
    for one in json.loads((folder / "manifest.json").read_text())["files"]:
        if one["system"] == system:
            content = (folder / one["file"]).read_bytes()
            yield Recorded(system, one["stream"], one["file"], one["method"], one["endpoint"], one["status"], content)


@cache
def feeds(system: str) -> dict[str, Feed]:
    plugins = registry.load({system})
    source = offline(plugins.connector(system), system, plugins, Runtime(clock=lambda: NOW))
    return {feed.stream.name: feed for feed in source.feeds()}


def normalize(recorded: Recorded, stream: str) -> Normalized:
    return normalize_body(feeds(recorded.system)[stream], Body(recorded.content, status=recorded.status), lambda: NOW)


def record(corpus: Path, stream: str, file: str) -> Record[Any]:
    (recorded,) = (one for one in recordings(corpus, file.partition("/")[0]) if one.file == file)
    return normalize(recorded, stream).records[0]


# -- no row is lost ---------------------------------------------------------------------------------------------------

LISTS = ("results", "records", "contacts", "companies", "deals", "objects")
IDENTITIES = ("id", "Id", "vid", "companyId", "dealId", "objectId", "ownerId", "engagement")


def counted(body: Any) -> int:
    """Count rows without Bartack: of a list under a usual name, of a bare list, of a single object with an identity."""
    if isinstance(body, list):
        return len(body)
    named = next((body[name] for name in LISTS if isinstance(body.get(name), list)), None)
    return len(named) if named is not None else int(any(name in body for name in IDENTITIES))


@pytest.mark.parametrize("system", ["hubspot", "salesforce"])
def test_whatever_body_a_stream_is_given_its_rows_are_accounted_for_or_it_is_an_error(
    corpus: Path, system: str
) -> None:
    seen: Counter[str] = Counter()
    for recorded in recordings(corpus, system):
        rows = counted(recorded.document)
        for stream in feeds(system):
            outcome = normalize(recorded, stream)
            place = f"{recorded.file} as {stream}"
            verdict = outcome.report.verdict
            silent = verdict.duplicates + verdict.tombstones + verdict.skipped
            assert len(outcome.items) + silent == verdict.rows, place
            if outcome.error is not None:
                assert verdict.rows == 0, place
                assert verdict.completeness == "failed", place
                assert outcome.error.message, place
            else:
                assert verdict.rows == rows, place
                assert recorded.status < 400, place
            for reject in outcome.rejects:
                assert any(issue.severity == "error" for issue in reject.issues), place
            seen["error" if outcome.error else "rows"] += 1
    assert seen["error"] > 100
    assert seen["rows"] > 100


def test_a_body_that_says_it_is_not_all_is_never_complete(corpus: Path) -> None:
    seen = 0
    for system in ("hubspot", "salesforce"):
        for recorded in recordings(corpus, system):
            said = recorded.document
            if not isinstance(said, dict) or recorded.stream not in feeds(system):
                continue
            more = (
                said.get("has-more")
                or said.get("hasMore")
                or said.get("done") is False
                or "next" in said.get("paging", {})
            )
            outcome = normalize(recorded, recorded.stream)
            if more and outcome.error is None:
                assert outcome.report.verdict.completeness == "partial", recorded.file
                seen += 1
    assert seen >= 5


# -- what is delivered, by what was asked -----------------------------------------------------------------------------


def shape(recorded: Recorded) -> str:
    """Say in a few words what was asked."""
    path = urlsplit(recorded.address).path
    if recorded.system == "salesforce":
        soql = unquote_plus(recorded.address.partition("q=")[2])
        chosen = re.match(r"select\s+(.*?)\s+from\s+\w+", soql, re.IGNORECASE | re.DOTALL)
        fields = [name.strip() for name in chosen[1].split(",")] if chosen and "(select" not in soql else []
        named = "with a name" if {"Name", "FirstName", "LastName"} & set(fields) else "without a name"
        return f"query {named}" if fields else f"{recorded.method} {path.rpartition('/')[0].rpartition('/')[2]}"
    version = "v3" if path.startswith("/crm/v3") else "before v3"
    parts = [part for part in path.strip("/").split("/") if part not in ("crm", "objects")]
    last = "associated" if "associated" in parts else "one" if re.search(r"\d|@", parts[-1]) else parts[-1]
    return f"{version} {recorded.method} {last}"


SHARES = [
    ("hubspot", "contacts", "v3 GET contacts", 1.0),
    ("hubspot", "contacts", "v3 GET one", 1.0),
    ("hubspot", "contacts", "v3 POST contacts", 1.0),
    ("hubspot", "contacts", "v3 PATCH one", 1.0),
    ("hubspot", "contacts", "v3 POST search", 1.0),
    ("hubspot", "contacts", "v3 POST create", 1.0),
    ("hubspot", "contacts", "before v3 POST contact", 1.0),
    ("hubspot", "contacts", "before v3 GET profile", 1.0),
    ("hubspot", "contacts", "before v3 GET query", 1.0),
    ("hubspot", "companies", "v3 GET one", 1.0),
    ("hubspot", "companies", "v3 POST companies", 1.0),
    ("hubspot", "companies", "v3 PATCH one", 1.0),
    ("hubspot", "companies", "before v3 GET one", 1.0),
    ("hubspot", "companies", "before v3 GET paged", 0.0),  # asked without properties: rows of ids only
    ("hubspot", "deals", "before v3 GET one", 0.5),  # one of two has a name
    ("hubspot", "engagements", "before v3 GET one", 1.0),
    ("hubspot", "engagements", "before v3 GET associated", 1.0),
    ("hubspot", "owners", "before v3 GET owners", 1.0),
    ("salesforce", "Account", "query with a name", 1.0),
    ("salesforce", "Account", "query without a name", 0.0),  # counts, and account numbers alone
    ("salesforce", "Contact", "query with a name", 1.0),
    ("salesforce", "Contact", "query without a name", 0.0),  # e-mail addresses alone
    ("salesforce", "User", "query with a name", 1.0),
]


@pytest.mark.parametrize(("system", "stream", "asked", "share"), SHARES)
def test_of_what_was_asked_so_large_a_share_is_delivered(
    corpus: Path, system: str, stream: str, asked: str, share: float
) -> None:
    books: Counter[str] = Counter()
    for recorded in recordings(corpus, system):
        if recorded.stream == stream and recorded.status < 400 and shape(recorded) == asked:
            verdict = normalize(recorded, stream).report.verdict
            books.update(rows=verdict.rows, delivered=verdict.delivered)
    assert books["rows"], "there is no such recording"
    assert books["delivered"] / books["rows"] == share


@pytest.mark.parametrize("system", ["hubspot", "salesforce"])
def test_a_row_that_is_not_delivered_lacks_what_the_contract_requires(corpus: Path, system: str) -> None:
    for recorded in recordings(corpus, system):
        if recorded.stream in feeds(system):
            for reject in normalize(recorded, recorded.stream).rejects:
                errors = {issue.code for issue in reject.issues if issue.severity == "error"}
                assert errors <= {"required.absent", "required.blank", "key.absent", "row.not_object"}, recorded.file


# -- known records ----------------------------------------------------------------------------------------------------


def test_a_recorded_contact_of_v3(corpus: Path) -> None:
    found = record(corpus, "contacts", "hubspot/contacts/4.json")
    person = found.value
    assert found.ref.id == "51854903509"
    assert (person.name.full, person.name.given) == ("Maria Johnson (Sample Contact)", "Maria")
    assert person.emails[0].address == "bncfcyxumk@nxacinz.example"
    assert person.updated_at == datetime(2024, 10, 21, 2, 57, 29, 952000, UTC)
    assert (person.deleted, person.custom, found.issues) == (False, (), ())


def test_a_recorded_company_of_v3(corpus: Path) -> None:
    company = record(corpus, "companies", "hubspot/companies/4.json").value
    assert (company.name, company.domains) == ("ACME Test Company", ("example-2024-10-20-20-50-46.com",))
    assert company.created_at == datetime(2024, 10, 20, 19, 50, 46, 999000, UTC)


def test_a_recorded_contact_of_v1_keeps_what_v3_has_no_place_for(corpus: Path) -> None:
    found = record(corpus, "contacts", "hubspot/contacts/43.json")
    assert (found.ref.id, found.value.name.full) == ("154835", "HubSpot Test")
    assert found.value.emails[0].address == "avjb@nxacinz.example"
    assert {"addedAt", "portal-id", "form-submissions"} <= {one.key for one in found.value.custom}


def test_a_recorded_deal_of_v1(corpus: Path) -> None:
    deal = record(corpus, "deals", "hubspot/deals/6.json").value
    assert (deal.title, deal.status.value, deal.stage.id, deal.owner.id) == ("My Deal!", "won", "closedwon", "24")
    assert [one.ref.id for one in deal.persons] == ["1"]
    assert deal.opened_at == datetime(2014, 3, 21, 21, 14, 9, 463000, UTC)


def test_a_recorded_engagement(corpus: Path) -> None:
    mail = record(corpus, "engagements", "hubspot/engagements/1.json").value
    assert (mail.kind.value, mail.subject, mail.body.text, mail.status, mail.direction) == (
        "email",
        "qghgh",
        "sqdgsfg",
        "done",
        "out",
    )
    assert [(one.email.address, one.role) for one in mail.participants] == [
        ("hvaxmom@nxacinz.example", "from"),
        ("vg@nxacinz.example", "to"),
    ]
    assert [(one.contract, one.id) for one in mail.about] == [("person/1", "1085724"), ("organization/1", "184896670")]
    assert mail.starts_at == datetime(2016, 3, 29, 9, 48, 55, 871000, UTC)


def test_a_recorded_owner(corpus: Path) -> None:
    found = record(corpus, "owners", "hubspot/owners/1.json")
    assert (found.ref.id, found.value.name.full, found.value.email.address) == (
        "72",
        "Aaron Oman",
        "zzhwc@jilfafcf.example",
    )


def test_recorded_accounts_keep_every_field_that_was_selected(corpus: Path) -> None:
    (recorded,) = (one for one in recordings(corpus, "salesforce") if one.file == "salesforce/Account/2.json")
    outcome = normalize(recorded, "Account")
    rows = recorded.document["records"]
    assert [one.value.name for one in outcome.records] == [row["Name"] for row in rows]
    assert outcome.report.streams[0].unread == {}
    kept = {one.key: one.value for one in outcome.records[0].value.custom}
    assert kept["CleanStatus"] == "Pending"
    revenue = [row["AnnualRevenue"] for row in rows]
    assert [one.value.annual_revenue and one.value.annual_revenue.amount for one in outcome.records] == [
        None if amount is None else Decimal(str(amount)) for amount in revenue
    ]


def test_a_recorded_contact_of_salesforce_by_its_url(corpus: Path) -> None:
    found = record(corpus, "Contact", "salesforce/Contact/2.json")
    assert (found.ref.id, found.value.name.full) == ("0037e00001WZ30qAAD", "Lindsay")
    assert "family" not in found.value.name.model_fields_set


@pytest.mark.parametrize(
    ("connector", "stream", "file", "status"),
    [
        ("hubspot", "contacts", "contacts/1.json", 0),
        ("hubspot", "contacts", "contacts/10.json", 1),  # announces a next page
        ("hubspot", "companies", "companies/20.json", 1),  # rows of ids only
        ("hubspot", "contacts", "contacts/2.json", 3),  # 403: scopes
        ("hubspot", "contacts", "contacts/36.json", 3),  # definitions of lists
        ("salesforce", "Contact", "Contact/4.json", 0),
        ("salesforce", "Contact", "Contact/3.json", 1),  # addresses without names
        ("salesforce", "Contact", "Contact-describe/1.json", 3),
        ("salesforce", "Account", "Contact/4.json", 3),  # rows of another object
    ],
)
def test_the_exit_status_says_how_it_went(
    corpus: Path, capsys: pytest.CaptureFixture[str], connector: str, stream: str, file: str, status: int
) -> None:
    body = corpus / "payloads" / connector / file
    assert main(["normalize", connector, stream, str(body), "--json"]) == status
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    verdict = lines[-1]["verdict"]
    assert sum("record" in line or "reject" in line for line in lines) == verdict["rows"]
    assert any("error" in line for line in lines) == (status == 3)
