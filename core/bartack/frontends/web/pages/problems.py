"""What agents and people reported of records, and that somebody has looked at it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bartack.errors import ConflictError
from bartack.frontends.web.context import Context
from bartack.frontends.web.pages.asked import Form, deciding, looking
from bartack.frontends.web.pages.desk import Desk

__all__ = ["routes"]


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of reported problems."""

    def page(request: Request, refused: ConflictError | None = None) -> Response:
        mine = Desk(context.hub, context.access(request))
        return context.page(
            request,
            "problems.html",
            status=200 if refused is None else 409,
            problems=mine.problems(),
            decides=mine.decides,
            refused=refused,
        )

    def settle(request: Request, form: Form) -> Response:
        mine = Desk(context.hub, context.access(request))
        try:
            mine.settle_problem(request.path_params["number"], form.get("note") or None)
        except ConflictError as error:
            return page(request, error)
        return RedirectResponse("/review/problems", 303)

    return [
        Route("/review/problems", looking(context, page), name="problems"),
        Route("/review/problems/{number:int}/settle", deciding(context, settle), methods=["POST"]),
    ]
