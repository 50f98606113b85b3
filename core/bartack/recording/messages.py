"""The values a cassette is made of: requests, answers, and the pairs they form."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bartack.recording.packing import unpack

__all__ = ["Headers", "Interaction", "RecordedRequest", "RecordedResponse", "header"]

Headers = tuple[tuple[str, str], ...]
"""Name and value, in the order they were sent; a header that was sent twice is there twice."""


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """What was asked; ``body`` is ``None`` where nothing was sent."""

    method: str
    uri: str
    headers: Headers = ()
    body: bytes | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.uri}"


@dataclass(frozen=True, slots=True)
class RecordedResponse:
    """What was answered."""

    status: int
    message: str = ""
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One request with its answer.

    ``request_encoding`` and ``response_encoding`` remember how the bodies were packed on the wire (``gzip``).
    """

    request: RecordedRequest
    response: RecordedResponse
    request_encoding: str | None = None
    response_encoding: str | None = None

    def unpacked(self) -> Interaction:
        """Return the interaction as every client library can read it: bodies unpacked, headers that fit them.

        Raises
        ------
        RecordingError
            a body is packed in a way that cannot be opened here, or is cut off.
        """
        request, response = self.request, self.response
        question, asked = _open(request.headers, request.body or b"")
        answer, answered = _open(response.headers, response.body)
        headers = response.headers
        if request.method != "HEAD" and response.status not in (204, 304):
            headers = _fitting(headers, len(answer), add=True)
        return Interaction(
            request=replace(
                request,
                headers=_fitting(request.headers, len(question), add=False),
                body=None if request.body is None else question,
            ),
            response=replace(response, headers=headers, body=answer),
            request_encoding=asked or self.request_encoding,
            response_encoding=answered or self.response_encoding,
        )


def header(headers: Headers, name: str) -> str | None:
    """Return the first value of a header, whatever the case of its name."""
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)


def _open(headers: Headers, body: bytes) -> tuple[bytes, str | None]:
    encoding = header(headers, "Content-Encoding")
    return (body, None) if encoding is None else (unpack(body, encoding), encoding)


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
