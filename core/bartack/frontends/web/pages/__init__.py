"""The pages for people: how the sources stand, the review queue, and records with where each of their fields comes from."""

from __future__ import annotations

from starlette.routing import BaseRoute

from bartack.frontends.web.context import Context
from bartack.frontends.web.pages import overview, problems, records, reject, review, streams
from bartack.frontends.web.pages.texts import install

__all__ = ["routes"]


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of all pages."""
    install(context.templates)
    return [
        *overview.routes(context),
        *streams.routes(context),
        *review.routes(context),
        *problems.routes(context),
        *reject.routes(context),
        *records.routes(context),
    ]
