"""How fast a SOAP answer becomes rows, next to zeep's own objects. Ratios count, not the times.

Run: ``python tests/benchmarks/soap_decode.py [rows]``
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import zeep
import zeep.helpers

from bartack.transports.base import Body
from bartack.transports.soap import SoapStream

ROUNDS = 5
NAMESPACE = "urn:legacy.customers"
FIELDS = {
    "id": "int",
    "name": "string",
    "email": "string",
    "balance": "decimal",
    "created": "dateTime",
    "active": "boolean",
}
STREAM = SoapStream("customers", operation="ListCustomers", rows="customer", key="id", mapping=())


def wsdl() -> str:
    """Return a WSDL with one operation that lists customers of six fields."""
    fields = "".join(f'<x:element name="{name}" type="x:{kind}"/>' for name, kind in FIELDS.items())
    return (
        '<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"'
        f' xmlns:t="{NAMESPACE}" xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="{NAMESPACE}"><w:types>'
        f'<x:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">'
        '<x:element name="ListCustomers"><x:complexType/></x:element><x:element name="ListCustomersResponse">'
        '<x:complexType><x:sequence><x:element name="customer" maxOccurs="unbounded"><x:complexType><x:sequence>'
        f"{fields}</x:sequence></x:complexType></x:element></x:sequence></x:complexType></x:element></x:schema>"
        '</w:types><w:message name="I"><w:part name="p" element="t:ListCustomers"/></w:message><w:message name="O">'
        '<w:part name="p" element="t:ListCustomersResponse"/></w:message><w:portType name="P">'
        '<w:operation name="ListCustomers"><w:input message="t:I"/><w:output message="t:O"/></w:operation></w:portType>'
        '<w:binding name="B" type="t:P"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/>'
        '<w:operation name="ListCustomers"><s:operation soapAction=""/><w:input><s:body use="literal"/></w:input>'
        '<w:output><s:body use="literal"/></w:output></w:operation></w:binding><w:service name="S">'
        '<w:port name="P" binding="t:B"><s:address location="http://127.0.0.1/"/></w:port></w:service></w:definitions>'
    )


def answer(rows: int) -> bytes:
    """Return an answer of so many customers."""
    one = (
        "<t:customer><t:id>{0}</t:id><t:name>Zoë Müller {0}</t:name><t:email>zoe{0}@example.org</t:email>"
        "<t:balance>12.50</t:balance><t:created>2001-02-03T04:05:06Z</t:created><t:active>true</t:active></t:customer>"
    )
    listed = "".join(one.format(number) for number in range(rows))
    return (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="{NAMESPACE}"><e:Body>'
        f"<t:ListCustomersResponse>{listed}</t:ListCustomersResponse></e:Body></e:Envelope>"
    ).encode()


def seconds(work: Callable[[], Any]) -> float:
    """Return the median processor time of a few rounds."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return statistics.median(times)


def main(rows: int) -> None:
    """Measure and print."""
    content = answer(rows)
    library: Any = zeep  # it has no types
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "customers.wsdl")
        path.write_text(wsdl(), encoding="utf-8")
        client = library.Client(str(path))
    binding = client.service._binding
    response = SimpleNamespace(status_code=200, headers={"Content-Type": "text/xml"}, content=content, encoding="utf-8")

    def by_zeep() -> Any:
        return binding.process_reply(client, binding.get("ListCustomers"), response)

    def by_bartack() -> Any:
        return STREAM.decode(Body(content))

    assert len(by_zeep()) == len(by_bartack().rows) == rows
    ours = seconds(by_bartack)
    ways = {
        "bartack rows": ours,
        "bartack rows, and every row's XML": seconds(lambda: list(by_bartack().raws)),
        "zeep objects": seconds(by_zeep),
        "zeep objects to dicts": seconds(lambda: library.helpers.serialize_object(by_zeep(), dict)),
    }
    print(f"{rows} rows, {len(content) / 1e6:.1f} MB")
    for name, taken in ways.items():
        print(f"{name:<36}{taken / rows * 1e6:8.1f} us a row {taken / ours:8.1f} x")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
