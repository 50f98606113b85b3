"""What the strict wire and the resilience around it cost a page, beside bare requests on a kept-alive connection.

Each way does what the one before it does, and more: ``bare`` requests and ``json``; the strict ``wire``, to a strict
document; a ``stream``, which also finds rows, next page and errors in it and notices circles; ``guarded``, with gate,
quota, breaker and retries, as the pages of a configured source are read.

The server is a process of its own on the loopback address; the ways take turns, page by page, so that whatever else the
machine does meets all of them. On a busy machine the processor's time says more than the clock's. Goal over bare requests:
at most 0.2 ms more in the middle (p50), and 1 ms in bad moments (p99).

Run: ``python tests/benchmarks/overhead.py [pages]``
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from types import SimpleNamespace
from typing import Any

import requests

from bartack.policies import Limits
from bartack.reading.resume import resumed
from bartack.resilience.gate import SourceGate
from bartack.resilience.retry import Patience
from bartack.settings import HttpSettings
from bartack.transports.base import Page, Query, Runtime
from bartack.transports.http import CursorPaging, HttpSession, HttpStream
from bartack.transports.http.documents import read_json

ROWS = 40
WARM_UP = 50
STREAM = HttpStream(
    "people", path="/people", rows="items", key="id", mapping=(), paging=CursorPaging(next="next", param="cursor")
)


def page(number: int) -> bytes:
    """Return an answer with a page of some 9 kB, gzipped."""
    rows = [
        {
            "id": number * ROWS + n,
            "name": f"Zoë Müller {n}",
            "email": f"zoe{n}@example.org",
            "phone": "+49 30 1234567",
            "address": {"street": "Hauptstraße 5", "city": "Köln", "country": "DE"},
            "credit": n * 0.01,
            "changed": "2024-03-10T12:00:00Z",
        }
        for n in range(ROWS)
    ]
    body = gzip.compress(json.dumps({"items": rows, "next": str(number + 1)}).encode())
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
        f"X-RateLimit-Limit: 1000000\r\nX-RateLimit-Remaining: 999999\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def serve(listening: socket.socket, answers: list[bytes]) -> None:
    """Answer requests on as many kept-alive connections as come, each in a thread."""
    while True:
        connection, _ = listening.accept()
        threading.Thread(target=answer, args=(connection, answers), daemon=True).start()


def answer(connection: socket.socket, answers: list[bytes]) -> None:
    """Send the answers one after another, one a request."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    received = b""
    waiting = iter(answers)
    while part := connection.recv(65_536):
        received += part
        while b"\r\n\r\n" in received:
            received = received.partition(b"\r\n\r\n")[2]
            connection.sendall(next(waiting))


def bare(url: str) -> Iterator[Any]:
    """Yield what requests alone gets and decodes."""
    with requests.Session() as session:
        session.trust_env = False
        for number in count():
            answered = session.get(f"{url}/people", params={"cursor": number}, timeout=30)
            answered.raise_for_status()
            yield answered.json()["items"]


def wire(url: str) -> Iterator[Any]:
    """Yield documents as strictly as Bartack reads them."""
    with HttpSession(HttpSettings(base_url=url)) as session:
        for number in count():
            yield read_json(session.request("GET", "/people", params={"cursor": number}))["items"]


def stream(url: str) -> Iterator[Page]:
    """Yield pages of a session that nobody guards."""
    with HttpSession(HttpSettings(base_url=url)) as session:
        yield from STREAM.pages(session, Query())


def guarded(url: str) -> Iterator[Page]:
    """Yield pages as a read of a configured source gets them: gate, retry, resumption."""
    gate = SourceGate("crm", Limits(), clock=lambda: datetime.now(UTC))
    runtime = Runtime(gate=gate, source="crm")
    source: Any = SimpleNamespace(name="crm", runtime=runtime, patience=Patience())
    with HttpSession(HttpSettings(base_url=url), None, runtime) as session:
        yield from resumed(source, STREAM, session, Query())


def main() -> None:
    """Print milliseconds a page for each way, and what they cost over bare requests."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    listening = socket.create_server(("127.0.0.1", 0))
    answers = [page(number) for number in range(WARM_UP + most)]
    server = multiprocessing.Process(target=serve, args=(listening, answers))
    server.start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    ways: tuple[Callable[[str], Iterator[Any]], ...] = (bare, wire, stream, guarded)
    running = {way.__name__: way(url) for way in ways}
    clocks: tuple[Callable[[], float], ...] = (time.perf_counter, time.thread_time)
    times: dict[str, list[tuple[float, ...]]] = {name: [] for name in running}
    try:
        for _ in range(WARM_UP + most):
            for name, pages in running.items():
                began = [clock() for clock in clocks]
                next(pages)
                times[name].append(tuple((clock() - at) * 1000 for clock, at in zip(clocks, began, strict=True)))
    finally:
        server.terminate()
    print(f"{most} pages of {ROWS} rows each way, {len(answers[0])} bytes gzipped; milliseconds a page")
    for number, kind in enumerate(("wall", "cpu")):
        print(f"{kind:10}{'p50':>8}{'p99':>8}{'p50 more':>10}{'p99 more':>10}")
        measured = {name: quantiles([one[number] for one in all_times]) for name, all_times in times.items()}
        for name, (p50, p99) in measured.items():
            print(f"{name:10}{p50:8.3f}{p99:8.3f}{p50 - measured['bare'][0]:10.3f}{p99 - measured['bare'][1]:10.3f}")


def quantiles(times: list[float]) -> tuple[float, float]:
    """Return median and 99th percentile, without the warm-up."""
    measured = times[WARM_UP:]
    return statistics.median(measured), statistics.quantiles(measured, n=100)[98]


if __name__ == "__main__":
    main()
