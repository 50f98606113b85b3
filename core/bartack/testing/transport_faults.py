"""T6 to T15, T39, T40: the connection itself. Answers that never come, come slowly, or break off."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from bartack.errors import SourceUnavailableError, WireError
from bartack.testing.fault import HANG, NEXT, RESET, STAY, Fault, Pause, Scene, Step, fixed

__all__ = ["TRANSPORT_FAULTS"]

_STATUS = b"HTTP/1.1 200 OK\r\n"
_DROP: Final = Pause(0.1)
"""Between two drops of an answer that trickles: shorter than any sensible timeout, so that only a deadline ends it."""


def _length(scene: Scene) -> str:
    return f"Content-Length: {len(scene.body)}"


def _drops(head: bytes, trickle: Iterator[bytes]) -> Iterator[Step]:
    yield head
    for drop in trickle:
        yield _DROP
        yield drop


def _slow_body(scene: Scene) -> Iterator[Step]:
    blanks = itertools.repeat(b" ", 100_000)
    return _drops(scene.head("Content-Length: 200000"), blanks)


def _slow_chunks(scene: Scene) -> Iterator[Step]:
    return _drops(scene.head("Transfer-Encoding: chunked"), itertools.repeat(b"1\r\n \r\n"))


_LOST = SourceUnavailableError
_SILENT: Final = (
    Fault("fin_before_response", "T6", "the connection is closed instead of an answer", fixed(), _LOST),
    Fault("rst_before_response", "T6", "the connection is reset instead of an answer", fixed(RESET), _LOST),
    Fault("fin_mid_status", "T7", "closed in the middle of the status line", fixed(b"HTTP/1.1 2"), WireError),
    Fault("fin_after_status_code", "T7", "closed after the status code", fixed(b"HTTP/1.1 200"), WireError),
    Fault("rst_mid_status", "T7", "reset in the middle of the status line", fixed(b"HTTP/1", RESET), _LOST),
    Fault("fin_after_status", "T8", "closed after the status line", fixed(_STATUS), WireError),
    Fault("fin_mid_header", "T8", "closed in a header's name", fixed(_STATUS + b"Content-Le"), WireError),
    Fault(
        "fin_mid_headers",
        "T8",
        "closed between the headers and the blank line",
        lambda scene: (scene.head()[:-2],),
        WireError,
    ),
    Fault("rst_mid_headers", "T9", "reset between two headers", fixed(_STATUS + b"Server: x\r\n", RESET), _LOST),
    Fault("never_respond", "T10", "no answer at all", fixed(HANG), _LOST),
    Fault("stall_mid_status", "T11", "silence within the status line", fixed(b"HTTP/1.1 20", HANG), _LOST),
    Fault("stall_mid_headers", "T11", "silence between two headers", fixed(_STATUS + b"Server: x\r\n", HANG), _LOST),
    Fault("stall_after_headers", "T11", "silence after the headers", lambda s: (s.head(_length(s)), HANG), _LOST),
    Fault("stall_mid_body", "T11", "silence within the body", lambda s: (s.head(_length(s)), s.half, HANG), _LOST),
    Fault(
        "stall_mid_chunk",
        "T11",
        "silence within a chunk",
        lambda s: (s.head("Transfer-Encoding: chunked"), f"{len(s.body):x}\r\n".encode(), s.half, HANG),
        _LOST,
    ),
)
_SLOW: Final = (
    Fault(
        "slowloris_status",
        "T12",
        "a status line that goes on for ever, letter by letter",
        lambda _: _drops(b"HTTP/1.1 200 ", itertools.repeat(b"O")),
        _LOST,
    ),
    Fault(
        "slowloris_headers",
        "T12",
        "a header that goes on for ever, letter by letter",
        lambda _: _drops(_STATUS + b"X-Slow: ", itertools.repeat(b"x")),
        _LOST,
    ),
    Fault("slowloris_body", "T12", "a body that comes byte by byte", _slow_body, _LOST),
    Fault("slowloris_chunks", "T12", "chunks of one byte, for ever", _slow_chunks, _LOST),
    Fault(
        "continue_flood",
        "T12",
        "100 Continue again and again, and no answer",
        lambda _: _drops(b"", itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")),
        _LOST,
    ),
)
_CUT: Final = (
    Fault("cl_fin_before_body", "T13", "closed before the body", lambda s: (s.head(_length(s)),), WireError),
    Fault(
        "cl_fin_mid_body", "T13", "closed in the middle of the body", lambda s: (s.head(_length(s)), s.half), WireError
    ),
    Fault("cl_fin_last_byte", "T13", "closed one byte early", lambda s: (s.head(_length(s)), s.body[:-1]), WireError),
    Fault("cl_rst_before_body", "T13", "reset before the body", lambda s: (s.head(_length(s)), _DROP, RESET), _LOST),
    Fault(
        "cl_rst_mid_body", "T13", "reset within the body", lambda s: (s.head(_length(s)), s.half, _DROP, RESET), _LOST
    ),
    Fault(
        "nocl_whole",
        "T14",
        "a body that only the end of the connection ends",
        lambda s: (s.head(), s.body),
        WireError,
        lasting=True,
    ),
    Fault("nocl_cut", "T14", "such a body, cut", lambda s: (s.head(), s.half), WireError, lasting=True),
    Fault("nocl_empty", "T14", "such a body, empty", lambda s: (s.head(),), WireError, lasting=True),
    Fault(
        "nocl_rst",
        "T14",
        "such a body, ended by a reset",
        lambda s: (s.head(), s.half, _DROP, RESET),
        WireError,
        lasting=True,
    ),
    Fault(
        "http10_whole",
        "T14",
        "HTTP/1.0, as of old: no length, and the end of the connection",
        lambda s: (s.head(version="HTTP/1.0"), s.body),
        WireError,
        lasting=True,
    ),
    Fault(
        "close_announced_whole",
        "T14",
        "Connection: close instead of a length",
        lambda s: (s.head("Connection: close"), s.body),
        WireError,
        lasting=True,
    ),
)
_CONNECTION: Final = (
    Fault(
        "stale_second",
        "T39",
        "a good answer; the next request on this connection meets a reset",
        lambda s: (s.answer.wire(), NEXT, RESET),
        "rows",
    ),
    Fault(
        "closed_after_answer",
        "T39",
        "a good answer, then the connection is closed without a word",
        lambda s: (s.answer.wire(),),
        "rows",
    ),
    Fault(
        "extra_response",
        "T40",
        "a second answer that nobody asked for, right behind the good one",
        lambda s: (s.answer.wire() + s.answer.head("Content-Length: 2") + b"{}", STAY),
        "rows",
    ),
    Fault(
        "trailing_garbage",
        "T40",
        "bytes behind the body",
        lambda s: (s.answer.wire() + b"\x00\xffgarbage\r\n\r\n", STAY),
        "rows",
    ),
    Fault(
        "continue_once",
        "T40",
        "one 100 Continue before the good answer, as HTTP allows",
        lambda s: (b"HTTP/1.1 100 Continue\r\n\r\n" + s.answer.wire(), STAY),
        "rows",
    ),
    Fault(
        "byte_by_byte",
        "T40",
        "the good answer, one byte a packet",
        lambda s: (*(bytes([one]) for one in s.answer.wire()), STAY),
        "rows",
    ),
)

TRANSPORT_FAULTS: Final = (*_SILENT, *_SLOW, *_CUT, *_CONNECTION)
