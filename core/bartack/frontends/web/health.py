"""What a monitoring system asks: does this process run, can it answer, and the figures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bartack.errors import BartackError
from bartack.frontends.web.api import tagged
from bartack.frontends.web.context import Context
from bartack.frontends.web.metrics import MEDIA_TYPE
from bartack.frontends.web.problems import failure, problem
from bartack.replica.answers import Standing
from bartack.service.access import Access

if TYPE_CHECKING:
    from bartack.syncing.schedule import Turn

__all__ = ["routes"]

_FRESH = 2.0
"""Seconds that what was found out about the store is good for: however many ask."""


def routes(context: Context, monotonic: Callable[[], float]) -> list[BaseRoute]:
    """Return the routes for monitoring."""
    looked = _Looked(context, monotonic)
    context.metrics.watch(lambda: looked.standings, lambda: _turns(context))

    async def alive(_request: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    async def ready(request: Request) -> Response:
        error = await looked.look()
        told = _told(looked.standings, _turns(context), request.state.access)
        told = {"ready": error is None, **told}
        if error is not None:
            told["problem"] = type(error).__name__
        answer = tagged(request, json.dumps(told, ensure_ascii=False).encode())
        if error is not None:
            answer.status_code = 503
            answer.headers["Retry-After"] = "5"
        return answer

    async def metrics(request: Request) -> Response:
        access = context.access(request)
        if access.sources is not None or access.contracts is not None:
            step = "ask with a token that may see all sources and contracts"
            return problem(403, "the figures are of all sources", next_step=step)
        error = await looked.look()
        if error is not None:
            return failure(error)
        return Response(await context.lanes.quick(context.metrics.text), media_type=MEDIA_TYPE)

    return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


class _Looked:
    """How the store stood a moment ago; whoever asks meanwhile waits for the same look."""

    def __init__(self, context: Context, monotonic: Callable[[], float]) -> None:
        self._context = context
        self._monotonic = monotonic
        self._turn = asyncio.Lock()
        self._at: float | None = None
        self._error: BartackError | None = None
        self.standings: Sequence[Standing] = ()

    async def look(self) -> BartackError | None:
        """Look, unless somebody just did; return why the store cannot be asked, where that is so."""
        async with self._turn:
            if self._at is None or self._monotonic() - self._at >= _FRESH:
                try:
                    self.standings = await self._context.lanes.quick(self._context.hub.standings)
                    self._error = None
                except BartackError as error:
                    self.standings, self._error = (), error
                self._at = self._monotonic()
            return self._error


def _turns(context: Context) -> Mapping[str, Turn]:
    return {} if context.schedule is None else context.schedule.turns


def _told(standings: Sequence[Standing], turns: Mapping[str, Turn], access: Access | None) -> dict[str, Any]:
    """Return how the sources stand that who asks may see: nobody sees none."""
    if access is None:
        return {}
    names = dict.fromkeys([*(one.source for one in standings), *turns])
    return {
        "sources": {
            name: {**_standing([one for one in standings if one.source == name]), **_turn(turns.get(name))}
            for name in names
            if access.sees_source(name)
        }
    }


def _standing(standings: Sequence[Standing]) -> dict[str, Any]:
    as_of = [one.as_of for one in standings]
    known = [one for one in as_of if one is not None]
    return {
        "as_of": min(known).isoformat() if known and len(known) == len(as_of) else None,
        "stale": any(one.freshness == "stale" for one in standings),
        "complete": all(one.completeness == "complete" for one in standings),
    }


def _turn(turn: Turn | None) -> dict[str, Any]:
    if turn is None:
        return {}
    return {
        "sync": {
            "state": turn.state,
            "ended_at": None if turn.ended_at is None else turn.ended_at.isoformat(),
            "outcome": turn.outcome,
            "failures": turn.failures,
            "next_at": None if turn.next_at is None else turn.next_at.isoformat(),
        }
    }
