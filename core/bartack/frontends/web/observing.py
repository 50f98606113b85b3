"""Measures every request, and lets no error out: not to the client, and none of its values to the log."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bartack.frontends.web.metrics import Metrics
from bartack.frontends.web.problems import problem

__all__ = ["Observed"]

_log = logging.getLogger(__name__)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Observed:
    """Takes the time, and answers what fails inside with a problem of status 500; what is cut at the end, with 503."""

    def __init__(self, app: ASGIApp, metrics: Metrics, monotonic: Callable[[], float]) -> None:
        self._app = app
        self._metrics = metrics
        self._monotonic = monotonic

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = self._monotonic(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:
            if status:
                raise
            step = "ask again in a moment"
            answer = problem(503, "the server ends before this could be answered", next_step=step, retry_after=5)
            await answer(scope, receive, sending)
        except Exception as error:
            frames = "".join(traceback.format_tb(error.__traceback__))
            _log.error("a request failed with %s\n%s", type(error).__name__, frames)  # the words may hold values
            if status:
                raise _CutError from None
            await problem(500, "the request failed inside Bartack", next_step="tell the operator: see the log")(
                scope, receive, sending
            )
        finally:
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._metrics.answered(method, _route(scope), status, self._monotonic() - began)


class _CutError(Exception):
    """An answer that had begun cannot go on; whoever serves closes the connection."""


def _route(scope: Scope) -> str:
    """Return the pattern of the path that was asked for; of what is not there, nothing of the path itself."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    return str(path) if path is not None else "other"
