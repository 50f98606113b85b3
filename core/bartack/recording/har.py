"""HTTP archives, as browsers, proxies and other recorders write them: to cassettes, and back.

The format: HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/), with what Chrome adds (``_error``). Bodies are open in an
archive whatever its headers say of their packing. What an archive cannot say (a body that is only half there) is told in a
``comment``.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import metadata
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from bartack.errors import RecordingError
from bartack.recording import json_files
from bartack.recording.messages import (
    NO_ANSWER,
    Failure,
    Headers,
    Interaction,
    RecordedRequest,
    RecordedResponse,
    header,
)
from bartack.recording.trees import RefusedError

__all__ = ["from_har", "to_har"]

_FAILURES = {
    "TIMED_OUT": "timeout",
    "CONNECTION_TIMED_OUT": "connect-timeout",
    "CONNECTION_REFUSED": "refused",
    "NAME_NOT_RESOLVED": "dns",
    "CONNECTION_RESET": "reset",
    "EMPTY_RESPONSE": "closed",
    "CERT_": "certificate",
    "SSL_": "tls",
    "PROXY": "proxy",
}
"""What Chrome's ``net::ERR_…`` begins with (https://chromium.googlesource.com/chromium/src/+/main/net/base/net_error_list.h)."""


def from_har(content: bytes) -> list[Interaction]:
    """Return what an archive holds, as it is: nothing is scrubbed here.

    Entries that went to no server (``data:``, ``blob:``, extensions) or were cancelled are left out.

    Raises
    ------
    RecordingError
        it is no HTTP archive.
    """
    try:
        document = json_files.parse(content.removeprefix(b"\xef\xbb\xbf"))
    except RefusedError as error:
        raise RecordingError(f"it is no HTTP archive: {error}") from None
    log = document.get("log") if isinstance(document, dict) else None
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise RecordingError("it is no HTTP archive: there is no list log.entries")
    found = []
    for number, entry in enumerate(entries, 1):
        try:
            item = _interaction(entry)
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
            raise RecordingError(f"entry {number} of the archive is not of the form of HAR 1.2") from None
        if item is not None:
            found.append(item)
    return found


def _interaction(entry: Any) -> Interaction | None:
    asked, answered = entry["request"], entry["response"]
    if urlsplit(asked["url"]).scheme not in ("http", "https"):
        return None
    request = RecordedRequest(str(asked["method"]).upper(), asked["url"].partition("#")[0], *_sent(asked))
    milliseconds = entry.get("time")
    seconds = milliseconds / 1000 if isinstance(milliseconds, int | float) and milliseconds >= 0 else None
    if not answered["status"]:
        failure = _failure(str(answered.get("_error") or ""))
        return None if failure is None else Interaction(request, NO_ANSWER, seconds=seconds, failure=failure)
    headers = _headers(answered["headers"])
    encoding = header(headers, "Content-Encoding")
    kept = tuple(pair for pair in headers if pair[0].lower() != "content-encoding")
    response = RecordedResponse(
        int(answered["status"]), str(answered.get("statusText") or ""), kept, _content(answered)
    )
    return Interaction(request, response, response_encoding=encoding, seconds=seconds).unpacked()


def _sent(asked: Any) -> tuple[Headers, bytes | None]:
    """Return headers and body of a request."""
    headers, posted = _headers(asked["headers"]), asked.get("postData")
    if not posted:
        return headers, None
    if header(headers, "Content-Type") is None and posted.get("mimeType"):
        headers = (*headers, ("Content-Type", str(posted["mimeType"])))
    text = posted.get("text")
    if not text and posted.get("params"):
        text = urlencode([(one["name"], one.get("value") or "") for one in posted["params"]])
    return headers, _bytes(text or "", posted.get("encoding"))


def _content(answered: Any) -> bytes:
    content = answered.get("content") or {}
    return _bytes(content.get("text") or "", content.get("encoding"))


def _bytes(text: str, encoding: Any) -> bytes:
    return base64.b64decode(text, validate=True) if encoding == "base64" else text.encode("utf-8")


def _headers(pairs: Any) -> Headers:
    """Return headers without those of HTTP/2 that are none (``:authority``)."""
    return tuple((str(one["name"]), str(one["value"])) for one in pairs if not one["name"].startswith(":"))


def _failure(said: str) -> Failure | None:
    error = said.removeprefix("net::ERR_")
    if error in ("", "ABORTED", "BLOCKED_BY_CLIENT"):
        return None
    kind = next((kind for begins, kind in _FAILURES.items() if error.startswith(begins)), "malformed")
    return Failure(kind, said)


def to_har(interactions: Iterable[Interaction], began: datetime | None = None) -> dict[str, Any]:
    """Return an archive of recorded interactions. ``began``: a cassette does not tell when each of them was asked."""
    moment = (began or datetime.fromtimestamp(0, UTC)).isoformat(timespec="milliseconds")
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "Bartack", "version": metadata.version("bartack")},
            "entries": [_entry(one, moment) for one in interactions],
        }
    }


def _entry(item: Interaction, moment: str) -> dict[str, Any]:
    milliseconds = round((item.seconds or 0.0) * 1000, 3)
    lost = item.response == NO_ANSWER
    entry: dict[str, Any] = {
        "startedDateTime": moment,
        "time": milliseconds,
        "request": _request_entry(item.request),
        "response": _response_entry(RecordedResponse(0) if lost else item.response, item.response_encoding),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }
    if item.failure is not None:
        entry["response"]["_error"] = _error(item.failure)
        entry["comment"] = f"{item.failure.kind}: {item.failure.message}"
    return entry


def _error(failure: Failure) -> str:
    if failure.message.startswith("net::ERR_"):
        return failure.message
    return next((f"net::ERR_{begins}" for begins, kind in _FAILURES.items() if kind == failure.kind), "net::ERR_FAILED")


def _request_entry(request: RecordedRequest) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "method": request.method,
        "url": request.uri,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(request.headers),
        "queryString": _pairs(parse_qsl(urlsplit(request.uri).query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": len(request.body or b""),
    }
    if request.body is not None:
        entry["postData"] = {"mimeType": header(request.headers, "Content-Type") or "", **_text(request.body)}
    return entry


def _response_entry(response: RecordedResponse, encoding: str | None) -> dict[str, Any]:
    headers = response.headers if encoding is None else (*response.headers, ("Content-Encoding", encoding))
    return {
        "status": response.status,
        "statusText": response.message,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "content": {
            "size": len(response.body),
            "mimeType": header(response.headers, "Content-Type") or "",
            **_text(response.body),
        },
        "redirectURL": header(response.headers, "Location") or "",
        "headersSize": -1,
        "bodySize": -1,
    }


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _text(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"text": base64.b64encode(body).decode("ascii"), "encoding": "base64"}
