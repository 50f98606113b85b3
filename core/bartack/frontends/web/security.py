"""What is true of every request and every answer, whoever asks: known names, one framing, and headers that close doors."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bartack.frontends.web.problems import problem

__all__ = ["LONGEST_HEAD", "LOOPBACK", "Headers", "Hosts", "is_loopback"]

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""The names of this machine, as they stand in ``Host``."""

LONGEST_HEAD: Final = 16 * 1024
"""Bytes of all headers, or of an address."""

_MOST_HEADERS: Final = 100
_CLOSE: Mapping[str, str] = MappingProxyType({"Connection": "close"})
_POLICY: Final = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
_SENT: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)


class Headers:
    """Adds the headers that tell browsers what an answer must never be used for; an endpoint's own win."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SENT.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sending)


class Hosts:
    """Refuses requests that ask for a host of another name: a page of somebody else's, whose name leads here (DNS rebinding).

    Also those whose length is told twice (``Content-Length`` beside ``Transfer-Encoding``), for what stands before Bartack may
    have read them otherwise (RFC 9112, 6.3 and 11.2), and those whose head is too large.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        refused = self._refused(scope) if scope["type"] == "http" else None
        await (self._app if refused is None else refused)(scope, receive, send)

    def _refused(self, scope: Scope) -> Response | None:
        headers = scope["headers"]
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or _name(hosts[0]) not in self._names:
            step = "ask for a name of this machine, or add yours to hosts in [serve]"
            return problem(421, "nobody of that name is served here", next_step=step, headers=_CLOSE)
        if {b"content-length", b"transfer-encoding"} <= {name for name, _ in headers}:
            step = "send one of Content-Length and Transfer-Encoding"
            return problem(400, "the length is told twice", next_step=step, headers=_CLOSE)
        if len(headers) > _MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > LONGEST_HEAD:
            return problem(431, "the head is too large", next_step="send fewer and shorter headers", headers=_CLOSE)
        if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST_HEAD:
            return problem(414, "the address is too long", next_step="ask for less at once", headers=_CLOSE)
        return None


def is_loopback(host: str) -> bool:
    """Tell whether an address to listen at can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _name(host: bytes) -> str:
    """Return the name in a ``Host``, without the port."""
    text = host.decode("latin-1").lower()
    name, colon, port = text.rpartition(":")
    return name if colon and port.isdigit() and not text.endswith("]") else text
