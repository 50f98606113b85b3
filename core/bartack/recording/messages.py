"""The values a cassette is made of: requests, answers, and the pairs they form."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bartack.recording.packing import unpack

__all__ = ["Failure", "Headers", "Interaction", "RecordedRequest", "RecordedResponse", "header"]

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

    def unpacked(self, *, bodiless: bool = False) -> RecordedResponse:
        """Return the answer as it was before its body was packed for the wire.

        ``bodiless``: it answers HEAD, so its headers tell the length of a body that is not there.

        Raises
        ------
        RecordingError
            the body is packed in a way that cannot be opened here, or is cut off.
        """
        if bodiless or self.status in (204, 304):
            return self
        body = _open(self.headers, self.body)
        return replace(self, headers=_fitting(self.headers, len(body), add=True), body=body)


@dataclass(frozen=True, slots=True)
class Failure:
    """How a request failed on the wire. ``kind``: ``timeout``, ``reset``, ``tls``, ``dns``, ``cut`` …; ``message`` for people."""

    kind: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One request with its answer.

    ``request_encoding`` and ``response_encoding`` remember how the bodies were packed on the wire (``gzip``). ``seconds``:
    how long the answer took, where that is known. ``failure``: there was no whole answer; ``response`` is what had come.
    """

    request: RecordedRequest
    response: RecordedResponse
    request_encoding: str | None = None
    response_encoding: str | None = None
    seconds: float | None = None
    failure: Failure | None = None

    def unpacked(self) -> Interaction:
        """Return the interaction as every client library can read it: bodies unpacked, headers that fit them.

        Raises
        ------
        RecordingError
            a body is packed in a way that cannot be opened here, or is cut off.
        """
        return replace(
            self,
            request=self.request.unpacked(),
            response=self.response.unpacked(bodiless=self.request.method == "HEAD"),
            request_encoding=header(self.request.headers, "Content-Encoding") or self.request_encoding,
            response_encoding=header(self.response.headers, "Content-Encoding") or self.response_encoding,
        )


def header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header, whatever the case of its name."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def _open(headers: Headers, body: bytes) -> bytes:
    encoding = header(headers, "Content-Encoding")
    return body if encoding is None else unpack(body, encoding)


def _fitting(headers: Headers, length: int, *, add: bool) -> Headers:
    """Return the headers of a body of ``length`` bytes which is neither packed nor sent in chunks."""
    kept: list[tuple[str, str]] = []
    told = not add
    for name, value in headers:
        match name.lower():
            case "content-encoding" | "transfer-encoding":
                pass
            case "content-length":
                kept.append((name, str(length)))
                told = True
            case _:
                kept.append((name, value))
    return tuple(kept) if told else (*kept, ("Content-Length", str(length)))
