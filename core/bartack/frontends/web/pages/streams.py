"""One stream: its syncs one by one, what was unusual about each, and what became of all its rows."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bartack.frontends.web.context import Context
from bartack.frontends.web.pages.asked import looking
from bartack.frontends.web.pages.charts import MOST
from bartack.frontends.web.pages.overview import sources_of
from bartack.service.failures import NotFoundError, safe_reason
from bartack.syncing.past import past_syncs

__all__ = ["routes"]


def routes(context: Context) -> list[BaseRoute]:
    """Return the route of single streams."""

    def stream(request: Request) -> Response:
        access = context.access(request)
        place = (request.query_params.get("source", ""), request.query_params.get("stream", ""))
        for source in sources_of(context, access):
            for one in source.streams:
                if (source.name, one.status.stream) == place:
                    syncs = past_syncs(context.hub.store, *place, limit=MOST)
                    tell = str if access.may("review") else safe_reason
                    why = {sync.run.run: _why(sync.run.reasons, sync.run.error) for sync in syncs}
                    return context.page(
                        request,
                        "stream.html",
                        source=source,
                        stream=one,
                        syncs=syncs[::-1],
                        why={run: [tell(reason) for reason in reasons] for run, reasons in why.items()},
                    )
        raise NotFoundError("there is no such stream", next_step="look at the sources")

    return [Route("/stream", looking(context, stream), name="stream")]


def _why(reasons: tuple[str, ...], error: object) -> list[str]:
    """Return why a sync did not end well, in words."""
    told = dict(error) if isinstance(error, dict) else {}
    failure = f"{told.get('type')}: {told.get('message')}" if told else None
    return [*reasons, *([failure] if failure and failure not in reasons else [])]
