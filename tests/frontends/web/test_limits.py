"""What is too much, too fast, too slow or too many is refused, and nobody else notices."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from bartack.frontends.web.connections import Connection
from bartack.frontends.web.limits import Limits
from bartack.frontends.web.sessions import Sessions
from bartack.frontends.web.shield import shield
from bartack.hub import Hub
from bartack.service.access import Doors
from bartack.testing.clock import FakeClock
from bartack.transports.base import utcnow
from support.serving import TOKENS, Served, app_of, exchange, running

OPERATOR = b"Authorization: Bearer token-of-the-operator\r\n"


class Hurried(Connection):
    """A connection with little patience, for tests."""

    head_seconds = 0.5
    take_seconds = 0.5


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bartack.frontends.web.server.Connection", Hurried)


def shielded(limits: Limits, *routes: Route, clock: FakeClock | None = None) -> Starlette:
    monotonic = time.monotonic if clock is None else clock.monotonic
    return Starlette(
        routes=list(routes), middleware=shield(Doors(TOKENS), Sessions(utcnow), limits=limits, monotonic=monotonic)
    )


async def echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


ECHO = Route("/echo", echo, methods=["GET", "POST"])


@pytest.fixture(scope="module")
def small() -> Iterator[Served]:
    limits = Limits(rate=1000, burst=1000, body=1000, open_body=100, body_seconds=0.5)
    with running(shielded(limits, ECHO, Route("/login", echo, methods=["POST"]))) as served:
        yield served


def chunked(path: bytes, *chunks: bytes) -> bytes:
    body = b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in chunks)
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\n%sTransfer-Encoding: chunked\r\n\r\n" % (path, OPERATOR)
    return head + body + b"0\r\n\r\n"


def test_a_body_that_is_too_large_is_refused_before_it_is_read(small: Served) -> None:
    assert small.post("/echo", data=b"a" * 1000).text == "1000"
    assert small.post("/echo", data=b"a" * 1001).status_code == 413
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: 999999999\r\n\r\n" % OPERATOR
    answer = exchange(small.port, head)  # and not a byte of it
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"next_step" in answer


def test_a_body_in_chunks_is_measured_too(small: Served) -> None:
    assert exchange(small.port, chunked(b"/echo", b"a" * 500, b"a" * 500), seconds=1).endswith(b"1000")
    assert exchange(small.port, chunked(b"/echo", b"a" * 500, b"a" * 501)).startswith(b"HTTP/1.1 413 ")


def test_a_stranger_may_send_less_than_who_is_known(small: Served) -> None:
    assert small.post("/login", None, data=b"a" * 100).status_code == 200
    assert small.post("/login", None, data=b"a" * 101).status_code == 413
    assert small.post("/echo", None, data=b"a" * 101).status_code == 401


def test_a_body_that_does_not_come_to_its_end_is_waited_for_only_so_long(small: Served) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: 100\r\n\r\nabc" % OPERATOR
    assert exchange(small.port, head).startswith(b"HTTP/1.1 408 ")


def test_a_client_that_goes_in_the_middle_of_its_body_harms_nobody(small: Served) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: 100\r\n\r\nabc" % OPERATOR
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", small.port)) as sock:
            sock.sendall(head)
    assert small.post("/echo", data=b"abc").text == "3"


def test_who_asks_too_fast_is_told_when_to_come_again_and_others_are_not() -> None:
    clock = FakeClock()
    with running(shielded(Limits(rate=2, burst=5), ECHO, clock=clock)) as served:
        assert [served.get("/echo").status_code for _ in range(6)] == [200] * 5 + [429]
        refused = served.get("/echo")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert served.get("/echo", "token-of-the-reader-1").status_code == 200
        clock.go_on(1)
        assert [served.get("/echo").status_code for _ in range(3)] == [200, 200, 429]
        clock.go_on(3600)  # a bucket never holds more than it can
        assert [served.get("/echo").status_code for _ in range(6)] == [200] * 5 + [429]
        tried = [served.get("/echo", "guess").status_code for _ in range(6)]
        assert tried == [401] * 5 + [429]  # by address, where no token is known


def test_beyond_what_is_answered_at_once_the_others_are_asked_to_come_again() -> None:
    inside, go_on = threading.Semaphore(0), threading.Event()

    def slow(_request: Request) -> Response:
        inside.release()
        go_on.wait(20)
        return PlainTextResponse("done")

    app = shielded(Limits(rate=1000, burst=1000, at_once=3), Route("/slow", slow), ECHO)
    with running(app) as served, ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(served.get, "/slow") for _ in range(3)]
        for _ in range(3):
            assert inside.acquire(timeout=20)
        refused = served.get("/echo")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert refused.json()["next_step"]
        go_on.set()
        assert [one.result(20).text for one in waiting] == ["done"] * 3
        assert served.get("/echo").status_code == 200


@pytest.mark.usefixtures("hurried")
def test_a_client_that_never_finishes_its_head_is_left(hub: Hub) -> None:
    with running(app_of(hub)) as served:
        slow = [socket.create_connection(("127.0.0.1", served.port), timeout=20) for _ in range(30)]
        for one in slow[:20]:
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: local")
        began = time.monotonic()
        dripping = threading.Thread(target=_drip, args=(slow[0],))
        dripping.start()
        assert served.get("/healthz").status_code == 200  # meanwhile
        assert [one.recv(10) if one is not slow[0] else b"" for one in slow] == [b""] * 30
        dripping.join(20)
        assert time.monotonic() - began < 15
        for one in slow:
            one.close()


def _drip(sock: socket.socket) -> None:
    """Send a header a byte at a time, for as long as it is taken."""
    try:
        for _ in range(200):
            sock.sendall(b"x")
            time.sleep(0.05)
    except OSError:
        return
    raise AssertionError("the server took ten seconds of it")


@pytest.mark.usefixtures("hurried")
def test_a_head_on_a_connection_that_was_used_before_has_its_deadline_too(hub: Hub) -> None:
    with running(app_of(hub)) as served, socket.create_connection(("127.0.0.1", served.port), timeout=20) as sock:
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert sock.recv(10_000).startswith(b"HTTP/1.1 200 ")
        _drip(sock)


@pytest.mark.usefixtures("hurried")
def test_a_client_that_does_not_take_its_answer_is_left_and_holds_nothing() -> None:
    ended = threading.Event()

    async def large(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(200):
            await send({"type": "http.response.body", "body": b"a" * 1_000_000, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        ended.set()

    app = Starlette(routes=[Mount("/large", large)])
    with running(app) as served, socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", served.port))
        sock.sendall(b"GET /large/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert ended.wait(20)


@pytest.mark.usefixtures("hurried")
def test_a_client_that_takes_its_answer_slowly_gets_all_of_it(hub: Hub) -> None:
    with running(app_of(hub)) as served:
        answer = exchange(
            served.port,
            b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n%sConnection: close\r\n\r\n" % OPERATOR,
        )
        head, _, body = answer.partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}".encode() in head


def test_an_answer_is_not_held_back_until_the_client_says_that_its_head_has_arrived(small: Served) -> None:
    with socket.create_connection(("127.0.0.1", small.port), timeout=10) as sock:
        sock.sendall(b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert sock.recv(10_000)
        accepted = [one.transport.get_extra_info("socket") for one in small.server.server_state.connections]
        (own,) = (one for one in accepted if one.getpeername() == sock.getsockname())
        assert own.getsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY
        )  # else each answer takes 40 ms more (RFC 896, 1122)


def test_there_are_only_so_many_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "most", 5)
    with running(shielded(Limits(), ECHO)) as served:
        idle = [_answered(served.port) for _ in range(5)]
        assert all(idle)
        assert _answered(served.port) is None
        for one in idle:
            assert one is not None
            one.close()
        assert served.get("/echo").status_code == 200


def _answered(port: int) -> socket.socket | None:
    """A connection on which a request was answered; None where the server does not take it."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=10)
    try:
        sock.sendall(b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if sock.recv(10_000):
            return sock
    except OSError:
        pass
    sock.close()
    return None
