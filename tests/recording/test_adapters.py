"""Recording from a live source and playing it back: through requests, through zeep, in threads, and with vcrpy."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import requests
import vcr
from requests.adapters import BaseAdapter

from bartack.errors import RecordingError, WireError
from bartack.recording import Cassette, Headers, Interaction, RecordedRequest, RecordedResponse, recording, replaying
from bartack.settings import HttpSettings
from bartack.transports.base import Runtime
from bartack.transports.http import HttpSession

SessionOn = Callable[[BaseAdapter], requests.Session]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crm" / "contacts.yaml"


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a socket fails."""

    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)


def asked_alike(client: requests.Session, source: str) -> list[tuple[int, bytes, str | None, str]]:
    """Ask a few things; return what a caller sees of the answers."""
    answers = [
        client.get(f"{source}/contacts?limit=2&after=1"),
        client.get(f"{source}/gzip", headers={"Accept-Encoding": "gzip"}),
        client.post(f"{source}/contacts", json={"name": "Zoë"}),
        client.post(f"{source}/search", data={"q": "a b", "password": "s3cretPassw0rd"}),
        client.get(f"{source}/login"),
    ]
    return [(one.status_code, one.content, one.headers["Content-Type"], one.reason) for one in answers]


def test_what_was_recorded_is_played_back_answer_for_answer(path: Path, source: str, session_on: SessionOn) -> None:
    with recording(path) as recorder:
        live = asked_alike(session_on(recorder), source)
    replay = replaying(path)
    assert asked_alike(session_on(replay), source) == live
    assert not replay.unplayed


def test_the_caller_sees_the_live_answer_as_if_nobody_recorded(path: Path, source: str, session_on: SessionOn) -> None:
    plain, recorded = requests.Session(), session_on(recording(path))
    plain.trust_env = False
    for way in ("/contacts", "/gzip", "/login"):
        one, other = plain.get(source + way, stream=True), recorded.get(source + way, stream=True)
        assert dict(other.headers) == {**one.headers, "Date": other.headers["Date"]}
        assert other.raw.read(decode_content=False) == one.raw.read(decode_content=False)
        assert recorded.cookies.get_dict() == plain.cookies.get_dict()


def test_a_packed_answer_is_stored_open_with_its_true_length(path: Path, source: str, session_on: SessionOn) -> None:
    with recording(path) as recorder:
        session_on(recorder).get(f"{source}/gzip", headers={"Accept-Encoding": "gzip"})
    text = path.read_text(encoding="utf-8")
    assert '"name": "Zoë Müller"' in text
    assert "content_encoding:\n    response: gzip" in text
    (interaction,) = Cassette.load(path).interactions
    headers = dict(interaction.response.headers)
    assert "Content-Encoding" not in headers
    assert headers["Content-Length"] == str(len(interaction.response.body))


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_an_answer_without_a_body_keeps_its_headers(
    path: Path, session_on: SessionOn, method: str, status: int
) -> None:
    headers = (("Content-Length", "1200"), ("Content-Encoding", "gzip"))
    request = RecordedRequest(method, "https://crm.example/")
    Cassette(path, [Interaction(request, RecordedResponse(status, "", headers))]).save()
    answer = session_on(replaying(path)).request(method, "https://crm.example/")
    assert (answer.status_code, answer.content) == (status, b"")
    assert dict(answer.headers) == dict(headers)


def test_cookies_work_in_a_replay_under_their_names(path: Path, source: str, session_on: SessionOn) -> None:
    with recording(path) as recorder:
        session_on(recorder).get(f"{source}/login")
    client = session_on(replaying(path))
    client.get(f"{source}/login")
    assert client.cookies.get_dict() == {"session": "scrubbed", "lang": "scrubbed"}


@pytest.mark.parametrize("body", [BytesIO(b"12345"), iter([b"123", b"45"]), "12345"])
def test_a_body_that_can_be_read_once_is_sent_and_recorded(
    path: Path, source: str, session_on: SessionOn, body: Any
) -> None:
    with recording(path) as recorder:
        answer = session_on(recorder).post(f"{source}/upload", data=body)
    (interaction,) = Cassette.load(path).interactions
    assert interaction.request.body == b"12345"
    assert answer.json()["asked"] in (5, 0), "the small source reads no chunks"


def test_a_packed_answer_that_is_cut_off_reaches_the_caller_as_it_is(
    path: Path, source: str, session_on: SessionOn
) -> None:
    recorder = recording(path)
    answer = session_on(recorder).get(f"{source}/cut", headers={"Accept-Encoding": "gzip"}, stream=True)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.raw.read(decode_content=False)) == int(answer.headers["Content-Length"])


def test_an_answer_shorter_than_announced_is_the_error_it_is_without_a_recorder(
    path: Path, source: str, session_on: SessionOn
) -> None:
    recorder = recording(path)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        session_on(recorder).get(f"{source}/short")


def test_a_body_that_cannot_be_searched_for_secrets_is_not_recorded(
    path: Path, session_on: SessionOn, answering: Callable[[bytes, Headers], BaseAdapter]
) -> None:
    adapter = recording(path, inner=answering(b"\x8b\x03\x80", (("Content-Encoding", "br"),)))
    with pytest.raises(RecordingError, match="packed as 'br' cannot be opened"):
        session_on(adapter).get("https://crm.example/")


def test_an_error_in_the_session_keeps_the_old_cassette(path: Path, source: str, session_on: SessionOn) -> None:
    with recording(path) as recorder:
        session_on(recorder).get(f"{source}/old")
    old = path.read_bytes()

    def interrupted() -> None:
        with recording(path) as recorder:
            session_on(recorder).get(f"{source}/new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == old


def test_a_replay_fits_into_a_runtime_without_a_network(
    path: Path, source: str, session_on: SessionOn, no_sockets: None
) -> None:
    Cassette(path, [Interaction(RecordedRequest("GET", f"{source}/a"), RecordedResponse(200, "OK", (), b"{}"))]).save()
    runtime = Runtime(adapter=replaying(path))
    assert runtime.adapter is not None
    assert session_on(runtime.adapter).get(f"{source}/a").json() == {}
    with pytest.raises(RecordingError, match="there is no recording"):
        session_on(runtime.adapter).get(f"{source}/b")


def test_a_session_of_ours_reads_the_same_live_and_replayed(path: Path, source: str) -> None:
    settings = HttpSettings(base_url=source)
    with recording(path) as recorder, HttpSession(settings, runtime=Runtime(adapter=recorder)) as session:
        live = [session.request("GET", way) for way in ("/contacts", "/gzip")]
    with HttpSession(settings, runtime=Runtime(adapter=replaying(path))) as session:
        assert [session.request("GET", way).content for way in ("/contacts", "/gzip")] == [one.content for one in live]
        with pytest.raises(RecordingError, match="was recorded 1x and is asked for once more"):
            session.request("GET", "/gzip")


def test_a_session_of_ours_finds_what_is_cut_off_also_while_recording(path: Path, source: str) -> None:
    recorder = recording(path)
    with HttpSession(HttpSettings(base_url=source), runtime=Runtime(adapter=recorder)) as session:
        for way in ("/cut", "/short"):
            with pytest.raises(WireError, match=r"cut off|announced with"):
                session.request("GET", way)
    kinds = [one.failure and one.failure.kind for one in recorder.cassette.interactions]
    assert kinds == ["packing-cut", "cut"]


def test_eight_threads_record_a_hundred_answers_and_lose_none(path: Path, source: str, session_on: SessionOn) -> None:
    asked = [f"{source}/contacts?page={number}" for number in range(100)]
    with recording(path) as recorder, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda url: session_on(recorder).get(url), asked))
    assert sorted(item.request.uri for item in Cassette.load(path).interactions) == sorted(asked)


def test_eight_threads_replay_with_no_socket_and_each_answer_once(
    path: Path, session_on: SessionOn, no_sockets: None
) -> None:
    recorded = [
        Interaction(
            RecordedRequest("GET", f"https://crm.example/contacts?page={number % 50}"),
            RecordedResponse(200, "OK", (), str(number).encode()),
        )
        for number in range(400)
    ]
    Cassette(path, recorded).save()
    replay = replaying(path)
    barrier = threading.Barrier(8)

    def ask(thread: int) -> list[str]:
        client = session_on(replay)
        barrier.wait()
        return [client.get(f"https://crm.example/contacts?page={page}").text for page in range(50)]

    with ThreadPoolExecutor(8) as pool:
        given = [answer for answers in pool.map(ask, range(8)) for answer in answers]
    assert Counter(given) == Counter(str(number) for number in range(400))


def test_two_cassettes_play_at_once_without_mixing(tmp_path: Path, session_on: SessionOn, no_sockets: None) -> None:
    clients = []
    for name in ("a", "b"):
        item = Interaction(RecordedRequest("GET", "https://crm.example/"), RecordedResponse(200, "", (), name.encode()))
        Cassette(tmp_path / name, [item] * 30).save()
        clients.append(session_on(replaying(tmp_path / name)))
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda client: {client.get("https://crm.example/").text for _ in range(30)}, clients)
    assert list(answers) == [{"a"}, {"b"}]


def test_vcrpy_plays_what_we_recorded(path: Path, source: str, session_on: SessionOn) -> None:
    with recording(path) as recorder:
        live = asked_alike(session_on(recorder), source)
    player = vcr.VCR(record_mode="none", match_on=["method", "uri"])
    with player.use_cassette(str(path)) as cassette, requests.Session() as client:
        client.trust_env = False
        assert asked_alike(client, source) == live
        assert cassette.all_played


def test_we_play_what_vcrpy_recorded(path: Path, source: str, session_on: SessionOn) -> None:
    with vcr.VCR(record_mode="all").use_cassette(str(path)), requests.Session() as client:
        client.trust_env = False
        live = asked_alike(client, source)
    assert asked_alike(session_on(replaying(path)), source) == live


def corpus_cassettes(corpus: Path) -> Iterator[Path]:
    manifest = json.loads((corpus / "crm" / "manifest.json").read_text(encoding="utf-8"))
    for row in manifest["files"]:
        if row["format"] == "vcrpy":
            yield corpus / row["file"]


def test_recordings_of_real_systems_replay_answer_for_answer(
    corpus: Path, session_on: SessionOn, no_sockets: None
) -> None:
    played = 0
    for path in corpus_cassettes(corpus):
        replay = replaying(path)
        client = session_on(replay)
        client.max_redirects = 0
        for item in Cassette.load(path).interactions:
            request = item.request
            answer = client.request(
                request.method, request.uri, data=request.body, headers=dict(request.headers), allow_redirects=False
            )
            assert (answer.status_code, answer.content) == (item.response.status, item.response.body)
            played += 1
        assert not replay.unplayed, path.name
    assert played > 900


def test_recordings_of_real_systems_survive_a_round_trip(corpus: Path, tmp_path: Path) -> None:
    for path in corpus_cassettes(corpus):
        original = Cassette.load(path).interactions
        copy = tmp_path / path.name
        Cassette(copy, original).save()
        assert Cassette.load(copy).interactions == original
