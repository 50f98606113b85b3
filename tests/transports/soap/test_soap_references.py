"""SOAP encoding: what elements refer to stands in their place, as Axis 1.4 and PHP write it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bartack.errors import WireError
from support.soap_service import envelope

ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
ENCODED = f'e:encodingStyle="{ENCODING}" xmlns:enc="{ENCODING}"'


def axis(items: str, targets: str) -> str:
    """Write an answer as Axis 1.4 does: the list refers to elements behind the response."""
    return envelope(
        f'<ListCustomersResponse {ENCODED}><Result xsi:type="enc:Array" enc:arrayType="x:Customer[2]">{items}</Result>'
        f"</ListCustomersResponse>{targets}"
    )


def target(name: str, inside: str) -> str:
    return f'<multiRef id="{name}" enc:root="0" {ENCODED} xsi:type="x:Customer">{inside}</multiRef>'


def test_axis_sends_its_rows_behind_the_response(decode: Any) -> None:
    items = '<Result href="#id0"/><Result href="#id1"/>'
    name = '<name xsi:type="enc:string">Zoë</name>'
    targets = target("id0", f'<id href="#id2"/>{name}') + target("id1", '<id xsi:type="x:int">8</id>')
    targets += f'<multiRef id="id2" {ENCODED} xsi:type="x:long">7</multiRef>'
    page = decode(axis(items, targets), rows="Result.Result")
    assert page.rows == [
        {"@xsi:type": "x:Customer", "id": "7", "name": "Zoë"},
        {"@xsi:type": "x:Customer", "id": "8"},
    ]
    assert re.match(r'<multiRef [^>]*id="id1"', page.raws[1])


def test_the_list_itself_may_be_a_reference(decode: Any) -> None:
    text = envelope(
        f'<ListCustomersResponse {ENCODED}><Result href="#list"/></ListCustomersResponse>'
        f'<multiRef id="list"><item href="#a"/><item><id>2</id></item></multiRef><multiRef id="a"><id>1</id></multiRef>'
    )
    assert decode(text, rows="Result.item").rows == [{"id": "1"}, {"id": "2"}]


def test_php_refers_to_an_earlier_element(decode: Any) -> None:
    text = envelope(
        '<ListCustomersResponse><customer><id>1</id><at id="ref1"><city>Köln</city></at></customer>'
        '<customer><id>2</id><at href="#ref1"/></customer></ListCustomersResponse>',
        attributes=f'e:encodingStyle="{ENCODING}"',
    )
    assert decode(text).rows == [{"id": "1", "at": {"city": "Köln"}}, {"id": "2", "at": {"city": "Köln"}}]


def test_references_of_soap_12_have_names_of_their_own(decode: Any) -> None:
    soap_12 = "http://www.w3.org/2003/05/soap-envelope"
    text = envelope(
        f'<ListCustomersResponse e:encodingStyle="{soap_12.replace("envelope", "encoding")}" '
        'xmlns:enc="http://www.w3.org/2003/05/soap-encoding"><customer><id enc:id="x">1</id></customer>'
        '<customer><id enc:ref="x"/></customer></ListCustomersResponse>',
        soap_12,
    )
    assert decode(text).rows == [{"id": "1"}, {"id": "1"}]


def test_a_reference_to_nothing_stays_to_be_seen(decode: Any) -> None:
    text = axis('<Result href="#gone"/>', target("other", "<id>1</id>"))
    assert decode(text, rows="Result.Result").rows == [{"@href": "#gone", "#text": ""}]


def test_a_circle_ends_in_the_reference_itself(decode: Any) -> None:
    text = axis(
        '<Result href="#a"/>', target("a", '<id>1</id><partner href="#b"/>') + target("b", '<partner href="#a"/>')
    )
    (row,) = decode(text, rows="Result.Result").rows
    assert row["partner"]["partner"]["partner"] == {"@href": "#b"}


def test_a_list_that_refers_to_itself_ends(decode: Any) -> None:
    text = axis('<Result href="#a"/>', '<multiRef id="a" href="#a"/>')
    assert len(decode(text, rows="Result.Result").rows) == 1


def test_references_that_multiply_are_stopped(decode: Any) -> None:
    levels = "".join(target(f"l{n}", f'<x href="#l{n + 1}"/>' * 10) for n in range(12)) + target("l12", "<id>1</id>")
    with pytest.raises(WireError, match="multiply"):
        decode(axis('<Result href="#l0"/>', levels), rows="Result.Result")


def test_a_chain_of_references_without_end_is_stopped(decode: Any) -> None:
    links = "".join(target(f"l{n}", f'<x href="#l{n + 1}"/>') for n in range(3000)) + target("l3000", "<id>1</id>")
    with pytest.raises(WireError, match="nested"):
        decode(axis('<Result href="#l0"/>', links), rows="Result.Result")
