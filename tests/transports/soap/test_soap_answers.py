"""What an answer may be, and which error it is when it is something else."""

from __future__ import annotations

from typing import Any

import pytest

from bartack.errors import (
    AccessError,
    BartackError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    WireError,
)
from support.soap_service import envelope, listed

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(listed(1), id="SOAP 1.1"),
        pytest.param(listed(1).replace("http://schemas.xmlsoap.org/soap/envelope/", SOAP_12), id="SOAP 1.2"),
        pytest.param("\n  " + listed(1), id="white space before it"),
        pytest.param('\n<?xml version="1.0" encoding="utf-8"?>\n' + listed(1), id="white space before the declaration"),
        pytest.param("\ufeff" + listed(1), id="byte order mark"),
        pytest.param(listed(1).encode("utf-16"), id="UTF-16"),
        pytest.param(listed(1).replace(' xmlns="urn:legacy.customers"', ""), id="no namespace"),
        pytest.param(listed(1).replace("<e:Body>", "<e:Header><a/></e:Header><e:Body>"), id="with a header"),
        pytest.param(
            "<ListCustomersResponse><customer><id>1</id><name>Nr 1</name></customer></ListCustomersResponse>", id="bare"
        ),
        pytest.param("<customer><id>1</id><name>Nr 1</name></customer>", id="one row alone"),
    ],
)
def test_an_answer_is_read_as_it_comes(decode: Any, text: str | bytes) -> None:
    assert decode(text).rows == [{"id": "1", "name": "Nr 1"}]


def test_node_soap_forgets_to_declare_the_prefix_of_nil(decode: Any) -> None:
    text = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><ListCustomersResponse><customer>'
    text += '<id>1</id><due xsi:nil="true"></due></customer></ListCustomersResponse></e:Body></e:Envelope>'
    assert decode(text).rows == [{"id": "1", "due": None}]
    with pytest.raises(WireError, match="prefix xyz"):
        decode(text.replace("xsi:", "xyz:"))


@pytest.mark.parametrize("declaration", ['<?xml version="1.0" encoding="iso-8859-1"?>', ""])
def test_the_document_names_its_encoding_or_http_does(decode: Any, declaration: str) -> None:
    text = (declaration + listed(1).replace("Nr 1", "Müller")).encode("latin-1")
    assert decode(text, "text/xml; charset=ISO-8859-1").rows[0]["name"] == "Müller"


def test_bytes_in_another_encoding_than_declared_are_no_text(decode: Any) -> None:
    with pytest.raises(WireError, match="not well-formed"):
        decode(listed(1).replace("Nr 1", "Müller").encode("latin-1"), "text/xml; charset=utf-8")


@pytest.mark.parametrize(
    ("text", "content_type", "error", "says"),
    [
        pytest.param("", "text/xml", WireError, "empty", id="empty"),
        pytest.param("  \n", None, WireError, "empty", id="blank"),
        pytest.param(
            "<!DOCTYPE html><html><title>Log in</title></html>", "text/html", SourceChangedError, "Log in", id="HTML"
        ),
        pytest.param("<html><body><p>down</html>", "text/xml", SourceChangedError, "HTML", id="HTML said to be XML"),
        pytest.param("<p>maintenance", "text/html", SourceChangedError, "HTML", id="a piece of HTML"),
        pytest.param('{"error": "no"}', "application/json", SourceChangedError, "json", id="JSON"),
        pytest.param("[1]", None, SourceChangedError, "instead of XML", id="JSON without a type"),
        pytest.param("ORA-12541: no listener", "text/plain", SourceChangedError, "text/plain", id="text"),
        pytest.param(b"\x00\xff\x1f\x8b", None, SourceChangedError, "instead of XML", id="bytes"),
        pytest.param(listed(1)[:-20], "text/xml", WireError, "not well-formed", id="cut off"),
        pytest.param(listed(1) + listed(2), "text/xml", WireError, "not well-formed", id="two documents"),
        pytest.param(
            listed(1).replace("Nr 1", "\x1a"), "text/xml", WireError, "not well-formed", id="control character"
        ),
        pytest.param(
            "<br/>Warning: x in /srv/x.php" + listed(1), "text/xml", WireError, "well-formed", id="PHP warning"
        ),
        pytest.param(listed(1), "text/xml; charset=klingon", WireError, "klingon", id="unknown character set"),
        pytest.param(envelope(""), "text/xml", SourceChangedError, "Body of the envelope is empty", id="empty body"),
        pytest.param(
            envelope("").replace("e:Body", "e:Buddy"), "text/xml", SourceChangedError, "no Body", id="no body"
        ),
        pytest.param(envelope("<a/>", "urn:other"), "text/xml", SourceChangedError, "urn:other", id="foreign envelope"),
    ],
)
def test_what_is_no_answer_is_a_typed_error(
    decode: Any, text: str | bytes, content_type: str | None, error: type[BartackError], says: str
) -> None:
    with pytest.raises(error, match=says):
        decode(text, content_type)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (302, SourceChangedError),
        (401, AccessError),
        (403, AccessError),
        (404, AccessError),
        (400, SourceRefusedError),
        (429, SourceUnavailableError),
        (500, SourceUnavailableError),
        (503, SourceUnavailableError),
    ],
)
@pytest.mark.parametrize("text", ["", "<html>no</html>", "{}", "<error/>", listed(1)])
def test_a_status_of_failure_counts_whatever_is_in_the_body(
    decode: Any, status: int, error: type[BartackError], text: str
) -> None:
    with pytest.raises(error, match=str(status)):
        decode(text, status=status)


def test_xml_that_is_called_html_is_still_xml(decode: Any) -> None:
    assert len(decode(listed(1), "text/html").rows) == 1
