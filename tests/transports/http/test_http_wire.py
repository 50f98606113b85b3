"""What comes over the wire: whole answers go on, all others are typed errors without secrets in them."""

from __future__ import annotations

import gzip
import json
import socket
import sys
import threading
import traceback
import zlib
from collections.abc import Callable
from subprocess import run
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from bartack.errors import (
    AccessError,
    BartackError,
    ConfigError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    WireError,
)
from bartack.settings import Secret
from bartack.transports.base import Runtime
from bartack.transports.http import Bearer, HttpSession, QueryKey
from bartack.transports.http.addresses import Base
from bartack.transports.http.framing import whole_body
from bartack.transports.http.outgoing import Outgoing
from bartack.transports.http.wire import Wire, WireOptions
from support.http_vendor import Answer, Vendor

Connect = Callable[..., HttpSession]

BODY = json.dumps({"data": [{"id": number} for number in range(200)]}).encode()
PACKED = gzip.compress(BODY, mtime=0)


def wire(headers: str, body: bytes = b"", status: str = "200 OK") -> Answer:
    return Answer(wire=f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}\r\n\r\n".encode() + body)


def chunked(body: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return f"{len(body):x}\r\n".encode() + body + b"\r\n" + end


def test_declaring_a_stream_imports_no_http_library() -> None:
    told = "import sys, bartack.transports.http; print({'requests', 'urllib3', 'jiter', 'cryptography'} & set(sys.modules))"
    assert run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout.strip() == "set()"


def test_an_answer_comes_with_its_type_status_address_and_headers(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/contacts", Answer({"data": []}, 202, {"X-Rate-Remaining": "9", "Set-Cookie": "sid=hush"}))
    body = connect(base_url=f"{vendor.url}/").request("GET", "contacts", params={"a": "ü", "b": None}, expect={202})
    assert (body.content, body.content_type, body.status) == (b'{"data": []}', "application/json", 202)
    assert body.url == f"{vendor.url}/contacts?a=%C3%BC"
    assert body.headers["x-rate-remaining"] == "9"
    assert "set-cookie" not in body.headers
    assert vendor.asked[0].headers["user-agent"].startswith("bartack/")
    assert vendor.asked[0].headers["accept-encoding"] == "gzip"


def test_parameters_lists_bodies_and_methods_arrive_as_given(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/contacts", {})
    session = connect()
    session.request("POST", "/contacts", json={"name": "Zoë", "ids": [1, None, True]})
    session.request("POST", "/contacts", data={"grant": "a b"})
    session.request("POST", "/contacts", data=b"<a/>", headers={"Content-Type": "text/xml; charset=utf-8"})
    session.request("PATCH", "/contacts", data="Zoë", params={"on": True, "n": 3})
    asked = vendor.asked
    assert asked[0].document == {"name": "Zoë", "ids": [1, None, True]}
    assert asked[0].headers["content-type"] == "application/json"
    assert asked[1].form == {"grant": "a b"}
    assert (asked[2].body, asked[2].headers["content-type"]) == (b"<a/>", "text/xml; charset=utf-8")
    assert (asked[3].method, asked[3].body, asked[3].query) == ("PATCH", "Zoë".encode(), {"on": "true", "n": "3"})


def test_one_connection_serves_many_requests(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/contacts", {"data": []})
    session = connect()
    for _ in range(5):
        session.request("GET", "/contacts")
    assert len({asked.connection for asked in vendor.asked}) == 1


def test_nothing_comes_from_the_environment(
    vendor: Vendor, elsewhere: Vendor, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login zoe password hush\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", elsewhere.url)
    monkeypatch.setenv("http_proxy", elsewhere.url)
    vendor.on("/contacts", {})
    connect().request("GET", "/contacts")
    assert "authorization" not in vendor.asked[0].headers
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (wire(f"Content-Length: {len(BODY)}", BODY[:-40]), WireError),
        (wire(f"Content-Length: {len(BODY) + 7}", BODY), WireError),
        (wire("Content-Length: abc", BODY), WireError),
        (wire("Content-Length: -5", BODY), WireError),
        (wire("Content-Length: 5, 9", BODY), WireError),
        (wire(f"Content-Length: {len(BODY)}\r\nTransfer-Encoding: chunked", chunked(BODY)), WireError),
        (wire("Transfer-Encoding: chunked", chunked(BODY, b"")), WireError),
        (wire("Transfer-Encoding: chunked", chunked(BODY)[:-60]), WireError),
        (wire("Transfer-Encoding: chunked", b"-5\r\nhello\r\n"), WireError),
        (wire("Transfer-Encoding: chunked", b"zz\r\nhello\r\n"), WireError),
        (wire(f"Content-Length: {len(PACKED) - 9}\r\nContent-Encoding: gzip", PACKED[:-9]), WireError),
        (wire(f"Content-Length: {len(PACKED) - 1}\r\nContent-Encoding: gzip", PACKED[:-1]), WireError),
        (wire(f"Content-Length: {len(PACKED) + 3}\r\nContent-Encoding: gzip", PACKED + b"abc"), WireError),
        (wire(f"Content-Length: {len(BODY)}\r\nContent-Encoding: gzip", BODY), WireError),
        (wire(f"Content-Length: {len(BODY)}\r\nContent-Encoding: br", BODY), WireError),
        (wire("Connection: close", b"", "999 Denied"), SourceChangedError),
        (Answer(wire=b"220 mail.example.org ESMTP\r\n"), WireError),
        (Answer(wire=b""), SourceUnavailableError),
        (Answer(wire=b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n"), WireError),
    ],
    ids=[
        "body cut off", "length too long", "length no number", "length negative", "two lengths", "length and chunks",
        "no last chunk", "chunk cut off", "negative chunk", "chunk size no number", "gzip cut off", "gzip without checksum",
        "gzip with garbage", "gzip announced only", "unknown packing", "unknown status", "mail server", "closed at once",
        "flood of headers",
    ],
)  # fmt: skip
def test_an_answer_that_is_not_whole_is_never_taken_for_one(
    vendor: Vendor, connect: Connect, answer: Answer, kind: type[BartackError]
) -> None:
    vendor.on("/contacts", answer)
    with pytest.raises(BartackError) as caught:
        connect().request("GET", "/contacts")
    assert type(caught.value) is kind
    assert str(caught.value).startswith(f"GET {vendor.url}/contacts: ")


def test_packed_answers_are_unpacked(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/contacts", Answer(PACKED, headers={"Content-Encoding": "gzip"}))
    assert connect().request("GET", "/contacts").content == BODY


def test_a_small_answer_that_unpacks_to_a_huge_one_is_stopped(vendor: Vendor, connect: Connect) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    vendor.on("/contacts", Answer(bomb, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(WireError, match="larger than 100000 bytes"):
        connect(max_body=100_000).request("GET", "/contacts")


def test_a_body_may_be_as_large_as_allowed_and_no_larger(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/contacts", Answer(BODY))
    assert connect(max_body=len(BODY)).request("GET", "/contacts").content == BODY
    with pytest.raises(WireError, match="larger"):
        connect(max_body=len(BODY) - 1).request("GET", "/contacts")


@given(st.binary(max_size=300), st.integers(0, 9), st.integers(1, 40))
def test_a_damaged_gzip_body_is_refused_or_still_the_same(content: bytes, position: int, step: int) -> None:
    packed = bytearray(gzip.compress(content))
    packed[-1 - position % len(packed)] ^= 1 + step % 255
    chunks = [bytes(packed[start : start + step]) for start in range(0, len(packed), step)]
    try:
        assert whole_body(chunks, {"Content-Encoding": "gzip"}, 1000) == content
    except WireError:
        pass
    except zlib.error:  # pragma: no cover
        pytest.fail("a foreign exception")


def test_a_source_that_is_down_is_unavailable(connect: Connect) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    with pytest.raises(SourceUnavailableError, match="no connection") as caught:
        connect(base_url=f"http://127.0.0.1:{port}").request("GET", "/contacts")
    assert caught.value.retryable


def test_a_source_that_does_not_answer_in_time_is_unavailable(connect: Connect) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(SourceUnavailableError, match=r"no answer within 0\.2 seconds"):
            connect(base_url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2).request("GET", "/contacts")


def test_a_body_that_stops_in_the_middle_is_unavailable(connect: Connect) -> None:
    with socket.socket() as slow:
        slow.bind(("127.0.0.1", 0))
        slow.listen()
        session = connect(base_url=f"http://127.0.0.1:{slow.getsockname()[1]}", timeout=0.3)

        def answer() -> None:
            held, _ = slow.accept()
            held.recv(10_000)
            held.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{")
            threading.Event().wait(1)
            held.close()

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(SourceUnavailableError, match="no answer within"):
            session.request("GET", "/contacts")


def test_a_host_that_nobody_knows_is_unavailable(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(SourceUnavailableError, match="host name cannot be resolved"):
        connect(base_url="http://crm.example.invalid").request("GET", "/contacts")


def test_a_plain_port_asked_for_tls_is_a_matter_of_configuration(vendor: Vendor, connect: Connect) -> None:
    with pytest.raises(BartackError) as caught:
        connect(base_url=vendor.url.replace("http:", "https:")).request("GET", "/contacts")
    assert isinstance(caught.value, ConfigError)
    assert "no trusted TLS connection" in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_tells_the_host_only(
    vendor: Vendor, elsewhere: Vendor, connect: Connect, status: int
) -> None:
    vendor.on("/contacts", Answer(None, status, {"Location": f"{elsewhere.url}/login?token=hush-example"}))
    with pytest.raises(SourceChangedError, match=r"redirects to host '127\.0\.0\.1'") as caught:
        connect(Bearer("token")).request("GET", "/contacts")
    assert "hush" not in str(caught.value)
    assert "login?" not in str(caught.value)
    assert elsewhere.asked == []


@pytest.mark.parametrize("location", ["http://[::1/bad", "http://a..b", "\\\\evil", "", "file:///etc/passwd"])
def test_a_redirect_to_nonsense_is_a_redirect_all_the_same(vendor: Vendor, connect: Connect, location: str) -> None:
    vendor.on("/contacts", Answer(None, 302, {"Location": location}))
    with pytest.raises(SourceChangedError, match="redirects"):
        connect().request("GET", "/contacts")


@pytest.mark.parametrize(
    "path",
    [
        "http://evil.test/contacts",
        "https://127.0.0.1/contacts",
        "//evil.test/contacts",
        "/contacts/../../admin",
        "/contacts/%2e%2e/admin",
        "/contacts\\..\\admin",
        "http://127.0.0.1:80\\@evil.test/",
        "/contacts\r\nX-Evil: 1",
        "/contacts with space",
        "{vendor}@evil.test/contacts",
        "{vendor}.evil.test/contacts",
    ],
)
def test_no_request_leaves_the_source(vendor: Vendor, connect: Connect, path: str) -> None:
    with pytest.raises(ConfigError):
        connect(Bearer("token")).request("GET", path.format(vendor=vendor.url))
    assert vendor.asked == []


@pytest.mark.parametrize(
    "base_url",
    [
        "ftp://crm.example.org",
        "crm.example.org",
        "https://zoe:hush-example@crm.example.org",
        "https://crm.example.org?x=1",
        "https://crm.example.org#x",
        "https://",
        "https://a..b.example.org",
        "https://crm.example.org\\@evil.test",
        "https://crm.example.org:99999",
    ],
)
def test_a_base_url_that_is_not_plain_is_refused_without_repeating_its_secrets(connect: Connect, base_url: str) -> None:
    with pytest.raises(ConfigError, match="no plain http") as caught:
        connect(base_url=base_url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"message": "bad filter"}, SourceRefusedError),
        (401, {"message": "no token"}, AccessError),
        (403, {"message": "missing scope"}, AccessError),
        (
            403,
            [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}],
            SourceUnavailableError,
        ),
        (403, [{"message": "storage limit exceeded", "errorCode": "STORAGE_LIMIT_EXCEEDED"}], AccessError),
        (404, {"message": "no such record"}, AccessError),
        (408, {}, SourceUnavailableError),
        (409, {"error": {"code": "CONFLICT", "message": "busy"}}, SourceRefusedError),
        (410, {"success": False, "error": "Deal is deleted"}, AccessError),
        (422, {"errors": [{"detail": "no such field", "code": "E22"}]}, SourceRefusedError),
        (429, {"category": "RATE_LIMITS"}, SourceUnavailableError),
        (500, b"<html><title>Oops &amp; sorry</title></html>", SourceUnavailableError),
        (503, b"", SourceUnavailableError),
        (206, {"data": []}, SourceChangedError),
        (304, b"", SourceChangedError),
    ],
)
def test_each_status_is_the_error_that_tells_what_to_do(
    vendor: Vendor, connect: Connect, status: int, body: Any, kind: type[BartackError]
) -> None:
    vendor.on("/contacts", Answer(body, status))
    with pytest.raises(BartackError, match=f"status {status}") as caught:
        connect().request("GET", "/contacts")
    assert type(caught.value) is kind


def test_the_sources_own_words_and_code_are_kept(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/contacts", Answer({"error": {"code": "INVALID_FIELD", "message": "No such column 'Emial'"}}, 400))
    with pytest.raises(SourceRefusedError, match=r"status 400: No such column 'Emial' \(INVALID_FIELD\)"):
        connect().request("GET", "/contacts")


def test_the_title_of_an_error_page_is_all_that_is_told_of_it(vendor: Vendor, connect: Connect) -> None:
    page = b"<!DOCTYPE html><html><title>404 &lt;b&gt;\x1b[31m not\n found</title><body>hush</body></html>"
    vendor.on("/contacts", Answer(page, 404, {"Content-Type": "text/html"}))
    with pytest.raises(AccessError) as caught:
        connect().request("GET", "/contacts")
    assert "an HTML page titled '404 &lt;b&gt; [31m not found'" in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("17", 17.0),
        ("1.5", 1.5),
        ("Mon, 23 Nov 2026 10:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("", None),
    ],
)
def test_the_time_to_wait_is_read_from_seconds_or_a_date(
    vendor: Vendor, connect: Connect, value: str, seconds: float | None
) -> None:
    headers = {"Retry-After": value, "Content-Length": "0", "Date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    raw = "".join(f"{name}: {text}\r\n" for name, text in headers.items())
    vendor.on("/contacts", Answer(wire=f"HTTP/1.1 429 Too Many Requests\r\n{raw}\r\n".encode()))
    with pytest.raises(SourceUnavailableError) as caught:
        connect().request("GET", "/contacts")
    assert caught.value.retry_after == seconds


def test_no_secret_is_in_any_error_however_the_source_repeats_it(vendor: Vendor, connect: Connect) -> None:
    secret = "tok-example-0123456789"
    auth = QueryKey("api_token", "token")
    echo = Answer({"message": f"bad api_token={secret} in /contacts?api_token={secret} or {secret}!"}, 400)
    for answer in (
        echo,
        Answer(wire=b""),
        wire("Content-Length: 900", b"{"),
        Answer(b"", 302, {"Location": f"/{secret}"}),
    ):
        vendor.on("/contacts", answer)
        with pytest.raises(BartackError) as caught:
            connect(auth).request("GET", "/contacts", params={"q": "x"})
        told = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(caught.value.args)
        assert secret not in told
        assert caught.value.__cause__ is None
        context = caught.value.__context__
        assert context is None or isinstance(context, BartackError)


def test_a_secret_with_a_line_break_is_refused_without_showing_it(vendor: Vendor, connect: Connect) -> None:
    with pytest.raises(ConfigError, match="the header Authorization holds characters") as caught:
        connect(Bearer("token"), token=Secret("tok-hush\n")).request("GET", "/contacts")
    assert "hush" not in str(caught.value)
    assert vendor.asked == []


def test_json_that_cannot_be_written_is_a_configuration_error(connect: Connect) -> None:
    with pytest.raises(ConfigError, match="JSON cannot be written"):
        connect().request("POST", "/contacts", json={"amount": float("nan")})


def test_an_adapter_stands_between_the_session_and_the_network(vendor: Vendor, connect: Connect) -> None:
    sent: list[str] = []

    class Watching(HTTPAdapter):
        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            sent.append(request.url)
            return super().send(request, *args, **kwargs)

    vendor.on("/contacts", {})
    connect(None, Runtime(adapter=Watching())).request("GET", "/contacts")
    assert sent == [f"{vendor.url}/contacts"]


def test_an_answer_to_head_has_a_length_and_no_body(vendor: Vendor, connect: Connect) -> None:
    vendor.on("/contacts", wire("Content-Length: 900"))
    assert connect().request("HEAD", "/contacts").content == b""


def test_a_proxy_that_is_not_there_is_named_without_its_password(connect: Connect) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    session = connect(base_url="http://crm.example.org", proxy=f"http://zoe:hush-example@127.0.0.1:{port}")
    with pytest.raises(SourceUnavailableError, match="the proxy does not let") as caught:
        session.request("GET", "/contacts")
    assert "hush" not in str(caught.value)


def test_the_wire_itself_sends_nothing_beside_the_base(vendor: Vendor, elsewhere: Vendor) -> None:
    bare = Wire(WireOptions("test"))
    asked = Outgoing("GET", f"{elsewhere.url}/contacts")
    with pytest.raises(ConfigError, match="does not lie on base_url"):
        bare.exchange(asked, Base.parse(vendor.url), asked)
    bare.close()
    assert elsewhere.asked == []
