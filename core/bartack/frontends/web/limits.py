"""How much is taken from whom: the size and the time of a body, how fast one may ask, and how many at once."""

from __future__ import annotations

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bartack.frontends.web.problems import problem

__all__ = ["AtOnce", "Bodies", "Limits", "Pace", "body_again"]

_MOST_ASKERS = 10_000
_CLOSE = {"Connection": "close"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too much.

    ``rate``: requests a second that each token, or each address without one, may ask for on end, and ``burst`` so many of
    them at once. ``at_once``: requests under way, of all together. ``body``: bytes of a body, ``open_body`` of one that
    anybody may send; ``body_seconds``: for all of it to arrive.
    """

    rate: float = 50.0
    burst: int = 100
    at_once: int = 64
    body: int = 256 * 1024
    open_body: int = 8 * 1024
    body_seconds: float = 15.0


class Pace:
    """Refuses who asks too fast, with 429 and when to come again: a bucket that fills at ``rate`` a second."""

    def __init__(self, app: ASGIApp, limits: Limits, monotonic: Callable[[], float]) -> None:
        self._app = app
        self._limits = limits
        self._monotonic = monotonic
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        wait = self._wait(_asker(scope)) if scope["type"] == "http" and scope["path"] != "/healthz" else 0.0
        if wait > 0:
            answer = problem(429, "you ask too fast", next_step="wait, then go on slower", retry_after=wait)
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _wait(self, asker: str) -> float:
        """Take one from the asker's bucket; return the seconds until there is one, where it is empty."""
        now = self._monotonic()
        left, filled = self._buckets.pop(asker, (float(self._limits.burst), now))
        left = min(self._limits.burst, left + (now - filled) * self._limits.rate)
        taken = left >= 1
        self._buckets[asker] = (left - taken, now)
        if len(self._buckets) > _MOST_ASKERS:
            self._buckets.popitem(last=False)  # whoever has not asked for longest
        return 0.0 if taken else (1 - left) / self._limits.rate


class Bodies:
    """Takes in bodies before anybody works on them: not larger than allowed, and not for ever.

    So who sends slowly holds a connection, and nothing else.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http" or not _has_body(scope):
            await self._app(scope, receive, send)
            return
        known = scope.get("state", {}).get("access") is not None
        most = self._limits.body if known else self._limits.open_body
        try:
            body = await asyncio.wait_for(_taken_in(scope, receive, most), self._limits.body_seconds)
        except TimeoutError:
            await problem(408, "the body did not arrive in time", headers=_CLOSE)(scope, receive, send)
            return
        except _TooLargeError:
            step = f"send at most {most} bytes"
            await problem(413, "the body is too large", next_step=step, headers=_CLOSE)(scope, receive, send)
            return
        if body is not None:
            await self._app(scope, body_again(body, receive), send)


class AtOnce:
    """Lets only so many requests be under way, and asks the others politely to come again."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._most = limits.at_once
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse."""
        if scope["type"] != "http" or scope["path"] == "/healthz":
            await self._app(scope, receive, send)
            return
        if self._under_way >= self._most:
            answer = problem(503, "too many requests are under way", next_step="ask again in a moment", retry_after=1)
            await answer(scope, receive, send)
            return
        self._under_way += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._under_way -= 1


class _TooLargeError(Exception):
    """There is more of a body than is taken."""


async def _taken_in(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """Return the whole body; None where its client has gone."""
    if _length(scope) > most:
        raise _TooLargeError
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _TooLargeError
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def body_again(body: bytes, receive: Receive) -> Receive:
    """Return what hands on a body that was taken in already, and then waits for the client to go."""
    given = False

    async def receiving() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receiving


def _has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


def _length(scope: Scope) -> float:
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(told) if told.isdigit() else math.inf


def _asker(scope: Scope) -> str:
    access = scope.get("state", {}).get("access")
    client = scope.get("client")
    return f"token {access.name}" if access is not None else f"address {client[0] if client else ''}"
