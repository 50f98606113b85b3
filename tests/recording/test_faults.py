"""What fails on the wire is recorded, and fails in a replay the same way: at once, offline, with the same error."""

from __future__ import annotations

import gzip
import random
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import vcr
from requests.adapters import BaseAdapter

from bartack import Hub, config
from bartack.errors import BartackError, ConfigError, RecordingError
from bartack.recording import (
    Cassette,
    Failure,
    Headers,
    Interaction,
    RecordedRequest,
    RecordedResponse,
    Scrubber,
    recording,
    replaying,
)
from bartack.recording.adapters import RecordingAdapter
from bartack.recording.faults import before_answer, failure_of
from bartack.recording.fuse import network_fuse
from bartack.recording.messages import NO_ANSWER
from bartack.settings import HttpSettings
from bartack.testing import FAULTS, Answer, Fault, FaultServer, Nth
from bartack.testing.catalogue import fault
from bartack.testing.certificates import Authority
from bartack.transports.base import Runtime
from bartack.transports.http import HttpSession
from support.raw_server import Raw, raw_server, says

GOOD = Answer(b'{"items": [{"id": 1, "name": "Zoe"}], "more": "' + b"x" * 200 + b'"}', "application/json")
NOT_KEPT = {
    **dict.fromkeys(
        ("br_cut", "zstd_cut"), "what cannot be opened cannot be searched for secrets, so it is not recorded"
    ),
    **dict.fromkeys(
        ("endless_body", "endless_length", "endless_chunks", "gzip_bomb"), "a recorder reads all of it first"
    ),
    **dict.fromkeys(("encoding_list", "gzip_twice_behind"), "well-formed, stored open; only our own wire refuses it"),
}
CODES = {f"T{number}" for number in (*range(1, 30), 39, 40)}
ON_THE_WIRE = [one for one in FAULTS if one.fits(GOOD, None) and one.code in CODES and one.name not in NOT_KEPT]

SessionOn = Callable[[BaseAdapter], requests.Session]


def told(error: BartackError) -> tuple[object, ...]:
    return type(error), error.message, error.next_step, error.retryable


def outcome(url: str, adapter: object, **settings: Any) -> tuple[tuple[object, ...], ...]:
    """Ask twice through a session of ours, for some faults only strike the second time; return what a caller sees."""
    seen: list[tuple[object, ...]] = []
    options = HttpSettings(base_url=url, max_body=1_000_000, **settings)
    with HttpSession(options, runtime=Runtime(adapter=adapter)) as session:
        for way in ("/a", "/b"):
            try:
                body = session.request("GET", way)
                seen.append((body.status, body.content))
            except BartackError as error:
                seen.append(told(error))
    return tuple(seen)


def waits(fault: Fault) -> bool:
    return fault.code in {"T10", "T11", "T12"} or fault.name.endswith("hangs")


@pytest.mark.parametrize("fault", ON_THE_WIRE, ids=lambda fault: fault.name)
def test_whatever_fails_on_the_wire_fails_in_a_replay_with_the_same_error(tmp_path: Path, fault: Fault) -> None:
    hurry = {"timeout": 0.2, "deadline": 0.5} if waits(fault) else {"timeout": 15.0}
    recorder = recording(tmp_path / "faults.yaml")
    with FaultServer(lambda _: GOOD, Nth(fault, 1)) as server:
        live = outcome(server.url, recorder, **hurry)
    recorder.cassette.save()
    with network_fuse():
        again = outcome(server.url, replaying(tmp_path / "faults.yaml"), **hurry)
    if waits(fault):  # the message says which time was up, the deadline's or the time-out's
        assert [one[0] for one in again] == [one[0] for one in live]
    else:
        assert again == live


def raised_by(client: requests.Session, url: str, **how: Any) -> tuple[type[BaseException], str]:
    """Ask with plain ``requests``; return the class of the error, and what is kept of it."""
    with pytest.raises(requests.RequestException) as caught:
        client.get(url, **how)
    failure = failure_of(caught.value)
    assert failure is not None
    return type(caught.value), failure.kind


def reset(raw: Raw, held: socket.socket) -> None:
    raw.request(held)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def silent(raw: Raw, held: socket.socket) -> None:
    raw.request(held)
    raw.ending.wait(5)


def not_in_tls(raw: Raw, held: socket.socket) -> None:
    held.recv(65_536)
    held.sendall(b"What do you want?")


def closed_in_tls(raw: Raw, held: socket.socket) -> None:
    held.recv(65_536)


def no_such_name(*_: Any, **__: Any) -> Any:
    raise socket.gaierror(-2, "Name or service not known")


@pytest.mark.parametrize(
    ("script", "url", "kind"),
    [
        (silent, "http://127.0.0.1:{port}/", "timeout"),
        (reset, "http://127.0.0.1:{port}/", "reset"),
        (lambda raw, held: None, "http://127.0.0.1:{port}/", "reset|closed"),
        (says(b""), "http://127.0.0.1:{port}/", "closed"),
        (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "http://127.0.0.1:{port}/", "malformed"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"), "http://127.0.0.1:{port}/", "cut"),
        (says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf"), "http://127.0.0.1:{port}/", "cut"),
        (not_in_tls, "https://127.0.0.1:{port}/", "tls"),
        (closed_in_tls, "https://127.0.0.1:{port}/", "tls-closed|reset"),
        (None, "http://127.0.0.1:{port}/", "refused"),
        (None, "http://no-such-host.example/", "dns"),
    ],
)
def test_plain_requests_gets_the_exception_it_got_then(
    tmp_path: Path, session_on: SessionOn, monkeypatch: pytest.MonkeyPatch, script: Any, url: str, kind: str
) -> None:
    recorder = recording(tmp_path / "a.yaml")
    with raw_server(script or says(b"")) as server:
        port = server.port
        if script is not None:
            live = raised_by(session_on(recorder), url.format(port=port), timeout=0.2)
    if script is None:
        if kind == "dns":
            monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
        live = raised_by(session_on(recorder), url.format(port=port), timeout=0.2)
    assert live[1] in kind.split("|")
    recorder.cassette.save()
    with network_fuse():
        assert raised_by(session_on(replaying(tmp_path / "a.yaml")), url.format(port=port), timeout=60) == live


def test_a_certificate_nobody_vouches_for_is_refused_in_a_replay_too(tmp_path: Path) -> None:
    recorder = recording(tmp_path / "a.yaml")
    with FaultServer(lambda _: GOOD, tls=Authority().context()) as server:
        live = outcome(server.url, recorder)
    assert live[0][0] is ConfigError
    recorder.cassette.save()
    assert outcome(server.url, replaying(tmp_path / "a.yaml")) == live
    (one, _) = recorder.cassette.interactions
    assert one.failure is not None
    assert one.failure.kind == "certificate"
    assert "no trusted TLS connection: self-signed" in str(live[0][1]) or one.failure.message in str(live[0][1])


def test_a_proxy_that_wants_a_password_wants_it_in_a_replay_too(tmp_path: Path) -> None:
    with raw_server(says(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")) as proxy:
        recorder = recording(tmp_path / "a.yaml")
        live = outcome("https://crm.example", recorder, proxy=proxy.url)
        recorder.cassette.save()
        assert outcome("https://crm.example", replaying(tmp_path / "a.yaml"), proxy=proxy.url) == live
    assert "the proxy wants a user and password" in live[0]


def test_how_long_an_answer_took_is_recorded(
    tmp_path: Path, session_on: SessionOn, answering: Callable[[bytes, Headers], BaseAdapter]
) -> None:
    times = iter([10.0, 10.2503, 11.0, 11.5])
    cassette = Cassette(tmp_path / "a.json")
    adapter = RecordingAdapter(answering(b"{}", ()), cassette, Scrubber(), lambda: next(times))
    session_on(adapter).get("https://crm.example/")
    session_on(adapter).get("https://crm.example/")
    cassette.save()
    assert [one.seconds for one in Cassette.load(tmp_path / "a.json").interactions] == [0.25, 0.5]


def test_of_a_packed_answer_that_is_cut_off_the_beginning_is_kept_without_its_secrets(
    tmp_path: Path, session_on: SessionOn, answering: Callable[[bytes, Headers], BaseAdapter]
) -> None:
    packed = gzip.compress(
        b'{"password": "c4n4ryPassw0rd", "name": "' + random.Random(1).randbytes(900).hex().encode() + b'"}'
    )
    recorder = recording(tmp_path / "a.yaml", inner=answering(packed[:-300], (("Content-Encoding", "gzip"),)))
    session_on(recorder).get("https://crm.example/", stream=True)
    recorder.cassette.save()
    file = (tmp_path / "a.yaml").read_text(encoding="utf-8")
    assert '{"password": "scrubbed", "name": "' in file
    assert "c4n4ry" not in file
    assert "failure:\n    kind: packing-cut" in file


def test_vcrpy_loads_a_recorded_failure_and_takes_it_for_no_good_answer(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    lost = Interaction(RecordedRequest("GET", "http://crm.example/a"), NO_ANSWER, failure=Failure("timeout"))
    half = RecordedResponse(200, "OK", (("Content-Type", "text/plain"),), b"half")
    cut = Interaction(RecordedRequest("GET", "http://crm.example/b"), half, failure=Failure("cut")).unpacked()
    Cassette(path, [lost, cut]).save()
    with vcr.VCR(record_mode="none").use_cassette(str(path)), requests.Session() as client:
        client.trust_env = False
        assert client.get("http://crm.example/a").status_code == 599
        assert client.get("http://crm.example/b").status_code == 599
    assert Cassette.load(path).interactions == (lost, cut)


def test_an_error_of_the_recording_itself_is_no_answer_of_the_source(tmp_path: Path, session_on: SessionOn) -> None:
    recorder = recording(tmp_path / "a.yaml")
    with network_fuse(), pytest.raises(RecordingError, match="the network is off"):
        session_on(recorder).get("http://127.0.0.1:9/")
    with pytest.raises(requests.exceptions.InvalidURL):
        session_on(recorder).get("http://[::1/")
    assert len(recorder.cassette) == 0


@pytest.mark.parametrize("suffix", ["yaml", "json"])
@pytest.mark.parametrize(
    "failure", [Failure("reset", "gone"), Failure("wire", "x", "do y", False), Failure("wire", "x", None, True)]
)
def test_a_failure_comes_back_as_it_was_saved(tmp_path: Path, suffix: str, failure: Failure) -> None:
    item = Interaction(
        RecordedRequest("GET", "http://crm.example/"), NO_ANSWER, seconds=1.5, failure=failure, unframed=True
    )
    path = tmp_path / f"a.{suffix}"
    Cassette(path, [item]).save()
    assert Cassette.load(path).interactions == (item,)


def test_a_failure_of_a_kind_that_is_unknown_here_is_still_a_failure(session_on: SessionOn) -> None:
    request = requests.Request("GET", "http://crm.example/").prepare()
    assert isinstance(before_answer(Failure("sharks bit the cable"), request), requests.ConnectionError)


TOML = """
[sources.helpdesk]
connector = "http"
base_url = "{url}"
record = "people.json"
timeout = 0.2
[sources.helpdesk.streams.people]
path = "/people"
rows = "items"
key = "id"
mapping = "rules.yaml"
"""


def test_a_time_out_that_a_read_survived_is_survived_in_its_replay_without_waiting(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "contract: person/1\nfields:\n  name.full: {path: name, use: person_name}\n  kind: {const: contact}\n"
    )
    rows = Answer(b'{"items": [{"id": 1, "name": "Ada"}]}', "application/json")
    with FaultServer(lambda _: rows, Nth(fault("never_respond"), 1)) as server:
        (tmp_path / "bartack.toml").write_text(TOML.format(url=server.url))
        with Hub(config.load(tmp_path / "bartack.toml"), sleep=lambda _: None) as hub:
            live = [record.ref for record in hub.read("person")]
    assert len(live) == 1
    cassette = Cassette.load(tmp_path / "people.json")
    assert [one.failure.kind if one.failure else one.response.status for one in cassette.interactions] == [
        "timeout",
        200,
    ]

    def impatient(seconds: float) -> None:
        raise AssertionError("a replay waits for nobody")

    (tmp_path / "bartack.toml").write_text(TOML.format(url=server.url).replace('record = "people.json"', ""))
    with (
        network_fuse(),
        Hub(config.load(tmp_path / "bartack.toml"), sleep=impatient, replay={"helpdesk": cassette}) as hub,
    ):
        assert [record.ref for record in hub.read("person")] == live
    assert not cassette.unplayed
