"""What a served cassette can bear: requests a second and the time of one, for one client, for eight and for fifty.

The server is a process of its own, started as people start it; the clients keep their connections alive. With failures and a
rate, the shares that were met are printed beside those that were asked for.

Run: ``python tests/benchmarks/serving.py [interactions] [requests]``
"""

from __future__ import annotations

import http.client
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse

ORIGIN = "https://crm.example.org"
PAGE = json.dumps({"items": [{"id": n, "name": f"Zoë {n}"} for n in range(50)], "next": f"{ORIGIN}/people"}).encode()
WAYS: Sequence[tuple[str, ...]] = (
    (),
    ("--fail", "429=5%", "--fail", "reset=1%"),
    ("--rate", "100"),
)


@contextmanager
def served(path: Path, way: Sequence[str], summary: dict[str, Any]) -> Iterator[str]:
    """Serve a cassette while the block runs; yield its address, and fill ``summary`` with what was counted."""
    command = [sys.executable, "-m", "bartack", "cassette", "replay", str(path), "--serve", "--json", *way]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["serving"]["address"]
        process.send_signal(signal.SIGTERM)
        summary.update(json.loads(process.communicate()[0])["served"])


def ask(address: str, targets: Sequence[str]) -> tuple[Counter[str], list[float]]:
    """Ask for one target after the other; return how they ended, and how long those took that were answered."""
    ends: Counter[str] = Counter()
    times: list[float] = []
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    for target in targets:
        begun = time.perf_counter()
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            answer.read()
        except ConnectionError:
            ends["reset"] += 1
            connection.close()
            continue
        ends[str(answer.status)] += 1
        times.append(time.perf_counter() - begun)
    connection.close()
    return ends, times


def measure(path: Path, interactions: int, requests: int, way: Sequence[str], clients: int) -> str:
    """Return a line of figures."""
    targets = [f"/people/{number % interactions}" for number in range(requests)]
    summary: dict[str, Any] = {}
    with served(path, way, summary) as address, ThreadPoolExecutor(clients) as pool:
        begun = time.perf_counter()
        results = list(pool.map(lambda part: ask(address, targets[part::clients]), range(clients)))
        seconds = time.perf_counter() - begun
    ends = sum((one for one, _ in results), Counter[str]())
    cuts = statistics.quantiles((one for _, times in results for one in times), n=100)
    shares = ", ".join(f"{name} {100 * number / requests:.2f} %" for name, number in sorted(ends.items()))
    figures = f"{requests / seconds:6.0f} requests/s, p50 {cuts[49] * 1e3:.2f} ms, p99 {cuts[98] * 1e3:.2f} ms"
    assert sum(summary["counts"].values()) == requests
    return f"{' '.join(way) or 'as it is':34} {clients:2} client{'s' * (clients > 1):1}  {figures}; {shares}"


def main(interactions: int = 10_000, requests: int = 10_000) -> None:
    """Print a line for each way and number of clients."""
    items = [
        Interaction(
            RecordedRequest("GET", f"{ORIGIN}/people/{number}"),
            RecordedResponse(200, "OK", (("Content-Type", "application/json"),), PAGE),
        )
        for number in range(interactions)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "people.json")
        Cassette(path, items).save()
        for way in WAYS:
            for clients in (1, 8, 50):
                print(measure(path, interactions, requests, way, clients), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
