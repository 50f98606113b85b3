"""How a connector declares what its source allows: so many requests in so many seconds, and the headers that tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bartack.resilience.moments import http_date

__all__ = ["GENERIC", "Left", "LimitHeader", "Quota", "RateLimitFields", "RemainingHeader", "UsageHeader"]

_EPOCH = 1_000_000_000  # in seconds; September 2001
_EPOCH_MS = 100_000_000_000  # in milliseconds; 1973
_MONTH = 31 * 86_400
_POLICY = re.compile(r'"((?:[^"\\]|\\.)*)"((?:\s*;\s*[a-z*][a-z0-9_.*-]*(?:=(?:"(?:[^"\\]|\\.)*"|[^;,\s]*))?)*)')
_PARAMETER = re.compile(r";\s*([a-z*][a-z0-9_.*-]*)=([0-9]{1,15})(?=[\s;,]|$)")
_OLD_FIELD = re.compile(r"\b(limit|remaining|reset)=([0-9]{1,15})\b")


@dataclass(frozen=True, slots=True)
class Left:
    """What a source says is left of one of its limits.

    ``per``: seconds the limit is for; ``resets_in``: seconds until it is whole again; ``None`` where it does not say.
    """

    name: str
    remaining: int
    limit: int | None = None
    per: float | None = None
    resets_in: float | None = None


class LimitHeader(Protocol):
    """Reads what is left out of an answer's headers."""

    def read(self, headers: Mapping[str, str], now: datetime) -> Iterable[Left]:
        """Return what the headers (names in lower case) say; nothing where they say nothing, or nothing readable."""


@dataclass(frozen=True, slots=True)
class RemainingHeader:
    """A header that holds the number of requests left.

    ``limit`` and ``reset`` name the headers beside it. A reset is a number of seconds or a moment (seconds or milliseconds
    since 1970): what lies after 2001 is a moment, what is below a month is a number of seconds, the rest is not believed.
    ``per``: the seconds the limit is for, or the header that holds them in milliseconds.
    """

    remaining: str
    limit: str | None = None
    reset: str | None = None
    per: float | str | None = None

    def read(self, headers: Mapping[str, str], now: datetime) -> Iterable[Left]:
        remaining = _number(headers.get(self.remaining.lower()))
        if remaining is None:
            return ()
        limit = _number(headers.get(self.limit.lower())) if self.limit else None
        resets_in = _resets_in(headers.get(self.reset.lower()), headers, now) if self.reset else None
        per = self.per
        if isinstance(per, str):
            milliseconds = _number(headers.get(per.lower()))
            per = milliseconds / 1000 if milliseconds else None
        return (Left(self.remaining, int(remaining), None if limit is None else int(limit), per, resets_in),)


@dataclass(frozen=True, slots=True)
class UsageHeader:
    """A header that holds ``key=used/limit``, as Salesforce's ``Sforce-Limit-Info: api-usage=18/5000``."""

    header: str
    key: str
    per: float | None = None

    def read(self, headers: Mapping[str, str], now: datetime) -> Iterable[Left]:
        value = headers.get(self.header.lower())
        found = (
            re.search(rf"(?:^|[\s;,]){re.escape(self.key)}=([0-9]{{1,15}})/([0-9]{{1,15}})", value) if value else None
        )
        if found is None:
            return ()
        used, limit = int(found[1]), int(found[2])
        return (Left(self.key, max(0, limit - used), limit, self.per),)


@dataclass(frozen=True, slots=True)
class RateLimitFields:
    """``RateLimit`` and ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers), also in the form of its version 07."""

    def read(self, headers: Mapping[str, str], now: datetime) -> Iterable[Left]:
        value = headers.get("ratelimit")
        if value is None:
            return ()
        old = {name: int(number) for name, number in _OLD_FIELD.findall(value)}
        if "remaining" in old:
            return (Left("ratelimit", old["remaining"], old.get("limit"), None, old.get("reset")),)
        policies = {name: _parameters(rest) for name, rest in _POLICY.findall(headers.get("ratelimit-policy", ""))}
        found = []
        for name, rest in _POLICY.findall(value):
            said, policy = _parameters(rest), policies.get(name, {})
            if "r" in said:
                found.append(Left(name, said["r"], policy.get("q"), policy.get("w"), said.get("t")))
        return found


GENERIC: tuple[LimitHeader, ...] = (
    RateLimitFields(),
    RemainingHeader("RateLimit-Remaining", limit="RateLimit-Limit", reset="RateLimit-Reset"),
    RemainingHeader("X-RateLimit-Remaining", limit="X-RateLimit-Limit", reset="X-RateLimit-Reset"),
    RemainingHeader("X-Rate-Limit-Remaining", limit="X-Rate-Limit-Limit", reset="X-Rate-Limit-Reset"),
)
"""What is looked for where a connector declares no headers."""


@dataclass(frozen=True, slots=True)
class Quota:
    """How much a source allows: at most ``requests`` in any ``per`` seconds, where that is known.

    ``headers``: how its answers say what is left. See :class:`RemainingHeader`, :class:`UsageHeader`,
    :class:`RateLimitFields`.

    >>> Quota(100, per=10, headers=(UsageHeader("Sforce-Limit-Info", "api-usage", per=86_400),)).requests
    100
    """

    requests: int | None = None
    per: float = 1.0
    headers: tuple[LimitHeader, ...] = GENERIC


def _number(text: str | None) -> float | None:
    """Return the number a header begins with: ``100``, ``599.0``, or the first of ``100, 100;w=10``."""
    found = re.match(r"\s*([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*(?:[,;]|$)", text) if text else None
    return None if found is None else float(found[1])


def _resets_in(text: str | None, headers: Mapping[str, str], now: datetime) -> float | None:
    value = _number(text)
    if value is None or value <= _MONTH:
        return value
    if value < _EPOCH:
        return None
    moment = value / 1000 if value >= _EPOCH_MS else value
    there = (http_date(headers.get("date", "")) or now).timestamp()
    seconds = max(0.0, moment - there)
    return seconds if seconds <= _MONTH else None


def _parameters(text: str) -> dict[str, int]:
    return {name: int(number) for name, number in _PARAMETER.findall(text)}
