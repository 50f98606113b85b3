"""An internal tool is connected by a configuration and a mapping, without Python; what it does wrong is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import bartack
from bartack import AccessError, SourceChangedError, SourceUnavailableError
from bartack_contracts import Person

PEOPLE = [{"id": number, "full_name": f"Person {number}", "email": f"p{number}@example.org"} for number in range(1, 6)]
MAPPING = """
contract: person/1
fields:
  name.full: {path: full_name, use: person_name, required: true}
  kind: {const: contact}
  emails: {each: [{path: email, label: work}], use: email}
"""
CONFIG = """
[sources.tickets]
connector = "http"
base_url = "{url}"
token = {{ env = "TICKETS_TOKEN" }}
auth = {{ kind = "bearer" }}
[sources.tickets.streams.people]
path = "/api/people"
rows = "items"
key = "id"
total = "total"
mapping = "people.yaml"
one = "/api/people/{{id}}"
paging = {{ kind = "cursor", next = "next", param = "cursor" }}
since = {{ param = "since" }}
"""

Answer = Callable[[str, dict[str, list[str]]], tuple[int, str, bytes]]


@pytest.fixture
def tool() -> Iterator[Any]:
    """A server whose answers the test decides; it remembers what it was asked."""

    class Handler(BaseHTTPRequestHandler):
        answer: Answer
        asked: list[str]

        def do_GET(self) -> None:
            type(self).asked.append(self.path)
            if self.headers.get("Authorization") != "Bearer t0ken-of-the-tool":
                status, kind, body = 401, "application/json", b'{"message": "who are you?"}'
            else:
                parts = urlsplit(self.path)
                status, kind, body = type(self).answer(parts.path, parse_qs(parts.query))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    Handler.asked = []
    Handler.answer = staticmethod(healthy)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Handler.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    yield Handler
    server.shutdown()
    server.server_close()


def reply(body: Any, status: int = 200) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(body).encode()


def healthy(path: str, query: dict[str, list[str]]) -> tuple[int, str, bytes]:
    if path != "/api/people":
        found = [one for one in PEOPLE if str(one["id"]) == path.rpartition("/")[2]]
        return reply(found[0]) if found else reply({"message": "no such person"}, 404)
    start = int(query.get("cursor", ["0"])[0])
    following = start + 2 if start + 2 < len(PEOPLE) else None
    return reply({"items": PEOPLE[start : start + 2], "next": following and str(following), "total": len(PEOPLE)})


@pytest.fixture
def estate(tmp_path: Path, tool: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TICKETS_TOKEN", "t0ken-of-the-tool")
    (tmp_path / "people.yaml").write_text(MAPPING)
    (tmp_path / "bartack.toml").write_text(CONFIG.format(url=tool.url))
    return tmp_path


def read(estate: Path) -> Any:
    with bartack.open(estate) as hub:
        people = hub.read(Person, allow_partial=True)
        return list(people), people


def test_all_pages_are_read(estate: Path) -> None:
    records, people = read(estate)
    assert [record.value.emails[0].address for record in records] == [one["email"] for one in PEOPLE]
    assert people.report.streams[0].pages == 3
    assert people.report.verdict.completeness == "complete"


def test_one_record_is_asked_for_by_its_id(estate: Path, tool: Any) -> None:
    with bartack.open(estate) as hub:
        assert hub.get("tickets/people/4").value.name.full == "Person 4"
        assert tool.asked == ["/api/people/4"]
        with pytest.raises(AccessError):
            hub.get("tickets/people/99")


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (lambda p, q: reply({"results": PEOPLE}), SourceChangedError, "'items' is missing"),
        (lambda p, q: reply({"items": None}), SourceChangedError, "null"),
        (lambda p, q: reply({"status": "error", "message": "session expired"}), AccessError, "session expired"),
        (
            lambda p, q: (200, "text/html", b"<html><title>Maintenance</title></html>"),
            SourceChangedError,
            "Maintenance",
        ),
        (lambda p, q: reply({"message": "down"}, 503), SourceUnavailableError, "503"),
        (lambda p, q: (302, "text/plain", b""), SourceChangedError, "302"),
        (lambda p, q: (200, "application/json", b'{"items": ['), bartack.WireError, ""),
        (lambda p, q: (200, "application/json", b'{"items": [], "items": []}'), bartack.WireError, ""),
    ],
)
def test_what_others_call_zero_rows_is_an_error(
    estate: Path, tool: Any, answer: Answer, error: type[Exception], words: str
) -> None:
    tool.answer = staticmethod(answer)
    records, people = read(estate)
    assert records == []
    assert people.report.verdict.completeness == "failed"
    (found,) = people.errors
    assert isinstance(found, error)
    assert words in str(found)
    assert "t0ken-of-the-tool" not in str(found)


def test_a_cursor_that_comes_back_ends_the_read_as_partial(estate: Path, tool: Any) -> None:
    order = {None: "a", "a": "b", "b": "c", "c": "a"}

    def circle(path: str, query: dict[str, list[str]]) -> tuple[int, str, bytes]:
        at = query.get("cursor", [None])[0]
        number = 1 + list(order).index(at)
        return reply({"items": [PEOPLE[number]], "next": order[at], "total": 9})

    tool.answer = staticmethod(circle)
    records, people = read(estate)
    assert len(records) == 4
    assert len(tool.asked) == 4
    assert people.report.verdict.completeness == "partial"
    assert "circles" in " ".join(people.report.verdict.reasons)


def test_a_short_read_is_partial(estate: Path, tool: Any) -> None:
    tool.answer = staticmethod(lambda p, q: reply({"items": PEOPLE[:2], "next": None, "total": 100}))
    records, people = read(estate)
    assert len(records) == 2
    assert people.report.verdict.completeness == "partial"
    assert "declared 100 rows, 2 arrived" in people.report.verdict.reasons[0]


def test_a_wrong_token_is_an_access_error(estate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKETS_TOKEN", "wrong-token-4711")
    _, people = read(estate)
    (found,) = people.errors
    assert isinstance(found, AccessError)
    assert "who are you" in str(found)
    assert "wrong-token-4711" not in str(found)


def test_a_recording_replays_without_the_server(estate: Path, tool: Any) -> None:
    text = (estate / "bartack.toml").read_text()
    text = text.replace('connector = "http"', 'connector = "http"\nkeep = { personal = "keep" }')  # nobody is real
    (estate / "bartack.toml").write_text(text.replace('connector = "http"', 'connector = "http"\nrecord = "tool.yaml"'))
    first, _ = read(estate)
    recorded = (estate / "tool.yaml").read_text()
    assert "t0ken-of-the-tool" not in recorded
    tool.answer = staticmethod(lambda p, q: reply({}, 500))
    tool.asked.clear()
    (estate / "bartack.toml").write_text(text.replace('connector = "http"', 'connector = "http"\nreplay = "tool.yaml"'))
    again, people = read(estate)
    assert [one.value for one in again] == [one.value for one in first]
    assert people.report.verdict.completeness == "complete"
    assert tool.asked == []


def test_since_reaches_the_tool_in_its_own_words(estate: Path, tool: Any) -> None:
    from datetime import UTC, datetime

    with bartack.open(estate) as hub:
        list(hub.read(Person, since=datetime(2026, 11, 23, 10, tzinfo=UTC)))
    assert "since=2026-11-23T10%3A00%3A00Z" in tool.asked[0]
