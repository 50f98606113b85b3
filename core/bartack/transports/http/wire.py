"""The one module that knows ``requests`` and ``urllib3``: how bytes come in, and what their exceptions mean.

Imported when a session is opened, not when a stream is declared.
"""

from __future__ import annotations

import http.client
import zlib
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from bartack.errors import BartackError, ConfigError, SourceUnavailableError, WireError

__all__ = ["FOREIGN", "client", "meaning_of", "read_body", "wire_origin"]

FOREIGN: Final = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
"""All that the HTTP libraries raise: some of it are bare ``ValueError`` and ``OSError``."""

_CHUNK = 65_536


class _Client(requests.Session):
    """A session that never even parses where a redirect points to."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def client(adapter: HTTPAdapter | Any | None, *, proxy: str | None, ca_bundle: str | None) -> requests.Session:
    """Return a session that takes nothing from the environment and asks for gzip, whose checksum guards the body."""
    session = _Client()
    session.trust_env = False
    session.headers = CaseInsensitiveDict({"Accept-Encoding": "gzip", "Accept": "*/*"})
    session.verify = ca_bundle or True
    if proxy is not None:
        session.proxies = {"http": proxy, "https": proxy}
    if adapter is not None:
        session.mount("http://", adapter)
        session.mount("https://", adapter)
    return session


def wire_origin(url: str) -> tuple[str | None, str | None, int | None]:
    """Return scheme, host and port as the client itself will read them."""
    parts = urllib3.util.parse_url(url)
    return parts.scheme, (parts.host or "").strip("[]"), parts.port


def read_body(response: requests.Response, limit: int) -> bytes:
    """Return the whole body, decompressed, of at most ``limit`` bytes.

    Raises
    ------
    WireError
        it is truncated, corrupt, larger than ``limit``, or framed in a way that does not add up.
    """
    declared = _declared_length(response.headers)
    unpack = _Unpacker(response.headers.get("Content-Encoding", ""), limit)
    received = 0
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        received += len(chunk)
        unpack.take(chunk)
    if declared is not None and received != declared and response.request.method != "HEAD":
        raise WireError(f"the answer was announced with {declared} bytes and has {received}")
    return unpack.finished()


class _Unpacker:
    """Collects a body that is plain or gzip, and stops at the limit before memory does."""

    def __init__(self, encoding: str, limit: int) -> None:
        name = encoding.strip().lower() or "identity"
        if name not in {"identity", "gzip", "x-gzip"}:
            raise WireError(f"the answer is packed as {name[:30]!r}, and gzip was asked for")
        self._gzip = zlib.decompressobj(31) if name != "identity" else None
        self._limit = limit
        self._content = bytearray()
        self._started = False

    def take(self, chunk: bytes) -> None:
        self._started = self._started or bool(chunk)
        self._content += chunk if self._gzip is None else self._unpacked(chunk)
        if len(self._content) > self._limit:
            raise WireError(
                f"the answer is larger than {self._limit} bytes", next_step="ask for smaller pages, or raise max_body"
            )

    def _unpacked(self, chunk: bytes) -> bytes:
        assert self._gzip is not None  # noqa: S101 - told to the type checker
        content = None
        try:
            content = self._gzip.decompress(chunk, self._limit + 1 - len(self._content))
        except zlib.error:
            pass
        if content is None or self._gzip.unused_data:
            raise WireError("the answer's gzip data is corrupt")
        return content

    def finished(self) -> bytes:
        if self._gzip is not None and self._started and not self._gzip.eof:
            raise WireError("the answer's gzip data is cut off")
        return bytes(self._content)


def _declared_length(headers: Any) -> int | None:
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


def meaning_of(error: BaseException, *, timeout: float) -> BartackError:
    """Return what an exception of the HTTP libraries means; none of its own text, which may hold addresses and tokens."""
    causes = list(_causes(error))

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if has(requests.exceptions.SSLError, urllib3.exceptions.SSLError):
        return ConfigError(
            f"no trusted TLS connection: {_tls_reason(causes)}",
            next_step="set ca_bundle to the file of your own certificate authority, or have the certificate renewed",
        )
    if has(urllib3.exceptions.NameResolutionError):
        return SourceUnavailableError("the host name cannot be resolved", next_step="check base_url and the network")
    if has(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        return SourceUnavailableError("the proxy does not let us through", next_step="check proxy")
    if has(requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        return SourceUnavailableError(f"no answer within {timeout:g} seconds")
    if has(urllib3.exceptions.NewConnectionError):
        return SourceUnavailableError(
            "no connection (refused or unreachable)", next_step="check base_url and the network"
        )
    if has(http.client.RemoteDisconnected, ConnectionError):
        return SourceUnavailableError("the connection was closed before the whole answer came")
    if has(http.client.IncompleteRead, urllib3.exceptions.IncompleteRead):
        return WireError("the answer is cut off")
    if has(requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, urllib3.exceptions.LocationValueError):
        return ConfigError("the address cannot be used", next_step="check base_url, path and proxy")
    return WireError("what came is not a well-formed HTTP answer")


def _causes(error: BaseException | None) -> list[BaseException]:
    """Return the exceptions inside an exception: these libraries carry them in ``args``, ``reason`` or the context."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return found


def _tls_reason(causes: list[BaseException]) -> str:
    return next(
        (str(message) for cause in causes if (message := getattr(cause, "verify_message", None))),
        "the certificate or the protocol does not fit",
    )
