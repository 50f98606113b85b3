"""A cassette served over real sockets, asked by Python's clients, by curl, and by connectors."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from bartack import registry
from bartack.errors import BartackError, ConfigError, RecordingError
from bartack.reading.fetch import FeedRead, Item, Limit
from bartack.reading.replayed import play, recorded_query, source_of
from bartack.recording import Cassette, Interaction, RecordedRequest, RecordedResponse, recording
from bartack.recording.library import Entry, entries
from bartack.recording.serving import CassetteServer, Manner
from bartack.settings import HttpSettings
from bartack.testing import FAULTS, FakeClock, Fault, FaultServer, Nth
from bartack.testing.messages import Answer
from bartack.transports.base import Runtime
from bartack.transports.http import HttpSession

ROOT = Path(__file__).parents[2]
ESTATE = ROOT / "connectors/bartack_connectors/demo/estate"
ORIGIN = "https://crm.example.org"


def item(method: str, target: str, answer: bytes, *, body: bytes | None = None, status: int = 200) -> Interaction:
    headers = (("Content-Type", "application/json"),)
    request = RecordedRequest(method, target if "://" in target else ORIGIN + target, headers, body)
    return Interaction(request, RecordedResponse(status, "", headers, answer))


def serving(*items: Interaction, manner: Manner | None = None) -> CassetteServer:
    return CassetteServer(Cassette("people.yaml", items), manner)


def told(row: Item) -> str:
    """Return all of a row but the address it was asked for at."""
    return row.model_dump_json(exclude={"provenance": {"request"}})


@pytest.mark.parametrize("entry", list(entries(ROOT / "cassettes")), ids=str)
def test_a_connector_reads_from_the_server_what_it_reads_from_the_recording(entry: Entry) -> None:
    cassette = Cassette.load(entry.path)
    about, plugins = cassette.about, registry.load()
    runtime = Runtime(base_dir=str(ESTATE), clock=FakeClock().now)
    with CassetteServer(cassette) as server:
        ((origin, address),) = server.addresses.items()
        name, place = next((k, v) for k, v in about.settings.items() if str(v).startswith(origin))
        settings = {name: place.replace(origin, address)}
        served = source_of(about, plugins, runtime, settings=settings).feeds(stream=entry.stream)
        recorded = source_of(about, plugins, runtime).feeds(stream=entry.stream)
        for feed, other in zip(served, recorded, strict=True):
            read = FeedRead(feed, Limit(None), stops_floods=False)
            with feed.source.open() as session:
                live = [told(one) for one in read.run(session, recorded_query(about))]
            replayed = play(other, Cassette.load(entry.path))
            assert replayed.error is None
            assert live == [told(one) for one in replayed.items]
            assert live
        assert server.counts["unknown"] == 0


@pytest.mark.parametrize(
    ("seed", "completeness"), [(0, "complete"), (2, "complete"), (6, "complete"), (3, "partial"), (7, "partial")]
)
def test_a_connector_that_tries_again_gets_all_rows_or_says_that_it_did_not(seed: int, completeness: str) -> None:
    """Behind a failure a read goes on as the second recording tells."""
    clock = FakeClock()
    runtime = Runtime(clock=clock.now, monotonic=clock.monotonic, sleep=clock.sleep)
    cassette, resumed = (Cassette.load(ROOT / f"cassettes/tryton/parties/{name}.yaml") for name in ("all", "resumed"))
    with CassetteServer([cassette, resumed], Manner(failing={"429": 0.2, "reset": 0.1}, seed=seed)) as server:
        settings = {"base_url": server.addresses[ORIGIN]}
        feed, *_ = source_of(cassette.about, registry.load(), runtime, settings=settings).feeds(stream="parties")
        read = FeedRead(feed, Limit(None), stops_floods=False)
        with feed.source.open() as session:
            rows = list(read.run(session, recorded_query(cassette.about)))
        assert server.counts["429"] > 0
        assert server.counts["reset"] > 0
        assert server.counts["unknown"] == 0
    assert read.completeness == completeness
    recorded, *_ = source_of(cassette.about, registry.load(), Runtime()).feeds(stream="parties")
    whole = [one.ref for one in play(recorded, cassette).items]
    assert [one.ref for one in rows] == whole[: len(rows)]
    assert (completeness == "complete") is (len(rows) == len(whole))


GET = item("GET", "/people?limit=2&after=%C3%BC", b'{"next": "https://crm.example.org/people"}')
POST = item("POST", "/search", b'{"found": 1}', body=b'{"name": "Zo\xc3\xab", "password": "scrubbed"}')


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_is_answered() -> None:
    with serving(GET, POST) as server:
        url = server.addresses[ORIGIN]

        def curl(*arguments: str) -> str:
            return subprocess.run(
                ["curl", "-sS", "-m", "20", *arguments], capture_output=True, text=True, check=True
            ).stdout

        assert json.loads(curl(f"{url}/people?after=ü&limit=2".replace("ü", "%c3%bc")))["next"] == f"{url}/people"
        body = '{"password": "another", "name": "Zoë"}'
        for how in ((), ("-H", "Transfer-Encoding: chunked"), ("-H", "Expect: 100-continue"), ("--http1.0",)):
            assert json.loads(curl("--json", body, *how, f"{url}/search")) == {"found": 1}, how
        assert curl("-I", f"{url}/people").startswith("HTTP/1.1 501")
        assert server.counts == {"answered": 5, "unknown": 1}


def test_several_clients_of_python_are_answered_alike() -> None:
    with serving(GET) as server:
        target = "/people?limit=2&after=%C3%BC"
        url = server.addresses[ORIGIN] + target
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
        connection.request("GET", url)  # the absolute form
        bodies = [
            requests.get(url, timeout=20).content,
            urllib.request.urlopen(url, timeout=20).read(),
            connection.getresponse().read(),
        ]
        connection.close()
    assert len(set(bodies)) == 1


def test_a_head_is_answered_without_a_body_and_the_connection_goes_on() -> None:
    with serving(GET) as server:
        place = urlsplit(server.addresses[ORIGIN])
        with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=20) as client:
            client.sendall(b"HEAD /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
            client.sendall(b"GET /people?limit=2&after=%C3%BC HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            came = b"".join(iter(lambda: client.recv(65_536), b""))
    head, further = came.split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 501")
    assert further.startswith(b"HTTP/1.1 200")


def test_each_recorded_host_has_a_port_and_leads_to_the_others() -> None:
    there = "http://files.example.org:8080"
    with serving(item("GET", "/a", f'"{there}/b"'.encode()), item("GET", f"{there}/b", b'"there"')) as server:
        assert list(server.addresses) == [ORIGIN, there]
        link = requests.get(f"{server.addresses[ORIGIN]}/a", timeout=20).json()
        assert link.startswith(server.addresses[there])
        assert requests.get(link, timeout=20).json() == "there"
        assert requests.get(f"{server.addresses[ORIGIN]}/b", timeout=20).status_code == 501


def test_threads_each_get_an_answer() -> None:
    items = [item("GET", f"/people/{n}", str(n).encode()) for n in range(100)]
    with serving(*items) as server, ThreadPoolExecutor(8) as pool, requests.Session() as client:
        url = server.addresses[ORIGIN]
        got = list(pool.map(lambda n: client.get(f"{url}/people/{n % 100}", timeout=20).json(), range(400)))
    assert got == [n % 100 for n in range(400)]
    assert server.counts == {"answered": 400}


def test_fifty_clients_at_once_lose_no_request_and_get_no_answer_of_another() -> None:
    items = [replace(item("GET", f"/people/{n}", str(n).encode()), response_encoding="gzip") for n in range(100)]

    def ask(client: int) -> list[int]:
        with requests.Session() as session:
            return [session.get(f"{url}/people/{(2 * client + n) % 100}", timeout=60).json() for n in range(20)]

    with CassetteServer(Cassette("people.yaml", items), requests=1000) as server, ThreadPoolExecutor(50) as pool:
        url = server.addresses[ORIGIN]
        got = list(pool.map(ask, range(50)))
        assert server.enough.wait(20)
        assert server.counts == {"answered": 1000}
        assert server.unplayed == ()
        assert server.within(0.99) is not None
    assert got == [[(2 * client + n) % 100 for n in range(20)] for client in range(50)]


def test_above_the_number_of_requests_that_are_taken_none_is_answered() -> None:
    with CassetteServer(Cassette("people.yaml", [GET]), Manner(failing={"reset": 0.5}), requests=4) as server:
        url = server.addresses[ORIGIN] + "/people?limit=2&after=%C3%BC"
        for n in range(6):
            assert server.enough.wait(20) if n >= 4 else not server.enough.is_set()
            with suppress(requests.ConnectionError):
                requests.get(url, timeout=20)
                assert n < 4
        assert server.counts.total() == 4


def test_the_shares_that_were_chosen_fail_as_they_were_to() -> None:
    manner = Manner(failing={"429": 0.3, "reset": 0.2, "timeout": 0.1}, seed=4)
    seen = {"answered": 0, "429": 0, "reset": 0, "timeout": 0}
    with serving(item("GET", "/a", b"1"), manner=manner) as server:
        for _ in range(12):
            try:
                status = requests.get(f"{server.addresses[ORIGIN]}/a", timeout=3).status_code
                seen["answered" if status == 200 else str(status)] += 1
            except requests.ConnectionError:
                seen["reset"] += 1
            except requests.Timeout:
                seen["timeout"] += 1
        assert seen == server.counts
    assert min(seen.values()) > 0


def test_leaving_ends_connections_that_hang_and_frees_the_port() -> None:
    before = threading.active_count()
    with serving(item("GET", "/a", b"1"), manner=Manner(failing={"timeout": 1.0})) as server:
        place = urlsplit(server.addresses[ORIGIN])
        waiting = socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=20)
        waiting.sendall(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        while not server.counts["timeout"]:
            time.sleep(0.01)
    assert waiting.recv(1) == b""
    waiting.close()
    assert threading.active_count() == before
    with CassetteServer(Cassette("a.yaml", [item("GET", "/a", b"1")]), port=int(place.port or 0)):
        pass


def test_a_taken_port_is_told() -> None:
    with serving(GET) as server, pytest.raises(ConfigError, match="cannot be had"):
        CassetteServer(Cassette("people.yaml", [GET]), port=int(urlsplit(server.addresses[ORIGIN]).port or 0))


def test_what_holds_nothing_of_http_cannot_be_served() -> None:
    with pytest.raises(RecordingError, match="cannot be served"):
        CassetteServer(Cassette("empty.yaml"))


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: -1", b"Content-Length: many", b"Transfer-Encoding: chunked"],
    ids=lambda head: head.decode(),
)
def test_a_request_whose_end_cannot_be_found_is_refused(head: bytes) -> None:
    with serving(GET) as server:
        place = urlsplit(server.addresses[ORIGIN])
        with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=20) as client:
            client.sendall(b"POST /search HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\nzz\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 400")
        assert not server.counts


@pytest.mark.parametrize(
    "target",
    ["*", "http://[", "//[::", "/%", "/%zz?%", "/\xff", "/p?a=b=c&&", "http:", "/" + "a" * 70_000],
    ids=lambda one: one[:8],
)
def test_whatever_is_asked_is_answered(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(GET) as server:
        place = urlsplit(server.addresses[ORIGIN])
        with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=20) as client:
            client.sendall(f"OPTIONS {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode("latin-1"))
            assert client.recv(12) in (b"HTTP/1.1 400", b"HTTP/1.1 414", b"HTTP/1.1 501")
    assert capsys.readouterr().err == ""


GOOD = Answer(b'{"items": [{"id": 1, "name": "Zoe"}], "more": "' + b"x" * 200 + b'"}', "application/json")
NOT_KEPT = {
    *("br_cut", "zstd_cut"),  # what cannot be opened cannot be searched for secrets
    *("endless_body", "endless_length", "endless_chunks", "gzip_bomb"),  # a recorder reads all of it first
    *("encoding_list", "gzip_twice_behind"),  # well-formed, stored open; only our own wire refuses it
}
ON_THE_WIRE = [
    fault for fault in FAULTS if fault.family == "T" and fault.fits(GOOD, None) and fault.name not in NOT_KEPT
]


def outcome(url: str, runtime: Runtime, **hurry: float) -> object:
    with HttpSession(HttpSettings(base_url=url, max_body=1_000_000, **hurry), runtime=runtime) as session:
        try:
            return session.request("GET", "/a").content
        except BartackError as error:
            return type(error), error.retryable


@pytest.mark.parametrize("fault", ON_THE_WIRE, ids=lambda fault: fault.name)
def test_what_failed_when_it_was_recorded_fails_when_it_is_served(tmp_path: Path, fault: Fault) -> None:
    waits = fault.code in {"T10", "T11", "T12"} or fault.name.endswith("hangs")
    hurry = {"timeout": 0.2, "deadline": 0.5} if waits else {"timeout": 15.0}
    recorder = recording(tmp_path / "faults.yaml")
    with FaultServer(lambda _: GOOD, Nth(fault, 1)) as source:
        live = outcome(source.url, Runtime(adapter=recorder), **hurry)
    recorder.cassette.save()
    with CassetteServer(Cassette.load(tmp_path / "faults.yaml")) as server:
        assert outcome(server.addresses[source.url], Runtime(), **hurry) == live
        assert server.counts == {"answered": 1}
