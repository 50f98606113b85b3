"""SOAP is recorded at the same place, although every call carries another nonce and another moment."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
import requests
from lxml import etree
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse
from zeep import Client, Transport
from zeep.wsse.username import UsernameToken

from bartack.errors import RecordingError
from bartack.recording import recording, replaying

SERVICE = "https://legacy.example/customers"
PASSWORD = "c4n4ryPassw0rd"

WSDL = f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
  <types><x:schema targetNamespace="urn:t" elementFormDefault="qualified">
    <x:element name="Get"><x:complexType><x:sequence><x:element name="Id" type="x:int"/></x:sequence></x:complexType></x:element>
    <x:element name="Got"><x:complexType><x:sequence><x:element name="Name" type="x:string"/></x:sequence></x:complexType></x:element>
  </x:schema></types>
  <message name="Ask"><part name="p" element="t:Get"/></message><message name="Say"><part name="p" element="t:Got"/></message>
  <portType name="P"><operation name="Get"><input message="t:Ask"/><output message="t:Say"/></operation></portType>
  <binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Get"><s:operation soapAction="urn:t/Get"/><input><s:body use="literal"/></input>
    <output><s:body use="literal"/></output></operation></binding>
  <service name="S"><port name="P" binding="t:B"><s:address location="{SERVICE}"/></port></service>
</definitions>"""


class Customers(BaseAdapter):
    """A SOAP service: answers with the number it is asked for."""

    def send(self, request: requests.PreparedRequest, *args: object, **options: object) -> requests.Response:
        asked = etree.fromstring(request.body or b"").findtext(".//{urn:t}Id")
        body = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><Got xmlns="urn:t">'
            f"<Name>customer {asked}</Name></Got></e:Body></e:Envelope>"
        )
        response = requests.Response()
        response.status_code, response.request = 200, request
        response.raw = HTTPResponse(BytesIO(body.encode()), headers={"Content-Type": "text/xml"}, preload_content=False)
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def names(
    tmp_path: Path, session_on: Callable[[BaseAdapter], requests.Session]
) -> Callable[[BaseAdapter, list[int]], list[str]]:
    wsdl = tmp_path / "customers.wsdl"
    wsdl.write_text(WSDL)

    def ask(adapter: BaseAdapter, numbers: list[int]) -> list[str]:
        token = UsernameToken("zoe", PASSWORD, use_digest=True)  # type: ignore[no-untyped-call]
        transport = Transport(session=session_on(adapter))  # type: ignore[no-untyped-call]
        client = Client(str(wsdl), wsse=token, transport=transport)  # type: ignore[no-untyped-call]
        return [client.service.Get(Id=number) for number in numbers]

    return ask


def test_soap_calls_replay_by_what_they_ask(
    tmp_path: Path, names: Callable[[BaseAdapter, list[int]], list[str]]
) -> None:
    path = tmp_path / "customers.yaml"
    with recording(path, inner=Customers()) as recorder:
        assert names(recorder, [1, 2]) == ["customer 1", "customer 2"]
    assert names(replaying(path), [2, 1]) == ["customer 2", "customer 1"]
    with pytest.raises(RecordingError, match=r"Envelope/Body/Get/Id is \"[12]\", not \"999\""):
        names(replaying(path), [999])


def test_the_security_header_of_a_soap_call_does_not_reach_the_disk(
    tmp_path: Path, names: Callable[[BaseAdapter, list[int]], list[str]]
) -> None:
    path = tmp_path / "customers.yaml"
    sent: list[bytes] = []

    class Watched(Customers):
        def send(self, request: requests.PreparedRequest, *args: object, **options: object) -> requests.Response:
            sent.append(request.body if isinstance(request.body, bytes) else b"")
            return super().send(request)

    with recording(path, inner=Watched()) as recorder:
        names(recorder, [1])
    header = etree.fromstring(sent[0])
    secrets = [header.findtext(".//{*}Password"), header.findtext(".//{*}Nonce"), PASSWORD]
    file = path.read_text(encoding="utf-8")
    assert all(secrets)
    assert not [secret for secret in secrets if secret and secret in file]
    assert "<wsse:Username>zoe</wsse:Username>" in file
