"""Logging in with a browser, and out."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bartack.frontends.web.context import Context
from bartack.frontends.web.entrance import cookie_name
from bartack.frontends.web.forms import is_own_page
from bartack.frontends.web.sessions import LIFE

__all__ = ["routes"]


def routes(context: Context) -> list[BaseRoute]:
    """Return the routes of logging in and out."""

    async def login(request: Request) -> Response:
        if request.method == "POST":
            form = _form(await request.body())
            wanted = form.get("next", [""])[0]
            if not is_own_page(request):
                return _asked(context, wanted, "This was sent by a page of another site.", 403)
            return _entered(context, request, form.get("token", [""])[0], wanted)
        wanted = request.query_params.get("next", "")
        if "token" in request.query_params:
            return _entered(context, request, request.query_params["token"], wanted)
        return _asked(context, wanted)

    async def logout(request: Request) -> Response:
        session = context.session(request)
        if session is not None:
            context.sessions.end(session)
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(cookie_name(request.scope), httponly=True, samesite="strict")
        return answer

    return [Route("/login", login, methods=["GET", "POST"]), Route("/logout", logout, methods=["POST"])]


def _form(body: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return {}


def _entered(context: Context, request: Request, token: str, wanted: str) -> Response:
    """Begin a session, and lead on: the token has left the address bar, the history and the next referrer."""
    access = context.doors.holder(token.strip())
    if access is None:
        return _asked(context, wanted, "No such token.", 403)
    _, cookie = context.sessions.begin(access.name)
    answer = RedirectResponse(_here(wanted), 303)
    answer.set_cookie(
        cookie_name(request.scope),
        cookie,
        max_age=int(LIFE.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def _asked(context: Context, wanted: str, problem: str = "", status: int = 200) -> Response:
    return context.page(None, "login.html", status=status, problem=problem, next=_here(wanted))


def _here(wanted: str) -> str:
    """Return where to go on: a path of ours, never another site."""
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted
    return wanted if plain and wanted.startswith("/") and not wanted.startswith("//") else "/"
