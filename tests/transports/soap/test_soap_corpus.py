"""Real answers and real WSDLs: every one is read whole, or says why not."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from bartack.errors import BartackError, ConfigError, WireError
from bartack.transports.base import Body, Runtime
from bartack.transports.soap import SoapSession, SoapSettings, SoapStream


def entries(manifest: str, listed: str) -> list[Any]:
    """Return what a manifest lists; without a corpus one test that the fixture skips."""
    folder = os.environ.get("BARTACK_CORPUS")
    if not folder:
        return [None]
    found = json.loads(Path(folder, manifest).read_text(encoding="utf-8"))[listed]
    return [pytest.param(entry, id=entry.get("file") or entry["name"]) for entry in found]


def leaves(value: Any) -> Iterator[str | None]:
    """Yield the text of every element without child elements."""
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif not isinstance(value, dict):
        yield value
    elif any(not key.startswith(("@", "#")) for key in value):
        for key, item in value.items():
            if not key.startswith(("@", "#")):
                yield from leaves(item)
    else:
        yield value["#text"]


def named(value: Any, name: str) -> Iterator[Any]:
    """Yield the values under ``name``, wherever they are."""
    if isinstance(value, list):
        for item in value:
            yield from named(item, name)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == name:
                yield item
            yield from named(item, name)


def outside(content: bytes) -> list[etree._Element]:
    """Return the leaves of the header, read with nothing but lxml."""
    header = etree.fromstring(content).find("{*}Header")
    return [] if header is None else [element for element in header.iter() if not len(element)]


@pytest.mark.parametrize("entry", entries("soap-responses/manifest.json", "files"))
def test_every_recorded_answer_is_read_whole(corpus: Path, entry: dict[str, Any]) -> None:
    content = (corpus / "soap-responses" / entry["file"]).read_bytes()
    expected = entry["expected"]
    root = expected.get("root", "")
    stream = SoapStream("s", operation=entry["operation"] or root, rows="", response=root, key="id", mapping=())
    if not expected["wellformed"]:
        with pytest.raises(WireError, match="not well-formed"):
            stream.decode(Body(content))
        return
    if "fault" in expected:
        with pytest.raises(BartackError) as caught:
            stream.decode(Body(content))
        assert expected["fault"]["code"] in caught.value.message
        assert expected["fault"]["text"] in caught.value.message
        return
    (row,) = stream.decode(Body(content)).rows
    found, beside = list(leaves(row)), outside(content)
    assert len(found) + len(beside) == expected["leaves"]
    empty = [
        text for text in [*found, *(element.text or "" for element in beside)] if text is not None and not text.strip()
    ]
    assert len(empty) + found.count(None) in {expected["empty_leaves"], expected["empty_leaves"] + expected["nil"]}
    assert found.count(None) == expected["nil"]
    for name, count in expected["repeated"].items():
        assert max(len(item) for item in named(row, name) if isinstance(item, list)) == count
    if "totalRecords" in expected:
        assert list(named(row, "totalRecords")) == [str(expected["totalRecords"])]
    assert list(named(row, "@isSuccess")) == expected.get("isSuccess", [])


def test_every_recorded_answer_of_dynamics_is_read_or_refused_by_the_source(corpus: Path) -> None:
    outcomes = {}
    for path in sorted((corpus / "crm" / "dynamics-soap" / "responses").glob("*.xml")):
        content = path.read_bytes()
        first = etree.fromstring(content).find("{*}Body/*")
        assert first is not None
        name = etree.QName(first).localname
        stream = SoapStream("s", operation=name, rows="", key="id", mapping=())
        try:
            (row,) = stream.decode(Body(content)).rows
        except BartackError as error:
            outcomes[path.name] = type(error).__name__
            assert name == "Fault"
        else:
            assert len(list(leaves(row))) == sum(1 for element in first.iter("{*}*") if not len(element))
            outcomes[path.name] = "read"
    assert outcomes["sender_fault.xml"] == outcomes["receiver_fault.xml"] == "SourceRefusedError"
    assert list(outcomes.values()).count("read") == len(outcomes) - 2


def test_entities_of_dynamics_are_rows(corpus: Path) -> None:
    content = (corpus / "crm" / "dynamics-soap" / "responses" / "retrieve_multiple_result.xml").read_bytes()
    path = "RetrieveMultipleResult.Entities.Entity"
    stream = SoapStream("s", operation="RetrieveMultiple", rows=path, key="Id", mapping=())
    page = stream.decode(Body(content))
    assert [row["LogicalName"] for row in page.rows] == ["account"] * 3
    assert page.rows[0]["EntityState"] is None


def session(corpus: Path, entry: dict[str, Any], catalog: str | None = None) -> SoapSession:
    runtime = Runtime(base_dir=str(corpus / "wsdl" / entry["name"]))
    return SoapSession(SoapSettings(wsdl=entry["main"], catalog=catalog), runtime)


@pytest.mark.parametrize("entry", entries("wsdl/manifest.json", "services"))
def test_every_wsdl_loads_or_says_why_not(corpus: Path, entry: dict[str, Any]) -> None:
    catalog = None if entry["loads"] == "by default" else str(corpus / "wsdl" / "_catalog")
    opened = session(corpus, entry, catalog)
    plain_http = entry["name"] in {"queueservice", "zeep-http"}  # zeep counts operations that are no SOAP
    if entry["loads"] == "never" or not entry["operations"] or plain_http:
        with pytest.raises(ConfigError) as caught:
            opened.operation("x")
        assert caught.value.next_step
        return
    assert len(opened.operations) == entry["operations"]
    assert set(entry["operation_names"]) <= set(opened.operations)
    for name in opened.operations:
        operation = opened.operation(name)
        operation.siblings(("a", "b"))
        assert all(operation.elements)


@pytest.mark.parametrize("entry", entries("wsdl/manifest.json", "services"))
def test_a_wsdl_that_needs_the_catalog_names_the_document_it_lacks(corpus: Path, entry: dict[str, Any]) -> None:
    if entry["loads"] != "only with the catalog":
        return
    with pytest.raises(ConfigError, match="neither its own host") as caught:
        session(corpus, entry).operation("x")
    known = json.loads((corpus / "wsdl" / "manifest.json").read_text(encoding="utf-8"))["catalog"]
    address = caught.value.message.split(" imports ")[1].split(",")[0]
    named = known.get(address) or known[address.replace("https:", "http:")]
    assert f"save that document as {named}" in str(caught.value.next_step)
