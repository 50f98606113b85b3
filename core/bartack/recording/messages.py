"""The values a cassette is made of: requests, answers, and the pairs they form."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from bartack.recording.packing import unpack, unpack_begun

__all__ = ["NO_ANSWER", "Failure", "Headers", "Interaction", "RecordedRequest", "RecordedResponse", "header"]

_PACKED = frozenset(("content-encoding", "transfer-encoding"))

Headers = tuple[tuple[str, str], ...]
"""Name and value, in the order they were sent; a header that was sent twice is there twice."""


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """What was asked; ``body`` is ``None`` where nothing was sent."""

    method: str
    uri: str
    headers: Headers = ()
    body: bytes | None = None

    def unpacked(self) -> RecordedRequest:
        """Return the request as it was before its body was packed for the wire.

        Raises
        ------
        RecordingError
            the body is packed in a way that cannot be opened here, or is cut off.
        """
        body = _open(self.headers, self.body or b"")
        headers = _fitting(self.headers, len(body), add=False)
        if headers is self.headers and (self.body is None or body is self.body):
            return self
        return replace(self, headers=headers, body=None if self.body is None else body)

    def __str__(self) -> str:
        return f"{self.method} {self.uri}"


@dataclass(frozen=True, slots=True)
class RecordedResponse:
    """What was answered."""

    status: int
    message: str = ""
    headers: Headers = ()
    body: bytes = b""

    def unpacked(self) -> RecordedResponse:
        """Return the answer as it was before its body was packed for the wire.

        Raises
        ------
        RecordingError
            the body is packed in a way that cannot be opened here, or is cut off.
        """
        body = _open(self.headers, self.body)
        headers = _fitting(self.headers, len(body), add=True)
        return self if headers is self.headers and body is self.body else replace(self, headers=headers, body=body)

    def cut_off(self) -> RecordedResponse:
        """Return what came of the answer, unpacked as far as that goes, announced as one byte longer than it is.

        So whoever checks lengths finds that it is not whole.
        """
        encoding = header(self.headers, "Content-Encoding")
        body = self.body if encoding is None else unpack_begun(self.body, encoding)
        return replace(self, headers=_fitting(self.headers, len(body) + 1, add=True), body=body)


NO_ANSWER = RecordedResponse(599, "no answer")
"""Stands where nothing came at all."""


@dataclass(frozen=True, slots=True)
class Failure:
    """How a request failed on the wire.

    ``kind``: ``timeout``, ``reset``, ``tls``, ``dns``, ``cut`` … (:mod:`bartack.recording.faults` has them all); ``message`` for
    people. ``next_step`` and ``retryable``: as on the error, where it was one of Bartack's own.
    """

    kind: str
    message: str = ""
    next_step: str | None = None
    retryable: bool | None = None


@dataclass(frozen=True, slots=True)
class Interaction:
    """One request with its answer.

    ``request_encoding`` and ``response_encoding`` remember how the bodies were packed on the wire (``gzip``). ``seconds``:
    how long the answer took, where that is known. ``failure``: there was no whole answer; ``response`` is what had come.
    ``unframed``: the answer told neither its length nor its end.
    """

    request: RecordedRequest
    response: RecordedResponse
    request_encoding: str | None = None
    response_encoding: str | None = None
    seconds: float | None = None
    failure: Failure | None = None
    unframed: bool = False

    def __str__(self) -> str:
        return str(self.request)

    @property
    def said(self) -> Hashable:
        """What was asked and answered, without how long it took: two with the same are doubles."""
        return self.request, self.response, self.failure

    def unpacked(self) -> Interaction:
        """Return the interaction as every client library can read it: bodies unpacked, headers that fit them.

        Raises
        ------
        RecordingError
            a body is packed in a way that cannot be opened here, or is cut off.
        """
        request, response = self.request.unpacked(), self._opened()
        if request is self.request and response is self.response:
            return self
        return replace(
            self,
            request=request,
            response=response,
            request_encoding=header(self.request.headers, "Content-Encoding") or self.request_encoding,
            response_encoding=header(self.response.headers, "Content-Encoding") or self.response_encoding,
        )

    @property
    def is_bodiless(self) -> bool:
        """Whether the answer's headers tell the length of a body that is not there (RFC 9110, 6.4.1)."""
        return self.request.method == "HEAD" or self.response.status in (204, 304)

    def _opened(self) -> RecordedResponse:
        if self.is_bodiless or self.response == NO_ANSWER:
            return self.response
        return self.response.unpacked() if self.failure is None else self.response.cut_off()


def header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header, whatever the case of its name."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def _open(headers: Headers, body: bytes) -> bytes:
    encoding = header(headers, "Content-Encoding")
    return body if encoding is None else unpack(body, encoding)


def _fitting(headers: Headers, length: int, *, add: bool) -> Headers:
    """Return the headers of a body of ``length`` bytes which is neither packed nor sent in chunks; the same where they are."""
    kept: list[tuple[str, str]] = []
    told, same = not add, True
    for pair in headers:
        name = pair[0].lower()
        if name in _PACKED:
            same = False
        elif name == "content-length":
            same = same and pair[1] == str(length)
            kept.append((pair[0], str(length)))
            told = True
        else:
            kept.append(pair)
    if told:
        return headers if same else tuple(kept)
    return (*kept, ("Content-Length", str(length)))
