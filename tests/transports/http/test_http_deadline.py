"""One exchange has one deadline, whatever it waits for; here alone a clock on the wall decides."""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import BartackError, SourceUnavailableError
from bartack.testing.certificates import Authority
from bartack.transports.http import HttpSession
from support.raw_server import Raw, Script, raw_server, says

Connect = Callable[..., HttpSession]

DEADLINE = 0.5
"""Seconds; the time-out between two bytes is longer, so that it cannot be what ends the exchange."""
OVERRUN = 0.2
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def ends_in_time(match: str = "not done within") -> Iterator[None]:
    started = time.monotonic()
    with pytest.raises(SourceUnavailableError, match=match) as caught:
        yield
    assert DEADLINE - 0.1 <= time.monotonic() - started <= DEADLINE + OVERRUN
    assert caught.value.retryable


def silent(raw: Raw, held: socket.socket) -> None:
    raw.ending.wait(20)


def no_answer(raw: Raw, held: socket.socket) -> None:
    raw.request(held)
    raw.ending.wait(20)


def dribbles(start: bytes, piece: bytes) -> Script:
    def script(raw: Raw, held: socket.socket) -> None:
        raw.request(held)
        held.sendall(start)
        raw.dribble(held, piece)

    return script


def stops_after(start: bytes) -> Script:
    def script(raw: Raw, held: socket.socket) -> None:
        raw.request(held)
        held.sendall(start)
        raw.ending.wait(20)

    return script


@pytest.mark.parametrize(
    "script",
    [
        silent,
        no_answer,
        stops_after(b"HTTP/1.1 20"),
        stops_after(HEAD + b"Content-"),
        stops_after(HEAD + b"Content-Length: 900\r\n\r\n{"),
        dribbles(b"", b"H"),
        dribbles(b"HTTP/1.1 200 ", b"O"),
        dribbles(HEAD, b"X: y\r\n"),
        dribbles(HEAD + b"X: ", b"y"),
        dribbles(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        dribbles(HEAD + b"Content-Length: 900\r\n\r\n", b" "),
        dribbles(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        dribbles(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
        dribbles(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n \r\n0\r\n", b"X: y\r\n"),
        dribbles(HEAD + b"Content-Length: 900\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08", b"\x00"),
        dribbles(HEAD + b"Connection: close\r\n\r\n", b" "),
    ],
    ids=[
        "silence", "no answer", "stall in the first line", "stall in the headers", "stall in the body", "slow protocol",
        "slow first line", "slow headers", "slow header line", "flood of continue", "slow body", "slow chunks",
        "slow chunk size", "slow trailers", "slow gzip", "slow body without end",
    ],
)  # fmt: skip
def test_the_deadline_holds_in_every_phase_of_an_answer(connect: Connect, script: Script) -> None:
    with raw_server(script) as raw:
        session = connect(base_url=raw.url, timeout=5, deadline=DEADLINE)
        with ends_in_time():
            session.request("GET", "/contacts", unframed=True)


def test_the_deadline_holds_while_a_host_name_is_looked_up(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    done = threading.Event()

    def slow(host: str, *_: Any, **__: Any) -> Any:
        asked.append(host)
        done.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    session = connect(base_url="http://crm.example.org", timeout=5, deadline=DEADLINE)
    for _ in range(2):
        with ends_in_time():
            session.request("GET", "/contacts")
    assert asked == ["crm.example.org"]  # a look-up that cannot be stopped is not started twice
    done.set()
    for thread in threading.enumerate():
        if thread.name.startswith("bartack-lookup"):
            thread.join(5)
            assert not thread.is_alive()


def test_the_deadline_holds_while_a_connection_is_made(connect: Connect) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = []
        for _ in range(4):  # until the queue is full, and further ones are left without an answer
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(full.getsockname())
        time.sleep(0.05)
        session = connect(base_url=f"http://127.0.0.1:{full.getsockname()[1]}", timeout=5, deadline=DEADLINE)
        with ends_in_time():
            session.request("GET", "/contacts")
        for one in waiting:
            one.close()


def test_the_deadline_holds_within_a_tls_handshake(connect: Connect) -> None:
    with raw_server(silent) as raw:
        session = connect(base_url=f"https://127.0.0.1:{raw.port}", timeout=5, deadline=DEADLINE)
        with ends_in_time():
            session.request("GET", "/contacts")


@pytest.mark.parametrize("script", [silent, no_answer, dribbles(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n")])
def test_the_deadline_holds_within_a_proxys_tunnel(connect: Connect, script: Script) -> None:
    with raw_server(script) as raw:
        session = connect(base_url="https://crm.example.org", proxy=raw.url, timeout=5, deadline=DEADLINE)
        with ends_in_time():
            session.request("GET", "/contacts")


def test_a_tunnel_that_comes_late_leaves_the_handshake_the_rest(connect: Connect) -> None:
    def late(raw: Raw, held: socket.socket) -> None:
        raw.request(held)
        raw.ending.wait(DEADLINE - 0.1)
        held.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        raw.ending.wait(20)

    with raw_server(late) as raw:
        session = connect(base_url="https://crm.example.org", proxy=raw.url, timeout=5, deadline=DEADLINE)
        with ends_in_time():
            session.request("GET", "/contacts")


def test_the_deadline_holds_over_tls(connect: Connect, tmp_path: Path) -> None:
    authority = Authority()
    (tmp_path / "own.pem").write_bytes(authority.pem)
    context = authority.context()

    def slow(raw: Raw, held: socket.socket) -> None:
        with context.wrap_socket(held, server_side=True) as secured:
            raw.request(secured)
            secured.sendall(HEAD + b"Content-Length: 900\r\n\r\n")
            raw.dribble(secured, b" ")

    with raw_server(slow) as raw:
        session = connect(
            base_url=f"https://127.0.0.1:{raw.port}", timeout=5, deadline=DEADLINE, ca_bundle=str(tmp_path / "own.pem")
        )
        with ends_in_time():
            session.request("GET", "/contacts")


@pytest.mark.parametrize("body", [b"x" * 50_000_000])
def test_the_deadline_holds_while_a_request_is_sent(connect: Connect, body: bytes) -> None:
    with raw_server(silent) as raw:
        session = connect(base_url=raw.url, timeout=5, deadline=DEADLINE)
        with ends_in_time():
            session.request("POST", "/contacts", data=body)


def test_redirects_share_the_deadline(connect: Connect) -> None:
    def slow(raw: Raw, held: socket.socket) -> None:
        raw.request(held)
        raw.ending.wait(0.2)
        held.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with raw_server(slow) as raw:
        session = connect(base_url=raw.url, timeout=5, deadline=DEADLINE, redirects=10)
        with ends_in_time():
            session.request("GET", "/contacts")
        assert len(raw.requests) == 3


def test_the_next_exchange_has_its_own_deadline(connect: Connect) -> None:
    whole = says(HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")
    with raw_server(no_answer, whole) as raw:
        session = connect(base_url=raw.url, timeout=5, deadline=DEADLINE)
        with ends_in_time():
            session.request("GET", "/contacts")
        assert session.request("GET", "/contacts").content == b"{}"


def test_silence_that_is_shorter_than_the_deadline_ends_at_the_timeout(connect: Connect) -> None:
    with raw_server(no_answer) as raw, pytest.raises(SourceUnavailableError, match=r"no answer within 0\.2 seconds"):
        connect(base_url=raw.url, timeout=0.2, deadline=5).request("GET", "/contacts")


def test_failures_leave_no_thread_and_no_socket_behind(connect: Connect) -> None:
    scripts = [no_answer, stops_after(HEAD + b"Conte"), says(b"220 mail\r\n"), says(HEAD + b"Content-Length: 9\r\n\r\n{}"), says(b"")]  # fmt: skip
    with raw_server(*scripts) as raw:
        session = connect(base_url=raw.url, timeout=0.1, deadline=0.15)
        with pytest.raises(BartackError):
            session.request("GET", "/contacts")
        gc.collect()
        threads, ours = client_threads(), open_sockets(raw.port)
        for _ in range(20):
            with pytest.raises(BartackError):
                session.request("GET", "/contacts")
        gc.collect()
        assert client_threads() == threads
        assert open_sockets(raw.port) <= ours


def client_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if "play" not in thread.name and "serve" not in thread.name}


def open_sockets(port: int) -> int:
    """Count this process's sockets whose other end is ``port``."""
    found = 0
    for name in Path("/proc/self/fd").iterdir():
        try:
            held = socket.socket(fileno=os.dup(int(name.name)))
        except OSError:
            continue
        with held:
            try:
                found += held.getpeername()[1] == port
            except (OSError, IndexError, TypeError):
                continue
    return found
