"""Puts the application together: routes, and around them what every request passes, the outermost first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from bartack.frontends.web import login, pages
from bartack.frontends.web.context import Context
from bartack.frontends.web.entrance import Entrance
from bartack.frontends.web.security import LOOPBACK, Headers, Hosts

__all__ = ["application"]


def application(context: Context, *, hosts: Collection[str] = ()) -> Starlette:
    """Return the application. ``hosts``: names it may be asked under, besides this machine's own."""
    routes: Sequence[BaseRoute] = [
        Route("/healthz", _alive),
        *login.routes(context),
        *pages.routes(context),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
    ]
    around = [
        Middleware(Headers),
        Middleware(Hosts, names={*LOOPBACK, *hosts}),
        Middleware(Entrance, doors=context.doors, sessions=context.sessions),
    ]
    return Starlette(routes=routes, middleware=around)


async def _alive(_request: Request) -> Response:
    """Say that this process runs; whether it can answer, ``/readyz`` knows."""
    return Response("ok\n", media_type="text/plain")
