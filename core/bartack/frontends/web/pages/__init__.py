"""The pages for people."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bartack.frontends.web.context import Context

__all__ = ["routes"]


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of all pages."""

    def start(request: Request) -> Response:
        return context.page(request, "start.html", sources=context.hub.sources)

    return [Route("/", start, name="start")]
