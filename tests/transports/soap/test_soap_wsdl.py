"""WSDLs: where their documents may come from, what zeep drops in silence, and how a defect is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import AccessError, ConfigError
from bartack.transports.base import Runtime
from bartack.transports.soap import SoapSession, SoapSettings
from support.soap_service import ENDPOINT, NAMESPACE, WSDL, WSDL_URL, Service

Connect = Callable[..., SoapSession]

XSD = f"""<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="{NAMESPACE}">
  <x:simpleType name="Kind"><x:restriction base="x:string"/></x:simpleType>
</x:schema>"""
FOREIGN = '<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="{}"/>'


def including(location: str, namespace: str | None = None) -> str:
    """Return the WSDL with a schema that includes, or imports, a document."""
    how = f'<x:include schemaLocation="{location}"/>'
    if namespace is not None:
        how = f'<x:import namespace="{namespace}" schemaLocation="{location}"/>'
    schema = f'<x:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">'
    return WSDL.replace(schema, schema + how)


def local(folder: Path, wsdl: str, **settings: Any) -> SoapSession:
    (folder / "crm.wsdl").write_text(wsdl, encoding="utf-8")
    given = {"wsdl": "crm.wsdl", **settings}
    return SoapSession(SoapSettings(**given), Runtime(adapter=Service(documents={}), base_dir=str(folder)))


def test_imports_lie_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "types").mkdir()
    (tmp_path / "types" / "kinds.xsd").write_text(XSD, encoding="utf-8")
    assert "ListCustomers" in local(tmp_path, including("types/kinds.xsd")).operations


def test_imports_come_from_the_wsdls_own_host(connect: Connect, service: Service) -> None:
    service.documents[WSDL_URL] = including("kinds.xsd")
    service.documents["https://crm.example/kinds.xsd"] = XSD
    assert "ListCustomers" in connect().operations
    assert [request.url for request in service.sent] == [WSDL_URL, "https://crm.example/kinds.xsd"]


@pytest.mark.parametrize(
    "location", ["http://169.254.169.254/latest", "https://other.example/a.xsd", "//other.example/a"]
)
@pytest.mark.parametrize("namespace", [None, "urn:other"])
def test_imports_from_a_foreign_host_are_not_fetched(
    connect: Connect, service: Service, location: str, namespace: str | None
) -> None:
    service.documents[WSDL_URL] = including(location, namespace)
    with pytest.raises(ConfigError, match="neither its own host") as caught:
        connect().operation("ListCustomers")
    assert [request.url for request in service.sent] == [WSDL_URL]
    assert "catalog" in str(caught.value.next_step)


def test_a_host_may_be_allowed(connect: Connect, service: Service) -> None:
    service.documents[WSDL_URL] = including("https://types.example/kinds.xsd")
    service.documents["https://types.example/kinds.xsd"] = XSD
    assert "ListCustomers" in connect(hosts=("types.example",)).operations


def test_a_local_file_may_import_from_an_allowed_host(tmp_path: Path) -> None:
    session = local(tmp_path, including("https://types.example/kinds.xsd"), hosts=("types.example",))
    with pytest.raises(AccessError, match="404"):  # it was asked, and is not there
        session.operation("ListCustomers")


@pytest.mark.parametrize("location", ["file:///etc/hostname", "FILE:///etc/hostname", "ftp://crm.example/a.xsd"])
@pytest.mark.parametrize("fetched", [True, False])
def test_files_of_this_machine_are_never_imported_by_address(
    connect: Connect, service: Service, tmp_path: Path, location: str, fetched: bool
) -> None:
    service.documents[WSDL_URL] = including(location)
    session = connect() if fetched else local(tmp_path, including(location))
    with pytest.raises(ConfigError, match=r"no address to fetch from|cannot be read"):
        session.operation("ListCustomers")


@pytest.mark.parametrize("location", ["/etc/hostname", "../../../../../../etc/hostname"])
def test_a_local_wsdl_cannot_reach_out_of_its_folder(tmp_path: Path, location: str) -> None:
    with pytest.raises(ConfigError, match="outside of its own folder"):
        local(tmp_path, including(location)).operation("ListCustomers")


def test_a_link_does_not_lead_out_of_the_folder_either(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "secret.xsd").write_text(XSD, encoding="utf-8")
    (tmp_path / "a" / "kinds.xsd").symlink_to(tmp_path / "secret.xsd")
    with pytest.raises(ConfigError, match="outside of its own folder"):
        local(tmp_path / "a", including("kinds.xsd")).operation("ListCustomers")


def test_a_missing_document_is_named_with_the_way_to_provide_it(tmp_path: Path) -> None:
    session = local(tmp_path, including("Service?xsd=xsd0"))
    with pytest.raises(ConfigError, match=r"Service\?xsd=xsd0") as caught:
        session.operation("ListCustomers")
    assert 'catalog = { "Service?xsd=xsd0" = "<file>" }' in str(caught.value.next_step)
    (tmp_path / "kinds.xsd").write_text(XSD, encoding="utf-8")
    session = local(tmp_path, including("Service?xsd=xsd0"), catalog={"Service?xsd=xsd0": "kinds.xsd"})
    assert "ListCustomers" in session.operations


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("http://www.w3.org/2005/05/xmlmime", "xmlmime.xsd"),
        ("https://www.w3.org/2001/xml.xsd", "xml.xsd"),
        ("http://schemas.xmlsoap.org/soap/encoding/", "soap-enc.xsd"),
        ("http://other.example/types/a.xsd", "a.xsd"),
    ],
)
def test_a_catalog_holds_what_is_not_fetched(
    connect: Connect, service: Service, tmp_path: Path, address: str, name: str
) -> None:
    service.documents[WSDL_URL] = including(address, "urn:other")
    with pytest.raises(ConfigError, match="neither its own host") as caught:
        connect().operation("ListCustomers")
    assert name in str(caught.value.next_step)
    (tmp_path / name).write_text(FOREIGN.format("urn:other"), encoding="utf-8")
    runtime = Runtime(adapter=service, base_dir=str(tmp_path))
    for catalog in (".", {address: name}, {address.replace("https:", "http:"): name}):
        assert "ListCustomers" in connect(runtime, catalog=catalog).operations


def test_a_catalog_that_is_not_there_is_an_error(connect: Connect) -> None:
    with pytest.raises(ConfigError, match="is no folder"):
        connect(catalog="nowhere").operation("ListCustomers")


def test_the_schema_of_schemas_is_never_fetched(connect: Connect, service: Service) -> None:
    service.documents[WSDL_URL] = including("http://crm.example/?xsd=", "http://www.w3.org/2001/XMLSchema")
    assert "ListCustomers" in connect().operations
    assert len(service.sent) == 1


@pytest.mark.parametrize(
    ("document", "says"),
    [
        pytest.param("<html><title>Log in</title></html>", "Log in", id="HTML"),
        pytest.param("", "empty", id="nothing"),
        pytest.param(WSDL[:3000], "not well-formed", id="cut off"),
        pytest.param(f'<!DOCTYPE a [<!ENTITY b "c">]>{WSDL[21:]}', "DOCTYPE", id="entities"),
        pytest.param(WSDL.replace(' binding="t:Binding"', ""), "CustomersPort names no binding", id="port"),
        pytest.param(WSDL.replace('element="t:GetCustomer"', 'element="t:Gone"'), "Gone|GetIn", id="message part"),
        pytest.param(WSDL.replace('type="t:Customer"', 'type="t:Gone"'), "Gone", id="type"),
        pytest.param("<a/>", "no SOAP operation; it declares none", id="no WSDL"),
    ],
)
def test_a_defect_is_named(connect: Connect, service: Service, document: str, says: str) -> None:
    service.documents[WSDL_URL] = document
    with pytest.raises(ConfigError, match=says):
        connect().operation("GetCustomer")


def test_an_operation_that_zeep_drops_is_not_forgotten(connect: Connect, service: Service) -> None:
    service.documents[WSDL_URL] = WSDL.replace('element="t:GetCustomer"', 'element="t:Gone"')
    session = connect()
    assert session.operations == ("ListCustomers", "ListMore")
    with pytest.raises(ConfigError, match=r"declares the operation GetCustomer, but it cannot be used: .*GetIn"):
        session.operation("GetCustomer")


def test_a_wsdl_that_loads_without_any_operation_is_an_error(connect: Connect, service: Service) -> None:
    document = WSDL
    for element in ("GetCustomer", "ListCustomers", "ListMore"):
        document = document.replace(f'element="t:{element}"', 'element="t:Gone"')
    service.documents[WSDL_URL] = document
    with pytest.raises(ConfigError, match="declares GetCustomer, ListCustomers, ListMore"):
        connect().operation("GetCustomer")


def test_plain_http_bindings_are_no_soap(connect: Connect, service: Service) -> None:
    binding = '<s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
    document = WSDL.replace(binding, '<h:binding xmlns:h="http://schemas.xmlsoap.org/wsdl/http/" verb="GET"/>')
    for name in ("list", "get", "more"):
        http = f'<h:operation xmlns:h="http://schemas.xmlsoap.org/wsdl/http/" location="/{name}"/>'
        document = document.replace(f'<s:operation soapAction="urn:{name}"/>', http)
    service.documents[WSDL_URL] = document.replace("s:address", "h:address").replace(
        "<w:definitions", '<w:definitions xmlns:h="http://schemas.xmlsoap.org/wsdl/http/"'
    )
    with pytest.raises(ConfigError, match="plain HTTP GET or POST"):
        connect().operation("GetCustomer")


def test_a_binding_that_no_service_offers_can_be_called_at_a_configured_endpoint(
    connect: Connect, service: Service
) -> None:
    service.documents[WSDL_URL] = WSDL.partition("<w:service")[0] + "</w:definitions>"
    with pytest.raises(ConfigError, match="endpoint"):
        connect().address(connect().operation("GetCustomer"))
    session = connect(endpoint=ENDPOINT)
    assert session.address(session.operation("GetCustomer")) == ENDPOINT


def test_a_wsdl_that_is_not_there_is_an_error(connect: Connect, tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="404"):
        connect(wsdl="https://crm.example/other?wsdl").operation("GetCustomer")
    with pytest.raises(ConfigError, match=r"gone\.wsdl"):
        SoapSession(SoapSettings(wsdl="gone.wsdl"), Runtime(base_dir=str(tmp_path))).operation("GetCustomer")


def test_what_may_stand_beside_the_rows_is_open_where_the_schema_takes_anything(
    connect: Connect, service: Service
) -> None:
    operation = connect().operation("ListCustomers")
    assert operation.siblings(("customer",)) == frozenset({"total", "next", "done", "paging", "customer"})
    assert operation.siblings(("paging", "x")) == frozenset({"id"})
    assert operation.siblings(("gone", "x")) is None
    rows = '<x:element name="customer" type="t:Customer" minOccurs="0" maxOccurs="unbounded"/>'
    service.documents[WSDL_URL] = WSDL.replace(rows, rows + '<x:any minOccurs="0"/>')
    assert connect().operation("ListCustomers").siblings(("customer",)) is None
