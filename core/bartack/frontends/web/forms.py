"""What a browser sends to change something has to come from a page of ours (against cross-site request forgery)."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from bartack.frontends.web.limits import body_again
from bartack.frontends.web.problems import problem
from bartack.frontends.web.sessions import Sessions

__all__ = ["FORM_FIELD", "FORM_HEADER", "Forms", "is_own_page"]

FORM_FIELD: Final = "csrf"
FORM_HEADER: Final = "X-CSRF-Token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM: Final = "application/x-www-form-urlencoded"


class Forms:
    """Refuses what a page of somebody else makes a browser send: the cookie of the session comes along with that, too.

    Where the browser says which page sent it, that must be ours; and the session's form token must come back, in the field
    ``csrf`` of a form or in the header ``X-CSRF-Token``. Who comes with a bearer token needs neither.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self._app = app
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        session = scope.get("state", {}).get("session") if scope["type"] == "http" else None
        if session is None or scope["method"] in _SAFE:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        if not is_own_page(request):
            answer = problem(403, "this was sent by a page of another site", next_step="use the pages of Bartack")
            await answer(scope, receive, send)
            return
        body = await request.body()
        if not self._sessions.is_form_token(session, request.headers.get(FORM_HEADER) or _field(request, body)):
            step = "load the page again, and send its form"
            answer = problem(403, "the form is of another session, or none of ours", next_step=step)
            await answer(scope, receive, send)
            return
        await self._app(scope, body_again(body, receive), send)


def is_own_page(request: Request) -> bool:
    """Tell whether a request was made by a page of ours, or by no page at all, as far as its browser tells.

    By ``Sec-Fetch-Site`` (https://www.w3.org/TR/fetch-metadata/), else by ``Origin``. Its scheme may be another one: what
    stands before Bartack may speak TLS.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("Host")


def _field(request: Request, body: bytes) -> str:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        return ""
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=1000).get(FORM_FIELD, [""])
    except ValueError:
        return ""
    return found[0] if len(found) == 1 else ""
