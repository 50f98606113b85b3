"""How a log-in that is over shows: by 401, or by a page for people where data should be."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from bartack.errors import AccessError
from bartack.resilience.moments import clock_skew, spoken
from bartack.transports.base import Body
from bartack.transports.http.outgoing import Outgoing

__all__ = ["is_expired", "is_login_page", "still_a_page", "with_clock_skew"]

_TO_A_PAGE: Final = frozenset({302, 303, 307})  # not 301 and 308: what has moved for good is not waiting for a log-in
_SKEW: Final = 60.0
"""Clocks that differ by fewer seconds are not why a signed log-in is refused."""


def is_expired(body: Body, expect: Collection[int], asked: Outgoing) -> bool:
    """Tell whether an answer asks for a new log-in."""
    return (body.status == 401 and 401 not in expect) or is_login_page(body, expect, asked)


def is_login_page(body: Body, expect: Collection[int], asked: Outgoing) -> bool:
    """Tell whether an answer looks like a page to log in on: a redirect, or HTML where JSON was asked for."""
    if body.status not in expect:
        return body.status in _TO_A_PAGE
    html = (body.content_type or "").partition(";")[0].strip().lower() in {"text/html", "application/xhtml+xml"}
    return html and "json" in asked.headers.get("Accept", "")


def still_a_page(body: Body) -> AccessError:
    """Return the error for a page that comes even after a new log-in."""
    return AccessError(
        f"status {body.status}: the source answers with a page for people, also after a new log-in",
        next_step="check base_url, and what the credentials of this source may do; open the address in a browser",
    )


def with_clock_skew(error: AccessError, body: Body, now: datetime) -> AccessError:
    """Return the error of a signed log-in, with what the answer's ``Date`` says about this machine's clock."""
    skew = clock_skew(body.headers, now)
    if skew is None or abs(skew) < _SKEW:
        return error
    side = "ahead of" if skew > 0 else "behind"
    return AccessError(
        f"{error.message}; this machine's clock is {spoken(abs(skew))} {side} the source's",
        next_step="set the clock (NTP): a signed log-in is only good for some minutes",
    )
