"""Redirects, where a source declares them: each is checked like any other address, and takes no credentials along."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

from bartack.transports.http.addresses import Base, origin_of, resolved
from bartack.transports.http.outgoing import Outgoing

__all__ = ["REDIRECTS", "redirected"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""Statuses that name another address in ``Location``."""


def redirected(
    signed: Outgoing, asked: Outgoing, status: int, location: str, base: Base
) -> tuple[Outgoing, Outgoing] | None:
    """Return the request that a redirect leads to, with and without credentials; ``None`` where it is not followed.

    That is: no address, or one that is not allowed; a body that would go to another origin; 301 and 302 for a request
    with a body, which clients make a ``GET`` out of and so ask for something else. On another origin, and on the way
    back from it, requests carry no credentials.
    """
    target = resolved(location, signed.url)
    body = signed.method not in {"GET", "HEAD"}
    if target is None or not location.strip() or not base.allows(target) or (body and status in {301, 302}):
        return None
    if body and status == 303:
        signed = replace(signed, method="GET", content=None, headers=_bodiless(signed.headers))
        asked = replace(asked, method="GET", content=None, headers=_bodiless(asked.headers))
    if origin_of(target) == base.origin:  # what came back from elsewhere has lost its credentials there
        there = {name for name, _ in parse_qsl(urlsplit(target).query, keep_blank_values=True)}
        added = [pair for pair in signed.params if pair not in asked.params and pair[0] not in there]
        return replace(signed, url=target, params=added), replace(asked, url=target, params=[])
    if signed.content is not None:
        return None
    plain = asked.elsewhere(target)
    return plain, plain


def _bodiless(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "content-type"}
