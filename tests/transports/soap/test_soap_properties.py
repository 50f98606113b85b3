"""Whatever comes: rows or one of our errors, and what was written is what is read."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from bartack.errors import BartackError
from bartack.transports.base import Body, Page
from bartack.transports.soap import SoapStream, TokenArguments
from support.soap_service import envelope, listed

STREAM = SoapStream(
    "customers",
    operation="ListCustomers",
    rows="customer",
    key="id",
    mapping=(),
    total="total",
    has_more="more",
    paging=TokenArguments("token", "next"),
)
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

names = st.sampled_from(["id", "name", "customer", "é", "x-y.z", "_1"])
texts = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\t\n", exclude_characters="￾￿"))
attributes = st.dictionaries(st.sampled_from(["a", "id", "href", "nil"]), texts, max_size=2)


def elements(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(names, attributes, st.lists(children, min_size=1, max_size=4))


tree = st.recursive(st.tuples(names, attributes, st.none() | texts), elements, max_leaves=12)


def built(node: Any) -> etree._Element:
    name, attrs, content = node
    element = etree.Element(name, attrs)
    if isinstance(content, list):
        element.extend([built(child) for child in content])
    elif content is None:
        element.set(NIL, "true")
    else:
        element.text = content
    return element


def expected(node: Any) -> Any:
    """Say in the plainest way what a row is."""
    _, attrs, content = node
    row: dict[str, Any] = {f"@{name}": text for name, text in attrs.items()}
    if not isinstance(content, list):
        return {**row, "#text": content} if row else content
    for child in content:
        row.setdefault(child[0], []).append(expected(child))
    return {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in row.items()}


def decoded(content: bytes, content_type: str | None = None, status: int = 200) -> Page | None:
    try:
        page = STREAM.decode(Body(content, content_type, status))
    except BartackError:
        return None
    assert len(page.raws or ()) == len(page.rows)
    list(page.raws or ())
    return page


@given(st.lists(tree, max_size=4))
def test_what_was_written_is_what_is_read(nodes: list[Any]) -> None:
    response = etree.Element("ListCustomersResponse")
    more = etree.SubElement(response, "more")
    more.text = "false"
    for node in nodes:
        response.append(built(("customer", node[1], node[2])))
    page = STREAM.decode(Body(etree.tostring(response, encoding="utf-8")))
    assert page.rows == [expected(node) for node in nodes]
    written = [built(("customer", node[1], node[2])) for node in nodes]
    again = [etree.fromstring(raw) for raw in page.raws or ()]
    assert [etree.tostring(element, method="c14n") for element in again] == [
        etree.tostring(element, method="c14n") for element in written
    ]


@given(
    st.binary(max_size=300),
    st.sampled_from([None, "text/xml", "text/html", "multipart/related; boundary=x", "\x00;;="]),
)
def test_bytes_never_crash_the_reader(content: bytes, content_type: str | None) -> None:
    decoded(content, content_type)
    decoded(b"<ListCustomersResponse>" + content, content_type)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_damaged_answer_is_rows_or_one_of_our_errors(data: st.DataObject) -> None:
    beside = "<more>true</more><next>a</next><total>2</total>"
    content = bytearray(listed(1, 2, beside=beside).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        damage = data.draw(
            st.sampled_from([b"", b"<", b">", b"&", b"\x00", b"\xff", b'"', b"</", b"<!DOCTYPE a>", b"x"])
        )
        content[place : place + data.draw(st.integers(0, 3))] = damage
    decoded(
        bytes(content),
        data.draw(st.sampled_from([None, "text/xml; charset=utf-8"])),
        data.draw(st.sampled_from([200, 500])),
    )


@given(st.integers(1, 400))
def test_an_answer_that_is_cut_off_is_never_a_shorter_list(cut: int) -> None:
    content = listed(*range(9), beside="<more>true</more>").encode()
    assert decoded(content[: -min(cut, len(content) - 1)]) is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=4)), max_size=6))
def test_any_web_of_references_ends(web: list[tuple[str, list[str]]]) -> None:
    targets = "".join(
        f'<m id="{name}">' + "".join(f'<x href="#{to}"/>' for to in links) + "</m>" for name, links in web
    )
    encoded = 'e:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
    inner = "<ListCustomersResponse><more>0</more><customer href='#a'/></ListCustomersResponse>"
    page = decoded(envelope(inner + targets, attributes=encoded).encode())
    assert page is None or len(page.rows) == 1
