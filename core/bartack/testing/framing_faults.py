"""T16 to T21: where a body ends. Lengths that are wrong or no numbers, chunks that do not add up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bartack.errors import SourceUnavailableError, WireError
from bartack.testing.fault import HANG, RESET, STAY, Fault, Scene, Script

__all__ = ["FRAMING_FAULTS", "chunked"]

_CHUNKED = "Transfer-Encoding: chunked"
_END = b"0\r\n\r\n"


def chunked(*parts: bytes, end: bytes = _END) -> bytes:
    """Return ``parts`` as chunks, and what stands at the end of them."""
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + end


def _length(value: Callable[[int], str]) -> Script:
    """Return a script with the whole body, and another length than it has."""
    return lambda scene: (scene.head(f"Content-Length: {value(len(scene.body))}") + scene.body, STAY)


def _in_chunks(body: Callable[[Scene], bytes]) -> Script:
    return lambda scene: (scene.head(_CHUNKED), body(scene))


def _sized(size: Callable[[int], bytes]) -> Script:
    """Return a script with one chunk, and another size than it has."""
    return _in_chunks(lambda scene: size(len(scene.body)) + b"\r\n" + scene.body + b"\r\n" + _END)


def _fields(*fields: str) -> Script:
    return lambda scene: (scene.head(*(field.format(n=len(scene.body)) for field in fields)), scene.body)


_LENGTHS: Final = (
    Fault(
        "cl_too_long",
        "T16",
        "Content-Length says more than comes",
        lambda s: (s.head(f"Content-Length: {len(s.body) + 7}"), s.body),
        WireError,
    ),
    Fault(
        "cl_too_long_hangs",
        "T16",
        "Content-Length says more than comes, and the connection stays open",
        lambda s: (s.head(f"Content-Length: {len(s.body) + 7}"), s.body, HANG),
        SourceUnavailableError,
    ),
    Fault("cl_too_short", "T16", "Content-Length ends before the body does", _length(lambda n: str(n // 2)), WireError),
    Fault(
        "cl_one_short", "T16", "Content-Length ends one byte before the body", _length(lambda n: str(n - 1)), WireError
    ),
    Fault("cl_zero", "T16", "Content-Length is 0, the body is not", _length(lambda _: "0"), WireError),
    Fault("cl_garbage", "T17", "Content-Length is a word", _length(lambda _: "abc"), WireError, lasting=True),
    Fault("cl_empty", "T17", "Content-Length is empty", _length(lambda _: ""), WireError, lasting=True),
    Fault("cl_negative", "T17", "Content-Length is negative", _length(lambda _: "-5"), WireError, lasting=True),
    Fault("cl_plus", "T17", "Content-Length has a sign", _length(lambda n: f"+{n}"), WireError, lasting=True),
    Fault("cl_fraction", "T17", "Content-Length has a fraction", _length(lambda n: f"{n}.0"), WireError, lasting=True),
    Fault("cl_hex", "T17", "Content-Length is hexadecimal", _length(hex), WireError, lasting=True),
    Fault(
        "cl_underscore",
        "T17",
        "Content-Length as only Python reads it",
        _length(lambda n: f"{n:_}_0"),
        WireError,
        lasting=True,
    ),
    Fault(
        "cl_superscript",
        "T17",
        "Content-Length in superscript digits",
        _length(lambda _: "\xb9\xb2"),
        WireError,
        lasting=True,
    ),
    Fault("cl_huge", "T17", "Content-Length beyond 64 bits", _length(lambda _: "9" * 25), WireError, lasting=True),
    Fault(
        "cl_list",
        "T17",
        "Content-Length is a list of two numbers",
        _length(lambda n: f"{n}, {n + 1}"),
        WireError,
        lasting=True,
    ),
    Fault(
        "cl_twice", "T17", "two lengths", _fields("Content-Length: {n}", "Content-Length: 3"), WireError, lasting=True
    ),
    Fault(
        "cl_twice_same",
        "T17",
        "the same length twice, which RFC 9110 8.6 allows to take as one",
        lambda s: (s.head(*[f"Content-Length: {len(s.body)}"] * 2), s.body, STAY),
        "rows",
    ),
    Fault(
        "cl_and_chunked",
        "T18",
        "a length and chunks at once: two readers would see two answers",
        lambda s: (s.head(f"Content-Length: {len(s.body)}", _CHUNKED), chunked(s.body)),
        WireError,
        lasting=True,
    ),
    Fault(
        "chunked_and_cl",
        "T18",
        "chunks and a length at once, the other way round",
        lambda s: (s.head(_CHUNKED, f"Content-Length: {len(chunked(s.body))}"), chunked(s.body)),
        WireError,
        lasting=True,
    ),
)
_CHUNKS: Final = (
    Fault(
        "chunked_good",
        "T19",
        "the good answer in chunks",
        lambda s: (s.head(_CHUNKED), chunked(s.half, s.body[len(s.half) :]), STAY),
        "rows",
    ),
    Fault(
        "chunked_extension",
        "T19",
        "chunks with extensions and a trailer, as HTTP allows",
        lambda s: (
            s.head(_CHUNKED),
            b"%x;name=value\r\n%b\r\n" % (len(s.body), s.body) + b"0\r\nX-Trailer: 1\r\n\r\n",
            STAY,
        ),
        "rows",
    ),
    Fault(
        "chunked_fin_in_size",
        "T19",
        "closed in a chunk's size",
        _in_chunks(lambda s: chunked(s.half, end=b"1")),
        WireError,
    ),
    Fault(
        "chunked_fin_mid_chunk", "T19", "closed within a chunk", _in_chunks(lambda s: chunked(s.body)[:-20]), WireError
    ),
    Fault(
        "chunked_rst",
        "T19",
        "reset between two chunks",
        lambda s: (s.head(_CHUNKED), chunked(s.half, end=b""), RESET),
        SourceUnavailableError,
    ),
    Fault(
        "chunked_no_end",
        "T19",
        "closed without the last chunk",
        _in_chunks(lambda s: chunked(s.body, end=b"")),
        WireError,
    ),
    Fault(
        "chunked_half_no_end",
        "T19",
        "closed after half the chunks",
        _in_chunks(lambda s: chunked(s.half, end=b"")),
        WireError,
    ),
    Fault("chunked_bad_size", "T19", "a size that is a word", _sized(lambda _: b"zz"), WireError, lasting=True),
    Fault("chunked_negative", "T19", "a negative size", _sized(lambda n: b"-%x" % n), WireError, lasting=True),
    Fault("chunked_plus", "T19", "a size with a sign", _sized(lambda n: b"+%x" % n), WireError, lasting=True),
    Fault(
        "chunked_underscore",
        "T19",
        "a size as only Python reads it",
        _sized(lambda n: b"0_%x" % n),
        WireError,
        lasting=True,
    ),
    Fault("chunked_0x", "T19", "a size that begins with 0x", _sized(lambda n: b"0x%x" % n), WireError, lasting=True),
    Fault("chunked_empty_size", "T19", "a size that is empty", _sized(lambda _: b""), WireError, lasting=True),
    Fault("chunked_huge_size", "T19", "a size beyond 64 bits", _sized(lambda _: b"f" * 20), WireError, lasting=True),
    Fault("chunked_size_short", "T19", "a size smaller than its chunk", _sized(lambda n: b"%x" % (n - 9)), WireError),
    Fault("chunked_size_long", "T19", "a size larger than its chunk", _sized(lambda n: b"%x" % (n + 9)), WireError),
    Fault(
        "chunked_early_zero",
        "T20",
        "a polite last chunk after half the body",
        lambda s: (s.head(_CHUNKED), chunked(s.half), STAY),
        WireError,
    ),
    Fault("chunked_nothing", "T20", "only the last chunk", lambda s: (s.head(_CHUNKED), _END, STAY), WireError),
    Fault(
        "chunked_unannounced",
        "T21",
        "chunks, announced as a plain body",
        lambda s: (s.head(f"Content-Length: {len(chunked(s.body))}"), chunked(s.body), STAY),
        WireError,
    ),
    Fault(
        "chunked_announced_only",
        "T21",
        "a plain body, announced as chunks",
        lambda s: (s.head(_CHUNKED), s.body),
        WireError,
        lasting=True,
    ),
    Fault(
        "te_unknown",
        "T21",
        "a Transfer-Encoding nobody knows",
        _fields("Transfer-Encoding: rot13"),
        WireError,
        lasting=True,
    ),
    Fault(
        "te_almost",
        "T21",
        "a Transfer-Encoding that only looks like chunks",
        _fields("Transfer-Encoding: xchunked"),
        WireError,
        lasting=True,
    ),
    Fault(
        "te_gzip_chunked",
        "T21",
        "chunks of a gzip that was not asked for",
        lambda s: (s.head("Transfer-Encoding: gzip, chunked"), chunked(s.body)),
        WireError,
        lasting=True,
    ),
)

FRAMING_FAULTS: Final = (*_LENGTHS, *_CHUNKS)
