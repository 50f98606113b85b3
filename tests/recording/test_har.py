"""HTTP archives become cassettes, without secrets, and cassettes archives; what Chrome writes included."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from bartack.errors import RecordingError
from bartack.frontends.cli import main
from bartack.recording import Cassette, Failure, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.har import from_har, to_har
from bartack.recording.messages import NO_ANSWER
from support.interactions import INTERACTIONS

CHROME: dict[str, Any] = {
    "log": {
        "version": "1.2",
        "creator": {"name": "WebInspector", "version": "537.36"},
        "pages": [],
        "entries": [
            {
                "_initiator": {"type": "script"},
                "startedDateTime": "2026-11-25T09:00:00.000Z",
                "time": 123.4,
                "request": {
                    "method": "POST",
                    "url": "https://crm.example/api/people?limit=2#top",
                    "httpVersion": "http/2.0",
                    "headers": [
                        {"name": ":authority", "value": "crm.example"},
                        {"name": "authorization", "value": "Bearer c4n4ryT0ken4711"},
                        {"name": "content-type", "value": "application/json"},
                    ],
                    "queryString": [{"name": "limit", "value": "2"}],
                    "postData": {"mimeType": "application/json", "text": '{"password": "c4n4ryPassw0rd", "name": "x"}'},
                },
                "response": {
                    "status": 200,
                    "statusText": "",
                    "headers": [
                        {"name": "content-encoding", "value": "br"},
                        {"name": "content-type", "value": "application/json"},
                        {"name": "set-cookie", "value": "sid=c4n4ryCookie; Path=/"},
                    ],
                    "content": {"size": 11, "mimeType": "application/json", "text": '{"rows": []}', "compression": 3},
                },
            },
            {
                "time": 0,
                "request": {
                    "method": "POST",
                    "url": "https://crm.example/form",
                    "headers": [],
                    "postData": {
                        "mimeType": "application/x-www-form-urlencoded",
                        "params": [{"name": "q", "value": "a b"}],
                    },
                },
                "response": {
                    "status": 200,
                    "statusText": "OK",
                    "headers": [{"name": "Content-Encoding", "value": "br"}],
                    "content": {
                        "mimeType": "image/png",
                        "text": base64.b64encode(b"\x89PNG").decode(),
                        "encoding": "base64",
                    },
                },
            },
            {
                "time": 30000,
                "request": {"method": "GET", "url": "https://crm.example/slow", "headers": []},
                "response": {
                    "status": 0,
                    "statusText": "",
                    "headers": [],
                    "content": {},
                    "_error": "net::ERR_TIMED_OUT",
                },
            },
            {
                "time": 1,
                "request": {"method": "GET", "url": "https://crm.example/left", "headers": []},
                "response": {"status": 0, "headers": [], "content": {}, "_error": "net::ERR_ABORTED"},
            },
            {
                "time": 1,
                "request": {"method": "GET", "url": "data:text/plain,x", "headers": []},
                "response": {"status": 200, "headers": [], "content": {}},
            },
        ],
    }
}


def test_what_chrome_saved_becomes_a_cassette_without_secrets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "crm.har").write_text(json.dumps(CHROME))
    assert main(["cassette", "har", str(tmp_path / "crm.har"), str(tmp_path / "crm.yaml")]) == 0
    assert "3 interactions" in capsys.readouterr().out
    text = (tmp_path / "crm.yaml").read_text(encoding="utf-8")
    assert "c4n4ry" not in text
    posted, form, lost = Cassette.load(tmp_path / "crm.yaml").interactions
    assert (posted.request.uri, posted.seconds, posted.response_encoding) == (
        "https://crm.example/api/people?limit=2",
        0.123,
        "br",
    )
    assert posted.response.body == b'{"rows": []}'
    assert ":authority" not in dict(posted.request.headers)
    assert (form.request.body, form.response.body) == (b"q=a+b", b"\x89PNG")
    assert lost.response == NO_ANSWER
    assert lost.failure is not None
    assert lost.failure.kind == "timeout"


def test_a_cassette_becomes_an_archive_and_comes_back(tmp_path: Path) -> None:
    request = RecordedRequest("POST", "https://crm.example/a?b=1", (("Content-Type", "text/plain"),), b"\xff")
    answer = RecordedResponse(200, "OK", (("Content-Type", "text/plain"), ("X-A", "1"), ("X-A", "2")), b"open")
    items = [
        Interaction(request, answer, response_encoding="gzip", seconds=0.25).unpacked(),
        Interaction(
            RecordedRequest("GET", "https://crm.example/b"), NO_ANSWER, seconds=1.0, failure=Failure("dns", "x")
        ),
    ]
    path = tmp_path / "a.json"
    Cassette(path, items).save()
    assert main(["cassette", "har", str(path), str(tmp_path / "a.har")]) == 0
    archive = json.loads((tmp_path / "a.har").read_text(encoding="utf-8"))
    assert archive["log"]["entries"][0]["request"]["postData"] == {
        "mimeType": "text/plain",
        "text": "/w==",
        "encoding": "base64",
    }
    first, second = from_har((tmp_path / "a.har").read_bytes())
    assert first == items[0]
    assert (second.failure and second.failure.kind, second.response) == ("dns", NO_ANSWER)


@given(INTERACTIONS)
def test_any_interaction_survives_an_archive(item: Interaction) -> None:
    uri = "https://crm.example/a"
    item = Interaction(
        RecordedRequest(item.request.method, uri, item.request.headers, item.request.body), item.response
    )
    (back,) = from_har(json.dumps(to_har([item])).encode())
    assert (back.request.body, back.response.body) == (item.request.body, item.response.body)
    assert set(item.response.headers) == set(back.response.headers)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", "no list log.entries"),
        (b"[" * 100_000, "no HTTP archive"),
        (b'{"log": {"entries": [{}]}}', "entry 1 of the archive"),
        (b'{"log": {"entries": [3]}}', "entry 1 of the archive"),
        (b"\xff", "no HTTP archive"),
    ],
)
def test_what_is_no_archive_says_so(content: bytes, said: str) -> None:
    with pytest.raises(RecordingError, match=said):
        from_har(content)


def test_one_of_the_two_files_is_an_archive(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cassette", "har", "a.yaml", "b.json"]) == 2
    assert "let its name end in .har" in capsys.readouterr().err
