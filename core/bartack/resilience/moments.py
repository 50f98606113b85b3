"""What a source says about time: when to come back, and what its own clock shows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

__all__ = ["clock_skew", "http_date", "retry_after", "spoken"]

_LONGEST = 366 * 86_400.0
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that ``Retry-After`` asks to wait (RFC 9110, 10.2.3), ``None`` where it says nothing readable.

    Seconds, also with a fraction, or an HTTP date; a date is measured against the answer's own ``Date`` where there is
    one, so that the two clocks need not agree. More than a year is read as a year.

    >>> retry_after({"retry-after": "1.5"}, datetime.now(UTC)), retry_after({"retry-after": "soon"}, datetime.now(UTC))
    (1.5, None)
    """
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), _LONGEST)
    moment = http_date(value)
    if moment is None:
        return None
    return min(max(0.0, (moment - (http_date(headers.get("date", "")) or now)).total_seconds()), _LONGEST)


def clock_skew(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return by how many seconds this machine's clock is ahead of the source's ``Date`` (negative: behind)."""
    theirs = http_date(headers.get("date", ""))
    return None if theirs is None else (now - theirs).total_seconds()


def http_date(text: str) -> datetime | None:
    """Return the moment of an HTTP date (RFC 9110, 5.6.7), or ``None``."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def spoken(seconds: float) -> str:
    """Return a length of time for people.

    >>> spoken(0.4), spoken(90), spoken(7300), spoken(200_000)
    ('1 s', '90 s', '2 h 2 min', '2 d 7 h')
    """
    whole = max(1, round(seconds))
    if whole < 120:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 120:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours < 48 else f"{hours // 24} d {hours % 24} h"
