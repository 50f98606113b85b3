"""A SOAP service in memory: a WSDL of our own, answers as the test wants them, and every request kept."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

NAMESPACE = "urn:legacy.customers"
WSDL_URL = "https://crm.example/service?wsdl"
ENDPOINT = "https://crm.example/service"

WSDL = f"""<?xml version="1.0"?>
<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:t="{NAMESPACE}" xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="{NAMESPACE}">
  <w:types>
    <x:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">
      <x:complexType name="Customer"><x:sequence>
        <x:element name="id" type="x:int"/><x:element name="name" type="x:string"/>
      </x:sequence></x:complexType>
      <x:element name="ListCustomers"><x:complexType><x:sequence>
        <x:element name="offset" type="x:int" minOccurs="0"/><x:element name="limit" type="x:int" minOccurs="0"/>
        <x:element name="since" type="x:dateTime" minOccurs="0"/><x:element name="token" type="x:string" minOccurs="0"/>
        <x:element name="filter" minOccurs="0"><x:complexType><x:sequence>
          <x:element name="active" type="x:boolean"/>
        </x:sequence></x:complexType></x:element>
      </x:sequence></x:complexType></x:element>
      <x:element name="ListCustomersResponse"><x:complexType><x:sequence>
        <x:element name="total" type="x:int" minOccurs="0"/><x:element name="next" type="x:string" minOccurs="0"/>
        <x:element name="done" type="x:boolean" minOccurs="0"/>
        <x:element name="paging" minOccurs="0"><x:complexType><x:sequence>
          <x:element name="id" type="x:int"/>
        </x:sequence></x:complexType></x:element>
        <x:element name="customer" type="t:Customer" minOccurs="0" maxOccurs="unbounded"/>
      </x:sequence></x:complexType></x:element>
      <x:element name="GetCustomer"><x:complexType><x:sequence>
        <x:element name="id" type="x:int"/>
      </x:sequence></x:complexType></x:element>
      <x:element name="CustomerFound"><x:complexType><x:sequence>
        <x:element name="customer" type="t:Customer" minOccurs="0"/>
      </x:sequence></x:complexType></x:element>
      <x:element name="ListMore"><x:complexType><x:sequence>
        <x:element name="token" type="x:string"/>
      </x:sequence></x:complexType></x:element>
    </x:schema>
  </w:types>
  <w:message name="ListIn"><w:part name="p" element="t:ListCustomers"/></w:message>
  <w:message name="ListOut"><w:part name="p" element="t:ListCustomersResponse"/></w:message>
  <w:message name="GetIn"><w:part name="p" element="t:GetCustomer"/></w:message>
  <w:message name="GetOut"><w:part name="p" element="t:CustomerFound"/></w:message>
  <w:message name="MoreIn"><w:part name="p" element="t:ListMore"/></w:message>
  <w:portType name="Port">
    <w:operation name="ListCustomers"><w:input message="t:ListIn"/><w:output message="t:ListOut"/></w:operation>
    <w:operation name="GetCustomer"><w:input message="t:GetIn"/><w:output message="t:GetOut"/></w:operation>
    <w:operation name="ListMore"><w:input message="t:MoreIn"/><w:output message="t:ListOut"/></w:operation>
  </w:portType>
  <w:binding name="Binding" type="t:Port">
    <s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <w:operation name="ListCustomers"><s:operation soapAction="urn:list"/>
      <w:input><s:body use="literal"/></w:input><w:output><s:body use="literal"/></w:output></w:operation>
    <w:operation name="GetCustomer"><s:operation soapAction="urn:get"/>
      <w:input><s:body use="literal"/></w:input><w:output><s:body use="literal"/></w:output></w:operation>
    <w:operation name="ListMore"><s:operation soapAction="urn:more"/>
      <w:input><s:body use="literal"/></w:input><w:output><s:body use="literal"/></w:output></w:operation>
  </w:binding>
  <w:service name="Customers">
    <w:port name="CustomersPort" binding="t:Binding"><s:address location="{ENDPOINT}"/></w:port>
  </w:service>
</w:definitions>"""

Answer = str | bytes | tuple[int, str, str | bytes]
"""A body of status 200, or status, content type and body."""


def envelope(inner: str, namespace: str = "http://schemas.xmlsoap.org/soap/envelope/", attributes: str = "") -> str:
    """Put ``inner`` into the Body of an envelope."""
    return (
        f'<e:Envelope xmlns:e="{namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" {attributes}>'
        f"<e:Body>{inner}</e:Body></e:Envelope>"
    )


def listed(*customers: int, beside: str = "") -> str:
    """Write an answer of ListCustomers with these customers, and what stands beside them."""
    rows = "".join(f"<customer><id>{number}</id><name>Nr {number}</name></customer>" for number in customers)
    return envelope(f'<ListCustomersResponse xmlns="{NAMESPACE}">{beside}{rows}</ListCustomersResponse>')


@dataclass
class Service(BaseAdapter):
    """Answers by address (GET) and in order (POST); keeps what was sent."""

    documents: dict[str, str | bytes] = field(default_factory=lambda: {WSDL_URL: WSDL})
    answers: list[Answer] = field(default_factory=list)
    sent: list[requests.PreparedRequest] = field(default_factory=list)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.sent.append(request)
        if request.method == "GET":
            document = self.documents.get(str(request.url))
            answer = (404, "text/plain", "") if document is None else (200, "text/xml", document)
        else:
            given = self.answers.pop(0)
            answer = given if isinstance(given, tuple) else (200, "text/xml; charset=utf-8", given)
        status, content_type, body = answer
        response = requests.Response()
        response.status_code = status
        response.url = str(request.url)
        response.request = request
        response.headers["Content-Type"] = content_type
        content = body.encode() if isinstance(body, str) else body
        response.raw = HTTPResponse(io.BytesIO(content), dict(response.headers), status, preload_content=False)
        return response

    def close(self) -> None:
        """Keep everything."""

    @property
    def posted(self) -> list[str]:
        """The bodies of the calls."""
        return [(r.body or b"").decode() for r in self.sent if r.method == "POST" and isinstance(r.body, bytes)]
