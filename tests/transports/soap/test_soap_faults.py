"""A fault of the source says its code, its text and its details, and which kind of error it is."""

from __future__ import annotations

from typing import Any

import pytest

from bartack.errors import AccessError, BartackError, SourceRefusedError, SourceUnavailableError
from support.soap_service import envelope

SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"


def fault_11(code: str, text: str = "no", detail: str = "") -> str:
    """Write a fault of SOAP 1.1."""
    return envelope(
        f"<e:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring><detail>{detail}</detail></e:Fault>"
    )


def fault_12(subcode: str, text: str = "no", detail: str = "") -> str:
    """Write a fault of SOAP 1.2."""
    return envelope(
        f"<e:Fault><e:Code><e:Value>e:Sender</e:Value><e:Subcode><e:Value>{subcode}</e:Value></e:Subcode></e:Code>"
        f'<e:Reason><e:Text xml:lang="de">nein</e:Text><e:Text xml:lang="en-US">{text}</e:Text></e:Reason>'
        f"<e:Detail>{detail}</e:Detail></e:Fault>",
        SOAP_12,
    )


@pytest.mark.parametrize("write", [fault_11, fault_12])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("e:Client", SourceRefusedError),
        ("ns:MALFORMED_QUERY", SourceRefusedError),
        ("ns:AuthorFault", SourceRefusedError),
        ("wsse:FailedAuthentication", AccessError),
        ("wsse:InvalidSecurity", AccessError),
        ("sf:INVALID_SESSION_ID", AccessError),
        ("sf:INVALID_LOGIN", AccessError),
        ("e:Client.Unauthorized", AccessError),
        ("INSUFFICIENT_PERMISSION", AccessError),
        ("e:Client.NotFound", AccessError),
        ("SESSION_TIMED_OUT", AccessError),
        ("sf:REQUEST_LIMIT_EXCEEDED", SourceUnavailableError),
        ("a:ErrorServerBusy", SourceUnavailableError),
        ("sf:SERVER_UNAVAILABLE", SourceUnavailableError),
        ("WS_CONCUR_SESSION_DISALLWD", SourceUnavailableError),
    ],
)
@pytest.mark.parametrize("status", [200, 500])
def test_the_code_decides_what_the_caller_should_do(
    decode: Any, write: Any, code: str, error: type[BartackError], status: int
) -> None:
    with pytest.raises(error) as caught:
        decode(write(code, "it does not work"), status=status)
    assert type(caught.value) is error
    assert code in caught.value.message
    assert "it does not work" in caught.value.message


def test_the_text_of_a_fault_decides_nothing(decode: Any) -> None:
    with pytest.raises(SourceRefusedError):
        decode(fault_11("e:Server", "session not found, login timeout"))


def test_a_status_of_refusal_decides_where_the_code_says_nothing(decode: Any) -> None:
    with pytest.raises(AccessError, match="e:Client"):
        decode(fault_11("e:Client"), status=403)


@pytest.mark.parametrize("write", [fault_11, fault_12])
def test_a_code_may_stand_in_the_detail(decode: Any, write: Any) -> None:
    detail = "<x:ApiFault xmlns:x='urn:x'><x:exceptionCode>INVALID_SESSION_ID</x:exceptionCode></x:ApiFault>"
    with pytest.raises(AccessError, match="exceptionCode=INVALID_SESSION_ID"):
        decode(write("e:Server", "no", detail))


def test_php_writes_its_details_as_items_of_key_and_value(decode: Any) -> None:
    with pytest.raises(SourceRefusedError, match=r"\(detail: code=E404\)"):
        decode(fault_11("e:Client", "no", "<item><key>code</key><value>E404</value></item>"))


def test_details_are_quoted_short_once_and_without_stack_traces(decode: Any) -> None:
    detail = "".join(f"<f{n}>{'x' * 500}{n}</f{n}>" for n in range(20))
    with pytest.raises(SourceRefusedError) as caught:
        decode(fault_11("e:Server", "y" * 5000, f"<stackTrace>at a.b(c)</stackTrace><m>yyy</m>{detail}"))
    assert len(caught.value.message) < 1500
    assert "stackTrace" not in caught.value.message
    assert "m=yyy" not in caught.value.message


def test_a_detail_may_be_plain_text(decode: Any) -> None:
    with pytest.raises(SourceRefusedError, match="detail=disk full"):
        decode(fault_11("e:Server", "no", "disk full"))


@pytest.mark.parametrize(
    "text",
    [
        '<Fault xmlns="http://schemas.xmlsoap.org/soap/envelope/"><faultstring>no</faultstring></Fault>',
        envelope("<Fault><faultcode>e:Server</faultcode><faultstring>no</faultstring></Fault>"),
        envelope("<e:Fault/>"),
        envelope("<a/><e:Fault/>"),
    ],
)
def test_a_fault_is_found_however_it_is_written(decode: Any, text: str) -> None:
    with pytest.raises(SourceRefusedError, match="fault"):
        decode(text)


def test_an_element_of_the_data_may_be_called_fault(decode: Any) -> None:
    text = '<ListCustomersResponse><customer><Fault xmlns="urn:x">none</Fault></customer></ListCustomersResponse>'
    assert decode(envelope(text)).rows == [{"Fault": "none"}]
