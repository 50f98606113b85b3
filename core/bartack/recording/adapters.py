"""Transport adapters for ``requests``: the one place where recording meets a client library.

They are mounted on a session (``session.mount("https://", adapter)``), so nothing global is patched, threads do not get
into each other's way, and SOAP is recorded like REST, for zeep sends through the same session.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
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
from urllib3.exceptions import DecodeError, ProtocolError, ReadTimeoutError, SSLError

from bartack.errors import RecordingError
from bartack.recording.cassette import Cassette
from bartack.recording.messages import Headers, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.packing import MAX_BODY, CutOffError
from bartack.recording.playback import Playback
from bartack.recording.scrub import Scrubber

__all__ = ["RecordingAdapter", "ReplayAdapter"]


class RecordingAdapter(BaseAdapter):
    """Sends through ``inner`` and adds what came back to ``cassette``, scrubbed.

    Without an ``inner`` it records what the network of whoever uses it gets (:meth:`over`); on a session of ``requests``
    that is an adapter which does not retry.

    The caller gets the answer exactly as it came. What failed on the way (a time-out, an answer that is cut off) is the
    caller's to handle, and is not recorded. As a context manager it saves the cassette at the end, unless there was an
    error: a recording of half a session shall not replace a whole one.
    """

    def __init__(self, inner: BaseAdapter | None, cassette: Cassette, scrub: Scrubber) -> None:
        super().__init__()
        self.cassette = cassette
        self._inner = inner or HTTPAdapter()
        self._stands_alone = inner is not None
        self._scrub = scrub

    def over(self, network: BaseAdapter) -> RecordingAdapter:
        """Return what records into the same cassette what ``network`` gets; this one, where it has an ``inner``."""
        return self if self._stands_alone else RecordingAdapter(network, self.cassette, self._scrub)

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
        response = self._inner.send(sent, stream=True, timeout=timeout, verify=verify, cert=cert, proxies=proxies)
        content = _read(response)
        answered = RecordedResponse(response.status_code, response.reason or "", _pairs(response.raw.headers), content)
        with suppress(CutOffError):
            self.cassette.append(self._scrub.interaction(Interaction(asked, answered).unpacked()))
        response.raw = _raw(request, answered, response.raw)
        response.request = request
        return response

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
        """
        recorded = self._playback.answer(_recorded(request.copy()).unpacked()).response
        response = requests.Response()
        response.status_code = recorded.status
        response.reason = recorded.message
        response.raw = _raw(request, recorded)
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
    """What ``requests`` looks at of the answer below urllib3: its header lines, for the cookies in them."""

    def __init__(self, headers: Headers) -> None:
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


def _read(response: requests.Response) -> bytes:
    """Return the body as it was on the wire, with the errors that ``requests`` raises while reading."""
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in response.raw.stream(65536, decode_content=False):
            pieces.append(piece)
            size += len(piece)
            if size > MAX_BODY:
                raise RecordingError(f"an answer is larger than {MAX_BODY:,} bytes", next_step="ask for smaller pages")
    except ProtocolError as error:
        raise requests.exceptions.ChunkedEncodingError(error, request=response.request) from None
    except DecodeError as error:
        raise requests.exceptions.ContentDecodingError(error, request=response.request) from None
    except ReadTimeoutError as error:
        raise requests.exceptions.ConnectionError(error, request=response.request) from None
    except SSLError as error:
        raise requests.exceptions.SSLError(error, request=response.request) from None
    finally:
        response.raw.release_conn()
    return b"".join(pieces)


def _raw(request: requests.PreparedRequest, answer: RecordedResponse, live: HTTPResponse | None = None) -> HTTPResponse:
    """Return an answer that can be read like one from the network; of a ``live`` one it keeps the header lines."""
    original: Any = getattr(live, "_original_response", None) or _Original(answer.headers)
    return HTTPResponse(
        body=BytesIO(answer.body),
        headers=HTTPHeaderDict(answer.headers),
        status=answer.status,
        reason=answer.message,
        version=11,
        preload_content=False,
        original_response=original,
        request_method=request.method,
        request_url=request.url,
    )
