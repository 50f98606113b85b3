"""The body of an answer, read to its end or refused: length, gzip, and a limit before memory ends.

How the answer is framed was judged line by line where it came off the connection (:mod:`~.receiving`). Here it is counted
and unpacked. gzip is always asked for: its checksum over the whole is what shows damage that the framing does not.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from bartack.errors import WireError

__all__ = ["whole_body"]

_MAGIC = b"\x1f\x8b\x08"
_ARCHIVES = ("gzip", "octet-stream", "tar", "zip")


def whole_body(chunks: Iterable[bytes], headers: Mapping[str, str], limit: int, *, bodiless: bool = False) -> bytes:
    """Return a body, decompressed, of at most ``limit`` bytes.

    ``headers`` find their names in any case. ``bodiless`` answers (to ``HEAD``, status 304) announce a length, or gzip, and
    send nothing.

    Raises
    ------
    WireError
        it is truncated or corrupt (``retryable``); or larger than ``limit``, or packed otherwise than it says.
    """
    announced = _announced_length(headers)
    unpack = _Unpacker(headers.get("Content-Encoding", ""), limit)
    received = 0
    for chunk in chunks:
        received += len(chunk)
        unpack.take(chunk)
    if announced is not None and received != announced and not bodiless:
        raise WireError(f"the answer was announced with {announced} bytes and has {received}")
    content = b"" if bodiless and received == 0 else unpack.finished()
    if content.startswith(_MAGIC) and not any(word in headers.get("Content-Type", "") for word in _ARCHIVES):
        raise WireError("the answer is packed in gzip once more than it says", retryable=False)
    return content


class _Unpacker:
    """Collects a body that is plain or gzip."""

    def __init__(self, encoding: str, limit: int) -> None:
        name = encoding.strip().lower() or "identity"
        if name not in {"identity", "gzip", "x-gzip"}:
            raise WireError(f"the answer is packed as {name[:30]!r}, and gzip was asked for", retryable=False)
        self._gzip = None if name == "identity" else zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._limit = limit
        self._content = bytearray()
        self._started = False

    def take(self, chunk: bytes) -> None:
        if self._gzip is not None and not self._started and chunk and not _MAGIC.startswith(chunk[:3]):
            raise WireError("the answer says that it is packed in gzip, and is not", retryable=False)
        self._started = self._started or bool(chunk)
        self._content += chunk if self._gzip is None else _inflated(self._gzip, chunk, self._room)
        if self._room <= 0:
            raise WireError(
                f"the answer is larger than {self._limit} bytes",
                next_step="ask for smaller pages, or raise max_body",
                retryable=False,
            )

    @property
    def _room(self) -> int:
        """Bytes that may still come, and one to notice that there are more."""
        return self._limit + 1 - len(self._content)

    def finished(self) -> bytes:
        if self._gzip is not None and not self._gzip.eof:
            raise WireError("the answer's gzip data is cut off")
        return bytes(self._content)


def _inflated(gzip: zlib._Decompress, chunk: bytes, room: int) -> bytes:
    try:
        content = gzip.decompress(chunk, room)
    except zlib.error:
        content = None
    if content is None or gzip.unused_data:
        raise WireError("the answer's gzip data is corrupt")
    return content


def _announced_length(headers: Mapping[str, str]) -> int | None:
    text = headers.get("Content-Length")
    if text is None:
        return None
    lengths = {part.strip(" \t") for part in text.split(",")}  # two headers arrive here as one
    text = lengths.pop()
    if lengths or not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise WireError("the answer's Content-Length is not one number", retryable=False)
    return int(text)
