"""Answers damaged in any way: the right rows or a typed error, in time; with gzip never anything but the right rows."""

from __future__ import annotations

import gzip
import json
import queue
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bartack.errors import BartackError
from bartack.settings import HttpSettings
from bartack.transports.base import Query
from bartack.transports.http import HttpSession, HttpStream
from support.raw_server import Raw, raw_server

ROWS = [{"id": number, "name": "Zoë Müller"} for number in range(12)]
BODY = json.dumps({"data": ROWS}).encode()
PACKED = gzip.compress(BODY, mtime=0)
HEAD = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: application/json\r\n"
STREAM = HttpStream("contacts", path="/contacts", rows="data", key="id", mapping="contacts.yaml")


def sized(body: bytes, *fields: bytes) -> bytes:
    return HEAD + b"".join(fields) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(body: bytes, *fields: bytes) -> bytes:
    parts = [body[at : at + 70] for at in range(0, len(body), 70)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return HEAD + b"".join(fields) + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


GZIP = b"Content-Encoding: gzip\r\n"
PLAIN = [sized(BODY), chunked(BODY), HEAD + b"\r\n" + BODY]
CHECKED = [sized(PACKED, GZIP), chunked(PACKED, GZIP)]

PLACE = st.floats(0, 1, exclude_max=True)
PIECE = st.one_of(
    st.binary(min_size=1, max_size=6),
    st.sampled_from([b"\r\n", b"\n", b"\x00", b"0", b"9", b"-", b":", b" ", b"\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"0\r\n\r\n", GZIP]),
)  # fmt: skip
EDIT = st.one_of(
    st.tuples(st.just("cut"), PLACE, st.just(b"")),
    st.tuples(st.just("insert"), PLACE, PIECE),
    st.tuples(st.just("replace"), PLACE, PIECE),
    st.tuples(st.just("delete"), PLACE, PIECE),
    st.tuples(st.just("flip"), PLACE, st.binary(min_size=1, max_size=1)),
    st.tuples(st.just("repeat"), PLACE, st.binary(max_size=40)),
)
EDITS = st.lists(EDIT, min_size=1, max_size=3)


def damaged(answer: bytes, edits: list[tuple[str, float, bytes]]) -> bytes:
    for kind, place, piece in edits:
        at = int(place * len(answer))
        head, tail = answer[:at], answer[at:]
        match kind:
            case "cut":
                answer = head
            case "insert":
                answer = head + piece + tail
            case "replace":
                answer = head + piece + tail[len(piece) :]
            case "delete":
                answer = head + tail[len(piece) :]
            case "flip":
                answer = head + bytes([tail[0] ^ (piece[0] or 1)]) + tail[1:] if tail else head
            case _:
                answer = head + tail[: len(piece)] * 2 + tail[len(piece) :]
    return answer


@pytest.fixture(scope="module")
def answers() -> Iterator[tuple[queue.Queue[bytes], HttpSession]]:
    """What the next connection is answered with, and a session that asks there."""
    waiting: queue.Queue[bytes] = queue.Queue()

    def script(raw: Raw, held: socket.socket) -> None:
        answer = waiting.get(timeout=5)
        raw.request(held)
        held.sendall(answer)

    with (
        raw_server(script) as raw,
        HttpSession(HttpSettings(base_url=raw.url, timeout=1, deadline=2, max_body=100_000)) as session,
    ):
        yield waiting, session


def asked(answers: tuple[queue.Queue[bytes], HttpSession], answer: bytes) -> list[object] | None:
    """Return the rows, or ``None`` after a typed error."""
    waiting, session = answers
    waiting.put(answer)
    started = time.monotonic()
    try:
        return [row for page in STREAM.pages(session, Query()) for row in page.rows]
    except BartackError:
        return None
    finally:
        assert time.monotonic() - started < 5  # a busy machine's two seconds
        session._wire._client.adapters["http://"].close()  # each example has a connection of its own
        while not waiting.empty():
            waiting.get_nowait()


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(CHECKED), EDITS)
@example(CHECKED[0], [("replace", CHECKED[0].index(b"Content-Length: ") / len(CHECKED[0]), b"Content-Length: 0\r\n")])
@example(CHECKED[0], [("replace", CHECKED[0].index(b"-Encoding") / len(CHECKED[0]), b"x")])
def test_a_damaged_answer_in_gzip_gives_the_right_rows_or_none(
    answers: tuple[queue.Queue[bytes], HttpSession], answer: bytes, edits: list[tuple[str, float, bytes]]
) -> None:
    assert asked(answers, damaged(answer, edits)) in (None, ROWS)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(PLAIN), EDITS)
def test_a_damaged_answer_ends_typed_and_in_time(
    answers: tuple[queue.Queue[bytes], HttpSession], answer: bytes, edits: list[tuple[str, float, bytes]]
) -> None:
    asked(answers, damaged(answer, edits))


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", HEAD, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"]),
)
def test_any_bytes_end_typed_and_in_time(
    answers: tuple[queue.Queue[bytes], HttpSession], noise: bytes, start: bytes
) -> None:
    asked(answers, start + noise)
