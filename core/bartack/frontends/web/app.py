"""Puts the application together: routes, and around them what every request passes, the outermost first."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from bartack.frontends.web import api, health, login, pages
from bartack.frontends.web.context import Context
from bartack.frontends.web.entrance import Entrance, Known
from bartack.frontends.web.forms import Forms
from bartack.frontends.web.limits import AtOnce, Bodies, Limits, Pace
from bartack.frontends.web.observing import Observed
from bartack.frontends.web.problems import problem
from bartack.frontends.web.security import LOOPBACK, Headers, Hosts

__all__ = ["application"]

_LIMITS = Limits()


def application(
    context: Context,
    *,
    hosts: Collection[str] = (),
    limits: Limits = _LIMITS,
    monotonic: Callable[[], float] = time.monotonic,
    beside: Sequence[tuple[str, Starlette]] = (),
) -> Starlette:
    """Return the application.

    ``hosts``: names it may be asked under, besides this machine's own. ``beside``: other applications, each with the path
    below which it answers; they stand behind the same doors.
    """
    routes: list[BaseRoute] = [
        *health.routes(context, monotonic),
        *login.routes(context),
        *api.routes(context),
        *(Mount(path, other) for path, other in beside),
        Mount("/static", StaticFiles(directory=Path(__file__).parent / "static")),
        *pages.routes(context),
    ]
    around = [
        Middleware(Headers),
        Middleware(Observed, metrics=context.metrics, monotonic=monotonic),
        Middleware(Hosts, names={*LOOPBACK, *hosts}),
        Middleware(Entrance, doors=context.doors, sessions=context.sessions),
        Middleware(Pace, limits=limits, monotonic=monotonic),
        Middleware(Known),
        Middleware(Bodies, limits=limits),
        Middleware(Forms, sessions=context.sessions),
        Middleware(AtOnce, limits=limits),
    ]
    return Starlette(
        routes=routes,
        middleware=around,
        exception_handlers={HTTPException: _refused},
        lifespan=_living([other for _, other in beside]),
    )


def _living(others: Sequence[Starlette]) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return the life of the application: those beside it begin and end with it, which a mount alone does not see to."""

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for other in others:
                await stack.enter_async_context(other.router.lifespan_context(other))
            yield

    return life


async def _refused(_request: Request, error: Exception) -> Response:
    """Answer what the router refuses: a path or a method that is none."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return problem(status, HTTPStatus(status).description or HTTPStatus(status).phrase, headers=headers)
