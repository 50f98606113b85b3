"""``bartack drift``: a recording of last month, a server that changed, and one command that tells what broke for whom."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import bartack
from bartack.frontends.cli import main
from support.http_vendor import Answer, Asked, Vendor, running_vendor

CONFIG = """
[sources.shop]
connector = "http"
base_url = "{url}"
token = {{ env = "SHOP_TOKEN" }}
auth = {{ kind = "bearer" }}
{record}
[sources.shop.streams.customers]
path = "/api/customers"
rows = "items"
key = "id"
mapping = "customers.yaml"
total = "total"
page_size = {{ param = "limit", rows = 20 }}
paging = {{ kind = "page", param = "page" }}
[sources.shop.streams.invoices]
path = "/api/invoices"
rows = "items"
key = "number"
mapping = "invoices.yaml"

[consumers.mailing]
reads = ["person.emails.address", "person.name"]
[consumers.dialler]
reads = ["person.phones"]
[consumers.invoicing]
reads = ["invoice.total"]
"""
CUSTOMERS = """
contract: person/1
fields:
  name.full: {path: name, required: true}
  kind: {const: contact}
  emails: {each: [{path: email, label: work}], use: email}
  phones: {each: [{path: phone, label: work}], use: {phone: {region: {const: DE}}}}
  updated_at: {path: changed, use: datetime}
"""
INVOICES = """
contract: invoice/1
fields:
  number: {path: number, required: true}
  kind: {const: customer_invoice}
  status: {path: paid, values: {"true": paid, "false": open}, required: true}
  currency: {const: EUR}
  total: {path: total, use: {money: {currency: {const: EUR}}}, required: true}
  issue_date: {path: issued, use: date}
"""
Row = dict[str, Any]


def customers() -> list[Row]:
    return [
        {
            "id": n,
            "name": f"Anna Beispiel {n}",
            "email": f"anna.{n}@example.org",
            "phone": f"+49 30 9018{n:02}",
            "changed": f"2026-10-{n % 28 + 1:02}T08:{n % 60:02}:00Z",
        }
        for n in range(50)
    ]


def invoices() -> list[Row]:
    return [
        {
            "number": f"R{n:05}",
            "total": f"{n * 7 + 3}.{n % 90 + 10}",
            "issued": f"2026-09-{n % 28 + 1:02}",
            "paid": n % 3 == 0,
        }
        for n in range(40)
    ]


def paged(rows: list[Row]) -> Callable[[Asked], Answer]:
    def answer(asked: Asked) -> Answer:
        size, page = int(asked.query.get("limit", len(rows))), int(asked.query.get("page", 1))
        return Answer({"items": rows[(page - 1) * size : page * size], "total": len(rows)})

    return answer


class Shop:
    """A shop's server, its configuration, and the recording of last month."""

    def __init__(self, vendor: Vendor, folder: Path) -> None:
        self.vendor, self.folder = vendor, folder
        self.recording = folder / "last_month.yaml"
        (folder / "customers.yaml").write_text(CUSTOMERS, encoding="utf-8")
        (folder / "invoices.yaml").write_text(INVOICES, encoding="utf-8")
        self.serve(customers(), invoices())
        self.record(self.recording)

    def serve(self, people: list[Row], bills: list[Row]) -> None:
        self.vendor.on("/api/customers", paged(people))
        self.vendor.on("/api/invoices", paged(bills))

    def record(self, path: Path) -> None:
        self._configure(f'record = "{path.name}"')
        with bartack.open(self.folder) as hub:
            for contract in ("person", "invoice"):
                assert len(list(hub.read(contract))) == {"person": 50, "invoice": 40}[contract]
        self._configure("")

    def _configure(self, record: str) -> None:
        text = CONFIG.format(url=self.vendor.url, record=record)
        (self.folder / "bartack.toml").write_text(text, encoding="utf-8")

    def drift(self, *arguments: str) -> int:
        return main(["drift", *arguments, "--config", str(self.folder)])


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("SHOP_TOKEN", "t0ken-of-the-shop")
    with running_vendor() as vendor:
        yield Shop(vendor, tmp_path)


def broken() -> tuple[list[Row], list[Row]]:
    """What the shop sends since its upgrade: no ``email`` but ``mail_address``, and amounts in cents."""
    people = [{("mail_address" if key == "email" else key): one for key, one in row.items()} for row in customers()]
    bills = [{**row, "total": str(int(row["total"].replace(".", "")))} for row in invoices()]
    return people, bills


def told(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_command_tells_which_fields_broke_for_whom_with_an_example(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.serve(*broken())
    assert shop.drift("shop", "--against", str(shop.recording)) == 1
    printed = capsys.readouterr().out
    email = next(line for line in printed.splitlines() if "BREAKING" in line)
    assert "email is not sent any more; mail_address is new" in email
    assert email.rstrip().endswith("mailing")
    assert "aaaa.9@aaaaaaa.aaa" in email
    assert "anna." not in printed
    total = next(line for line in printed.splitlines() if "SILENT" in line)
    assert "total: as recorded before, times 100 now" in total
    assert total.rstrip().endswith("invoicing")
    assert "3.10 → 310" in total
    assert "dialler" not in printed
    assert "t0ken" not in printed
    assert "self-test" in printed


def test_a_server_that_did_not_change_is_well(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.drift("shop", "--against", str(shop.recording), "--fail-on", "breaking,silent,risk") == 0
    assert "no difference" in capsys.readouterr().out


def test_a_source_is_asked_for_a_sample_only(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.vendor.asked.clear()
    arguments = ("--sample", "20", "--stream", "customers", "--json")
    assert shop.drift("shop", "--against", str(shop.recording), *arguments) == 0
    assert [one.path for one in shop.vendor.asked] == ["/api/customers"]
    assert {one.method for one in shop.vendor.asked} == {"GET"}
    assert told(capsys)[-1]["compared"]["streams"][0]["after"] == 20


def test_the_newest_recording_of_each_stream_is_found_in_the_folder(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    place = shop.folder / "cassettes/http/customers"
    place.mkdir(parents=True)
    (place / "old.yaml").write_text("interactions: []\nversion: 1\n", encoding="utf-8")
    (place / "first.yaml").write_bytes(shop.recording.read_bytes())
    shop.serve(*broken())
    assert shop.drift("shop", "--json") == 1
    findings = [line["finding"] for line in told(capsys) if "finding" in line]
    assert {one["path"] for one in findings if one["severity"] in ("BREAKING", "SILENT")} == {"email", "total"}


def test_a_source_is_held_against_what_its_syncs_have_seen(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sync", "--config", str(shop.folder)]) == 0
    assert shop.drift("shop", "--against", "store") == 0
    capsys.readouterr()
    shop.serve(*broken())
    assert shop.drift("shop", "--json") == 1
    findings = [line["finding"] for line in told(capsys) if "finding" in line]
    (email,) = [one for one in findings if one["path"] == "email"]
    assert (email["severity"], email["kind"], email["consumers"]) == ("BREAKING", "renamed", ["mailing"])
    assert any((one["kind"], one["path"]) == ("scale", "total") for one in findings)


def test_two_recordings_are_compared_without_configuration_or_network(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.serve(*broken())
    now = shop.folder / "now.yaml"
    shop.record(now)
    (shop.folder / "bartack.toml").unlink()
    shop.vendor.asked.clear()
    monkeypatch.chdir(shop.folder)
    assert main(["drift", "last_month.yaml", "now.yaml", "--json"]) == 1
    findings = [line["finding"] for line in told(capsys) if "finding" in line]
    assert [(one["severity"], one["path"]) for one in findings][:2] == [("BREAKING", "email"), ("SILENT", "total")]
    assert shop.vendor.asked == []


def test_a_renamed_envelope_is_named_with_the_place_the_rows_are_at_now(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.vendor.on("/api/customers", Answer({"data": {"records": customers()}}))
    assert shop.drift("shop", "--against", str(shop.recording), "--json") == 1
    findings = [line["finding"] for line in told(capsys) if "finding" in line]
    kinds = {one["kind"]: one for one in findings if one["severity"] == "BREAKING"}
    assert kinds.keys() == {"read", "envelope"}
    assert kinds["read"]["consumers"] == ["dialler", "mailing"]
    assert (kinds["envelope"]["was"], kinds["envelope"]["now"]) == ("items", "data.records")


def test_another_way_to_log_in_is_drift_and_a_wrong_token_is_none(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    refusing = Answer({"message": "who are you?"}, 401, {"WWW-Authenticate": "Bearer"})
    shop.vendor.on("/api/customers", refusing)
    shop.vendor.on("/api/invoices", refusing)
    assert shop.drift("shop", "--against", str(shop.recording)) == 3
    assert "AccessError" in capsys.readouterr().err
    other = Answer({"message": "who are you?"}, 401, {"WWW-Authenticate": 'DPoP algs="ES256"'})
    shop.vendor.on("/api/customers", other)
    shop.vendor.on("/api/invoices", other)
    assert shop.drift("shop", "--against", str(shop.recording)) == 1
    assert "it asks for DPoP" in capsys.readouterr().out


def test_an_address_that_is_gone_is_drift_and_a_server_that_is_down_is_a_failure(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.vendor.on("/api/customers", Answer({"message": "later"}, 503, {"Retry-After": "86400"}))
    assert shop.drift("shop", "--against", str(shop.recording)) == 3
    assert "SourceUnavailableError" in capsys.readouterr().err
    shop.vendor.on("/api/customers", Answer({"message": "later"}, 404))
    shop.vendor.on("/api/invoices", Answer({"message": "later"}, 404))
    assert shop.drift("shop", "--against", str(shop.recording)) == 1
    assert "does not succeed any more: 404" in capsys.readouterr().out


def test_an_announced_end_is_a_risk(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    served = paged(customers())

    def ending(asked: Asked) -> Answer:
        return Answer(served(asked).body, 200, {"Sunset": "Sat, 01 May 2027 00:00:00 GMT"})

    shop.vendor.on("/api/customers", ending)
    assert shop.drift("shop", "--against", str(shop.recording), "--json") == 0
    (found,) = [line["finding"] for line in told(capsys) if "finding" in line]
    assert (found["severity"], found["now"]) == ("RISK", "Sunset: Sat, 01 May 2027 00:00:00 GMT")
    assert "RFC 8594" in found["message"]


def test_the_result_is_junit_that_a_reader_of_xml_takes(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.serve(*broken())
    report = shop.folder / "drift.xml"
    assert shop.drift("shop", "--against", str(shop.recording), "--junit", str(report)) == 1
    (suite,) = ET.parse(report).getroot()
    cases = suite.findall("testcase")
    assert suite.get("tests") == str(len(cases))
    failures = {case.get("name"): case.find("failure") for case in cases if case.find("failure") is not None}
    assert set(failures) == {"email: renamed", "total: scale"}
    assert suite.get("failures") == "2"
    failure = failures["total: scale"]
    assert failure is not None
    assert failure.get("type") == "SILENT"
    assert "hits: invoicing" in (failure.text or "")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["nowhere.yaml", "nowhere.yaml"], 2, "no such recording"),
        (["{recording}", "{folder}"], 2, "a file and a folder"),
        (["{recording}", "{recording}", "--fail-on", "loud"], 2, "no severity 'LOUD'"),
        (["{recording}", "{recording}", "--against", "store"], 2, "compared with each other"),
        (["shopp"], 2, "no source named"),
        (["shop"], 2, "nothing to compare it with"),
        (["{empty}", "{empty}"], 3, "nothing was compared"),
        (["{recording}", "{empty}"], 3, "nothing was compared"),
    ],
)
def test_what_cannot_be_compared_is_never_green(
    shop: Shop, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, words: str
) -> None:
    empty = shop.folder / "empty.yaml"
    empty.write_text("interactions: []\nversion: 1\n", encoding="utf-8")
    places = {"recording": shop.recording, "folder": shop.folder, "empty": empty}
    assert shop.drift(*[one.format(**places) for one in arguments]) == status
    assert words in capsys.readouterr().err


def test_a_consumer_that_reads_what_no_contract_has_is_a_mistake_with_the_near_name(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (shop.folder / "bartack.toml").read_text(encoding="utf-8")
    (shop.folder / "bartack.toml").write_text(text.replace("person.phones", "person.phone"), encoding="utf-8")
    assert shop.drift(str(shop.recording), str(shop.recording)) == 2
    told_error = capsys.readouterr().err
    assert "no contract has 'person.phone'; did you mean 'person.phones'?" in told_error
    assert "[consumers.dialler]" in told_error


def test_folders_are_compared_recording_by_recording(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("before", "after"):
        (shop.folder / name / "http/customers").mkdir(parents=True)
        (shop.folder / name / "http/customers/all.yaml").write_bytes(shop.recording.read_bytes())
    (shop.folder / "before/http/customers/lone.yaml").write_bytes(shop.recording.read_bytes())
    assert shop.drift(str(shop.folder / "before"), str(shop.folder / "after"), "--json") == 0
    lines = told(capsys)
    assert sum("compared" in line for line in lines) == 1
    assert any("on one side only" in line["undecided"]["reason"] for line in lines if "undecided" in line)


def test_what_differs_between_two_recordings_of_one_moment_is_noise(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    again, now = shop.folder / "again.yaml", shop.folder / "now.yaml"
    shop.serve([{**row, "phone": f"+49 40 80{row['id']:03}"} for row in customers()], invoices())
    shop.record(again)
    shop.serve([{**row, "phone": row["phone"].encode().hex()} for row in customers()], invoices())
    shop.record(now)
    sides = (str(shop.recording), str(now), "--json")
    assert shop.drift(*sides) == 1
    capsys.readouterr()
    assert shop.drift(*sides, "--noise", str(shop.recording), str(again)) == 0
    findings = [line["finding"] for line in told(capsys) if "finding" in line]
    assert {(one["severity"], one["path"]) for one in findings} == {("NOISE", "phone")}
