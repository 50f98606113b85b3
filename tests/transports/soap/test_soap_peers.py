"""Live servers written by others: Spyne, node-soap, and PHP's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import AccessError, BartackError, ConfigError, SourceRefusedError
from bartack.transports.base import Page, Query
from bartack.transports.soap import OffsetArguments, OneCall, SoapSession, SoapSettings, SoapStream

CUSTOMERS = json.loads((Path(__file__).parents[2] / "peers" / "customers.json").read_text(encoding="utf-8"))
INVOICES = json.loads((Path(__file__).parents[2] / "peers" / "invoices.json").read_text(encoding="utf-8"))

WRAPPED = {"soap_spyne": "ListCustomersResult.Customer"}
"""Spyne wraps its lists, the others do not."""


@pytest.fixture(params=["soap_spyne", "soap_node", "soap_php"])
def peer(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param, request.getfixturevalue(request.param)


def stream(name: str, **declared: Any) -> SoapStream:
    given: dict[str, Any] = {
        "operation": "ListCustomers",
        "rows": WRAPPED.get(name, "customer"),
        "key": "id",
        "mapping": (),
        "paging": OffsetArguments(size=7, short_page_ends=True),
        "one": OneCall("GetCustomer", "id", "GetCustomerResult" if name == "soap_spyne" else "customer"),
        **declared,
    }
    return SoapStream("customers", **given)


def read(wsdl: str, declared: SoapStream, query: Query | None = None) -> list[Page]:
    with SoapSession(SoapSettings(wsdl=wsdl)) as session:
        return list(declared.pages(session, query or Query()))


@pytest.mark.peer
def test_all_customers_come_page_by_page_with_their_texts_as_sent(peer: tuple[str, str]) -> None:
    name, wsdl = peer
    pages = read(wsdl, stream(name))
    rows = [row for page in pages for row in page.rows]
    assert [row["id"] for row in rows] == [str(entry["id"]) for entry in CUSTOMERS]
    assert [row["name"] for row in rows] == [entry["name"] for entry in CUSTOMERS]
    assert [page.next for page in pages][-1] is None
    assert len(pages) == len(CUSTOMERS) // 7 + 1
    assert all("Müller" in str(page.raws[0]) for page in pages[:1] if page.raws)


@pytest.mark.peer
def test_what_a_customer_does_not_have_is_nil_or_absent_and_never_an_empty_text(peer: tuple[str, str]) -> None:
    name, wsdl = peer
    rows = {row["id"]: row for page in read(wsdl, stream(name)) for row in page.rows}
    for entry in CUSTOMERS:
        sent = rows[str(entry["id"])]
        for field in ("email", "born"):
            if entry[field] is None:
                assert sent.get(field) is None
            else:
                assert isinstance(sent[field], str)


@pytest.mark.peer
def test_one_customer_comes_by_id(peer: tuple[str, str]) -> None:
    name, wsdl = peer
    (page,) = read(wsdl, stream(name), Query(id=str(CUSTOMERS[3]["id"])))
    assert [row["name"] for row in page.rows] == [CUSTOMERS[3]["name"]]


@pytest.mark.peer
def test_a_customer_who_is_not_there_is_the_servers_own_fault(peer: tuple[str, str]) -> None:
    name, wsdl = peer
    error: type[BartackError] = AccessError if name == "soap_spyne" else SourceRefusedError  # the others give no code
    with pytest.raises(error, match=r"no customer 7 \(detail: code=E404\)"):
        read(wsdl, stream(name), Query(id="7"))


@pytest.mark.peer
def test_an_operation_that_is_not_there_is_found_before_the_call(peer: tuple[str, str]) -> None:
    name, wsdl = peer
    with pytest.raises(ConfigError, match="ListCustomer"):
        read(wsdl, stream(name, operation="ListCustomer"))


@pytest.mark.peer
def test_rows_declared_in_the_wrong_place_are_an_error(peer: tuple[str, str]) -> None:
    name, wsdl = peer
    with pytest.raises(BartackError, match=r"expected at Result\.Item"):
        read(wsdl, stream(name, rows="Result.Item"))


@pytest.mark.peer
@pytest.mark.parametrize("server", ["soap_node", "soap_php"])
def test_invoices_come_with_their_nils_also_from_node_soap(request: pytest.FixtureRequest, server: str) -> None:
    wsdl = request.getfixturevalue(server)
    (page,) = read(wsdl, stream(server, operation="ListInvoices", rows="invoice", key="number"))
    assert [row["number"] for row in page.rows] == [entry["number"] for entry in INVOICES]
    assert [row["due"] for row in page.rows] == [entry["due"] for entry in INVOICES]
