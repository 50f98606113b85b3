"""How an answer is taken off the connection: every line is judged before ``http.client`` gets to see it.

``http.client`` reads generously: a connection that closes within the headers is the end of the headers, a line without a
colon ends them too, ``103`` is an answer, ``-5`` and ``5_0`` are sizes of chunks. So it does not read from the socket
but from a :class:`Feed`, which hands on what is well-formed (RFC 9112) and raises where something is not. What urllib3
reads by itself, the chunks, it reads through the same feed.
"""

from __future__ import annotations

import http.client
import io
import re
from collections.abc import Callable
from typing import Any, Literal

from bartack.errors import SourceChangedError, WireError

__all__ = ["Feed", "Framing", "Response"]

Framing = Literal["length", "chunks", "end"]
"""How one knows that a body is whole: by its length, by its chunks, or only by the end of the connection."""

_LONGEST_LINE = 65_536
_LARGEST_HEAD = 262_144
_MOST_LINES = 100  # as http.client has it
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9][0-9]{2})(?: [^\r\n]*)?\r?\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*\r?\n")
_CHUNK_BEGUN = re.compile(rb"[0-9A-Fa-f]{0,15}[ \t]*(?:;[^\r\n]*)?\r?")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n")
_LENGTH = b"content-length"  # RFC 9110 8.6: the same length twice is one length
_SINGULAR = frozenset({_LENGTH, b"transfer-encoding", b"content-encoding"})


class Response(http.client.HTTPResponse):
    """An answer read through a feed."""

    fp: Any

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.framing: Framing = "end"
        self._connection = sock
        self.fp = Feed(_Tap(self.fp.detach()))

    def begin(self) -> None:
        super().begin()
        self.framing = self.fp.framing

    def _close_conn(self) -> None:
        if self.fp.surplus():  # it would be taken for the answer to the next request
            self._connection.spoiled = True
        super()._close_conn()  # type: ignore[misc]  # the stubs leave it out


class Feed(io.BufferedReader):
    """The bytes of one answer, in lines and pieces, as ``http.client`` and ``urllib3`` ask for them."""

    def __init__(self, tap: _Tap) -> None:
        super().__init__(tap)
        self.framing: Framing = "end"
        self._tap = tap
        self._judge: Callable[[bytes], None] = self._status
        self._code = 0
        self._size = 0
        self._fields: dict[bytes, bytes] = {}
        self._count = 0
        self._chunks = 0
        self._left: int | None = None

    def readline(self, size: int | None = -1, /) -> bytes:
        """Return the next line.

        Raises
        ------
        WireError
            it is not well-formed where it stands, or cut off.
        SourceChangedError
            the answer is an interim one.
        """
        line = super().readline(_LONGEST_LINE + 1)
        self._judge(line)
        return line

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next ``size`` bytes, fewer at the end."""
        piece = super().read(size)
        if self._left is not None:
            self._within_chunk(piece)
        return piece

    def surplus(self) -> bytes:
        """Return what has already come beyond what was read; nothing more is read from here."""
        self._tap.shut = True
        return self.peek(1)

    def _status(self, line: bytes) -> None:
        if not line:
            return  # closed before an answer: http.client says so
        match = _STATUS.fullmatch(line)
        if match is None:
            if not line.endswith(b"\n") and (b"HTTP/1.".startswith(line[:7]) and len(line) < 100):
                raise WireError("the answer is cut off in its first line")
            raise WireError(
                "what answers there does not speak HTTP/1",
                next_step="check scheme and port of base_url",
                retryable=False,
            )
        self._code = int(match[1])
        if 100 < self._code < 200:
            raise SourceChangedError(f"status {self._code} came in place of an answer")
        self._fields.clear()
        self._count = 0
        self._judge = self._field

    def _field(self, line: bytes) -> None:
        self._count_field(line)
        if line in (b"\r\n", b"\n"):
            self._end_head()
            return
        match = _FIELD.fullmatch(line)
        if match is None:
            raise WireError("a header line of the answer is malformed", retryable=False)
        name = match[1].lower()
        if name in _SINGULAR and name in self._fields and not (name == _LENGTH and self._fields[name] == match[2]):
            raise WireError(f"the answer has the header {name.decode()} twice", retryable=False)
        self._fields[name] = match[2]

    def _end_head(self) -> None:
        if self._code == http.client.CONTINUE:
            self._judge = self._status
            return
        length, coding = self._fields.get(_LENGTH), self._fields.get(b"transfer-encoding")
        if length is not None and coding is not None:
            raise WireError("the answer is framed in two ways at once, by length and in chunks", retryable=False)
        if coding is not None and coding.lower() != b"chunked":
            raise WireError("the answer is framed in an unknown way", retryable=False)
        if length is not None and not (length.isdigit() and len(length) < 16):
            raise WireError("the answer's Content-Length is not one number", retryable=False)
        self.framing = "length" if length is not None else "chunks" if coding is not None else "end"
        self._judge = self._chunk

    def _chunk(self, line: bytes) -> None:
        match = _CHUNK.fullmatch(line)
        if match is None:
            if _CHUNK_BEGUN.fullmatch(line) and len(line) <= _LONGEST_LINE:
                raise WireError("the answer is cut off between two chunks")
            raise WireError("the answer is not in the chunks that it announces", retryable=self._chunks > 0)
        self._chunks += 1
        size = int(match[1], 16)
        if size == 0:
            self._judge = self._trailer
        else:
            self._left = size

    def _within_chunk(self, piece: bytes) -> None:
        if self._left:
            self._left -= len(piece)
        elif piece == b"\r\n":
            self._left = None
        elif len(piece) == 2:
            raise WireError("a chunk of the answer is longer than it announces")

    def _trailer(self, line: bytes) -> None:
        self._count_field(line)
        if line != b"\r\n" and not _FIELD.fullmatch(line):
            raise WireError("a line behind the last chunk of the answer is malformed", retryable=False)

    def _count_field(self, line: bytes) -> None:
        """Refuse heads without end, and those whose connection ended within them."""
        self._size += len(line)
        self._count += 1
        if self._size > _LARGEST_HEAD or len(line) > _LONGEST_LINE or self._count > _MOST_LINES:
            raise WireError("the answer's headers do not end", retryable=False)
        if not line.endswith(b"\n"):
            raise WireError("the answer is cut off within its headers")


class _Tap(io.RawIOBase):
    """The bytes off a socket; once it is shut, nothing more is waited for."""

    def __init__(self, source: io.RawIOBase) -> None:
        self._source = source
        self.shut = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        return None if self.shut else self._source.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._source.close()
        super().close()
