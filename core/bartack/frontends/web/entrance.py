"""Lets in who may come: by bearer token, or by the cookie of a session."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bartack.frontends.web.problems import problem
from bartack.frontends.web.sessions import Session, Sessions
from bartack.service.access import Access, Doors

__all__ = ["OPEN", "Entrance", "Known", "cookie_name"]

OPEN: Final = ("/healthz", "/readyz", "/login", "/static/")
"""Paths that anybody may ask for; they know nothing of the sources."""


class Entrance:
    """Finds out who asks, and leaves it in the request's state: ``access``, and ``session`` where it is a browser's."""

    def __init__(self, app: ASGIApp, doors: Doors, sessions: Sessions) -> None:
        self._app = app
        self._doors = doors
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on, with the answer to who asks."""
        if scope["type"] == "http":
            access, session = self._who(Request(scope, receive))
            scope.setdefault("state", {}).update(access=access, session=session)
        await self._app(scope, receive, send)

    def _who(self, request: Request) -> tuple[Access | None, Session | None]:
        """Return who asks. A bearer token is what counts where there is one; a browser never sends one by itself."""
        authorization = request.headers.get("Authorization")
        if authorization is not None:
            return self._doors.enter(authorization), None
        session = self._sessions.read(request.cookies.get(cookie_name(request.scope), ""))
        found = None if session is None else self._named(session.name)
        return (found, session) if found is not None else (None, None)

    def _named(self, name: str) -> Access | None:
        return next((access for access in self._doors.everybody if access.name == name), None)


class Known:
    """Refuses who is not known, except where anybody may come."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        known = scope["type"] != "http" or scope["state"]["access"] is not None or _is_open(scope["path"])
        await (self._app if known else _unknown(Request(scope, receive)))(scope, receive, send)


def _is_open(path: str) -> bool:
    """Tell whether anybody may ask for a path."""
    return any(path == one or (one.endswith("/") and path.startswith(one)) for one in OPEN)


def cookie_name(scope: Scope) -> str:
    """Return the name of the session's cookie. Cookies do not know ports: two servers of one machine would share it."""
    server = scope.get("server")
    return f"bartack-{server[1]}" if server else "bartack"


def _unknown(request: Request) -> Response:
    """Return what is answered to who is not known: to a browser that looks for a page, the way to one's log-in."""
    if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        query = f"?{request.url.query}" if request.url.query else ""
        wanted = "" if request.url.path == "/" else "?" + urlencode({"next": request.url.path + query})
        if "HX-Request" in request.headers:  # a page that renews a part of itself: all of it is to go to the log-in
            return Response(status_code=401, headers={"HX-Redirect": f"/login{wanted}"})
        return RedirectResponse(f"/login{wanted}", 303)
    step = "send Authorization: Bearer and a token of [serve.tokens]"
    return problem(401, "who are you?", next_step=step, headers={"WWW-Authenticate": 'Bearer realm="bartack"'})
