"""MCP over streamable HTTP: one address, a server of its own for each who may come in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bartack.errors import AccessError
from bartack.frontends.mcp.server import server_for
from bartack.hub import Hub
from bartack.service.access import Access, Doors
from bartack.service.failures import told

__all__ = ["application"]

PATH = "/mcp"
_LARGEST = 256 * 1024
"""Bytes of a request: a question is short."""


def application(hub: Hub, doors: Doors) -> Starlette:
    """Return the application; see :func:`bartack.frontends.mcp.asgi_app`."""
    security = _security(hub.config.serve.hosts)
    servers = {access: server_for(hub, access) for access in doors.everybody}
    apps = {
        access: server.streamable_http_app(
            streamable_http_path=PATH,
            json_response=True,
            stateless_http=True,
            max_request_body_size=_LARGEST,
            transport_security=security,
        )
        for access, server in servers.items()
    }

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for server in servers.values():
                await stack.enter_async_context(server.session_manager.run())
            yield

    # Without sessions there is nothing to listen for: a GET would hold its connection until the process ends.
    return Starlette(routes=[Route(PATH, endpoint=_Entrance(doors, apps), methods=["POST"])], lifespan=lifespan)


class _Entrance:
    """Sends each request to the server of whoever asks."""

    def __init__(self, doors: Doors, apps: Mapping[Access, ASGIApp]) -> None:
        self._doors = doors
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        access = self._doors.enter(Headers(scope=scope).get("authorization"))
        if access is None:
            refused = AccessError("nobody is let in without a token", next_step="send Authorization: Bearer TOKEN")
            answer = JSONResponse(told(refused).model_dump(), 401, {"WWW-Authenticate": 'Bearer realm="bartack"'})
            await answer(scope, receive, send)
            return
        await self._apps[access](scope, receive, send)


def _security(hosts: Sequence[str]) -> TransportSecuritySettings:
    """Refuse names that are not ours: else a page in a browser could reach this machine by a name of its own."""
    names = ["127.0.0.1", "localhost", "[::1]", *hosts]
    allowed = [*names, *(f"{name}:*" for name in names)]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=allowed,
        allowed_origins=[f"{scheme}://{name}" for scheme in ("http", "https") for name in allowed],
    )
