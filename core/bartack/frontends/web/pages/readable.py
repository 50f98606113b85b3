"""A refusal as a page, where a person with a browser gets it: the same status, the same words, and a way on."""

from __future__ import annotations

import json
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bartack.frontends.web.context import Context
from bartack.frontends.web.problems import MEDIA_TYPE

__all__ = ["Readable"]

_FOR_PROGRAMS: Final = ("/api/", "/mcp")


class Readable:
    """Turns problem details into a page for who asks for HTML; programs get them as they are."""

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self._app = app
        self._context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http" or not _wants_page(scope):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_problem(message):
                held.append(message)
            elif not held:
                await send(message)
            else:
                held.append(message)
                if not message.get("more_body", False):
                    await self._page(scope, receive, send, held)

        await self._app(scope, receive, sending)

    async def _page(self, scope: Scope, receive: Receive, send: Send, held: list[Message]) -> None:
        start, *rest = held
        told: dict[str, Any] = json.loads(b"".join(one.get("body", b"") for one in rest))
        known = scope.get("state", {}).get("access") is not None
        page = self._context.page(
            Request(scope) if known else None,
            "refusal.html",
            status=start["status"],
            title=told["title"],
            message=told["detail"],
            next_step=told.get("next_step"),
        )
        kept = [(name, value) for name, value in start["headers"] if name not in (b"content-type", b"content-length")]
        page.raw_headers = [*page.raw_headers, *kept]
        await page(scope, receive, send)


def _wants_page(scope: Scope) -> bool:
    accept = Headers(scope=scope).get("Accept", "")
    return "text/html" in accept and not scope["path"].startswith(_FOR_PROGRAMS)


def _is_problem(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("Content-Type", "").startswith(MEDIA_TYPE)
