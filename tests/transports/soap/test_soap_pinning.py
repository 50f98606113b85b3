"""A WSDL that is pinned: what counts as the same one, and what is said when it is another."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bartack import config
from bartack.errors import SourceChangedError
from bartack.hub import Hub
from bartack.reading.check import check_source
from bartack.transports.base import Query
from bartack.transports.soap import SoapSession, SoapSettings, SoapStream
from support.soap_service import WSDL, WSDL_URL, Service, listed

Connect = Callable[..., SoapSession]
STREAM = SoapStream("customers", operation="ListCustomers", rows="customer", key="id", mapping=())


def digest(session: SoapSession) -> str:
    return session.described().split()[1].rstrip(",")


def test_the_same_wsdl_may_be_pinned(connect: Connect, service: Service) -> None:
    pinned = digest(connect())
    service.answers = [listed(1)]
    assert len(next(iter(STREAM.pages(connect(wsdl_digest=pinned), Query()))).rows) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<x:element name="name" type="x:string"/>', '<x:element name="fullName" type="x:string"/>'),
        ('name="id" type="x:int"', 'name="id" type="x:string"'),
        ("https://crm.example/service", "https://crm.example/v2"),
        ('soapAction="urn:list"', 'soapAction="urn:lists"'),
    ],
)
def test_another_wsdl_is_refused_before_anything_is_called(
    connect: Connect, service: Service, old: str, new: str
) -> None:
    pinned = digest(connect())
    service.documents[WSDL_URL] = WSDL.replace(old, new)
    with pytest.raises(SourceChangedError, match="not the one that wsdl_digest pins") as caught:
        next(iter(STREAM.pages(connect(wsdl_digest=pinned), Query())))
    assert not caught.value.retryable
    assert f'set wsdl_digest = "{digest(connect())}"' in str(caught.value.next_step)
    assert service.posted == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<w:types>", "<!-- generated 2026-11-25T08:00 --><w:types>"),
        ('<w:part name="p" element="t:ListCustomers"/>', '<w:part element="t:ListCustomers"   name="p"></w:part>'),
    ],
)
def test_comments_and_the_order_of_attributes_do_not_count(
    connect: Connect, service: Service, old: str, new: str
) -> None:
    pinned = digest(connect())
    assert old in WSDL
    service.documents[WSDL_URL] = WSDL.replace(old, new)
    assert digest(connect()) == pinned


def test_what_a_wsdl_imports_counts_too(connect: Connect, service: Service) -> None:
    schema = '<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"><x:simpleType name="K"><x:restriction base="x:{}"/></x:simpleType></x:schema>'
    service.documents[WSDL_URL] = WSDL.replace(
        'elementFormDefault="qualified">', 'elementFormDefault="qualified"><x:include schemaLocation="kinds.xsd"/>', 1
    )
    found = set()
    for base in ("string", "int"):
        service.documents["https://crm.example/kinds.xsd"] = schema.format(base)
        found.add(digest(connect()))
    assert len(found) == 2


def test_a_digest_does_not_depend_on_where_the_wsdl_lies(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "crm.wsdl").write_text(WSDL, encoding="utf-8")
    assert digest(SoapSession(SoapSettings(wsdl=str(tmp_path / "crm.wsdl")))) == digest(connect())


def test_what_is_no_digest_is_refused_by_the_settings() -> None:
    with pytest.raises(ValidationError, match="wsdl_digest"):
        SoapSettings(wsdl="x.wsdl", wsdl_digest="md5:0")


def test_a_check_shows_the_digest_to_pin(tmp_path: Path) -> None:
    (tmp_path / "crm.wsdl").write_text(WSDL, encoding="utf-8")
    settings: dict[str, Any] = {"connector": "soap", "wsdl": "crm.wsdl", "streams": {}}
    hub = Hub(config.parse({"sources": {"crm": settings}}, tmp_path))
    (line,) = [one for one in check_source("crm", hub.source) if one.what == "description"]
    assert (line.result, bool(re.fullmatch(r"WSDL sha256:[0-9a-f]{64}, 3 operation\(s\)", line.detail))) == ("ok", True)
    pinned = Hub(config.parse({"sources": {"crm": {**settings, "wsdl_digest": f"sha256:{'0' * 64}"}}}, tmp_path))
    (line,) = [one for one in check_source("crm", pinned.source) if one.what == "description"]
    assert (line.result, "wsdl_digest" in str(line.next_step)) == ("failed", True)
