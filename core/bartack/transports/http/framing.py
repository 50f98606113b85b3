"""The body of an answer, read to its end or refused: length, chunks, gzip, and a limit before memory ends."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from bartack.errors import WireError

__all__ = ["whole_body"]


def whole_body(chunks: Iterable[bytes], headers: Mapping[str, str], limit: int, *, bodiless: bool = False) -> bytes:
    """Return a body, decompressed, of at most ``limit`` bytes.

    ``headers`` find their names in any case. ``bodiless`` answers (to ``HEAD``, status 304) announce a length and send
    nothing.

    Raises
    ------
    WireError
        it is truncated, corrupt, larger than ``limit``, or framed in a way that does not add up.
    """
    announced = _announced_length(headers)
    unpack = _Unpacker(headers.get("Content-Encoding", ""), limit)
    received = 0
    for chunk in chunks:
        received += len(chunk)
        unpack.take(chunk)
    if announced is not None and received != announced and not bodiless:
        raise WireError(f"the answer was announced with {announced} bytes and has {received}")
    return unpack.finished()


class _Unpacker:
    """Collects a body that is plain or gzip."""

    def __init__(self, encoding: str, limit: int) -> None:
        name = encoding.strip().lower() or "identity"
        if name not in {"identity", "gzip", "x-gzip"}:
            raise WireError(f"the answer is packed as {name[:30]!r}, and gzip was asked for")
        self._gzip = None if name == "identity" else zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._limit = limit
        self._content = bytearray()
        self._started = False

    def take(self, chunk: bytes) -> None:
        self._started = self._started or bool(chunk)
        self._content += chunk if self._gzip is None else _inflated(self._gzip, chunk, self._room)
        if self._room <= 0:
            raise WireError(
                f"the answer is larger than {self._limit} bytes", next_step="ask for smaller pages, or raise max_body"
            )

    @property
    def _room(self) -> int:
        """Bytes that may still come, and one to notice that there are more."""
        return self._limit + 1 - len(self._content)

    def finished(self) -> bytes:
        if self._gzip is not None and self._started and not self._gzip.eof:
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
    lengths = {part.strip() for part in text.split(",")}
    length = lengths.pop()
    if lengths or not (length.isascii() and length.isdecimal() and len(length) < 16):
        raise WireError("the answer's Content-Length is not one number")
    if "chunked" in headers.get("Transfer-Encoding", "").lower():
        raise WireError("the answer is framed in two ways at once, by length and in chunks")
    return int(length)
