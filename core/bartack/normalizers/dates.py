r"""Dates and moments by declared formats only.

A format is a word of :data:`FORMATS` or a ``strptime`` pattern; several are tried in order. What has no offset needs a
declared zone. A date never becomes a moment, nor a moment a date. Zero dates (``0000-00-00``) say "empty" everywhere;
other sentinels (``9999-12-31``, ``1900-01-01``) only where a rule declares them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from bartack.errors import ConfigError
from bartack.normalizers.base import Note, Noted, NotReadableError, kind_of, with_notes

__all__ = ["FORMATS", "day", "moment", "timestamp"]

Read = datetime | date
"""What a format reads: a naive or aware datetime, or a date where the value has no time of day."""

_ZERO = re.compile(r"0{4}[-/.]?00[-/.]?00(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?|00[/.-]00[/.-]0{2,4}|0{5,8}").fullmatch
_PARTIAL = re.compile(r"\d{4}-(?:00-\d\d|\d\d-00)(?:[T ].*)?").fullmatch
_ISO = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ](?P<clock>\d\d:\d\d(?::\d\d)?)(?:[.,](?P<fraction>\d{1,9}))?"
    r"\s?(?P<offset>Z|z|UTC|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
).fullmatch
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(Z)?)?", re.ASCII).fullmatch
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL = date(1899, 12, 30)


def day(raw: object, *, format: str | Iterable[str] = "iso", sentinels: Iterable[str] = ()) -> Any:  # noqa: A002
    """Return a date. A time of day that is not midnight is refused, not cut off.

    >>> day("2024-02-29"), day("29.02.2024", format="%d.%m.%Y"), day(20240229, format="yyyymmdd")
    (datetime.date(2024, 2, 29), datetime.date(2024, 2, 29), datetime.date(2024, 2, 29))
    >>> day("1240229", format="cyymmdd"), day("45351", format="excel")  # AS/400; a spreadsheet
    (datetime.date(2024, 2, 29), datetime.date(2024, 2, 29))
    >>> day("0000-00-00").notes[0].code, day("9999-12-31", sentinels=["9999-12-31"]).value
    ('date.sentinel', None)
    >>> day("2024-02-30")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: '2024-02-30' has not the declared format: iso
    """
    found = _read(raw, _names(format), _words(sentinels))
    if isinstance(found, datetime):
        if found.timetz().replace(tzinfo=None) != time():
            raise NotReadableError("date.unreadable", f"{raw!r} has a time of day where a date is declared")
        return found.date()
    return found


def timestamp(
    raw: object,
    *,
    format: str | Iterable[str] = "iso",  # noqa: A002 - the word of the mapping
    zone: str | None = None,
    sentinels: Iterable[str] = (),
) -> Any:
    """Return an aware moment in UTC. ``zone`` is where clocks without an offset stand.

    >>> timestamp("2020-10-22T21:03:23.000+0000")  # Salesforce
    datetime.datetime(2020, 10, 22, 21, 3, 23, tzinfo=datetime.timezone.utc)
    >>> timestamp("2024-07-01 12:00:00", zone="Europe/Berlin")
    datetime.datetime(2024, 7, 1, 10, 0, tzinfo=datetime.timezone.utc)
    >>> timestamp("1729723380417", format="epoch_ms"), timestamp("-86400", format="epoch_s")
    (datetime.datetime(2024, 10, 23, 22, 43, 0, 417000, tzinfo=datetime.timezone.utc), datetime.datetime(1969, 12, 31, 0, 0, tzinfo=datetime.timezone.utc))
    >>> timestamp("2024-07-01 12:00:00")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: '2024-07-01 12:00:00' has no offset, and no zone is declared
    >>> timestamp("2024-07-01")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: '2024-07-01' has no time of day where a moment is declared
    """
    found = _read(raw, _names(format), _words(sentinels))
    if isinstance(found, datetime):
        return _aware(found, zone, raw)
    if isinstance(found, date):
        raise NotReadableError("date.unreadable", f"{raw!r} has no time of day where a moment is declared")
    return found


def moment(
    raw: object,
    *,
    format: str | Iterable[str] = "iso",  # noqa: A002 - the word of the mapping
    zone: str | None = None,
    sentinels: Iterable[str] = (),
) -> Any:
    """Return a date where the source sent a date, and an aware moment in UTC where it sent one.

    >>> moment("2024-07-01"), moment("2024-07-01T12:00:00Z")
    (datetime.date(2024, 7, 1), datetime.datetime(2024, 7, 1, 12, 0, tzinfo=datetime.timezone.utc))
    """
    found = _read(raw, _names(format), _words(sentinels))
    return _aware(found, zone, raw) if isinstance(found, datetime) else found


# -- formats --------------------------------------------------------------------------------------------------------------


def _iso(raw: str) -> Read | None:
    found = _ISO(raw)
    if found is None:
        return None
    if found["clock"] is None:
        return date.fromisoformat(found["day"])
    clock, extra = found["clock"], timedelta()
    if clock.startswith("24:00") and clock.strip("24:0") == "" and not (found["fraction"] or "").strip("0"):
        clock, extra = "00" + clock[2:], timedelta(days=1)
    fraction = f".{found['fraction'][:6]:0<6}" if found["fraction"] else ""
    clock = clock if clock.count(":") == 2 else f"{clock}:00"
    offset = found["offset"] or ""
    offset = "+00:00" if offset in ("Z", "z", "UTC") else f"{offset}:00" if len(offset) == 3 else offset
    return datetime.fromisoformat(f"{found['day']}T{clock}{fraction}{offset}") + extra


def _basic(raw: str) -> Read | None:
    found = _BASIC(raw)
    if found is None:
        return None
    year, month, dom, hour, minute, second, zulu = found.groups()
    if hour is None:
        return date(int(year), int(month), int(dom))
    clock = (int(hour), int(minute), int(second or 0))
    return datetime(int(year), int(month), int(dom), *clock, tzinfo=UTC if zulu else None)


def _seconds(raw: str) -> Read | None:
    return _since_epoch(raw, 1)


def _milliseconds(raw: str) -> Read | None:
    return _since_epoch(raw, 1000)


def _since_epoch(raw: str, unit: int) -> Read | None:
    if not re.fullmatch(r"-?\d{1,16}(?:\.\d{1,9})?", raw, re.ASCII):
        return None
    return _EPOCH + timedelta(microseconds=int(Decimal(raw) * (1_000_000 // unit)))


def _cyymmdd(raw: str) -> Read | None:
    if not re.fullmatch(r"\d{5,7}", raw, re.ASCII):
        return None
    raw = raw.zfill(7)
    return date(1900 + 100 * int(raw[0]) + int(raw[1:3]), int(raw[3:5]), int(raw[5:7]))


def _cyyddd(raw: str) -> Read | None:
    if not re.fullmatch(r"\d{4,6}", raw, re.ASCII):
        return None
    raw = raw.zfill(6)
    ordinal, year = int(raw[3:6]), 1900 + 100 * int(raw[0]) + int(raw[1:3])
    found = date(year, 1, 1) + timedelta(days=ordinal - 1)
    return found if ordinal and found.year == year else None


def _excel(raw: str) -> Read | None:
    if not re.fullmatch(r"\d{1,6}(?:\.\d+)?", raw, re.ASCII):
        return None
    days, _, rest = raw.partition(".")
    if int(days) < 61:  # before 1900-03-01 spreadsheets count a day that never was
        return None
    start = _EXCEL + timedelta(days=int(days))
    if not rest.strip("0"):
        return start
    seconds = round(Decimal(f"0.{rest}") * 86_400)
    return datetime(start.year, start.month, start.day) + timedelta(seconds=int(seconds))  # noqa: DTZ001 - a wall clock


FORMATS = MappingProxyType(
    {
        "iso": _iso,
        "yyyymmdd": _basic,
        "epoch_s": _seconds,
        "epoch_ms": _milliseconds,
        "cyymmdd": _cyymmdd,
        "cyyddd": _cyyddd,
        "excel": _excel,
    }
)
"""``iso`` (RFC 3339 and how systems really write it: a blank for the T, ``+0000``, one to nine digits of a second),
``yyyymmdd`` (with or without a time), ``epoch_s``, ``epoch_ms``, ``cyymmdd`` (AS/400), ``cyyddd`` (JD Edwards), ``excel``
(days since 1899-12-30). Structured values (Tryton's ``{"__class__": "datetime", …}``) and typed ones are always read."""


@lru_cache(256)
def _format(name: str) -> Callable[[str], Read | None]:
    known = FORMATS.get(name)
    if known is not None:
        return known
    if "%" not in name:
        raise ConfigError(
            f"{name!r} is no date format", next_step=f"use {', '.join(FORMATS)} or a pattern like %d.%m.%Y"
        )
    timed = re.search(r"%[HIMSfpXcT]", name) is not None

    def by_pattern(raw: str) -> Read | None:
        found = datetime.strptime(raw, name)  # noqa: DTZ007 - the zone is declared beside the format
        return found if timed else found.date()

    return by_pattern


# -- reading --------------------------------------------------------------------------------------------------------------


def _names(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _words(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(str(one) for one in given)


def _read(raw: object, formats: tuple[str, ...], sentinels: tuple[str, ...]) -> Any:
    if isinstance(raw, datetime | date):
        return Noted(None, (_sentinel(raw),)) if sentinels and _is_sentinel(raw, str(raw), sentinels) else raw
    if isinstance(raw, dict):
        return _structured(raw)
    if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
        raise NotReadableError("date.unreadable", f"expected a date or time, got {kind_of(raw)}")
    shown = raw.strip() if isinstance(raw, str) else format_number(raw)
    readers = [_format(name) for name in formats]
    if _ZERO(shown) or _PARTIAL(shown):
        return Noted(None, (_sentinel(shown),))
    for reader in readers:
        try:
            found = reader(shown)
        except (ValueError, OverflowError):
            continue
        if found is not None:
            return Noted(None, (_sentinel(shown),)) if _is_sentinel(found, shown, sentinels) else found
    raise NotReadableError("date.unreadable", f"{shown[:40]!r} has not the declared format: {', '.join(formats)}")


def format_number(raw: int | Decimal) -> str:
    """Return the digits of a number; huge ones in short, for they are no date anyway."""
    if isinstance(raw, Decimal):
        return str(int(raw)) if raw.is_finite() and raw == raw.to_integral_value() and abs(raw) < 10**18 else str(raw)
    return str(raw) if abs(raw) < 10**18 else f"{Decimal(raw):.3e}"


def _is_sentinel(found: Read, shown: str, sentinels: tuple[str, ...]) -> bool:
    if not sentinels:
        return False
    on = found.date() if isinstance(found, datetime) else found
    return (
        shown in sentinels
        or on.isoformat() in sentinels
        or (isinstance(found, datetime) and found.isoformat() in sentinels)
    )


def _sentinel(shown: object) -> Note:
    return Note("date.sentinel", f"{str(shown)[:40]!r} stands for no date")


def _structured(raw: dict[Any, Any]) -> Read:
    """Read what Tryton's JSON-RPC sends: ``{"__class__": "date", "year": 2024, "month": 2, "day": 29}`` (UTC)."""
    try:
        parts = [raw[name] for name in ("year", "month", "day")]
        if raw.get("__class__") == "date":
            return date(*parts)
        if raw.get("__class__") == "datetime":
            clock = [raw.get(name, 0) for name in ("hour", "minute", "second", "microsecond")]
            return datetime(*parts, *clock, tzinfo=UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        pass
    raise NotReadableError("date.unreadable", "an object that is no date")


@lru_cache(256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ConfigError(f"{name!r} is no IANA time zone", next_step="write it like Europe/Berlin") from None


def _aware(found: datetime, zone: str | None, raw: object) -> Any:
    """Return ``found`` in UTC; a clock that never showed that time, or showed it twice, is told apart from the others."""
    if found.tzinfo is not None:
        return _in_utc(found, raw)
    if zone is None:
        raise NotReadableError("date.no_zone", f"{raw!r} has no offset, and no zone is declared")
    local = found.replace(tzinfo=_zone(zone), fold=0)
    utc = _in_utc(local, raw)
    if utc.astimezone(local.tzinfo).replace(tzinfo=None) != found.replace(fold=0):
        raise NotReadableError("date.nonexistent_time", f"{raw!r} was skipped by the clocks of {zone}")
    if _in_utc(local.replace(fold=1), raw) != utc:
        return with_notes(utc, (Note("date.ambiguous_time", f"{raw!r} came twice in {zone}; the first is taken"),))
    return utc


def _in_utc(found: datetime, raw: object) -> datetime:
    try:
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotReadableError("date.out_of_range", f"{raw!r} is beyond what UTC can hold") from None
