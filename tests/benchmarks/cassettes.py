"""What recordings cost and keep: Bartack's cassettes beside vcrpy's and cassetter's, in one run.

All three load and replay the same files, which Bartack writes, and record the same source on the loopback address. Times are CPU
milliseconds of one process, client library included; a dash is what a tool cannot do, or refuses. cassetter is no dependency:
it is installed into a virtual environment that is thrown away.

Run: ``python tests/benchmarks/cassettes.py [interactions]``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

THREADS, ASKED = 8, 800
SIZES = (1, 100, 1_000)
ROW = json.dumps({"id": 1, "name": "Zoe Miller", "email": "zoe@example.org", "note": "x" * 150})

Client = Callable[[], requests.Session]


class Tool:
    """One of the three, by the same few verbs."""

    def __init__(self, name: str) -> None:
        self.name = name

    @contextmanager
    def replaying(self, path: Path) -> Iterator[Client]:
        if self.name == "bartack":
            from bartack.recording import replaying

            adapter = replaying(path)
            yield lambda: mounted(adapter)
        else:
            with self._patched(path, "none"):
                yield plain

    @contextmanager
    def recording(self, path: Path) -> Iterator[Client]:
        if self.name == "bartack":
            from bartack.recording import recording

            with recording(path) as adapter:
                yield lambda: mounted(adapter)
        else:
            with self._patched(path, "all"):
                yield plain

    def load(self, path: Path) -> None:
        if self.name == "bartack":
            from bartack.recording import Cassette

            Cassette.load(path)
        else:
            with self._patched(path, "none"):
                pass

    def _patched(self, path: Path, mode: str) -> AbstractContextManager[Any]:
        if self.name == "vcrpy":
            import vcr

            how = {"serializer": "json"} if path.suffix == ".json" else {}
            patched: AbstractContextManager[Any] = vcr.VCR(record_mode=mode, **how).use_cassette(str(path))
            return patched
        if path.suffix == ".json":
            raise ValueError("it has no JSON")
        import cassetter  # type: ignore[import-not-found]  # only in its own environment

        used: AbstractContextManager[Any] = cassetter.use_cassette(str(path), record_mode=mode)
        return used


def plain() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    return session


def mounted(adapter: Any) -> requests.Session:
    session = plain()
    session.mount("http://", adapter)
    return session


def measured(tool: Tool, folder: Path, url: str, asked: list[str], most: int) -> dict[str, float | str]:
    """Return what one tool needs and keeps."""
    found: dict[str, float | str] = {}

    def note(name: str, measure: Callable[[], float]) -> None:
        try:
            found[name] = round(measure(), 3)
        except Exception as error:
            found[name] = f"- ({type(error).__name__})"

    def loading(suffix: str) -> float:
        return spent(lambda: tool.load(folder / f"{most}.{suffix}"))

    def playing(size: int) -> float:
        begun = time.process_time()
        with tool.replaying(folder / f"{size}.yaml") as client:
            opened = time.process_time()
            session = client()
            numbers = [*range(min(size, 50)), *range(max(size - 50, 50), size)] if size > 100 else range(size)
            if size == most and tool.name == "vcrpy":
                numbers = [*range(5), *range(size - 5, size)]  # half a second each
            half = len(numbers) // 2 or 1
            first = spent(lambda: [session.get(f"{url}/p?page={n}").content for n in numbers[:half]]) / half
            last = spent(lambda: [session.get(f"{url}/p?page={n}").content for n in numbers[half:]]) / max(
                1, len(numbers) - half
            )
        found[f"open N={size}"] = round((opened - begun) * 1000, 1)
        found[f"replay N={size}, first"] = round(first, 3)
        return last

    def recording() -> float:
        path = folder / f"{tool.name}.yaml"
        with tool.recording(path) as client, ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda n: client().get(f"{url}/live?page={n}").content, range(ASKED)))
        return ASKED - path.read_text(encoding="utf-8").count("/live?page=")

    def leaking() -> float:
        asked.clear()
        with tool.replaying(folder / f"{ASKED}.yaml") as client, ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda n: tried(client, f"{url}/p?page={n}"), range(ASKED)))
        return len(asked)

    note(f"load {most} YAML", lambda: loading("yaml"))
    note(f"load {most} JSON", lambda: loading("json"))
    for size in (*SIZES, most):
        note(f"replay N={size}, last", lambda size=size: playing(size))  # type: ignore[misc]  # bound now
    note(f"lost of {ASKED} recorded in {THREADS} threads", recording)
    note(f"live of {ASKED} replayed in {THREADS} threads", leaking)
    return found


def tried(client: Client, url: str) -> None:
    with suppress(Exception):  # a request that fails did not go out
        client().get(url)


def spent(what: Callable[[], object]) -> float:
    begun = time.process_time()
    what()
    return (time.process_time() - begun) * 1000


@contextmanager
def source(asked: list[str], port: int) -> Iterator[str]:
    """Serve one row to everybody, and keep what was asked."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(ROW)))
            self.end_headers()
            self.wfile.write(ROW.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def write_cassettes(folder: Path, url: str, most: int) -> None:
    from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse

    headers = (
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(ROW))),
        ("Date", "Wed, 25 Nov 2026 11:00:00 GMT"),
    )
    for size in {*SIZES, ASKED, most}:
        items = [
            Interaction(
                RecordedRequest("GET", f"{url}/p?page={n}", (("Accept", "*/*"),)),
                RecordedResponse(200, "OK", headers, ROW.encode()),
            )
            for n in range(size)
        ]
        Cassette(folder / f"{size}.yaml", items).save()
    Cassette(
        folder / f"{most}.json", items if size == most else Cassette.load(folder / f"{most}.yaml").interactions
    ).save()


def cassetter_python(folder: Path) -> str | None:
    """Return a Python that has cassetter, made for this run; ``None`` where there is no package index."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    done = subprocess.run(
        [python, "-m", "pip", "install", "-q", "cassetter", "requests"], capture_output=True, check=False
    )
    return python if done.returncode == 0 else None


def child(name: str, folder: Path, most: int, port: int) -> None:
    asked: list[str] = []
    with source(asked, port) as url:
        print(json.dumps(measured(Tool(name), folder, url, asked, most)))


def main(most: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with source([], 0) as url:
            port = int(url.rpartition(":")[2])
        write_cassettes(folder, url, most)
        pythons = {"bartack": sys.executable, "vcrpy": sys.executable, "cassetter": cassetter_python(folder / "venv")}
        columns: dict[str, dict[str, float | str]] = {}
        for name, python in pythons.items():
            if python is None:
                columns[name] = {}
                continue
            command = [python, __file__, "--child", name, place, str(most), str(port)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            columns[name] = json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr[-200:]}
        rows = list(dict.fromkeys(key for column in columns.values() for key in column))
        print(f"{'CPU ms, or interactions':42}" + "".join(f"{name:>28}" for name in columns))
        for row in rows:
            print(f"{row:42}" + "".join(f"{column.get(row, '-')!s:>28}" for column in columns.values()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
