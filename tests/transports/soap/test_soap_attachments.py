"""Values that travel beside the envelope (MTOM) stand in their place."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import pytest

from bartack.errors import SourceRefusedError, WireError
from support.soap_service import envelope

KIND = 'multipart/related; type="application/xop+xml"; boundary="uuid:Ab-1"; start="<root>"; start-info="text/xml"'
PDF = b"%PDF\r\n--uuid:Ab\r\n\x00\xff\r\n"
INCLUDE = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:{}"/>'


def part(name: str, content: bytes, encoding: str = "binary") -> bytes:
    head = (
        f"\r\n--uuid:Ab-1\r\nContent-Id: <{name}>\r\nContent-Type: x/y\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    return head.encode() + content


def answer(*parts: bytes, href: str = "pdf%401") -> bytes:
    inner = f"<ListCustomersResponse><customer><id>1</id><pdf>{INCLUDE.format(href)}</pdf></customer></ListCustomersResponse>"
    root = part("root", envelope(inner).encode())
    return b"".join([*parts[:-1], root, *parts[-1:]]) + b"\r\n--uuid:Ab-1--\r\n"


def test_an_attachment_is_text_in_base64_where_it_was_taken_out(decode: Any) -> None:
    page = decode(answer(part("pdf@1", PDF)), KIND)
    assert page.rows == [{"id": "1", "pdf": base64.b64encode(PDF).decode()}]
    assert base64.b64encode(PDF).decode() in page.raws[0]


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("binary", PDF),
        ("8bit", PDF),
        ("base64", base64.encodebytes(PDF)),
        ("quoted-printable", b"%PDF=0D=0A--uuid:Ab=0D=0A=00=FF=0D=0A"),
    ],
)
def test_a_part_may_be_written_in_several_ways(decode: Any, encoding: str, content: bytes) -> None:
    assert base64.b64decode(decode(answer(part("pdf@1", content, encoding)), KIND).rows[0]["pdf"]) == PDF


def test_the_root_is_the_part_that_start_names_wherever_it_stands(decode: Any) -> None:
    body = answer(part("pdf@1", PDF), part("other", b"x"))
    assert body.index(b"pdf@1") < body.index(b"<root>")
    assert base64.b64decode(decode(body, KIND).rows[0]["pdf"]) == PDF


def test_an_attachment_may_be_referred_to_by_an_attribute(decode: Any) -> None:
    inner = '<ListCustomersResponse><customer><pdf href="cid:pdf@1"/></customer></ListCustomersResponse>'
    body = part("root", envelope(inner).encode()) + part("pdf@1", PDF) + b"\r\n--uuid:Ab-1--"
    assert decode(body, KIND).rows == [{"pdf": base64.b64encode(PDF).decode()}]


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (answer(part("other", PDF)), KIND, "missing"),
        (answer(part("pdf@1", PDF))[:-20], KIND, "cut off"),
        (answer(part("pdf@1", PDF)), "multipart/related", "boundary"),
        (b"\r\n--uuid:Ab-1\r\nno end of headers\r\n--uuid:Ab-1--", KIND, "headers"),
        (answer(part("pdf@1", b"a", "base64")), KIND, "base64"),
        (b"", KIND, "cut off"),
    ],
)
def test_an_answer_whose_parts_do_not_add_up_is_an_error_of_the_wire(
    decode: Any, body: bytes, kind: str, says: str
) -> None:
    with pytest.raises(WireError, match=says):
        decode(body, kind)


def test_a_reference_to_an_attachment_that_nobody_sent_is_no_empty_value(decode: Any) -> None:
    with pytest.raises(WireError, match="missing"):
        decode(envelope(f"<ListCustomersResponse><customer>{INCLUDE.format('x')}</customer></ListCustomersResponse>"))


def test_a_fault_may_come_in_parts(decode: Any) -> None:
    body = part("root", envelope("<e:Fault><faultcode>e:Server</faultcode></e:Fault>").encode()) + b"\r\n--uuid:Ab-1--"
    with pytest.raises(SourceRefusedError, match="e:Server"):
        decode(body, KIND, status=500)


def test_the_whole_attachment_is_kept_byte_for_byte(decode: Any) -> None:
    content = gzip.compress(bytes(range(256)) * 1000, mtime=0)
    assert base64.b64decode(decode(answer(part("pdf@1", content)), KIND).rows[0]["pdf"]) == content
