"""Elements as rows: text as sent, three states, nothing dropped."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from bartack.errors import WireError
from bartack.transports.base import Session, Stream
from bartack.transports.soap import SoapSession, SoapSettings, SoapStream

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def row(decode: Any, xml: str) -> Any:
    (only,) = decode(f"<ListCustomersResponse {XSI}><customer>{xml}</customer></ListCustomersResponse>").rows
    return only


def test_declaring_streams_loads_neither_zeep_nor_lxml_nor_requests() -> None:
    code = "import bartack.transports.soap as t, sys; t.SoapStream('a', operation='b', rows='', key='id', mapping=());"
    code += "sys.exit(any(name in sys.modules for name in ('zeep', 'lxml', 'requests')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_stream_and_a_session_are_what_the_reader_expects() -> None:
    assert isinstance(SoapStream("s", operation="o", rows="", key="id", mapping=()), Stream)
    assert isinstance(SoapSession(SoapSettings(wsdl="x.wsdl")), Session)


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        pytest.param("<a>x</a>", {"a": "x"}, id="text"),
        pytest.param("<a>  Müller \n </a>", {"a": "  Müller \n "}, id="white space is kept"),
        pytest.param("<a/><b></b>", {"a": "", "b": ""}, id="empty"),
        pytest.param('<a xsi:nil="true"/><b xsi:nil=" 1 "></b>', {"a": None, "b": None}, id="nil"),
        pytest.param('<a xsi:nil="false">x</a>', {"a": "x"}, id="not nil"),
        pytest.param('<a xsi:nil="true">x</a>', {"a": {"@xsi:nil": "true", "#text": "x"}}, id="nil and yet a value"),
        pytest.param("<a>1</a><b/><a>2</a>", {"a": ["1", "2"], "b": ""}, id="repeated, also not side by side"),
        pytest.param("<a/><a xsi:nil='true'/>", {"a": ["", None]}, id="repeated empty and nil"),
        pytest.param('<a unit="EUR">12</a>', {"a": {"@unit": "EUR", "#text": "12"}}, id="attribute beside text"),
        pytest.param('<a unit="EUR"/>', {"a": {"@unit": "EUR", "#text": ""}}, id="attribute of an empty element"),
        pytest.param('<a u="1" xsi:nil="true"/>', {"a": {"@u": "1", "#text": None}}, id="attribute of nil"),
        pytest.param('<a id="1" href="#2"><b>x</b></a>', {"a": {"@id": "1", "@href": "#2", "b": "x"}}, id="plain id"),
        pytest.param(
            '<a xsi:type="t:Lead"><b>x</b></a>', {"a": {"@xsi:type": "t:Lead", "b": "x"}}, id="kind of object"
        ),
        pytest.param('<a xsi:type="xsd:int">7</a>', {"a": "7"}, id="type of a value"),
        pytest.param(
            '<a x="1" n:x="2" xmlns:n="urn:n"/>', {"a": {"@x": "1", "@{urn:n}x": "2", "#text": ""}}, id="clash"
        ),
        pytest.param('<n:a xmlns:n="urn:n">1</n:a><a>2</a>', {"a": ["1", "2"]}, id="names without namespace"),
        pytest.param("<a>x<b>y</b>z</a>", {"a": {"b": "y", "#text": "xz"}}, id="mixed content"),
        pytest.param("<a>x<!-- no -->y<?no ?>z</a>", {"a": "xyz"}, id="comments say nothing"),
        pytest.param("<a><![CDATA[<b>&amp;]]>c</a>", {"a": "<b>&amp;c"}, id="CDATA"),
        pytest.param("<a>&lt;&#x20AC;</a>", {"a": "<€"}, id="references to characters"),
    ],
)
def test_an_element_is_text_nothing_or_fields(decode: Any, xml: str, expected: Any) -> None:
    assert row(decode, xml) == expected


def test_a_row_need_not_be_an_object_to_be_counted(decode: Any) -> None:
    page = decode(
        f"<ListCustomersResponse {XSI}><customer>x</customer><customer/><customer xsi:nil='1'/></ListCustomersResponse>"
    )
    assert page.rows == ["x", "", None]


def test_elements_that_nobody_declared_and_another_order_are_kept(decode: Any) -> None:
    assert list(row(decode, "<zip>1</zip><id>2</id><new><x/></new>")) == ["zip", "id", "new"]


def test_a_reject_can_show_the_rows_own_xml_with_its_namespaces(decode: Any) -> None:
    page = decode(
        '<n:ListCustomersResponse xmlns:n="urn:n"> <n:customer><n:id>1</n:id></n:customer> </n:ListCustomersResponse>'
    )
    assert list(page.raws) == ['<n:customer xmlns:n="urn:n"><n:id>1</n:id></n:customer>']
    assert list(page.raws[:1]) == list(page.raws)


def test_the_deepest_document_that_the_parser_takes_can_be_read(decode: Any) -> None:
    levels = 250
    nested = row(decode, "<a>" * levels + "x" + "</a>" * levels)
    for _ in range(levels):
        nested = nested["a"]
    assert nested == "x"


def test_a_deeper_document_is_an_error_of_the_wire(decode: Any) -> None:
    with pytest.raises(WireError, match="depth"):
        row(decode, "<a>" * 300 + "</a>" * 300)
