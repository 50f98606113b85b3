"""A plugin drafted from a WSDL: operations that return lists, how they are called, and answers that fit the schema."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from bartack.drafting.drafting import draft as drafted
from bartack.drafting.drafting import write
from bartack.errors import BartackError, ConfigError
from bartack.registry import load
from bartack.sdk import NoPaging, OffsetArguments, OneCall, PageArguments, Runtime, Since, TokenArguments
from support.drafting import draft, parses, rules

BILLING = Path(__file__).parents[2] / "connectors/bartack_connectors/demo/estate/billing.wsdl"

WSDL = """<definitions name="S" targetNamespace="urn:s" xmlns:tns="urn:s" xmlns="http://schemas.xmlsoap.org/wsdl/"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap{version}/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <types><xs:schema targetNamespace="urn:s" elementFormDefault="qualified">
    <xs:complexType name="Contact"><xs:sequence>
      <xs:element name="id" type="xs:int"/><xs:element name="name" type="xs:string"/>
      <xs:element name="email" type="xs:string" minOccurs="0"/><xs:element name="changed" type="xs:dateTime"/>
      <xs:element name="boss" type="tns:Contact" minOccurs="0"/>
    </xs:sequence></xs:complexType>
    <xs:element name="{operation}"><xs:complexType><xs:sequence>{arguments}</xs:sequence></xs:complexType></xs:element>
    <xs:element name="{operation}Response"><xs:complexType><xs:sequence>
      <xs:element name="result"><xs:complexType><xs:sequence>
        <xs:element name="contact" type="tns:Contact" minOccurs="0" maxOccurs="unbounded"/>{around}
      </xs:sequence></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:schema></types>
  <message name="In"><part name="parameters" element="tns:{operation}"/></message>
  <message name="Out"><part name="parameters" element="tns:{operation}Response"/></message>
  <portType name="P"><operation name="{operation}"><input message="tns:In"/><output message="tns:Out"/></operation></portType>
  <binding name="B" type="tns:P"><soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="{operation}"><soap:operation soapAction="urn:s#{operation}"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation></binding>
  <service name="S"><port name="P" binding="tns:B"><soap:address location="{address}"/></port></service>
</definitions>"""


def wsdl(
    folder: Path,
    arguments: str = "",
    around: str = "",
    operation: str = "ListContacts",
    address: str = "https://s.example/soap",
    version: str = "",
) -> Path:
    text = WSDL.format(arguments=arguments, around=around, operation=operation, address=address, version=version)
    (folder / "s.wsdl").write_text(text)
    return folder / "s.wsdl"


def argument(name: str, kind: str = "string", least: int = 0) -> str:
    return f'<xs:element name="{name}" type="xs:{kind}" minOccurs="{least}"/>'


def plugin(path: Path) -> Any:
    return drafted("s", str(path), load(), Runtime())


def test_a_wsdl_becomes_a_plugin_that_reads_answers_which_fit_its_schema(tmp_path: Path, capsys: Any) -> None:
    told = draft(capsys, tmp_path / "x", "billing", BILLING)
    assert [(one["stream"], one["contract"], one["key"], one["paging"]) for one in told["streams"]] == [
        ("customer", "person/1", "id", "offset"),
        ("invoice", "invoice/1", "number", "offset"),
    ]
    assert told["remarks"] == []
    assert [one["text"].partition(":")[0] for one in told["todos"]] == ["documentation", "quota"]
    assert (tmp_path / "x/src/bartack_billing/wsdl/billing.wsdl").read_bytes() == BILLING.read_bytes()
    assert rules(tmp_path / "x", "customer.yaml")["birth_date"] == {"path": "born", "use": "date"}
    parses(tmp_path / "x")


def test_the_operation_for_one_record_is_found() -> None:
    customers = plugin(BILLING).found[0].stream
    assert customers.one == OneCall("GetCustomer", "id", rows="customer")


NEXT = argument("nextCursor")
PAGINGS: dict[str, tuple[str, str, Any]] = {
    "offset": (argument("offset", "int") + argument("limit", "int"), "", OffsetArguments()),
    "page": (
        argument("pageNumber", "int") + argument("pageSize", "int"),
        "",
        PageArguments("pageNumber", "pageSize"),
    ),
    "token": (argument("cursor"), NEXT, TokenArguments("cursor", "result.nextCursor")),
    "none": (argument("colour"), "", NoPaging()),
}


@pytest.mark.parametrize(("arguments", "around", "paging"), PAGINGS.values(), ids=PAGINGS)
@pytest.mark.parametrize("version", ["", "12"])
def test_paging_is_told_by_arguments_and_answers(
    tmp_path: Path, capsys: Any, arguments: str, around: str, paging: Any, version: str
) -> None:
    path = wsdl(tmp_path, arguments, around, version=version)
    assert plugin(path).found[0].stream.paging == paging
    told = draft(capsys, tmp_path / "x", "s", path)
    assert told["remarks"] == [], "the pages that were made up are read to their end"


def test_totals_and_changes_are_found(tmp_path: Path) -> None:
    stream = plugin(wsdl(tmp_path, argument("updatedSince", "dateTime"), argument("total", "int"))).found[0].stream
    assert (stream.total, stream.since, stream.changed) == ("result.total", Since("updatedSince"), "changed")


def test_arguments_that_only_a_person_can_fill_in_are_left_to_do(tmp_path: Path, capsys: Any) -> None:
    told = draft(capsys, tmp_path / "x", "s", wsdl(tmp_path, argument("sessionKey", least=1)))
    assert "arguments: sessionKey: required; with which values?" in [one["text"] for one in told["todos"]]
    assert told["remarks"] == []


def test_an_address_that_cannot_be_called_is_left_to_do(tmp_path: Path, capsys: Any) -> None:
    told = draft(capsys, tmp_path / "x", "s", wsdl(tmp_path, address="REPLACE_ME"))
    assert "endpoint: the WSDL names no address to call" in [one["text"] for one in told["todos"]]
    assert told["remarks"] == []


@pytest.mark.parametrize("operation", ["DeleteContacts", "UpdateContacts", "GetAndDeleteContacts", "Contacts"])
def test_an_operation_that_does_not_call_itself_a_reading_is_not_called(tmp_path: Path, operation: str) -> None:
    with pytest.raises(ConfigError, match="there is no list"):
        plugin(wsdl(tmp_path, operation=operation))


@pytest.mark.parametrize("name", ["class", "None", "lambda", "ä", "a.b", "a-b", "_"])
def test_names_that_mean_something_to_python_are_only_texts(tmp_path: Path, capsys: Any, name: str) -> None:
    path = wsdl(tmp_path, argument(name) + argument("offset", "int"), argument(name))
    draft(capsys, tmp_path / "x", "s", path)
    parses(tmp_path / "x")


@pytest.mark.parametrize(
    "text", ['<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"', '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>']
)  # fmt: skip
def test_what_is_no_whole_wsdl_is_a_typed_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.wsdl").write_text(text)
    with pytest.raises(ConfigError) as caught:
        plugin(tmp_path / "s.wsdl")
    assert caught.value.next_step


def services() -> list[Any]:
    folder = os.environ.get("BARTACK_CORPUS")
    if not folder:
        return [None]
    return [pytest.param(path, id=path.parent.name) for path in sorted(Path(folder, "wsdl").glob("[!_]*/*.wsdl"))]


@pytest.mark.slow
@pytest.mark.parametrize("path", services())
def test_every_real_wsdl_is_a_plugin_or_says_why_not(corpus: Path, tmp_path: Path, path: Path) -> None:
    folder = shutil.copytree(path.parent, tmp_path / "wsdl")
    folder.chmod(0o755)
    for schema in (corpus / "wsdl/_catalog").iterdir():
        if not (folder / schema.name).exists():
            (folder / schema.name).write_bytes(schema.read_bytes())
    try:
        written = write(plugin(folder / path.name), tmp_path / "x", load(), Runtime())
    except BartackError:
        return
    parses(tmp_path / "x")
    assert json.dumps(written.plugin.table)
