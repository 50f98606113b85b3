"""What failed on the wire, as a cassette keeps it, and the same failure again in a replay: at once, and of the same class.

The kinds of a :class:`~bartack.recording.messages.Failure`: ``connect-timeout``, ``timeout``, ``refused``, ``dns``, ``proxy``,
``certificate`` (its message: what was wrong with it), ``tls`` (its message: the alert), ``tls-closed``, ``closed`` (before an
answer), ``reset``, ``cut`` (fewer bytes than announced), ``malformed``; all bytes, and yet no whole gzip: ``packing-cut``,
``packing-corrupt``, ``packing-not`` (it is said to be packed and is not), ``packing-other`` (nobody knows in which way); and
Bartack's own errors from below the client library: ``unavailable``, ``wire``, ``changed``, ``config``.

Imported with ``requests``, so only by the adapters.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import zlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import requests
from urllib3 import exceptions as below

from bartack.errors import BartackError, ConfigError, SourceChangedError, SourceUnavailableError, WireError
from bartack.recording.messages import Failure, RecordedResponse, header
from bartack.recording.packing import packing_of

__all__ = ["before_answer", "causes_of", "failure_of", "packed_again", "packing_failure", "within_body"]

_PACKINGS: Mapping[str, str] = {
    "packing-cut": "the body is packed, and its packing is cut off",
    "packing-corrupt": "the body is packed, and its packing is damaged",
    "packing-not": "the body is said to be packed, and is not",
    "packing-other": "the body is said to be packed in a way that nobody knows, and is open",
}
_OWN: Mapping[str, type[BartackError]] = {
    "unavailable": SourceUnavailableError,
    "wire": WireError,
    "changed": SourceChangedError,
    "config": ConfigError,
}
_TOLD = {
    "connect-timeout": "no connection in time",
    "timeout": "no answer in time",
    "refused": "no connection",
    "dns": "the host name cannot be resolved",
    "tls-closed": "the connection was closed within TLS",
    "closed": "the connection was closed before an answer",
    "reset": "the connection was closed before the whole answer came",
    "cut": "the answer is cut off",
    "malformed": "what came is not a well-formed HTTP answer",
}
_TUNNEL = "Tunnel connection failed: 407 Proxy Authentication Required"


def causes_of(error: BaseException) -> list[BaseException]:
    """Return the exceptions inside an exception: the HTTP libraries carry them in ``args``, ``reason`` or the context."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if isinstance(one, BaseException) and not any(one is other for other in found):
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return found


def failure_of(error: BaseException) -> Failure | None:
    """Return what is kept of an exception: nothing of its own text that may hold an address or a token.

    ``None``: nothing failed on the wire; the request could not be sent as it was, or the recording is at fault.
    """
    for kind, own in _OWN.items():
        if type(error) is own:
            step = None if error.next_step == own.next_step else error.next_step
            retryable = None if error.retryable == own.retryable else error.retryable
            return Failure(kind, error.message, step, retryable)
    if isinstance(error, BartackError):
        return None
    kind, message = _foreign(causes_of(error))
    return Failure(kind, message or _TOLD[kind]) if kind else None


def _foreign(found: list[BaseException]) -> tuple[str, str]:
    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(one, kinds) for one in found)

    wrong = next((one for one in found if isinstance(one, ssl.SSLCertVerificationError)), None)
    if wrong is not None:
        return "certificate", str(getattr(wrong, "verify_message", "") or "certificate verify failed")
    if has(below.NewConnectionError):  # before the time-outs, of which urllib3 makes it one
        return ("dns" if has(below.NameResolutionError, socket.gaierror) else "refused"), ""
    if has(requests.ConnectTimeout, below.ConnectTimeoutError):
        return "connect-timeout", ""
    if has(requests.Timeout, below.TimeoutError, TimeoutError):
        return "timeout", ""
    if has(requests.exceptions.SSLError, below.SSLError, ssl.SSLError):
        return _tls(found)
    if has(requests.exceptions.ProxyError, below.ProxyError):
        return "proxy", _TUNNEL if " 407" in " ".join(map(str, found)) else "the proxy does not let the request through"
    kinds: Mapping[str, tuple[type[BaseException], ...]] = {
        "": (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, below.LocationValueError),
        "dns": (socket.gaierror,),
        "closed": (http.client.RemoteDisconnected,),
        "reset": (ConnectionError,),
        "cut": (http.client.IncompleteRead, below.IncompleteRead),
        "malformed": (http.client.HTTPException, below.HTTPError, requests.RequestException, OSError),
    }
    return next((kind for kind, classes in kinds.items() if has(*classes)), ""), ""


def _tls(found: list[BaseException]) -> tuple[str, str]:
    if any(isinstance(one, ssl.SSLEOFError | ssl.SSLZeroReturnError | ConnectionError) for one in found):
        return "tls-closed", ""
    reasons = (getattr(one, "reason", None) for one in found if isinstance(one, ssl.SSLError))
    return "tls", next((reason for reason in reasons if isinstance(reason, str)), "UNKNOWN")


def before_answer(failure: Failure, request: requests.PreparedRequest) -> Exception:
    """Return the exception that ``requests`` raises for a request which got no answer; of Bartack's own errors, that error."""
    if failure.kind in _OWN:
        return _own(failure)
    low = _low(failure)
    wrapped: Mapping[str, Callable[[], Exception]] = {
        "connect-timeout": lambda: requests.ConnectTimeout(low, request=request),
        "timeout": lambda: requests.ReadTimeout(low, request=request),
        "proxy": lambda: requests.exceptions.ProxyError(low, request=request),
        "certificate": lambda: requests.exceptions.SSLError(low, request=request),
        "tls": lambda: requests.exceptions.SSLError(low, request=request),
        "tls-closed": lambda: requests.exceptions.SSLError(low, request=request),
    }
    return wrapped.get(failure.kind, lambda: requests.ConnectionError(low, request=request))()


def within_body(failure: Failure) -> Exception:
    """Return what ``urllib3`` raises when the body of an answer fails while it is read; ``requests`` knows what to make of it."""
    return _own(failure) if failure.kind in _OWN else _low(failure)


def _own(failure: Failure) -> BartackError:
    return _OWN[failure.kind](failure.message, next_step=failure.next_step, retryable=failure.retryable)


def _low(failure: Failure) -> Exception:
    """Return the exception of ``urllib3``, with the one of the standard library inside."""
    match failure.kind:
        case "connect-timeout":
            return below.ConnectTimeoutError(None, "Connection timed out.")
        case "timeout":
            return below.ReadTimeoutError(None, "", "Read timed out.")  # type: ignore[arg-type]  # the pool is only told
        case "certificate":
            wrong = ssl.SSLCertVerificationError(1, f"certificate verify failed: {failure.message}")
            wrong.verify_message = failure.message
            return below.SSLError(wrong)
        case "tls":
            alert = ssl.SSLError(1, f"[SSL: {failure.message}]")
            alert.reason = failure.message
            return below.SSLError(alert)
        case "tls-closed":
            return below.SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol"))
        case "proxy":
            return below.ProxyError("Cannot connect to proxy.", OSError(failure.message))
        case "dns":
            return below.NameResolutionError("the host", None, socket.gaierror(-2, failure.message))  # type: ignore[arg-type]
        case "refused":
            return below.NewConnectionError(None, failure.message)  # type: ignore[arg-type]  # as above: only told
    lows: Mapping[str, Exception] = {
        "closed": http.client.RemoteDisconnected("Remote end closed connection without response"),
        "reset": ConnectionResetError(104, "Connection reset by peer"),
        "cut": http.client.IncompleteRead(b""),
    }
    return below.ProtocolError(
        "Connection aborted.", lows.get(failure.kind, http.client.HTTPException(failure.message))
    )


def packing_failure(answer: RecordedResponse) -> Failure | None:
    """Return what is wrong with the packing of a body as it came off the wire, if anything is.

    Raises
    ------
    RecordingError
        it is packed in a way that nobody can open here.
    """
    encoding = header(answer.headers, "Content-Encoding")
    kind = f"packing-{packing_of(answer.body, encoding)}" if encoding else ""
    return Failure(kind, _PACKINGS[kind]) if kind in _PACKINGS else None


def packed_again(answer: RecordedResponse, failure: Failure, encoding: str) -> RecordedResponse | None:
    """Return an answer as badly packed as it came; ``None`` where its packing was not what failed."""
    if failure.kind not in _PACKINGS:
        return None
    body = answer.body
    if failure.kind in ("packing-cut", "packing-corrupt"):
        packer = zlib.compressobj(wbits=zlib.MAX_WBITS if encoding == "deflate" else 16 + zlib.MAX_WBITS)
        body = packer.compress(body) + packer.flush(zlib.Z_SYNC_FLUSH)
    if failure.kind == "packing-corrupt":
        body += b"\xff" * 16  # a block of a kind that there is none of
    body = body or b"?"  # no letter of it could be kept
    kept = [pair for pair in answer.headers if pair[0].lower() not in ("content-length", "content-encoding")]
    headers = (*kept, ("Content-Encoding", encoding), ("Content-Length", str(len(body))))
    return replace(answer, headers=headers, body=body)
