"""What the strict wire costs a page of 9 kB, next to bare ``requests`` with ``json``: on one connection, alternating.

Run: ``python tests/benchmarks/wire.py [pages]``. Goal: strictness and resilience together add at most 0.2 ms (p50) and
1 ms (p99) to a page.
"""

from __future__ import annotations

import gzip
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from bartack.settings import HttpSettings
from bartack.transports.http import HttpSession
from bartack.transports.http.documents import read_json

PAGE = json.dumps({"items": [{"id": n, "name": "Zoë Müller", "amount": n + 0.5, "changed": "2026-11-23T10:00:00Z", "note": None} for n in range(85)]}).encode()  # fmt: skip
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"


@contextmanager
def serving(answer: bytes) -> Iterator[str]:
    """Send the same bytes for every request without a body."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk(held: socket.socket) -> None:
            held.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with held:
                while request := held.recv(65_536):
                    held.sendall(answer * request.count(b"\r\n\r\n"))

        def serve() -> None:
            while True:
                try:
                    held, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(held,), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)


def compared(pages: int, *ways: Callable[[], object]) -> list[list[float]]:
    """Return the microseconds of each way, sorted; they take turns, so that they share the machine's moods."""
    times: list[list[float]] = [[] for _ in ways]
    for turn in range(pages + 50):
        for way, kept in zip(ways, times, strict=True):
            started = time.perf_counter()
            way()
            if turn >= 50:
                kept.append((time.perf_counter() - started) * 1e6)
    return [sorted(kept) for kept in times]


def main(pages: int = 2000) -> None:
    packed = gzip.compress(PAGE)
    answers = {
        "plain": HEAD % (b"", len(PAGE)) + PAGE,
        "gzip": HEAD % (b"Content-Encoding: gzip\r\n", len(packed)) + packed,
    }
    for name, answer in answers.items():
        with serving(answer) as url, requests.Session() as bare, HttpSession(HttpSettings(base_url=url)) as session:
            bare.trust_env = False
            simple, strict = compared(
                pages,
                lambda bare=bare, url=url: bare.get(f"{url}/c", timeout=5).json(),  # type: ignore[misc]
                lambda session=session: read_json(session.request("GET", "/c")),  # type: ignore[misc]
            )
        for share in (0.5, 0.99):
            at = int(pages * share)
            print(
                f"{name:5} p{share * 100:.0f}: requests {simple[at]:5.0f} µs, strict {strict[at]:5.0f} µs,"
                f" added {strict[at] - simple[at]:5.0f} µs"
            )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
