"""The declared formats of dates: raw value to what is written there, before zone and sentinels are looked at.

A reader returns a ``date``, or a ``datetime`` with the offset that is written (or none), or None for a zero date
(``0000-00-00``, ``2001-02-00``, ``0``), and raises :class:`NotReadableError` for everything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from bartack.errors import ConfigError
from bartack.normalizers.base import NotReadableError, kind_of
from bartack.normalizers.date_patterns import offset_of, pattern

__all__ = ["Reader", "Written", "reader", "unreadable"]

Written = date | datetime
Reader = Callable[[Any], Written | None]

_ISO = re.compile(
    r"(?P<year>[+-]?\d{4,6})-(?P<month>\d\d)-(?P<day>\d\d)"
    r"(?:(?:[Tt]|\ +)(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"\ *(?P<zone>[Zz]|UTC|GMT|[+-]\d\d(?::?[0-5]\d)?)?(?:\[[\w/+-]{1,40}\])?",
    re.ASCII,
)
_PLAIN_ISO = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?[0-5]\d)?)?", re.ASCII
).fullmatch
_ISO_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)(?=T)", re.ASCII)  # only with a time: eight digits alone may be anything
_WHOLE = re.compile(r"-?[0-9]{1,20}")
_SECONDS = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a serial has no zone
_FALSE_LEAP_DAY = 60  # Excel counts 29 February 1900, a day that never was


class Parts(NamedTuple):
    """What the digits of a date say; an hour of None: no time of day is written."""

    year: int
    month: int
    day: int
    hour: int | None = None
    minute: int = 0
    second: int = 0
    microsecond: int = 0
    offset: timedelta | None = None


def unreadable(raw: object, expected: str) -> NotReadableError:
    """Return the error for a raw value that is not what the format says."""
    shown = repr(raw[:40]) if isinstance(raw, str) else kind_of(raw)
    return NotReadableError("date.unreadable", f"{shown} is not {expected}")


@lru_cache(256)
def reader(name: str) -> Reader:
    """Return the reader of a format: one of the names below, or a pattern such as ``%d.%m.%Y``.

    Raises
    ------
    ConfigError
        no such format.
    """
    if isinstance(name, str) and name in _READERS:
        return _READERS[name]
    if isinstance(name, str) and "%" in name:
        read, expected = pattern(name, "date"), f"a date as {name}"
        return lambda raw: _from_parts(read(raw), raw, expected)
    raise ConfigError(
        f"no date format {name!r}", next_step=f"use one of {', '.join(_READERS)}, or a pattern such as %d.%m.%Y"
    )


def _iso(raw: Any) -> Written | None:
    if isinstance(raw, str) and _PLAIN_ISO(raw):
        try:
            return datetime.fromisoformat(raw) if len(raw) > len("YYYY-MM-DD") else date.fromisoformat(raw)
        except ValueError:
            pass  # 24:00:00, a zero date, or an error to be told in full
    found = _ISO.fullmatch(_ISO_BASIC.sub(r"\1-\2-\3", raw.strip(), count=1)) if isinstance(raw, str) else None
    if found is None:
        raise unreadable(raw, "an ISO 8601 date or time")
    hour, fraction = found["hour"], found["fraction"] or ""
    parts = Parts(
        int(found["year"]),
        int(found["month"]),
        int(found["day"]),
        int(hour) if hour else None,
        int(found["minute"] or 0),
        int(found["second"] or 0),
        int(f"{fraction:0<6}"[:6]),
        offset_of(found["zone"]),
    )
    return _assembled(parts, raw)


def _from_parts(found: Mapping[str, Any] | None, raw: Any, expected: str) -> Written | None:
    if found is None:
        raise unreadable(raw, expected)
    parts = Parts(**{name: value for name, value in found.items() if name != "year_day"})
    if "year_day" in found and parts.month and parts.day:
        return _year_day(parts, found["year_day"], raw)
    return _assembled(parts, raw)


def _assembled(parts: Parts, raw: Any) -> Written | None:
    """Make a date or datetime of what is written; None when year, month or day is zero."""
    if not (parts.year and parts.month and parts.day):
        return None
    if not 1 <= parts.year <= 9999:
        raise NotReadableError("date.out_of_range", f"the year {parts.year} is not between 1 and 9999")
    try:
        if parts.hour is None:
            return date(parts.year, parts.month, parts.day)
        midnight = parts.hour == 24 and not (parts.minute or parts.second or parts.microsecond)
        clock = (0 if midnight else parts.hour, parts.minute, parts.second, parts.microsecond)
        offset = None if parts.offset is None else timezone(parts.offset)
        written = datetime(parts.year, parts.month, parts.day, *clock, tzinfo=offset)
        return written + timedelta(days=1) if midnight else written
    except ValueError as error:
        raise unreadable(raw, f"a date of the calendar: {error}") from None
    except OverflowError:
        raise NotReadableError("date.out_of_range", "the midnight that ends the year 9999") from None


def _year_day(parts: Parts, day: int, raw: Any) -> Written | None:
    """Replace month and day by the day of the year."""
    if not day:
        return None
    first = _assembled(parts._replace(month=1, day=1), raw)
    try:
        found = None if first is None else first + timedelta(days=day - 1)
    except OverflowError:
        found = None
    if first is not None and (found is None or found.year != first.year):
        raise unreadable(raw, f"a date of the calendar: no day {day} in that year")
    return found


def _epoch(unit: timedelta) -> Reader:
    """Read a count of seconds or milliseconds since 1970, whole or with a fraction; negative before."""

    def read(raw: Any) -> Written | None:
        count = _number(raw, _SECONDS, "a count since 1970")
        try:
            whole = int(count)
            return _EPOCH + whole * unit + timedelta(microseconds=int((count - whole) * (unit // _MICROSECOND)))
        except OverflowError:
            raise NotReadableError("date.out_of_range", f"{count} is not between the years 1 and 9999") from None

    return read


_MICROSECOND = timedelta(microseconds=1)


def _yyyymmdd(raw: Any) -> Written | None:
    digits = _digits(raw, 8, "a date as YYYYMMDD")
    if digits[0] == "0" and digits.strip("0"):
        raise unreadable(raw, "a date as YYYYMMDD")
    return _assembled(Parts(int(digits[:4]), int(digits[4:6]), int(digits[6:])), raw)


def _cyymmdd(raw: Any) -> Written | None:
    digits = _digits(raw, 7, "a date as CYYMMDD")
    month, day = int(digits[3:5]), int(digits[5:])
    return _assembled(Parts(_century_year(digits), month, day), raw)


def _cyyddd(raw: Any) -> Written | None:
    digits = _digits(raw, 6, "a date as CYYDDD")
    return _year_day(Parts(_century_year(digits), 1, 1), int(digits[3:]), raw)


def _century_year(digits: str) -> int:
    return 1900 + 100 * int(digits[0]) + int(digits[1:3])


def _excel(raw: Any) -> Written | None:
    serial = _number(raw, _SECONDS, "an Excel serial")
    day = int(serial)
    if serial < 1 or day == _FALSE_LEAP_DAY or day > 2958465:
        raise NotReadableError("date.out_of_range", f"{serial} is no day of Excel's calendar (1 to 2958465, not 60)")
    midnight = _EXCEL_EPOCH + timedelta(days=day + (day < _FALSE_LEAP_DAY))
    if serial == day:
        return midnight.date()
    milliseconds = ((serial - day) * 86_400_000).to_integral_value()  # a serial is a rounded fraction of a day
    try:
        return midnight + timedelta(milliseconds=int(milliseconds))
    except OverflowError:
        raise NotReadableError("date.out_of_range", f"{serial} is beyond the year 9999") from None


def _tryton(raw: Any) -> Written | None:
    kind = raw.get("__class__") if isinstance(raw, dict) else None
    if kind not in ("date", "datetime"):
        raise unreadable(raw, "a date or datetime as Tryton writes it")
    names = Parts._fields[: 3 if kind == "date" else 7]
    numbers = {name: raw.get(name, 0) for name in names}
    if any(isinstance(one, bool) or not isinstance(one, int) or not 0 <= one < 10**6 for one in numbers.values()):
        raise unreadable(raw, "a date or datetime as Tryton writes it")
    return _assembled(Parts(**numbers)._replace(offset=timedelta(0) if kind == "datetime" else None), raw)


def _number(raw: Any, shape: re.Pattern[str], expected: str) -> Decimal:
    if isinstance(raw, str) and shape.fullmatch(text := raw.strip()):
        return Decimal(text)
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**20:
        return Decimal(raw)
    if isinstance(raw, Decimal) and raw.is_finite() and -20 <= raw.adjusted() <= 20:
        return raw
    raise unreadable(raw, expected)


def _digits(raw: Any, width: int, expected: str) -> str:
    """Return the digits of a date kept as a number; the zeros that a number loses in front are put back."""
    number = _number(raw, _WHOLE, expected)
    digits = str(int(number))
    written = len(raw.strip()) if isinstance(raw, str) else len(digits)
    if number < 0 or number != number.to_integral_value() or len(digits) > width:
        raise unreadable(raw, expected)
    if number and written not in (width, len(digits)):  # text with some of its zeros: no number, no date
        raise unreadable(raw, expected)
    return digits.zfill(width)


_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "iso": _iso,
        "epoch_s": _epoch(timedelta(seconds=1)),
        "epoch_ms": _epoch(timedelta(milliseconds=1)),
        "yyyymmdd": _yyyymmdd,
        "cyymmdd": _cyymmdd,
        "cyyddd": _cyyddd,
        "excel": _excel,
        "tryton": _tryton,
    }
)
