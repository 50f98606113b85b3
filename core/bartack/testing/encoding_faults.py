"""T22 to T25: how a body is packed. Packing that is cut, corrupt, a lie, or a bomb."""

from __future__ import annotations

import gzip
import itertools
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from bartack.errors import WireError
from bartack.testing.fault import STAY, Fault, Scene, Script, Step
from bartack.testing.framing_faults import chunked

__all__ = ["ENCODING_FAULTS", "packed"]

_GZIP = "Content-Encoding: gzip"
_ZSTD = b"\x28\xb5\x2f\xfd\x00"


def packed(content: bytes) -> bytes:
    """Return ``content`` as gzip, the same each time."""
    return gzip.compress(content, 6, mtime=0)


def _sent(content: Callable[[Scene], bytes], encoding: str = _GZIP) -> Script:
    """Return a script with an honest length and the content as it is."""

    def script(scene: Scene) -> tuple[Step, ...]:
        body = content(scene)
        return scene.head(*filter(None, [encoding]), f"Content-Length: {len(body)}"), body, STAY

    return script


def _bomb(_: Scene) -> bytes:
    """Return 128 MB of blanks as gzip: one piece, packed once, again and again."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    piece = packing.compress(b" " * 1_000_000) + packing.flush(zlib.Z_FULL_FLUSH)
    return packed(b"")[:10] + piece * 128


def _endless(head: Callable[[Scene], bytes], piece: bytes) -> Script:
    def script(scene: Scene) -> Iterator[Step]:
        yield head(scene)
        yield from itertools.repeat(piece)

    return script


def _flipped(content: bytes, place: int) -> bytes:
    damaged = bytearray(content)
    damaged[place] ^= 0x04
    return bytes(damaged)


_PACKING: Final = (
    Fault("gzip_good", "T22", "the good answer as gzip", _sent(lambda s: packed(s.body)), "rows"),
    Fault(
        "gzip_good_chunked",
        "T22",
        "the good answer as gzip in chunks",
        lambda s: (s.head(_GZIP, "Transfer-Encoding: chunked"), chunked(packed(s.body)), STAY),
        "rows",
    ),
    Fault("gzip_upper_case", "T22", "the good answer as GZIP",
        _sent(lambda s: packed(s.body), "Content-Encoding: GZIP"), "rows"),
    Fault("gzip_cut", "T22", "gzip cut in the middle, with a length that fits",
        _sent(lambda s: packed(s.body)[:-20]), WireError),
    Fault(
        "gzip_cut_chunked",
        "T22",
        "gzip cut in the middle, in chunks that are whole",
        lambda s: (s.head(_GZIP, "Transfer-Encoding: chunked"), chunked(packed(s.body)[:-20]), STAY),
        WireError,
    ),
    Fault("gzip_cut_eof", "T22", "gzip cut by the end of the connection",
        lambda s: (s.head(_GZIP), packed(s.body)[:-20]), WireError, lasting=True),
    Fault("gzip_no_trailer", "T22", "gzip without its checksum", _sent(lambda s: packed(s.body)[:-8]), WireError),
    Fault("gzip_half_trailer", "T22", "gzip with half its checksum", _sent(lambda s: packed(s.body)[:-4]), WireError),
    Fault("gzip_header_only", "T22", "gzip that ends after its header", _sent(lambda s: packed(s.body)[:10]), WireError),
    Fault("gzip_empty", "T22", "announced as gzip, of no byte", _sent(lambda _: b""), WireError),
    Fault(
        "deflate_cut",
        "T22",
        "deflate, which was not asked for, cut",
        _sent(lambda s: zlib.compress(s.body)[:-9], "Content-Encoding: deflate"),
        WireError, lasting=True
    ),
    Fault("br_cut", "T22", "Brotli, which was not asked for, cut",
        _sent(lambda _: b"\x0b\x02\x80", "Content-Encoding: br"), WireError, lasting=True),
    Fault("zstd_cut", "T22", "Zstandard, which was not asked for, cut",
        _sent(lambda _: _ZSTD, "Content-Encoding: zstd"), WireError, lasting=True),
    Fault("gzip_bad_crc", "T23", "gzip with a wrong checksum", _sent(lambda s: _flipped(packed(s.body), -6)), WireError),
    Fault("gzip_bad_size", "T23", "gzip with a wrong size at its end",
        _sent(lambda s: _flipped(packed(s.body), -2)), WireError),
    Fault(
        "gzip_bitflip",
        "T23",
        "gzip with one bit turned in the middle",
        _sent(lambda s: _flipped(packed(s.body), len(packed(s.body)) // 2)),
        WireError,
    ),
    Fault("gzip_bad_magic", "T23", "gzip with a bit turned in its first byte",
        _sent(lambda s: _flipped(packed(s.body), 0)), WireError, lasting=True),
    Fault("gzip_garbage_behind", "T23", "gzip with bytes behind its end",
        _sent(lambda s: packed(s.body) + b"abc"), WireError),
    Fault("gzip_twice_behind", "T23", "gzip, and behind it another one",
        _sent(lambda s: packed(s.body) + packed(b"{}")), WireError),
    Fault("encoding_claimed", "T24", "announced as gzip, and plain", _sent(lambda s: s.body), WireError, lasting=True),
    Fault("encoding_unannounced", "T24", "gzip, and not announced", _sent(lambda s: packed(s.body), ""), WireError, lasting=True),
    Fault("encoding_double", "T24", "packed twice, announced once",
          _sent(lambda s: packed(packed(s.body))), WireError, lasting=True),
    Fault(
        "encoding_list",
        "T24",
        "packed twice, announced twice",
        _sent(lambda s: packed(packed(s.body)), "Content-Encoding: gzip, gzip"),
        WireError, lasting=True
    ),
    Fault("encoding_unknown", "T24", "packed in a way nobody knows",
        _sent(lambda s: s.body, "Content-Encoding: x-own"), WireError, lasting=True),
    Fault("encoding_identity", "T24", "announced as not packed, and not packed",
        _sent(lambda s: s.body, "Content-Encoding: identity"), "rows"),
)  # fmt: skip
_TOO_LARGE: Final = (
    Fault("gzip_bomb", "T25", "128 MB of blanks in a gzip of 125 kB", _sent(_bomb), WireError, lasting=True),
    Fault(
        "endless_body",
        "T25",
        "a body that never ends",
        _endless(lambda s: s.head("Connection: close"), b" " * 65_536),
        WireError,
        lasting=True,
    ),
    Fault(
        "endless_length",
        "T25",
        "a body of a terabyte, as announced",
        _endless(lambda s: s.head("Content-Length: 1000000000000"), b" " * 65_536),
        WireError,
        lasting=True,
    ),
    Fault(
        "endless_chunks",
        "T25",
        "chunks without end",
        _endless(lambda s: s.head("Transfer-Encoding: chunked"), chunked(b" " * 65_536, end=b"")),
        WireError,
        lasting=True,
    ),
    Fault(
        "endless_digits",
        "J19",
        "a number whose digits never end",
        _endless(
            lambda s: s.head("Transfer-Encoding: chunked") + chunked(b'{"n": ', end=b""),
            chunked(b"7" * 65_536, end=b""),
        ),
        WireError,
        lasting=True,
    ),
)

ENCODING_FAULTS: Final = (*_PACKING, *_TOO_LARGE)
