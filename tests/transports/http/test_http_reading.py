"""How answers are taken off the connection: every fault of the catalogue, framing by framing, and what holds it up."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
import requests

from bartack.errors import AccessError, BartackError, SourceChangedError, SourceUnavailableError, WireError
from bartack.testing import Answer, FaultServer, Nth
from bartack.testing.catalogue import FAULTS
from bartack.testing.fault import Fault
from bartack.transports.base import Page, Query
from bartack.transports.http import HttpSession, HttpStream
from bartack.transports.http.receiving import Feed, Response, _Tap
from support.raw_server import raw_server, says

Connect = Callable[..., HttpSession]

ROWS = [{"id": number, "name": "Zoë Müller"} for number in range(40)]
BODY = json.dumps({"data": ROWS}).encode()
JSON = b"Content-Type: application/json\r\n"
EARLIER = {"nocl_rst": WireError}
"""A body without an end is refused before it can be reset."""
STREAM = HttpStream("contacts", path="/contacts", rows="data", key="id", mapping="contacts.yaml")


def read(url: str, connect: Connect, stream: HttpStream = STREAM, **settings: Any) -> list[Page]:
    given = {"timeout": 5.0, "max_body": 1_000_000, **settings}
    return list(stream.pages(connect(base_url=url, **given), Query()))


def plays(one: Fault) -> bool:
    return one.family == "T" and one.form != "xml" and not one.needs


@pytest.mark.parametrize("fault", [one for one in FAULTS if plays(one)], ids=lambda one: str(one.name))
def test_every_fault_of_the_wire_ends_in_its_error_or_in_the_right_rows(connect: Connect, fault: Fault) -> None:
    with FaultServer(lambda _: Answer.json({"data": ROWS}), Nth(fault, times=None)) as server:
        if fault.expected == "rows":
            (page,) = read(server.url, connect)
            assert list(page.rows) == ROWS
            return
        expected = EARLIER.get(fault.name, fault.expected)
        assert isinstance(expected, type)
        brief: dict[str, Any] = {"timeout": 0.3, "deadline": 0.6} if expected is SourceUnavailableError else {}
        with pytest.raises(BartackError) as caught:
            read(server.url, connect, **brief)
        assert type(caught.value) is expected


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Length: abc", BODY),
        (b"Content-Length: -5", BODY),
        (b"Content-Length: +5", BODY),
        (b"Content-Length: 5, 5", BODY),
        (b"Content-Length: 2\r\nContent-Length: 5", BODY),
        ("Content-Length: ٣".encode(), BODY),
        (b"Content-Length: 9\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
        (b"Transfer-Encoding: gzip, chunked", b"0\r\n\r\n"),
        (b"Transfer-Encoding: identity", BODY),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
        (b"Transfer-Encoding: chunked", BODY),
        (b"Transfer-Encoding: chunked", b"-5\r\nhello\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked", b"+2\r\n{}\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked", b"0x2\r\n{}\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked", b"0_2\r\n{}\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked", b" 2\r\n{}\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked", b"2\n{}\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked", b"ffffffffffffffffff\r\n{}"),
        (b"Transfer-Encoding: chunked", b"2;" + b"x" * 70_000),
        (b"Content-Length: 2\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip", b"{}"),
        (b"Content-Length: 2\r\nX-Odd : y", b"{}"),
        (b"Content-Length: 2\r\nX: y\r\n z", b"{}"),
        (b" Content-Length: 2", b"{}"),
        (b"no colon\r\nContent-Length: 2", b"{}"),
        (b"Content-Length: 2\r\nX: a\x00b", b"{}"),
        (b"Content-Length: 2\r\nX: a\rb", b"{}"),
        (b"Content-Length: 2" + b"\r\nX: y" * 101, b"{}"),
        (b"Content-Length: 2\r\nX: " + b"y" * 70_000, b"{}"),
        (b"Content-Length: 2\r\nContent-Encoding: br", b"{}"),
        (b"Content-Length: 2\r\nContent-Encoding: gzip, gzip", b"{}"),
        (b"Content-Length: 2\r\nContent-Encoding: gzip", b"{}"),
        (b"Content-Length: 22\r\nContent-Encoding: identity", gzip.compress(b"{}", mtime=0)[:22]),
    ],
)
def test_what_is_framed_or_packed_dishonestly_is_refused_for_good(connect: Connect, head: bytes, body: bytes) -> None:
    with raw_server(says(b"HTTP/1.1 200 OK\r\n" + JSON + head + b"\r\n\r\n" + body)) as raw:
        with pytest.raises(WireError) as caught:
            read(raw.url, connect)
        assert not caught.value.retryable


@pytest.mark.parametrize(
    "answer",
    [
        b"HT",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\n" + JSON,
        b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Le",
        b"HTTP/1.1 200 OK\r\n" + JSON + b"Content-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
        b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: y",
        b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\n",
    ],
)
def test_what_is_cut_off_may_be_whole_the_next_time(connect: Connect, answer: bytes) -> None:
    with raw_server(says(answer)) as raw:
        with pytest.raises(WireError) as caught:
            read(raw.url, connect)
        assert caught.value.retryable


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length:2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length:\t2 \r\nX:\r\nX-Name: Zo\xeb\r\n\r\n{}",
        b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\n{\r\n01;x=y\r\n}\r\n0\r\nX: y\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_unusual_and_well_formed_is_read(connect: Connect, answer: bytes) -> None:
    with raw_server(says(answer)) as raw:
        assert connect(base_url=raw.url).request("GET", "/contacts").content == b"{}"


def test_interim_answers_are_no_answers(connect: Connect) -> None:
    for status in (b"101 Switching Protocols", b"102 Processing", b"103 Early Hints"):
        told = b"HTTP/1.1 " + status + b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        with raw_server(says(told)) as raw, pytest.raises(SourceChangedError, match=f"status {status[:3].decode()}"):
            connect(base_url=raw.url).request("GET", "/contacts", expect=range(600))


def test_a_body_without_an_end_is_refused_unless_the_stream_says_that_it_shows_its_own(connect: Connect) -> None:
    old = HttpStream("contacts", path="/contacts", rows="data", key="id", mapping="contacts.yaml", unframed=True)
    with raw_server(says(b"HTTP/1.0 200 OK\r\n" + JSON + b"\r\n" + BODY)) as raw:
        with pytest.raises(WireError, match="neither its length nor its end") as caught:
            read(raw.url, connect)
        assert not caught.value.retryable
        assert list(read(raw.url, connect, old)[0].rows) == ROWS
    for cut in range(len(BODY) - 60, len(BODY)):
        with raw_server(says(b"HTTP/1.0 200 OK\r\n" + JSON + b"\r\n" + BODY[:cut])) as raw, pytest.raises(WireError):
            read(raw.url, connect, old)


@pytest.mark.parametrize(
    "rest",
    [
        b"\r\n<html>",
        b"Content-Length: 900\r\n\r\n<html>",
        b"Content-Length: 6\r\nContent-Encoding: br\r\n\r\n<html>",
        b"Content-Length: 6\r\nContent-Encoding: gzip\r\n\r\n<html>",
        b"Content-Length: 0\r\nContent-Encoding: gzip\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n6\r\n<html>",
        b"Content-Length: 2000000\r\n\r\n" + b"x" * 2_000_000,
    ],
)
def test_a_refusal_that_cannot_be_read_is_still_the_refusal_that_it_is(connect: Connect, rest: bytes) -> None:
    for status, kind in ((b"503 Down", SourceUnavailableError), (b"401 Who", AccessError)):
        told, code = says(b"HTTP/1.1 " + status + b"\r\n" + rest), status[:3].decode()
        with raw_server(told) as raw, pytest.raises(kind, match=f"status {code}"):
            read(raw.url, connect)


def test_an_answer_that_nobody_asked_for_is_never_taken_for_the_next_one(connect: Connect) -> None:
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    planted = b'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}'
    for behind in (planted, planted[:20], b"\r\n", planted * 2000):

        def script(raw: Any, held: socket.socket, behind: bytes = behind) -> None:
            raw.request(held)
            held.sendall(good + behind)
            raw.ending.wait(5)

        with raw_server(script, says(good)) as raw:
            session = connect(base_url=raw.url)
            assert [session.request("GET", "/contacts").content for _ in range(2)] == [b"{}", b"{}"]
            assert raw.connections == 2


def test_a_connection_without_surplus_is_kept(connect: Connect) -> None:
    def script(raw: Any, held: socket.socket) -> None:
        while raw.request(held):
            held.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")

    with raw_server(script) as raw:
        session = connect(base_url=raw.url)
        for _ in range(3):
            session.request("GET", "/contacts")
        assert (raw.connections, len(raw.requests)) == (1, 3)


# ---- what the checks stand on: these fail when urllib3, requests or http.client change under them --------------------


def test_the_client_reads_every_answer_through_our_feed(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[Response] = []
    begin = Response.begin

    def spied(self: Response) -> None:
        begin(self)
        used.append(self)

    monkeypatch.setattr(Response, "begin", spied)
    with raw_server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as raw:
        connect(base_url=raw.url).request("GET", "/contacts")
    assert [one.framing for one in used] == ["length"]


def test_the_client_shows_the_answer_below_its_own(connect: Connect) -> None:
    with raw_server(says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as raw:
        session = connect(base_url=raw.url)
        response = session._wire._client.get(raw.url, stream=True)
        assert isinstance(response.raw._original_response, Response)
        assert isinstance(response.raw._original_response.fp, Feed)
        response.close()


def test_the_client_reads_chunks_by_lines_and_pieces_of_the_feed_and_by_nothing_else(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise AssertionError("the feed is read in a way that is not judged")

    for name in ("read1", "readinto", "readinto1", "readlines", "__next__"):
        monkeypatch.setattr(Feed, name, never, raising=False)
    lines: list[bytes] = []
    readline = Feed.readline

    def spied(self: Feed, size: int | None = -1) -> bytes:
        lines.append(readline(self, size))
        return lines[-1]

    monkeypatch.setattr(Feed, "readline", spied)
    with raw_server(says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n")) as raw:
        assert connect(base_url=raw.url).request("GET", "/contacts").content == b"{}"
    assert lines == [b"HTTP/1.1 200 OK\r\n", b"Transfer-Encoding: chunked\r\n", b"\r\n", b"2\r\n", b"0\r\n", b"\r\n"]


def test_without_our_feed_the_same_client_would_take_a_cut_head_for_an_answer() -> None:
    with raw_server(says(b"HTTP/1.1 200 OK\r\n" + JSON)) as raw:
        plain = requests.get(raw.url, timeout=2)
    assert (plain.status_code, plain.content) == (200, b"")  # so the checks are still needed


def test_a_feed_gives_what_is_there_and_waits_for_nothing_more() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"HTTP/1.1 204 No\r\n\r\nmore")
        response = Response(ours)
        response.begin()
        feed = response.fp
        assert feed.surplus() == b"more"
        assert feed.read(4) == b"more"
        assert feed.surplus() == b""
        response.close()


def test_http_client_still_has_what_is_overridden() -> None:
    assert callable(http.client.HTTPResponse._close_conn)  # type: ignore[attr-defined]
    assert http.client.HTTPConnection.response_class is http.client.HTTPResponse
    assert io.BufferedReader(_Tap(io.FileIO("/dev/null"))).read() == b""
