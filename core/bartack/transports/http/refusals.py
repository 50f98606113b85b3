"""When a source says no: by status, or by an error inside an answer that pretends to be fine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from bartack.errors import AccessError, BartackError, SourceChangedError, SourceRefusedError, SourceUnavailableError
from bartack.resilience.moments import retry_after
from bartack.transports.base import Body
from bartack.transports.http.documents import came_instead, read_json_or_none
from bartack.transports.http.paths import ABSENT, look
from bartack.transports.http.texts import said

__all__ = ["FLAGS", "UNIVERSAL_ERRORS", "ErrorBody", "refusal", "status_error"]


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """How an error inside an answer of status 200 is recognised.

    ``path`` must be there and be ``equals`` (one value or several of them; texts compare without regard to case).
    Without ``equals`` anything counts that says something: not null, false, 0, ``"0"``, blank or empty. ``message`` and
    ``code`` are paths to the source's own words; without them the usual places are searched.
    """

    path: str
    equals: Any = None
    message: str | None = None
    code: str | None = None

    def matches(self, document: Any) -> bool:
        """Tell whether ``document`` is such an error."""
        found = look(document, self.path)
        if found is ABSENT:
            return False
        if self.equals is None:
            return found not in _NOTHING and not (isinstance(found, str) and not found.strip())
        wanted = self.equals if isinstance(self.equals, tuple | list) else (self.equals,)
        return any(_same(found, value) for value in wanted)


_NOTHING: Final[tuple[Any, ...]] = (None, False, "", "0", [], {})

FLAGS: Final[tuple[ErrorBody, ...]] = (
    ErrorBody("success", equals=False),
    ErrorBody("ok", equals=False),
    ErrorBody("status", equals=("error", "fail", "failed", "failure")),
)
"""Universal errors that are told by a flag, which in a row may be an ordinary field."""

UNIVERSAL_ERRORS: Final[tuple[ErrorBody, ...]] = (
    ErrorBody("error"),  # JSON-RPC, OAuth, OData, Pipedrive
    ErrorBody("errors"),  # JSON:API, GraphQL
    ErrorBody("fault"),  # API gateways
    ErrorBody("errorCode"),
    ErrorBody("error_code"),
    ErrorBody("[0].errorCode"),  # Salesforce: a list of errors
    *FLAGS,
)
"""Errors that are looked for in every answer. One without rows is refused; beside rows it makes the page partial."""

_MESSAGES = (
    "error.data.message", "error.message", "message", "error_description", "errors[0].message", "errors[0].detail",
    "errors[0].title", "errors.detail", "errors.title", "[0].message", "fault.faultstring", "fault.message",
    "error[1][0]", "error", "errors[0]", "detail", "description", "error_info", "title", "Message",
)  # fmt: skip
_CODES = (
    "error.data.name", "error.code", "code", "errorCode", "error_code", "category", "errors[0].code",
    "errors[0].errorCode", "[0].errorCode", "error.type", "error[0]", "error", "errors.status", "error.status",
)  # fmt: skip
_CODE = re.compile(r"^[\w.:\-/]{1,80}$")
_LIMITED = re.compile(
    r"(?:rate|requests?|calls?|api|usage|daily|hourly|secondly|burst|concurren\w*|query)[\s_.-]*(?:\w+[\s_.-]+)?limit"
    r"|limit[\s_.-]*(?:\w+[\s_.-]+)?(?:rate|requests?|calls?)|too[\s_.-]*many|throttl|quota[\s_.-]*exceeded|slow[\s_.-]*down",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"un-?authori[sz]ed|unauthenticated|not[\s_.-]*(?:authori[sz]ed|authenticated|logged)|authentication|forbidden"
    r"|(?:invalid|expired|bad)[\s_.-]*(?:access[\s_.-]*)?(?:session|token|login|credential|api[\s_.-]*key|auth|grant)"
    r"|(?:session|token|login|credentials?)\w*[\s_.-]*(?:\w+[\s_.-]+)?(?:expired|invalid|timed?[\s_.-]*out)"
    r"|(?:access|permission)s?[\s_.-]*(?:denied|error)|insufficient[\s_.-]*(?:access|permission|scope|privilege)",
    re.IGNORECASE,
)


def refusal(document: Any, detectors: Iterable[ErrorBody]) -> BartackError | None:
    """Return the typed error that ``document`` carries by the first detector that matches, or ``None``.

    Codes that mean a rate limit give :class:`SourceUnavailableError`, codes that mean a session or a permission
    :class:`AccessError`, all others :class:`SourceRefusedError`.
    """
    for detector in detectors:
        if detector.matches(document):
            message, code = _told(document, detector)
            return _typed(f"the answer carries an error: {_words(message, code)}", message or "", code or "")
    return None


def status_error(body: Body, now: datetime) -> BartackError:
    """Return the typed error for an answer whose status is not one that was asked for.

    ============================  ==============================
    401, 403, 404, 407, 410       ``AccessError``
    403 and others with the code
    of a rate limit, 408, 425,
    429, 5xx                      ``SourceUnavailableError`` with ``retry_after``
    other 4xx                     ``SourceRefusedError``
    redirects, other statuses     ``SourceChangedError``
    ============================  ==============================
    """
    status = body.status
    if 300 <= status < 400 and status != 304:
        return _redirect(body)
    if not 400 <= status < 600:
        return SourceChangedError(
            f"the source answers with status {status}, which the stream does not declare",
            next_step=f"declare it if it is meant: statuses={{{status}: 'empty'}} or 'rows'",
        )
    message, code = _told(read_json_or_none(body), None)
    words = _words(message, code) if message or code else _unspoken(body)
    text = f"status {status}: {words}"
    limited = status != 404 and bool(_LIMITED.search(code or message or ""))
    if status in {408, 425, 429} or status >= 500 or limited:
        return SourceUnavailableError(text, retry_after=retry_after(body.headers, now))
    if status in _ACCESS_STEPS:
        return AccessError(text, next_step=_ACCESS_STEPS[status])
    return SourceRefusedError(text)


_ACCESS_STEPS: Final = {
    401: "check the credentials of this source; they are not accepted (any more)",
    403: "ask the owner of the system for the permission or scope that this stream needs",
    404: "check base_url and path, and whether the record still exists",
    407: "check the proxy's user and password",
    410: "what was asked for is gone for good; a stored cursor may have expired: read from the start",
}


def _redirect(body: Body) -> BartackError:
    target = body.headers.get("location", "")
    try:
        host = urlsplit(urljoin(body.url or "", target)).hostname
    except ValueError:
        host = None
    place = f"host {said(host, 100)!r}" if host else "an unreadable address"
    return SourceChangedError(
        f"status {body.status}: the source redirects to {place}, and was not followed there",
        next_step="set base_url to the new address, or check the credentials if that is a login page; redirects = 3"
        " follows redirects to base_url's origin and to allow_hosts",
    )


def _typed(text: str, message: str, code: str) -> BartackError:
    telling = code if re.search("[A-Za-z]", code) else message  # a bare number says nothing about its kind
    if code in {"429", "503"} or _LIMITED.search(telling):
        return SourceUnavailableError(text)
    if code in {"401", "403"} or _DENIED.search(telling):
        return AccessError(text, next_step="check the credentials of this source and what they may read")
    return SourceRefusedError(text)


def _told(document: Any, detector: ErrorBody | None) -> tuple[str | None, str | None]:
    messages = (detector.message,) if detector and detector.message else _MESSAGES
    codes = (detector.code,) if detector and detector.code else _CODES
    message = next((said(text) for text in _texts(document, messages)), None)
    code = next((text for text in _texts(document, codes) if _CODE.match(text)), None)
    return message, said(code, 80) if code else None


def _texts(document: Any, paths: Iterable[str]) -> Iterable[str]:
    for path in paths:
        found = look(document, path)
        if isinstance(found, str) and found.strip():
            yield found.strip()
        elif isinstance(found, int) and not isinstance(found, bool):
            yield str(found)


def _words(message: str | None, code: str | None) -> str:
    if message and code and code != message:
        return f"{message} ({code})"
    return message or code or "no further words"


def _unspoken(body: Body) -> str:
    return came_instead(body) if body.content.strip() else "no further words"


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, str) and isinstance(wanted, str):
        return found.strip().casefold() == wanted.casefold()
    return isinstance(found, bool) == isinstance(wanted, bool) and bool(found == wanted)
