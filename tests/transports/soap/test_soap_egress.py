"""Nothing of a WSDL leads a packet, a credential or a file of this machine elsewhere: tried with real sockets."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import BartackError, ConfigError
from bartack.settings import Secret
from bartack.transports.base import Query, Runtime
from bartack.transports.soap import SoapSession, SoapSettings, SoapStream
from support.http_vendor import Answer, Vendor, running_vendor
from support.soap_service import ENDPOINT, WSDL, Service, listed

STREAM = SoapStream("customers", operation="ListCustomers", rows="customer", key="id", mapping=())
CANARY = "c4n4ry-Pässword-17"
LOGIN: dict[str, Any] = {"username": "ada", "password": Secret(CANARY)}
XML = {"Content-Type": "text/xml; charset=utf-8"}


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with running_vendor() as running:
        yield running


@pytest.fixture
def elsewhere() -> Iterator[Vendor]:
    """Another host, as far as ports make one: nothing may ever arrive here."""
    with running_vendor() as running:
        running.on("/wsdl", Answer(WSDL.encode(), headers=XML))
        yield running


def served(vendor: Vendor, wsdl: str) -> str:
    vendor.on("/wsdl", Answer(wsdl.encode(), headers=XML))
    vendor.on("/service", Answer(listed(1).encode(), headers=XML))
    return f"{vendor.url}/wsdl"


def read(wsdl: str, **settings: Any) -> list[Any]:
    with SoapSession(SoapSettings(wsdl=wsdl, timeout=2.0, **settings)) as session:
        return [row for page in STREAM.pages(session, Query()) for row in page.rows]


@pytest.mark.parametrize("auth", ["basic", "wsse", "wsse_digest"])
def test_an_address_on_a_foreign_host_gets_neither_credentials_nor_a_packet(
    vendor: Vendor, elsewhere: Vendor, auth: str
) -> None:
    wsdl = served(vendor, WSDL.replace(ENDPOINT, f"{elsewhere.url}/service"))
    with pytest.raises(ConfigError, match="but sends calls to"):
        read(wsdl, auth=auth, **LOGIN)
    assert elsewhere.asked == []


FOREIGN = [
    "{elsewhere}/schema.xsd",
    "{elsewhere}/../schema.xsd",
    "//{netloc}/schema.xsd",
    "{vendor}@{netloc}/schema.xsd",
    "http://{netloc}\\@127.0.0.1/schema.xsd",
    "file://{canary}",
    "file:{canary}",
    "FILE://localhost{canary}",
    "{canary}",
    "netdoc:{canary}",
    "jar:file://{canary}!/",
    "gopher://{netloc}/x",
]


@pytest.mark.parametrize("location", FOREIGN)
@pytest.mark.parametrize("how", ["include", 'import namespace="urn:o"'])
def test_imports_lead_nowhere_else(vendor: Vendor, elsewhere: Vendor, tmp_path: Path, location: str, how: str) -> None:
    canary = tmp_path / "canary.xsd"
    canary.write_text(f"<!-- {CANARY} -->", encoding="utf-8")
    netloc = elsewhere.url.removeprefix("http://")
    there = location.format(elsewhere=elsewhere.url, vendor=vendor.url, netloc=netloc, canary=canary)
    schema = 'elementFormDefault="qualified">'
    wsdl = served(vendor, WSDL.replace(schema, f'{schema}<x:{how} schemaLocation="{there}"/>', 1))
    with pytest.raises(BartackError) as caught:
        read(wsdl)
    assert CANARY not in str(caught.value)
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE d [<!ENTITY a SYSTEM "file://{canary}">]>',
        '<!DOCTYPE d [<!ENTITY % a SYSTEM "{elsewhere}/a.dtd"> %a;]>',
        '<!DOCTYPE d SYSTEM "{elsewhere}/d.dtd">',
        '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    ],
)
def test_a_wsdl_with_a_document_type_is_refused(
    vendor: Vendor, elsewhere: Vendor, tmp_path: Path, doctype: str
) -> None:
    canary = tmp_path / "canary"
    canary.write_text(CANARY, encoding="utf-8")
    head, rest = WSDL.split("?>", 1)
    wsdl = f"{head}?>{doctype.format(canary=canary, elsewhere=elsewhere.url)}{rest.replace('urn:list', '&amp;a;')}"
    with pytest.raises(BartackError) as caught:
        read(served(vendor, wsdl))
    assert CANARY not in str(caught.value)
    assert elsewhere.asked == []


@pytest.mark.parametrize("redirects", [0, 3])
@pytest.mark.parametrize("target", ["file://{canary}", "{elsewhere}/wsdl", "//{netloc}/wsdl", "http://[::1/wsdl"])
def test_a_redirect_leads_nowhere_else(
    vendor: Vendor, elsewhere: Vendor, tmp_path: Path, target: str, redirects: int
) -> None:
    canary = tmp_path / "canary.wsdl"
    canary.write_text(WSDL.replace("<w:types>", f"<!-- {CANARY} --><w:types>"), encoding="utf-8")
    there = target.format(elsewhere=elsewhere.url, canary=canary, netloc=elsewhere.url.removeprefix("http://"))
    vendor.on("/wsdl", Answer(b"", 302, headers={"Location": there}))
    with pytest.raises(BartackError) as caught:
        read(f"{vendor.url}/wsdl", redirects=redirects, auth="basic", **LOGIN)
    assert CANARY not in str(caught.value)
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    "location",
    ["http://far.example/../../../etc/hostname", "http://far.example/%2e%2e%2fcanary.xsd", "..%2fcanary.xsd"],
)
def test_a_catalog_holds_only_what_lies_in_it(vendor: Vendor, tmp_path: Path, location: str) -> None:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "canary.xsd").write_text(f"<!-- {CANARY} -->", encoding="utf-8")
    schema = 'elementFormDefault="qualified">'
    wsdl = served(vendor, WSDL.replace(schema, f'{schema}<x:include schemaLocation="{location}"/>', 1))
    with pytest.raises(BartackError) as caught:
        read(wsdl, catalog=str(tmp_path / "catalog"))
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("auth", ["basic", "wsse", "wsse_digest"])
@pytest.mark.parametrize("status", [200, 403, 500])
def test_no_password_is_in_any_log_or_error_also_where_the_answer_quotes_it(
    auth: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    quoted = f"<html><title>you sent {CANARY}</title></html>"
    service = Service(answers=[(status, "text/html", quoted)])
    settings = SoapSettings(wsdl="https://crm.example/service?wsdl", auth=auth, **LOGIN)
    with SoapSession(settings, Runtime(adapter=service)) as session, pytest.raises(BartackError) as caught:
        next(iter(STREAM.pages(session, Query())))
    shown = [str(caught.value), repr(caught.value), repr(session), repr(settings), caplog.text]
    assert not [text for text in shown if "c4n4ry" in text]
