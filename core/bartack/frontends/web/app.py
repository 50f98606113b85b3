"""Puts the application together."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from bartack.frontends.web import api, health, login, pages
from bartack.frontends.web.context import Context
from bartack.frontends.web.limits import Limits
from bartack.frontends.web.observing import Observed
from bartack.frontends.web.pages.readable import Readable
from bartack.frontends.web.problems import problem
from bartack.frontends.web.shield import LIMITS, living, shield

__all__ = ["application"]


def application(
    context: Context,
    *,
    hosts: Collection[str] = (),
    limits: Limits = LIMITS,
    monotonic: Callable[[], float] = time.monotonic,
    beside: Sequence[Starlette] = (),
) -> Starlette:
    """Return the application.

    ``hosts``: names it may be asked under, besides this machine's own. ``beside``: other applications, whose routes stand
    behind the same doors.
    """
    routes: list[BaseRoute] = [
        *health.routes(context, monotonic),
        *login.routes(context),
        *api.routes(context),
        *(route for other in beside for route in other.routes),
        Mount("/static", _Files(directory=Path(__file__).parent / "static")),
        *pages.routes(context),
    ]
    observed = Middleware(Observed, metrics=context.metrics, monotonic=monotonic)
    before = shield(context.doors, context.sessions, hosts=hosts, limits=limits, monotonic=monotonic)
    return Starlette(
        routes=routes,
        middleware=[Middleware(Readable, context=context), observed, *before],
        exception_handlers={HTTPException: _refused},
        lifespan=living(beside),
    )


class _Files(StaticFiles):
    """Files of Bartack's own, which a browser may keep and ask after: nothing of the sources is in them."""

    def file_response(self, *args: Any, **named: Any) -> Response:
        answer = super().file_response(*args, **named)
        answer.headers["Cache-Control"] = "no-cache"
        return answer


async def _refused(_request: Request, error: Exception) -> Response:
    """Answer what the router refuses: a path or a method that is none."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return problem(status, HTTPStatus(status).description or HTTPStatus(status).phrase, headers=headers)
