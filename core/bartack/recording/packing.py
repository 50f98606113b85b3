"""Opens bodies that were packed for the wire, so that they can be read, searched for secrets and compared."""

from __future__ import annotations

import zlib
from contextlib import suppress

from bartack.errors import RecordingError

__all__ = ["MAX_BODY", "CutOffError", "packing_of", "unpack", "unpack_begun"]

MAX_BODY = 256_000_000
"""Bytes of one body after unpacking: more is no recording that anybody reviews, but perhaps a bomb."""

_MAGIC = b"\x1f\x8b\x08"
_PIECE = 512
"""Bytes that are opened at a time where the end may be bad: what was opened before is kept."""

_WINDOWS = {
    "gzip": (16 + zlib.MAX_WBITS,),
    "x-gzip": (16 + zlib.MAX_WBITS,),
    # Some servers call the bare stream "deflate", others the one with a zlib header (RFC 9110, 8.4.1.2).
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}


class CutOffError(RecordingError):
    """A packed body ends before its packing does."""


def unpack(body: bytes, encoding: str) -> bytes:
    """Return ``body`` without its content encoding.

    Some recorders unpack a body and leave the header that says it is packed: what does not open is taken as open.

    Raises
    ------
    RecordingError
        the encoding is unknown here and the body is no text, it is cut off, or it is too large.
    """
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        if name in _WINDOWS:
            body = _inflate(body, name)
        elif name not in ("", "identity") and not _is_text(body):
            raise RecordingError(
                f"a body packed as {name!r} cannot be opened, so nobody can tell whether it holds secrets",
                next_step="let the client ask for gzip (Accept-Encoding: gzip)",
            )
    return body


def unpack_begun(body: bytes, encoding: str) -> bytes:
    """Return what can be read of a body whose packing is bad: all where it is open, else its beginning, or nothing."""
    for name in reversed([part.strip().lower() for part in encoding.split(",")]):
        begun = _inflate_begun(body, name) if name in _WINDOWS else b""
        if not begun and not _is_text(body):
            return b""  # nobody can tell whether it holds secrets
        body = begun or body
    return body


def _inflate_begun(body: bytes, name: str) -> bytes:
    return max((_opened_part(body, window) for window in _WINDOWS[name]), key=len)


def _opened_part(body: bytes, window: int) -> bytes:
    opener, opened = zlib.decompressobj(window), b""
    with suppress(zlib.error):
        for start in range(0, len(body), _PIECE):
            opened += opener.decompress(body[start : start + _PIECE], MAX_BODY + 1 - len(opened))
    return opened


def packing_of(body: bytes, encoding: str) -> str:
    """Tell whether a body off the wire is packed as its header says.

    ``good``; ``cut`` or ``corrupt``: it can be opened in part; ``not``: it is open; ``other``: so is this, and nobody knows what
    the header means.

    Raises
    ------
    RecordingError
        it cannot be opened here at all.
    """
    name = encoding.strip().lower()
    if name not in _WINDOWS:
        unpack(body, encoding)
        return "good" if "," in name or name in ("", "identity") else "other"
    if not body:
        return "cut"
    try:
        opened = unpack(body, encoding)
    except CutOffError:
        return "cut"
    if opened is not body:
        return "good"
    return "corrupt" if _inflate_begun(body, name) or body.startswith(_MAGIC) else "not"


def _inflate(body: bytes, name: str) -> bytes:
    for window in _WINDOWS[name]:
        try:
            return _members(body, window)
        except zlib.error:
            continue
    return body


def _members(body: bytes, window: int) -> bytes:
    """Open one packed member after the other (gzip allows several), all of them together at most ``MAX_BODY``."""
    opened = b""
    while body:
        opener = zlib.decompressobj(window)
        opened += opener.decompress(body, MAX_BODY + 1 - len(opened))
        if len(opened) > MAX_BODY:
            raise RecordingError(f"a body is larger than {MAX_BODY:,} bytes when unpacked")
        if not opener.eof:
            raise CutOffError("a packed body is cut off", next_step="record it again")
        body = opener.unused_data
    return opened


def _is_text(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
