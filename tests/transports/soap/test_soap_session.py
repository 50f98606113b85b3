"""Where a session goes, what it sends, as whom, and what it never lets slip."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from pydantic import ValidationError

from bartack.errors import (
    AccessError,
    BartackError,
    ConfigError,
    SourceChangedError,
    SourceUnavailableError,
    WireError,
)
from bartack.transports.base import Page, Query, Runtime
from bartack.transports.soap import SoapSession, SoapSettings, SoapStream
from support.soap_service import ENDPOINT, WSDL, WSDL_URL, Service, envelope, listed

Connect = Callable[..., SoapSession]
STREAM = SoapStream("customers", operation="ListCustomers", rows="customer", key="id", mapping=())
LOGIN: dict[str, Any] = {"username": "ada", "password": "s3cret-Pässword"}


def first(session: SoapSession) -> Page:
    return next(STREAM.pages(session, Query()))


def test_the_wsdl_is_fetched_once_and_only_when_needed(connect: Connect, service: Service) -> None:
    service.answers = [listed(1), listed(1)]
    with connect() as session:
        assert service.sent == []
        assert session.operations == ("GetCustomer", "ListCustomers", "ListMore")
        first(session)
        first(session)
    assert [request.method for request in service.sent] == ["GET", "POST", "POST"]


def test_the_same_call_gives_the_same_bytes(connect: Connect, service: Service) -> None:
    for _ in range(2):
        service.answers = [listed(1)]
        first(connect())
    one, other = service.posted
    assert one == other


def test_a_soap_11_call_carries_its_action(connect: Connect, service: Service) -> None:
    service.answers = [listed(1)]
    first(connect())
    headers = service.sent[-1].headers
    assert (headers["SOAPAction"], headers["Content-Type"]) == ('"urn:list"', "text/xml; charset=utf-8")
    assert service.sent[-1].url == ENDPOINT


def test_a_soap_12_call_carries_its_action_in_the_content_type(connect: Connect, service: Service) -> None:
    soap_12 = WSDL.replace("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/soap12/")
    service.documents[WSDL_URL] = soap_12
    service.answers = [listed(1)]
    first(connect())
    headers = service.sent[-1].headers
    assert headers["Content-Type"] == 'application/soap+xml; charset=utf-8; action="urn:list"'
    assert "SOAPAction" not in headers
    assert "http://www.w3.org/2003/05/soap-envelope" in service.posted[0]


def test_a_wsdl_may_be_a_file_beside_the_configuration(service: Service, tmp_path: Path) -> None:
    (tmp_path / "crm.wsdl").write_text(WSDL, encoding="utf-8")
    service.answers = [listed(1)]
    with SoapSession(SoapSettings(wsdl="crm.wsdl"), Runtime(adapter=service, base_dir=str(tmp_path))) as session:
        assert len(first(session).rows) == 1
    assert [request.method for request in service.sent] == ["POST"]


def test_the_configuration_may_say_where_calls_go(connect: Connect, service: Service) -> None:
    service.answers = [listed(1)]
    page = first(connect(endpoint="https://proxy.example/crm?tenant=7&api_key=k"))
    assert service.sent[-1].url == "https://proxy.example/crm?tenant=7&api_key=k"
    assert page.request == "POST https://proxy.example/crm?tenant=7&api_key=*** ListCustomers"


def test_a_fetched_wsdl_cannot_send_calls_to_another_host(connect: Connect, service: Service) -> None:
    service.documents[WSDL_URL] = WSDL.replace(ENDPOINT, "https://evil.example/service")
    with pytest.raises(ConfigError, match=r"crm\.example, but sends calls to https://evil\.example"):
        first(connect(auth="basic", **LOGIN))
    assert service.posted == []


def test_a_host_that_the_configuration_allows_is_called_without_the_credentials(
    connect: Connect, service: Service
) -> None:
    service.documents[WSDL_URL] = WSDL.replace(ENDPOINT, "https://calls.example/service")
    service.answers = [listed(1)]
    first(connect(auth="basic", hosts=("calls.example",), **LOGIN))
    assert "Authorization" in service.sent[0].headers
    assert "Authorization" not in service.sent[1].headers


@pytest.mark.parametrize("address", ["", "service", "ftp://crm.example/", "https://crm.example@evil.example/"])
def test_a_wsdl_without_a_usable_address_needs_an_endpoint(connect: Connect, service: Service, address: str) -> None:
    service.documents[WSDL_URL] = WSDL.replace(f'location="{ENDPOINT}"', f'location="{address}"')
    with pytest.raises(ConfigError, match="address") as caught:
        first(connect())
    assert "endpoint" in str(caught.value)


def test_basic_credentials_go_with_the_wsdl_and_the_call(connect: Connect, service: Service) -> None:
    service.answers = [listed(1)]
    first(connect(auth="basic", **LOGIN))
    expected = "Basic " + base64.b64encode("ada:s3cret-Pässword".encode()).decode()
    assert [request.headers["Authorization"] for request in service.sent] == [expected] * 2


def security(text: str) -> dict[str, str]:
    return {etree.QName(e).localname: e.text or "" for e in etree.fromstring(text.encode()).iter() if not len(e)}


def test_a_username_token_carries_the_password_as_text(connect: Connect, service: Service) -> None:
    service.answers = [listed(1)]
    first(connect(auth="wsse", **LOGIN))
    assert security(service.posted[0]) | {"Username": "ada", "Password": "s3cret-Pässword"} == security(
        service.posted[0]
    )
    assert "Authorization" not in service.sent[-1].headers


def test_a_username_token_may_carry_a_digest_of_password_nonce_and_the_runtimes_clock(
    connect: Connect, service: Service
) -> None:
    service.answers = [listed(1)]
    moment = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    first(connect(Runtime(adapter=service, clock=lambda: moment), auth="wsse_digest", **LOGIN))
    sent = security(service.posted[0])
    assert sent["Created"] == "2026-11-23T10:00:00Z"
    hashed = hashlib.sha1(base64.b64decode(sent["Nonce"]) + sent["Created"].encode() + LOGIN["password"].encode())
    assert sent["Password"] == base64.b64encode(hashed.digest()).decode()


@pytest.mark.parametrize("auth", ["basic", "wsse"])
def test_a_source_that_quotes_the_password_is_not_quoted(connect: Connect, service: Service, auth: str) -> None:
    service.answers = [envelope(f"<e:Fault><faultstring>bad {LOGIN['password']}</faultstring></e:Fault>")]
    with pytest.raises(BartackError) as caught:
        first(connect(auth=auth, **LOGIN))
    assert LOGIN["password"] not in f"{caught.value!r} {caught.value}"
    assert "***" in str(caught.value)


def test_settings_show_no_password() -> None:
    settings = SoapSettings(wsdl="x.wsdl", auth="basic", **LOGIN)
    assert LOGIN["password"] not in f"{settings!r} {settings.model_dump_json()}"


@pytest.mark.parametrize("given", [{"auth": "basic"}, {"username": "ada"}, {"auth": "wsse", "username": "ada"}])
def test_credentials_are_given_whole_or_not_at_all(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="belong together"):
        SoapSettings(wsdl="x.wsdl", **given)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"ofset": 1}, "ofset"),
        ({"filter": {"aktiv": True}}, "aktiv"),
        ({"filter": {}}, "active"),
    ],
)
def test_arguments_that_do_not_fit_are_refused_before_anything_is_sent(
    connect: Connect, service: Service, arguments: dict[str, Any], says: str
) -> None:
    stream = SoapStream("c", operation="ListCustomers", rows="customer", key="id", mapping=(), arguments=arguments)
    with pytest.raises(ConfigError, match=says) as caught:
        next(stream.pages(connect(), Query()))
    assert "offset: xsd:int" in str(caught.value)
    assert service.posted == []


def test_an_operation_that_the_wsdl_does_not_have_is_named_with_its_neighbours(connect: Connect) -> None:
    with pytest.raises(ConfigError, match="ListCustomer") as caught:
        connect().operation("ListCustomer")
    assert "ListCustomers" in str(caught.value.next_step)


def test_services_and_ports_are_chosen_by_name(connect: Connect) -> None:
    session = connect()
    assert session.operation("GetCustomer", "Customers", "CustomersPort").name == "GetCustomer"
    with pytest.raises(ConfigError, match="Customers/CustomersPort"):
        session.operation("GetCustomer", "Customer")


def test_errors_say_which_call_failed(connect: Connect, service: Service) -> None:
    service.answers = [(503, "text/html", "<html><title>Down</title></html>")]
    with pytest.raises(SourceUnavailableError) as caught:
        first(connect())
    assert str(caught.value).startswith("POST https://crm.example/service ListCustomers: status 503")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((302, "text/html", ""), SourceChangedError),
        ((401, "text/plain", "no"), AccessError),
        ((200, "text/html", "<html><title>Log in</title></html>"), SourceChangedError),
        ((200, "text/xml", ""), WireError),
        (
            (200, "text/xml", "<ListCustomersResponse><customer><id>1</id></customer></ListCustomersResponse>"),
            SourceChangedError,
        ),
        ((200, "text/xml", "Fatal error: out of memory"), SourceChangedError),
    ],
)
def test_what_a_server_sends_instead_of_an_answer_is_a_typed_error(
    connect: Connect, service: Service, answer: Any, error: type[BartackError]
) -> None:
    service.answers = [answer]
    with pytest.raises(error):
        first(connect())


def test_an_answer_has_a_size_limit(connect: Connect, service: Service) -> None:
    service.answers = [listed(*range(2000))]
    with pytest.raises(WireError, match="larger than 20000 bytes"):
        first(connect(max_body=20_000))


def test_rows_that_the_wsdl_does_not_know_are_no_empty_list(connect: Connect, service: Service) -> None:
    service.answers = [listed(1).replace("customer>", "client>")]
    with pytest.raises(SourceChangedError, match="<client>, which the WSDL does not know"):
        first(connect())


def test_what_the_wsdl_declares_beside_the_rows_makes_no_empty_list_doubtful(
    connect: Connect, service: Service
) -> None:
    service.answers = [listed(beside="<total>0</total><paging><id>1</id></paging><paging><id>2</id></paging>")]
    assert first(connect()).rows == []


def test_the_wsdl_knows_the_name_of_the_answer(connect: Connect, service: Service) -> None:
    service.answers = [listed().replace("ListCustomersResponse", "ListCustomersAnswer")]
    with pytest.raises(SourceChangedError, match="ListCustomersAnswer"):
        first(connect())


def test_rows_declared_by_a_name_that_the_wsdl_does_not_have_are_no_empty_list(
    connect: Connect, service: Service
) -> None:
    service.answers = [listed(beside="<total>0</total>")]
    stream = SoapStream("c", operation="ListCustomers", rows="client", key="id", mapping=())
    with pytest.raises(SourceChangedError, match="no <client>, and the WSDL knows none here"):
        next(stream.pages(connect(), Query()))
