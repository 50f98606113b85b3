"""Transport adapters for ``requests``: the one place where recording meets a client library.

They are mounted on a session (``session.mount("https://", adapter)``), so nothing global is patched, threads do not get
into each other's way, and SOAP is recorded like REST, for zeep sends through the same session.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.message import Message
from http.client import HTTPMessage
from io import BytesIO
from types import TracebackType
from typing import Any, Self

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.cookies import extract_cookies_to_jar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPHeaderDict, HTTPResponse

from bartack.errors import RecordingError
from bartack.recording.cassette import Cassette
from bartack.recording.faults import before_answer, failure_of, packed_again, packing_failure, within_body
from bartack.recording.messages import NO_ANSWER, Failure, Headers, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.packing import MAX_BODY
from bartack.recording.playback import Playback
from bartack.recording.scrub import Scrubber

__all__ = ["RecordingAdapter", "ReplayAdapter"]


class RecordingAdapter(BaseAdapter):
    """Sends through ``inner`` and adds what came back to ``cassette``, scrubbed, with how long it took.

    Without an ``inner`` it records what the network of whoever uses it gets (:meth:`over`); on a session of ``requests``
    that is an adapter which does not retry.

    The caller gets the answer exactly as it came, and so does what failed on the way (a time-out, an answer that is cut
    off): it is recorded, too. As a context manager it saves the cassette at the end, unless there was an error: a recording
    of half a session shall not replace a whole one.
    """

    def __init__(
        self,
        inner: BaseAdapter | None,
        cassette: Cassette,
        scrub: Scrubber,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.cassette = cassette
        self._inner = inner or HTTPAdapter()
        self._stands_alone = inner is not None
        self._scrub = scrub
        self._clock = clock

    def over(self, network: BaseAdapter) -> RecordingAdapter:
        """Return what records into the same cassette what ``network`` gets; this one, where it has an ``inner``."""
        return self if self._stands_alone else RecordingAdapter(network, self.cassette, self._scrub, self._clock)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the signature of requests
        timeout: Any = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send ``request``, record the exchange, and return the answer.

        Raises
        ------
        RecordingError
            the answer is packed in a way that cannot be searched for secrets.
        """
        sent = request.copy()
        asked = _recorded(sent)
        sent.body = asked.body
        begun = self._clock()
        try:
            response = self._inner.send(sent, stream=True, timeout=timeout, verify=verify, cert=cert, proxies=proxies)
        except Exception as error:
            self._add(Interaction(asked, NO_ANSWER, seconds=self._clock() - begun), error)
            raise
        content, broken = _read(response)
        seconds = self._clock() - begun
        answered = RecordedResponse(response.status_code, response.reason or "", _pairs(response.raw.headers), content)
        self._add(Interaction(asked, answered, seconds=seconds, unframed=_is_unframed(response.raw)), broken)
        response.raw = _raw(request, answered, original=_original(response.raw), error=broken)
        response.request = request
        return response

    def _add(self, item: Interaction, error: Exception | None) -> None:
        failure = _packing_failure(item) if error is None else failure_of(error)
        if failure is not None or error is None:  # any other error did not happen on the wire
            self.cassette.append(self._scrub.interaction(replace(item, failure=failure).unpacked()))

    def close(self) -> None:
        """Close the connections of ``inner``; the cassette stays open, for other sessions may share it."""
        self._inner.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if kind is None:
            self.cassette.save()


class ReplayAdapter(BaseAdapter):
    """Answers from ``cassette`` and never opens a connection.

    ``scrub`` has to know the secrets by value which the recording knew, where the requests carry them in places that
    do not tell by their name.
    """

    def __init__(self, cassette: Cassette, scrub: Scrubber | None = None) -> None:
        super().__init__()
        self.cassette = cassette
        self._playback = Playback(cassette, scrub or Scrubber())

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """The recorded interactions that were not asked for yet."""
        return self._playback.unplayed

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002 - the signature of requests
        timeout: Any = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Return the recorded answer to ``request``.

        Raises
        ------
        RecordingError
            there is none, or none is left.
        requests.RequestException, BartackError
            as it was raised when the request was recorded, where it got no answer.
        """
        played = self._playback.answer(_recorded(request.copy()).unpacked())
        recorded, error = _played(played, request)
        original = _Original(recorded.headers, "end" if played.unframed else None)
        response = requests.Response()
        response.status_code = recorded.status
        response.reason = recorded.message
        response.raw = _raw(request, recorded, original=original, error=error)
        response.headers = CaseInsensitiveDict(response.raw.headers)
        response.encoding = get_encoding_from_headers(response.headers)
        response.url = request.url or ""
        response.request = request
        response.connection = self  # type: ignore[assignment]  # the stubs know one kind of adapter
        extract_cookies_to_jar(response.cookies, request, response.raw)  # type: ignore[no-untyped-call]
        return response

    def close(self) -> None:
        """Do nothing: there is no connection to close."""


class _Original:
    """What is looked at of the answer below urllib3: its header lines, for the cookies in them, and how it is framed."""

    def __init__(self, headers: Headers, framing: str | None = None) -> None:
        self.framing = framing
        self.msg: Message = HTTPMessage()
        for name, value in headers:
            self.msg[name] = value

    def isclosed(self) -> bool:
        return True

    def close(self) -> None:
        pass


def _recorded(request: requests.PreparedRequest) -> RecordedRequest:
    body = request.body
    if isinstance(body, str):
        body = body.encode("utf-8")
    elif body is not None and not isinstance(body, bytes):
        # A file or an iterator can be read once only.
        pieces = [body.read()] if hasattr(body, "read") else list(body)
        body = b"".join(piece.encode("utf-8") if isinstance(piece, str) else piece for piece in pieces)
    headers = tuple((name, _text(value)) for name, value in request.headers.items())
    return RecordedRequest(request.method or "GET", request.url or "", headers, body)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _pairs(headers: HTTPHeaderDict) -> Headers:
    return tuple(headers.iteritems())


def _played(item: Interaction, request: requests.PreparedRequest) -> tuple[RecordedResponse, Exception | None]:
    """Return what came of an answer, and the error that ends its body; raise the one that came instead of an answer."""
    answer, failure = item.response, item.failure
    if failure is None:
        return answer, None
    if answer == NO_ANSWER:
        raise before_answer(failure, request)
    packed = packed_again(answer, failure, item.response_encoding or "gzip")
    return (answer, within_body(failure)) if packed is None else (packed, None)


def _read(response: requests.Response) -> tuple[bytes, Exception | None]:
    """Return the body as it was on the wire, and what ended it before its end."""
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in response.raw.stream(65536, decode_content=False):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_BODY:
                raise RecordingError(f"an answer is larger than {MAX_BODY:,} bytes", next_step="ask for smaller pages")
    except RecordingError:
        raise
    except Exception as error:
        return b"".join(pieces), error
    finally:
        response.raw.release_conn()
    return b"".join(pieces), None


def _packing_failure(item: Interaction) -> Failure | None:
    return None if item.is_bodiless else packing_failure(item.response)


def _original(raw: HTTPResponse) -> Any:
    return getattr(raw, "_original_response", None)


def _is_unframed(raw: HTTPResponse) -> bool:
    return getattr(_original(raw), "framing", None) == "end"


def _raw(
    request: requests.PreparedRequest,
    answer: RecordedResponse,
    *,
    original: Any = None,
    error: Exception | None = None,
) -> HTTPResponse:
    """Return an answer that can be read like one from the network; ``error`` ends its body."""
    return HTTPResponse(
        body=BytesIO(answer.body) if error is None else _Failing(answer.body, error),
        headers=HTTPHeaderDict(answer.headers),
        status=answer.status,
        reason=answer.message,
        version=11,
        preload_content=False,
        original_response=original if original is not None else _Original(answer.headers),  # type: ignore[arg-type]  # a part of one
        request_method=request.method,
        request_url=request.url,
    )


class _Failing(BytesIO):
    """A body that ends with an error."""

    def __init__(self, body: bytes, error: Exception) -> None:
        super().__init__(body)
        self._error = error

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        if not piece and size != 0:
            raise self._error
        return piece
