"""The one module that sends through ``requests``: requests go out, whole answers come in, foreign exceptions stay here.

Imported when a session is opened, not when a stream is declared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import requests
from requests.cookies import RequestsCookieJar
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies

from bartack.errors import BartackError, ConfigError, SourceUnavailableError, WireError
from bartack.transports.base import Body
from bartack.transports.http.addresses import Base, Origin
from bartack.transports.http.deadline import Deadline
from bartack.transports.http.framing import whole_body
from bartack.transports.http.meanings import FOREIGN, meaning
from bartack.transports.http.network import Network
from bartack.transports.http.outgoing import Outgoing
from bartack.transports.http.redirects import REDIRECTS, redirected
from bartack.transports.http.trust import Trust

__all__ = ["Wire", "WireOptions"]

_CHUNK = 65_536
_HIDDEN = frozenset({"set-cookie", "set-cookie2"})


@dataclass(frozen=True, slots=True)
class WireOptions:
    """How a wire behaves: see :class:`~bartack.settings.WireSettings`, whose names these are (``limit``: ``max_body``)."""

    agent: str
    timeout: float = 30.0
    deadline: float = 120.0
    limit: int = 64_000_000
    private: bool = False
    trust: Trust = field(default_factory=Trust)
    proxy: str | None = None
    trust_env: bool = False


class Wire:
    """Connections that take nothing from the environment unless asked to, and go nowhere but where they may.

    They ask for gzip, because its checksum shows what was damaged on the way. ``adapter`` stands between them and the
    network where one is given. Cookies go back to the very origin that set them. For one exchange at a time.
    """

    def __init__(
        self, options: WireOptions, adapter: Any | None = None, clock: Callable[[], float] = monotonic
    ) -> None:
        self._options = options
        self._deadline = Deadline(options.deadline, clock)
        self._cookies: defaultdict[Origin, RequestsCookieJar] = defaultdict(RequestsCookieJar)
        self._client = _Client()
        self._client.trust_env = False  # it would prefer .netrc to our credentials
        self._client.headers = CaseInsensitiveDict(
            {"User-Agent": options.agent, "Accept-Encoding": "gzip", "Accept": "*/*"}
        )
        network: Any = Network(self._deadline, options.trust, private=options.private)
        if adapter is not None:
            network = adapter.over(network) if hasattr(adapter, "over") else adapter
        self._client.mount("http://", network)
        self._client.mount("https://", network)

    def exchange(self, signed: Outgoing, base: Base, asked: Outgoing) -> Body:
        """Send a request and return the whole answer, after such redirects as it may follow.

        ``asked`` is the request without credentials: its address is the one that is shown, and what goes to another
        origin is made from it.

        Raises
        ------
        ConfigError
            the address, as the client reads it, is not allowed by ``base``: nothing was sent; or no trusted TLS connection.
        SourceUnavailableError
            no connection, or no answer in time.
        WireError
            no whole, well-formed answer.
        """
        signed.check_headers()
        self._deadline.start()
        try:
            for _ in range(signed.hops):
                body = self._send(signed, base, asked)
                following = None
                if body.status in REDIRECTS:
                    following = redirected(signed, asked, body.status, body.headers.get("location", ""), base)
                if following is None:
                    return body
                signed, asked = following
            return self._send(signed, base, asked)
        except FOREIGN as error:
            failure = self._meaning(error)
        raise failure  # out here, so that the foreign exception with its address and headers is not its context

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _send(self, signed: Outgoing, base: Base, asked: Outgoing) -> Body:
        request = requests.Request(
            signed.method, signed.url, params=signed.params, headers=signed.headers, data=signed.content
        )
        origin = base.origin_of(signed.url)
        if origin is not None:
            self._client.cookies = self._cookies[origin]
        prepared = self._client.prepare_request(request)
        if origin is None or base.origin_of(prepared.url or "") != origin or not base.admits(origin):
            raise ConfigError("the address does not lie on base_url", next_step="nothing was sent; check the path")
        response = self._client.send(
            prepared,
            stream=True,
            allow_redirects=False,
            timeout=self._options.timeout,
            proxies=self._proxies(signed.url),
        )
        content = self._content(response, signed)
        headers = {name: value for name, value in response.headers.lower_items() if name not in _HIDDEN}
        return Body(content, headers.get("content-type"), response.status_code, asked.address, headers)

    def _content(self, response: requests.Response, signed: Outgoing) -> bytes:
        """Return the body: whole where it is the answer; of a refusal what can be read, for its status says enough."""
        content, whole = b"", False
        try:
            content = self._whole(response, signed)
            whole = True
        except (WireError, *FOREIGN):
            if response.status_code in signed.expect or self._deadline.has_passed:
                raise
        finally:
            if not whole:  # half read, so not fit for another request
                response.close()
        return content

    def _whole(self, response: requests.Response, signed: Outgoing) -> bytes:
        """Return a body that is whole. Out of a recording it has no framing any more, and was whole when recorded."""
        expected, bodiless = response.status_code in signed.expect, response.status_code in {204, 304}
        bodiless = bodiless or signed.method == "HEAD"
        framing = getattr(getattr(response.raw, "_original_response", None), "framing", None)
        if framing == "end" and expected and not (bodiless or signed.unframed):
            raise WireError(
                "the answer tells neither its length nor its end, so it may be cut off",
                next_step="if the source always answers so, declare unframed=True: a JSON document shows its own end",
                retryable=False,
            )
        chunks = response.raw.stream(_CHUNK, decode_content=False)
        return whole_body(chunks, response.headers, self._options.limit, bodiless=bodiless or not expected)

    def _proxies(self, url: str) -> dict[str, str]:
        proxy = self._options.proxy
        if proxy is not None:
            return {"http": proxy, "https": proxy}
        return dict(get_environ_proxies(url)) if self._options.trust_env else {}

    def _meaning(self, error: BaseException) -> BartackError:
        if self._deadline.has_passed:  # whatever it looks like
            return SourceUnavailableError(
                f"the exchange was not done within {self._options.deadline:g} seconds",
                next_step="try again later; raise deadline, or ask for smaller pages, if the source is always that slow",
            )
        return meaning(error, self._options.timeout)


class _Client(requests.Session):
    """A session that does not even parse where a redirect points to."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None
