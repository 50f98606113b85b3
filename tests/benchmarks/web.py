"""50 clients at once ask a real ``bartack serve`` over a synced store: how fast, in how much memory, and beyond the limit?

Each client has a token of its own and asks again as soon as it is answered. Beside it, in the same run, the same clients ask a
bare Starlette application for a body of the same size that is there already: what HTTP in Python costs at all.

Run: ``python tests/benchmarks/web.py [records] [seconds]``; 10,000 records and 10 seconds where they are left out.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

CLIENTS = 50
TOO_MANY = 200

CONFIGURATION = """\
[sources.crm]
connector = "sql"
url = "sqlite:///crm.sqlite"
[sources.crm.streams.people]
table = "people"
key = "id"
mapping = "people.yaml"
"""
TOKEN = '[serve.tokens.client-{number}]\ntoken = {{ file = "tokens/{number}" }}\n'
MAPPING = """\
contract: person/1
fields:
  name.full: {path: name, use: person_name, required: true}
  kind: {const: contact}
  emails: {each: [{path: email, label: work}], use: email}
  phones: {each: [{path: phone, label: work}], use: phone}
  birth_date: {path: born, use: {date: {format: iso}}}
"""
FIRST = "Anna Bert Carla Dieter Emil Frida Gül Hans Ines Jörg".split()
LAST = "Adler Bauer Conrad Demir Engel Fuchs Graf Huber Iwanow Jung".split()

PEER = """\
import socket, sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
BODY = b"x" * int(sys.argv[1])
async def answer(request):
    await request.body()
    return Response(BODY, media_type="application/json")
sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
sock.bind(("127.0.0.1", 0))
sock.listen(128)
print(f"http://127.0.0.1:{sock.getsockname()[1]}", flush=True)
app = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run([sock])
"""


@dataclass
class Asked:
    """What came back: seconds by kind of question and status; bytes of the last good body of each kind."""

    seconds: dict[tuple[str, int], list[float]] = field(default_factory=lambda: defaultdict(list))
    sizes: dict[str, int] = field(default_factory=dict)
    broken: int = 0
    took: float = 0.0

    @property
    def statuses(self) -> dict[int, int]:
        found: Counter[int] = Counter()
        for (_, status), seconds in self.seconds.items():
            found[status] += len(seconds)
        return dict(sorted(found.items()))


Question = tuple[str, str, str, bytes]
"""Kind, method, path, body."""


def questions(records: int) -> Callable[[random.Random], Question]:
    def choose(chance: random.Random) -> Question:
        kind = chance.choice(("query", "search", "get", "sources"))
        number = chance.randrange(1, records + 1)
        if kind == "query":
            where = {"birth_date": {"gte": f"{1940 + number % 60}-01-01"}}
            body = {"contract": "person", "where": where, "limit": 20}
            return kind, "POST", "/api/v1/query", json.dumps(body).encode()
        if kind == "search":
            text = f"{FIRST[number % 10]} {LAST[number // 10 % 10]}"
            body = {"contract": "person", "text": text, "limit": 20}
            return kind, "POST", "/api/v1/search", json.dumps(body).encode()
        if kind == "get":
            return kind, "GET", f"/api/v1/get?citation=bartack://crm/people/{number}", b""
        return kind, "GET", "/api/v1/sources", b""

    return choose


async def client(
    url: str, token: str, choose: Callable[[random.Random], Question], ends: float, seed: int, asked: Asked
) -> None:
    """Ask again and again over one connection; a new one where the server closes it."""
    chance = random.Random(seed)
    host, _, port = url.removeprefix("http://").partition(":")
    reader = writer = None
    while time.perf_counter() < ends:
        kind, method, path, body = choose(chance)
        began = time.perf_counter()
        try:
            if writer is None:
                reader, writer = await asyncio.open_connection(host, int(port))
            assert reader is not None
            head = f"{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
            writer.write(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            asked.broken += 1
            writer = None
            continue
        status = int(answer[9:12])
        asked.seconds[kind, status].append(time.perf_counter() - began)
        if status == 200:
            asked.sizes[kind] = length
        else:
            await asyncio.sleep(0.2)  # who is asked to come again does so, a little too soon
    if writer is not None:
        writer.close()


async def crowd(url: str, tokens: list[str], choose: Callable[[random.Random], Question], seconds: float) -> Asked:
    asked = Asked()
    began = time.perf_counter()
    ends = began + seconds
    await asyncio.gather(*(client(url, token, choose, ends, at, asked) for at, token in enumerate(tokens)))
    asked.took = time.perf_counter() - began
    return asked


@contextmanager
def running(command: list[str]) -> Iterator[tuple[str, int]]:
    """Run a server; yield the address that it prints, and its process."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.terminate()
            process.wait(30)


def memory(process: int) -> tuple[float, float]:
    """Return the megabytes that a process has in memory now, and had at most."""
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines() if ":" in line)
    return int(lines["VmRSS"].split()[0]) / 1024, int(lines["VmHWM"].split()[0]) / 1024


def estate(folder: Path, records: int) -> list[str]:
    """Lay out a database with so many people, and a token for each client; return the tokens."""
    with sqlite3.connect(folder / "crm.sqlite") as database:
        database.execute("create table people (id integer primary key, name text, email text, phone text, born text)")
        rows = (
            (
                number,
                f"{FIRST[number % 10]} {LAST[number // 10 % 10]}",
                f"p{number}@example.org",
                f"+49 221 {1_000_000 + number}",
                f"{1940 + number % 60}-{1 + number % 12:02}-{1 + number % 28:02}",
            )
            for number in range(1, records + 1)
        )
        database.executemany("insert into people values (?, ?, ?, ?, ?)", rows)
    (folder / "people.yaml").write_text(MAPPING)
    (folder / "tokens").mkdir()
    tokens = [f"token-of-the-client-{number:03}" for number in range(TOO_MANY)]
    for number, token in enumerate(tokens):
        (folder / "tokens" / str(number)).write_text(token)
    (folder / "bartack.toml").write_text(
        CONFIGURATION + "".join(TOKEN.format(number=number) for number in range(TOO_MANY))
    )
    return tokens


def told(title: str, asked: Asked) -> None:
    good = sum(len(seconds) for (_, status), seconds in asked.seconds.items() if status == 200)
    sys.stdout.write(f"{title}: {good / asked.took:.0f} answers a second; statuses {asked.statuses}")
    sys.stdout.write(f"; {asked.broken} connections broken\n" if asked.broken else "\n")
    for (kind, status), seconds in sorted(asked.seconds.items()):
        cuts = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else [seconds[0]] * 99
        size = f", {asked.sizes[kind]} bytes" if status == 200 else ""
        sys.stdout.write(
            f"  {kind} {status}: {len(seconds)} x, p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms{size}\n"
        )


def main(records: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tokens = estate(folder, records)
        bartack = [sys.executable, "-m", "bartack"]
        subprocess.run([*bartack, "sync", "--config", name], check=True, stdout=subprocess.DEVNULL)
        choose = questions(records)
        with running([*bartack, "serve", "web", "--port", "0", "--config", name]) as (url, process):
            asyncio.run(crowd(url, tokens[:1], choose, 1))
            before, _ = memory(process)
            alone = asyncio.run(crowd(url, tokens[-1:], choose, 1.2))  # longer, and one token would ask too fast
            told("bartack serve, 1 client", alone)
            asked = asyncio.run(crowd(url, tokens[:CLIENTS], choose, seconds))
            told(f"bartack serve, {CLIENTS} clients", asked)
            after, _ = memory(process)
            many = asyncio.run(crowd(url, tokens, choose, seconds))
            told(f"bartack serve, {TOO_MANY} clients (64 are answered at once)", many)
            last, most = memory(process)
        sys.stdout.write(
            f"memory: {before:.0f} MB before, {after:.0f} MB after {CLIENTS} clients, {last:.0f} MB after {TOO_MANY}; "
            f"{most:.0f} MB at most\n"
        )
        size = round(statistics.mean(asked.sizes.values()))
        with running([sys.executable, "-c", PEER, str(size)]) as (url, _):
            peer = asyncio.run(crowd(url, tokens[:CLIENTS], choose, seconds))
            told(f"bare Starlette, {size} bytes that are there already, {CLIENTS} clients", peer)


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 10_000,
        float(sys.argv[2]) if len(sys.argv) > 2 else 10.0,
    )
