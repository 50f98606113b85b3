"""What every request passes before it is answered, whatever answers it: the outermost first."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware

from bartack.frontends.web.entrance import Entrance, Known
from bartack.frontends.web.forms import Forms
from bartack.frontends.web.limits import AtOnce, Bodies, Limits, Pace
from bartack.frontends.web.security import LOOPBACK, Headers, Hosts
from bartack.frontends.web.sessions import Sessions
from bartack.service.access import Doors

__all__ = ["LIMITS", "living", "shield", "shielded"]

LIMITS = Limits()


def shield(
    doors: Doors,
    sessions: Sessions,
    *,
    hosts: Collection[str] = (),
    limits: Limits = LIMITS,
    monotonic: Callable[[], float] = time.monotonic,
) -> list[Middleware]:
    """Return what stands before an application: known names, known people, forms of ours, and so much of all and no more.

    Who asks is found out first, and it costs next to nothing to refuse; a body is taken in before anybody works on it.
    """
    return [
        Middleware(Headers),
        Middleware(Hosts, names={*LOOPBACK, *hosts}),
        Middleware(Entrance, doors=doors, sessions=sessions),
        Middleware(Pace, limits=limits, monotonic=monotonic),
        Middleware(Known),
        Middleware(Bodies, limits=limits),
        Middleware(Forms, sessions=sessions),
        Middleware(AtOnce, limits=limits),
    ]


def shielded(app: Starlette, doors: Doors, sessions: Sessions, *, hosts: Collection[str] = ()) -> Starlette:
    """Return another application, such as an MCP server, behind the same shield; see :func:`shield`."""
    return Starlette(routes=app.routes, middleware=shield(doors, sessions, hosts=hosts), lifespan=living([app]))


def living(others: Sequence[Starlette]) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return the life of an application in which others begin and end with it; their routes alone do not see to that."""

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for other in others:
                await stack.enter_async_context(other.router.lifespan_context(other))
            yield

    return life
