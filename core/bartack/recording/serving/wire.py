"""What goes over the connection for a recorded answer, its failure included."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum, auto
from http import HTTPStatus

from bartack.errors import RecordingError
from bartack.recording.messages import NO_ANSWER, Failure, Headers, Interaction, RecordedResponse, header
from bartack.recording.serving.addresses import Addresses

__all__ = ["RESET", "SILENT", "TOO_MANY", "End", "Wire", "takes_gzip", "unknown", "wire_of"]


class End(Enum):
    """What becomes of the connection when everything is sent."""

    STAY = auto()
    CLOSE = auto()
    RESET = auto()
    SILENCE = auto()


@dataclass(frozen=True, slots=True)
class Wire:
    """Bytes to send, and what comes after them."""

    content: bytes = b""
    end: End = End.STAY


RESET = Wire(end=End.RESET)
SILENT = Wire(end=End.SILENCE)

_ENDS = {
    "timeout": End.SILENCE,
    "connect-timeout": End.SILENCE,
    "closed": End.CLOSE,
    "tls-closed": End.CLOSE,
    "cut": End.CLOSE,
    "malformed": End.CLOSE,
    "wire": End.CLOSE,
    "changed": End.CLOSE,
}
"""How the kinds of a failure end; all others with a reset, for what happens before a connection cannot be told on one."""
_QUICK = 1  # the level: it is a load that is played, not a download
_RUBBISH = b"this is no answer\r\n\r\n"
_NO_CHUNK = b"zz\r\n"
_CUT = b"HTTP/1.1 200 OK\r\nContent-"
_NO_END = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
_NOT_PASSED_ON = frozenset(
    (
        # of the connection that was (RFC 9110, 7.6.1), told anew, or leading clients away from here
        *("connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
        *("content-length", "alt-svc"),
    )
)


def wire_of(item: Interaction, addresses: Addresses, *, gzips: bool = False) -> Wire:
    """Return what to send for ``item``, which is led to the local addresses; packed, where it was and the client ``gzips``."""
    failure = item.failure
    if failure is not None and item.response == NO_ANSWER:
        return _instead(failure)
    answer = _led(item.response, addresses)
    if item.is_bodiless:
        told = header(item.response.headers, "Content-Length") if answer.status != 204 else None
        return Wire(_head(answer, told))
    end = End.STAY if failure is None else _ENDS.get(failure.kind, End.RESET)
    if failure is not None and failure.kind.startswith("packing-"):
        from bartack.recording.faults import packed_again  # imports requests, which a server does not need else

        answer = packed_again(answer, failure, item.response_encoding or "gzip") or answer
        end = End.STAY
    elif failure is None and gzips and _was_packed(item):
        answer = replace(
            answer,
            headers=(*answer.headers, ("Content-Encoding", "gzip")),
            body=gzip.compress(answer.body, _QUICK, mtime=0),
        )
    if item.unframed:
        return Wire(_head(answer, None, b"Connection: close") + answer.body, End.CLOSE if end is End.STAY else end)
    if _is_misframed(failure):
        came = b"%x\r\n%s\r\n" % (len(answer.body), answer.body) if answer.body else b""
        return Wire(_head(answer, None, b"Transfer-Encoding: chunked") + came + _NO_CHUNK, end)
    # Of a failure less comes than is announced.
    return Wire(_head(answer, len(answer.body) + (end is not End.STAY)) + answer.body, end)


def takes_gzip(headers: Headers) -> bool:
    """Tell whether a client takes answers packed with gzip (RFC 9110, 12.5.3)."""
    named: dict[str, bool] = {}
    for part in (header(headers, "Accept-Encoding") or "").lower().split(","):
        name, _, weight = part.replace(" ", "").partition(";q=")
        named[name] = weight.strip("0.") != "" if weight else True
    return named.get("gzip", named.get("x-gzip", named.get("*", False)))


def _was_packed(item: Interaction) -> bool:
    packed = (item.response_encoding or "identity").strip().lower() != "identity"
    return packed and bool(item.response.body) and header(item.response.headers, "Content-Encoding") is None


def _instead(failure: Failure) -> Wire:
    """Return what comes where no answer came."""
    said = {"malformed": _RUBBISH, "wire": _RUBBISH if _is_misframed(failure) else _CUT, "changed": _NO_END}
    return Wire(said.get(failure.kind, b""), _ENDS.get(failure.kind, End.RESET))


def _is_misframed(failure: Failure | None) -> bool:
    """Tell whether what came was no HTTP, other than what was cut off, for which asking again may help."""
    return failure is not None and failure.kind == "wire" and failure.retryable is False


def _led(answer: RecordedResponse, addresses: Addresses) -> RecordedResponse:
    headers = tuple((name, addresses.here(_bytes(value)).decode("latin-1")) for name, value in answer.headers)
    return replace(answer, headers=headers, body=addresses.here(answer.body))


def unknown(error: RecordingError) -> Wire:
    """Return the answer to what was never recorded: 501, with the nearest recording and what differs."""
    return _json(HTTPStatus.NOT_IMPLEMENTED, {"error": error.told()})


def _json(status: HTTPStatus, document: object, headers: Headers = ()) -> Wire:
    body = json.dumps(document, ensure_ascii=False).encode()
    answer = RecordedResponse(status, status.phrase, (("Content-Type", "application/json"), *headers), body)
    return Wire(_head(answer, len(body)) + body)


def _head(answer: RecordedResponse, length: int | str | None, *further: bytes) -> bytes:
    kept: Iterable[tuple[str, str]] = (pair for pair in answer.headers if pair[0].lower() not in _NOT_PASSED_ON)
    lines = [b"HTTP/1.1 %d %s" % (answer.status, _bytes(answer.message))]
    lines += [_bytes(name) + b": " + _bytes(value) for name, value in kept]
    lines += [] if length is None else [b"Content-Length: %s" % str(length).encode()]
    return b"\r\n".join((*lines, *further, b"", b""))


def _bytes(text: str) -> bytes:
    """Return a part of a header line, of which nothing makes two."""
    return text.replace("\r", " ").replace("\n", " ").encode("latin-1", "replace")


TOO_MANY = _json(
    HTTPStatus.TOO_MANY_REQUESTS, {"error": "too many requests, as the server was told to say"}, (("Retry-After", "1"),)
)
