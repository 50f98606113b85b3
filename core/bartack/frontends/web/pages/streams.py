"""One stream: its syncs one by one, what was unusual about each, and what became of all its rows."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bartack.errors import AccessError, ConflictError
from bartack.frontends.web.context import Context
from bartack.frontends.web.pages.asked import Form, deciding, looking
from bartack.frontends.web.pages.charts import MOST
from bartack.frontends.web.pages.overview import SourceView, StreamView, sources_of
from bartack.service.failures import NotFoundError, safe_reason
from bartack.syncing.past import past_syncs

__all__ = ["routes"]


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of single streams."""

    def stream(request: Request) -> Response:
        return _page(context, request, request.query_params.get("source", ""), request.query_params.get("stream", ""))

    def accept(request: Request, form: Form) -> Response:
        access, source, name = context.access(request), form.get("source"), form.get("stream")
        if not access.may("review"):
            raise AccessError(f"{access.name} may look, not accept", next_step='a token with role = "reviewer"')
        _seen(context, request, source, name)
        try:
            for _ in context.hub.accept(source, [name], by=access.name, seen=max(form.numbers("run"), default=0)):
                pass
        except ConflictError as error:
            return _page(context, request, source, name, error)
        return RedirectResponse("/stream?" + urlencode({"source": source, "stream": name}), 303)

    return [
        Route("/stream", looking(context, stream), name="stream"),
        Route("/stream/accept", deciding(context, accept), methods=["POST"]),
    ]


def _seen(context: Context, request: Request, source: str, stream: str) -> tuple[SourceView, StreamView]:
    """Return a stream that may be seen."""
    for one in sources_of(context, context.access(request)):
        for view in one.streams:
            if (one.name, view.status.stream) == (source, stream):
                return one, view
    raise NotFoundError("there is no such stream", next_step="look at the sources")


def _page(
    context: Context, request: Request, source: str, stream: str, refused: ConflictError | None = None
) -> Response:
    access = context.access(request)
    of, view = _seen(context, request, source, stream)
    syncs = past_syncs(context.hub.store, source, stream, limit=MOST)
    tell = str if access.may("review") else safe_reason
    return context.page(
        request,
        "stream.html",
        status=200 if refused is None else 409,
        source=of,
        stream=view,
        syncs=syncs[::-1],
        why={sync.run.run: [tell(one) for one in _why(sync.run.reasons, sync.run.error)] for sync in syncs},
        held=view.status.last_run.run if view.status.state == "held" and view.status.last_run is not None else None,
        decides=access.may("review"),
        refused=refused,
    )


def _why(reasons: tuple[str, ...], error: object) -> list[str]:
    """Return why a sync did not end well, in words."""
    told = dict(error) if isinstance(error, dict) else {}
    failure = f"{told.get('type')}: {told.get('message')}" if told else None
    return [*reasons, *([failure] if failure and failure not in reasons else [])]
