"""Each live peer answers a good and a bad question, without anything of Bartack in between."""

from __future__ import annotations

import base64
import json
import sys
import urllib.error
import urllib.request
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from support.peers import Tryton

NAMESPACE = "urn:legacy.customers"


def post(url: str, body: str, headers: dict[str, str]) -> tuple[int, str]:
    request = urllib.request.Request(url, body.encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def ask_soap(wsdl: str, operation: str, arguments: str) -> tuple[int, str]:
    body = (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<c:{operation} xmlns:c="{NAMESPACE}">{arguments}</c:{operation}></e:Body></e:Envelope>'
    )
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}#{operation}"'}
    return post(wsdl.partition("?")[0], body, headers)


def ask_tryton(peer: Tryton, authorization: str, method: str, *params: Any) -> tuple[int, Any]:
    body = json.dumps({"id": 1, "method": method, "params": params})
    headers = {"Content-Type": "application/json"} | ({"Authorization": authorization} if authorization else {})
    status, text = post(peer.url, body, headers)
    return status, json.loads(text) if text.startswith("{") else text


@pytest.fixture(params=["soap_spyne", "soap_node", "soap_php"])
def soap(request: pytest.FixtureRequest) -> str:
    wsdl: str = request.getfixturevalue(request.param)
    return wsdl


@pytest.mark.peer
def test_a_soap_server_serves_the_shared_customers(soap: str) -> None:
    _, answer = ask_soap(soap, "ListCustomers", "<c:offset>1</c:offset><c:limit>4</c:limit>")
    names = [element.text for element in ET.fromstring(answer).iter(f"{{{NAMESPACE}}}name")]
    assert names == ["Zażółć Gęślą Sp. z o.o.", "Siobhán O'Brien", "山田 太郎", "  Jean-Luc   Lefèvre "]


@pytest.mark.peer
def test_a_soap_server_answers_a_fault_for_an_unknown_customer(soap: str) -> None:
    _, answer = ask_soap(soap, "GetCustomer", "<c:id>7</c:id>")
    assert "Fault>" in answer
    assert "no customer 7" in answer


@pytest.mark.parametrize("server", ["soap_node", "soap_php"])
@pytest.mark.peer
def test_one_invoice_has_an_amount_that_is_no_number(server: str, request: pytest.FixtureRequest) -> None:
    _, answer = ask_soap(request.getfixturevalue(server), "ListInvoices", "")
    assert answer.count("number>") == 2 * 4
    assert "total>N/A</" in answer


def login(peer: Tryton) -> str:
    _, answer = ask_tryton(peer, "", "common.db.login", peer.user, {"password": peer.password}, "en")
    uid, key = answer["result"][:2]
    return "Session " + base64.b64encode(f"{peer.user}:{uid}:{key}".encode()).decode()


def test_tryton_holds_the_shared_customers_as_parties(tryton: Tryton) -> None:
    domain = [["code", "=", "104"]]
    _, answer = ask_tryton(
        tryton, login(tryton), "model.party.party.search_read", domain, 0, 1, None, ["name", "addresses"], {}
    )
    (party,) = answer["result"]
    assert party["name"] == "山田 太郎"
    assert len(party["addresses"]) == 1


def test_tryton_refuses_who_has_not_logged_in(tryton: Tryton) -> None:
    status, _ = ask_tryton(tryton, "Session bm9ib2R5", "model.party.party.search", [], 0, 1, None, {})
    assert status == 401


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists its sockets under /proc")
@pytest.mark.parametrize("server", ["soap_spyne", "soap_node", "soap_php", "tryton"])
@pytest.mark.peer
def test_a_server_listens_on_loopback_only(server: str, request: pytest.FixtureRequest) -> None:
    peer = request.getfixturevalue(server)
    port = urlsplit(peer.url if isinstance(peer, Tryton) else peer).port
    tables = (Path("/proc/net", table).read_text().splitlines()[1:] for table in ("tcp", "tcp6"))
    sockets = (line.split() for line in chain.from_iterable(tables))
    listening = [address for _, address, _, state, *_ in sockets if state == "0A" and address.endswith(f":{port:04X}")]
    assert listening == [f"0100007F:{port:04X}"]


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_postgres_answers_and_refuses_what_it_does_not_know(postgres: str) -> None:
    assert rows(postgres, "SELECT current_database(), 1") == [("bartack", 1)]
    with pytest.raises(ProgrammingError, match="does not exist"):
        rows(postgres, "SELECT * FROM nowhere")


def test_legacy_customers_in_sqlite_are_padded_flagged_and_coded(sqlite_customers: str) -> None:
    query = "SELECT cust_no, name, cntry, bal_cents, created, born, active FROM customer WHERE cust_no = '00000107'"
    name = f"{'Grünwald & Co. KG i. L.':<40}"
    assert rows(sqlite_customers, query) == [
        ("00000107", name, "A  ", -1, "1999-01-01 00:00:00", "0000-00-00", "N"),
    ]


def test_legacy_customers_in_postgres_have_a_date_for_no_birthday(postgres_customers: str) -> None:
    query = "SELECT name, created, born FROM customer WHERE cust_no = '00000112'"
    name = f"{'🧵 Nähstube Bärtl e. K.':<40}"
    assert rows(postgres_customers, query) == [(name, datetime(2024, 3, 1, 4, 30), date(1, 1, 1))]


def test_northwind_is_the_same_in_both_databases(northwind_postgres: str, northwind_sqlite: str) -> None:
    query = "SELECT customer_id, company_name, phone FROM customers ORDER BY customer_id"
    customers = rows(northwind_postgres, query)
    assert len(customers) == 91
    assert rows(northwind_sqlite, query) == customers
