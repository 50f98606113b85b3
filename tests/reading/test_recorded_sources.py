"""`record` and `replay` of a source: what the configuration calls secret is in no recording, and replays all the same."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import bartack
from bartack import WireError
from bartack_contracts import Person
from support.http_vendor import Answer, running_vendor

CONFIG = """
[sources.tickets]
connector = "http"
base_url = "{url}"
token = {{ env = "TICKETS_TOKEN" }}
auth = {{ kind = "query", name = "k" }}
{what} = "tickets.yaml"
keep = {{ personal = "keep" }}
[sources.tickets.streams.people]
path = "/api/people"
rows = "items"
key = "id"
mapping = "people.yaml"
"""
MAPPING = """
contract: person/1
fields:
  name.full: {path: name, required: true}
  kind: {const: contact}
"""
TOKEN = "t0ken-of-the-tool"


class _Tool(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"items": [{"id": 1, "name": f"asked for {self.path}"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def tool() -> Iterator[str]:
    """The address of a tool that answers with the address it was asked for, the secret in it included."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Tool)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def read(tmp_path: Path, tool: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], list[str | None]]:
    """Read the people of the tool, with this key in the configuration and this token in the environment."""
    (tmp_path / "people.yaml").write_text(MAPPING)

    def reading(what: str, token: str) -> list[str | None]:
        monkeypatch.setenv("TICKETS_TOKEN", token)
        (tmp_path / "bartack.toml").write_text(CONFIG.format(url=tool, what=what))
        with bartack.open(tmp_path) as hub:
            return [record.value.name.full for record in hub.read(Person, source="tickets")]

    return reading


def test_a_secret_of_the_configuration_is_in_no_recording(
    tmp_path: Path, read: Callable[..., list[str | None]]
) -> None:
    assert read("record", TOKEN) == ["asked for /api/people?k=***"]
    file = (tmp_path / "tickets.yaml").read_text(encoding="utf-8")
    assert "/api/people?k=scrubbed" in file
    assert TOKEN not in file


def test_what_was_recorded_is_replayed_with_the_secret_of_another_day(read: Callable[..., list[str | None]]) -> None:
    read("record", TOKEN)
    assert read("replay", "another-token-today") == ["asked for /api/people?k=scrubbed"]


def test_a_recording_is_as_strict_as_a_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKETS_TOKEN", TOKEN)
    (tmp_path / "people.yaml").write_text(MAPPING)
    doubtful = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nno colon here\r\nContent-Length: 13\r\n\r\n{"items": [] }'
    with running_vendor() as vendor:
        vendor.on("/api/people", Answer(wire=doubtful))
        (tmp_path / "bartack.toml").write_text(CONFIG.format(url=vendor.url, what="record"))
        with pytest.raises(WireError), bartack.open(tmp_path) as hub:
            list(hub.read(Person, source="tickets"))
    assert not (tmp_path / "tickets.yaml").exists()
