"""Lets in who may come: by bearer token, or by the cookie of a session; what changes something, only from pages of ours."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bartack.frontends.web.problems import problem
from bartack.frontends.web.sessions import Session, Sessions
from bartack.service.access import Access, Doors

__all__ = ["FORM_FIELD", "FORM_HEADER", "OPEN", "Entrance", "cookie_name", "is_own_page"]

OPEN: Final = ("/healthz", "/readyz", "/login", "/static/")
"""Paths that anybody may ask for; they know nothing of the sources."""

FORM_FIELD: Final = "csrf"
FORM_HEADER: Final = "X-CSRF-Token"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM: Final = "application/x-www-form-urlencoded"


class Entrance:
    """Finds out who asks, and leaves it in the request's state: ``access``, and ``session`` where it is a browser's."""

    def __init__(self, app: ASGIApp, doors: Doors, sessions: Sessions) -> None:
        self._app = app
        self._doors = doors
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        access, session = self._who(request)
        scope.setdefault("state", {}).update(access=access, session=session)
        refused = None if is_open(scope["path"]) else _unknown(request) if access is None else None
        if refused is None and session is not None and request.method not in _SAFE:
            refused, receive = await self._form(request, session)
        await (self._app if refused is None else refused)(scope, receive, send)

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

    async def _form(self, request: Request, session: Session) -> tuple[Response | None, Receive]:
        """Refuse what a page of somebody else makes a browser send: the cookie comes along with that, too."""
        if not is_own_page(request):
            return problem(
                403, "this was sent by a page of another site", next_step="use the pages of Bartack"
            ), request.receive
        body = await request.body()
        token = request.headers.get(FORM_HEADER) or _field(request, body, FORM_FIELD)
        if not self._sessions.is_form_token(session, token):
            step = "load the page again, and send its form"
            return problem(403, "the form is of another session, or none of ours", next_step=step), request.receive
        return None, _again(body, request.receive)


def is_open(path: str) -> bool:
    """Tell whether anybody may ask for a path."""
    return any(path == one or (one.endswith("/") and path.startswith(one)) for one in OPEN)


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


def cookie_name(scope: Scope) -> str:
    """Return the name of the session's cookie. Cookies do not know ports: two servers of one machine would share it."""
    server = scope.get("server")
    return f"bartack-{server[1]}" if server else "bartack"


def _unknown(request: Request) -> Response:
    """Return what is answered to who is not known: to a browser that looks for a page, the way to one's log-in."""
    if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
        query = f"?{request.url.query}" if request.url.query else ""
        wanted = "" if request.url.path == "/" else "?" + urlencode({"next": request.url.path + query})
        return RedirectResponse(f"/login{wanted}", 303)
    step = "send Authorization: Bearer and a token of [serve.tokens]"
    return problem(401, "who are you?", next_step=step, headers={"WWW-Authenticate": 'Bearer realm="bartack"'})


def _field(request: Request, body: bytes, name: str) -> str:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        return ""
    try:
        found = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=1000).get(name, [""])
    except ValueError:
        return ""
    return found[0] if len(found) == 1 else ""


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read to the next who reads it."""
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving
