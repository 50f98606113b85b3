"""The one module that knows ``requests`` and ``urllib3``: requests go out, answers come in, their exceptions stay here.

Imported when a session is opened, not when a stream is declared.
"""

from __future__ import annotations

import http.client
import ssl
from typing import Any, Final

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from bartack.errors import BartackError, ConfigError, SourceUnavailableError, WireError
from bartack.transports.base import Body
from bartack.transports.http.addresses import Base
from bartack.transports.http.framing import whole_body
from bartack.transports.http.outgoing import Outgoing

__all__ = ["Wire"]

_FOREIGN: Final = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
"""All that the HTTP libraries raise: some of it are bare ``ValueError`` and ``OSError``."""

_CHUNK = 65_536
_PORTS = {"http": 80, "https": 443}
_HIDDEN = frozenset({"set-cookie", "set-cookie2"})


class Wire:
    """Connections that take nothing from the environment and follow no redirect.

    They ask for gzip, because its checksum shows what was damaged on the way. ``adapter`` stands between them and the
    network where one is given.
    """

    def __init__(
        self, adapter: Any | None, *, agent: str, timeout: float, limit: int, proxy: str | None, ca_bundle: str | None
    ) -> None:
        self._timeout = timeout
        self._limit = limit
        self._client = _Client()
        self._client.trust_env = False
        self._client.verify = ca_bundle or True
        self._client.proxies = {"http": proxy, "https": proxy} if proxy is not None else {}
        self._client.headers = CaseInsensitiveDict({"User-Agent": agent, "Accept-Encoding": "gzip", "Accept": "*/*"})
        if adapter is not None:
            self._client.mount("http://", adapter)
            self._client.mount("https://", adapter)

    def exchange(self, outgoing: Outgoing, base: Base, shown: str) -> Body:
        """Send a request and return the whole answer; ``shown`` is the address by which the body goes on.

        Raises
        ------
        ConfigError
            the address, as the client reads it, is not on ``base``: nothing was sent; or no trusted TLS connection.
        SourceUnavailableError
            no connection, or no answer in time.
        WireError
            no whole, well-formed answer.
        """
        outgoing.check_headers()
        try:
            return self._exchange(outgoing, base, shown)
        except _FOREIGN as error:
            failure = _meaning(error, self._timeout)
        raise failure  # out here, so that the foreign exception with its address and headers is not its context

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _exchange(self, outgoing: Outgoing, base: Base, shown: str) -> Body:
        request = requests.Request(
            outgoing.method, outgoing.url, params=outgoing.params, headers=outgoing.headers, data=outgoing.content
        )
        prepared = self._client.prepare_request(request)
        if _origin(prepared.url or "") != base.origin:
            raise ConfigError("the address does not lie on base_url", next_step="nothing was sent; check the path")
        response = self._client.send(
            prepared, stream=True, allow_redirects=False, timeout=self._timeout, verify=self._client.verify
        )
        done = False
        try:
            bodiless = outgoing.method == "HEAD" or response.status_code == 304
            chunks = response.raw.stream(_CHUNK, decode_content=False)
            content = whole_body(chunks, response.headers, self._limit, bodiless=bodiless)
            done = True
        finally:
            if not done:  # half read, so not fit for another request
                response.close()
        headers = {name.lower(): value for name, value in response.headers.items() if name.lower() not in _HIDDEN}
        return Body(content, headers.get("content-type"), response.status_code, shown, headers)


class _Client(requests.Session):
    """A session that does not even parse where a redirect points to."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


def _origin(url: str) -> tuple[str | None, str, int | None]:
    """Return scheme, host and port as the client itself reads them."""
    parts = urllib3.util.parse_url(url)
    return parts.scheme, (parts.host or "").strip("[]").lower(), parts.port or _PORTS.get(parts.scheme or "")


def _meaning(error: BaseException, timeout: float) -> BartackError:
    """Return what an exception means, with none of its own text, which may hold addresses and tokens."""
    causes = _causes(error)

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if has(requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError):
        return ConfigError(
            f"no trusted TLS connection: {_tls_reason(causes)}",
            next_step="set ca_bundle to the file of your own certificate authority, or have the certificate renewed",
        )
    if has(urllib3.exceptions.NameResolutionError):
        return SourceUnavailableError("the host name cannot be resolved", next_step="check base_url and the network")
    if has(requests.exceptions.ProxyError, urllib3.exceptions.ProxyError):
        return SourceUnavailableError("the proxy does not let the request through", next_step="check proxy")
    if has(urllib3.exceptions.NewConnectionError):
        return SourceUnavailableError(
            "no connection (refused or unreachable)", next_step="check base_url and the network"
        )
    if has(requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError):
        return SourceUnavailableError(f"no answer within {timeout:g} seconds")
    if has(http.client.RemoteDisconnected, ConnectionError):
        return SourceUnavailableError("the connection was closed before the whole answer came")
    if has(http.client.IncompleteRead, urllib3.exceptions.IncompleteRead):
        return WireError("the answer is cut off")
    if has(requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, urllib3.exceptions.LocationValueError):
        return ConfigError("the address cannot be used", next_step="check base_url, path and proxy")
    return WireError("what came is not a well-formed HTTP answer")


def _causes(error: BaseException) -> list[BaseException]:
    """Return the exceptions inside an exception: these libraries carry them in ``args``, ``reason`` or the context."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting and len(found) < 20:
        one = waiting.pop()
        if isinstance(one, BaseException) and not any(one is other for other in found):
            found.append(one)
            waiting += [*one.args, getattr(one, "reason", None), one.__cause__, one.__context__]
    return found


def _tls_reason(causes: list[BaseException]) -> str:
    reasons = (getattr(cause, "verify_message", None) for cause in causes)
    return next((str(reason) for reason in reasons if reason), "certificate or protocol do not fit")
