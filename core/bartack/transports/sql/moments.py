"""From which value of a column on rows must be read, so that none changed since a moment is missed."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

__all__ = ["ISO_LIKE", "lower_bound"]

ISO_LIKE = "____-__-__%"
"""Text that sorts as its date does, whatever follows it (pattern of LIKE)."""

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FURTHEST_BEHIND = timedelta(hours=12)  # UTC-12: no clock shows less
_LONGEST_SHIFT = timedelta(hours=3)


def lower_bound(since: datetime, sample: Any, zone: str | None) -> datetime | date | str | None:
    """Return the lowest value a column like ``sample`` can have in a row changed at ``since`` or later.

    ``zone``: IANA zone of values without one; where it is unknown, the zone furthest behind is taken. Seconds are
    rounded down, for many databases do so. ``None``: such values cannot be compared with a moment.

    >>> since = datetime(2024, 10, 27, 0, 50, tzinfo=UTC)  # 02:50 in Berlin; at 03:00 the clock goes back to 02:00
    >>> lower_bound(since, datetime(2024, 1, 1), "Europe/Berlin")
    datetime.datetime(2024, 10, 27, 1, 50)
    >>> lower_bound(since, "2024-01-01T00:00:00+01:00", None)
    '2024-10-26'
    """
    since = since.astimezone(UTC).replace(microsecond=0)
    if isinstance(sample, datetime):
        return since if sample.tzinfo is not None else _wall_clock(since, zone)
    if isinstance(sample, date):
        return _wall_clock(since, zone).date()
    if isinstance(sample, str) and _ISO_DATE.match(sample):
        return _wall_clock(since, None).date().isoformat()  # each text may have an offset of its own
    return None


def _wall_clock(since: datetime, zone: str | None) -> datetime:
    if zone is None:
        return (since - _FURTHEST_BEHIND).replace(tzinfo=None)
    there, later = (moment.astimezone(ZoneInfo(zone)) for moment in (since, since + _LONGEST_SHIFT))
    turned_back = max((there.utcoffset() or timedelta()) - (later.utcoffset() or timedelta()), timedelta())
    return there.replace(tzinfo=None, fold=0) - turned_back
