"""Durations and times of day, by declared units and formats."""

from __future__ import annotations

import re
from datetime import time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType

from bartack.errors import ConfigError
from bartack.normalizers.base import NotReadableError, kind_of
from bartack.normalizers.date_patterns import pattern
from bartack.normalizers.numbers import read_decimal

__all__ = ["duration", "time_of_day"]

_UNITS = MappingProxyType(
    {"ms": Decimal("0.001"), "s": Decimal(1), "min": Decimal(60), "h": Decimal(3600), "d": Decimal(86_400)}
)
_CLOCKS = MappingProxyType({"h:m": (3600, 60), "m:s": (60, 1), "h:m:s": (3600, 60, 1)})
_CLOCK = re.compile(r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?", re.ASCII)
_DIGITS = MappingProxyType({"hhmmss": 6, "hhmm": 4})
_LONGEST = Decimal(10) ** 12


def duration(raw: object, *, unit: str = "s") -> int:
    """Return whole seconds, the nearest where the source is finer.

    ``unit`` is ``ms``, ``s``, ``min``, ``h``, ``d``, or a clock: ``h:m``, ``m:s``, ``h:m:s``. What a driver has typed, and
    Tryton's objects, need none.

    >>> duration("125000", unit="ms"), duration("01:30", unit="h:m"), duration("2:05", unit="m:s"), duration("1.5", unit="h")
    (125, 5400, 125, 5400)
    >>> duration({"__class__": "timedelta", "seconds": Decimal("5400.0")})
    5400
    """
    if unit not in _UNITS and unit not in _CLOCKS:
        known = ", ".join([*_UNITS, *_CLOCKS])
        raise ConfigError(f"{unit!r} is no unit of a duration", next_step=f"use one of: {known}")
    if isinstance(raw, timedelta):
        return _whole(Decimal(raw // timedelta(microseconds=1)) / 1_000_000)
    if isinstance(raw, dict) and raw.get("__class__") == "timedelta":
        return _whole(read_decimal(raw.get("seconds"), ".", ""))
    if unit in _UNITS:
        return _whole(read_decimal(raw, ".", "") * _UNITS[unit])
    if not isinstance(raw, str):
        raise NotReadableError("number.unreadable", f"expected a clock like {unit}, got {kind_of(raw)}")
    parts = raw.strip().split(":")
    scale = _CLOCKS[unit]
    if len(parts) != len(scale) or not all(re.fullmatch(r"\d{1,6}", part, re.ASCII) for part in parts):
        raise NotReadableError("number.unreadable", f"{raw[:40]!r} is no duration written {unit}")
    if any(int(part) >= 60 for part in parts[1:]):
        raise NotReadableError("number.unreadable", f"{raw[:40]!r} has 60 or more of a smaller unit")
    return sum(int(part) * seconds for part, seconds in zip(parts, scale, strict=True))


def time_of_day(raw: object, *, format: str = "iso") -> str:  # noqa: A002 - the word of the mapping
    """Return a time of day as ``HH:MM:SS``, to be joined with a date before both are read as one.

    ``format`` is ``iso``, ``hhmmss`` or ``hhmm`` (numbers, which lose zeros in front), or a pattern such as ``%I:%M %p``.

    >>> time_of_day("9:54"), time_of_day(40506, format="hhmmss"), time_of_day("4:05 pm", format="%I:%M %p")
    ('09:54:00', '04:05:06', '16:05:00')
    """
    read = pattern(format, "time") if "%" in format else None
    if read is None and format != "iso" and format not in _DIGITS:
        known = ", ".join(["iso", *_DIGITS])
        raise ConfigError(
            f"no format of a time {format!r}", next_step=f"use one of: {known}, or a pattern such as %H.%M"
        )
    if isinstance(raw, time):
        return raw.isoformat("seconds")
    if isinstance(raw, timedelta):  # what MySQL's drivers make of TIME
        raw, read = str(raw), None
    parts = read(raw) if read else _clock(raw, format)
    try:
        if parts is not None:
            return time(parts.get("hour", 0), parts.get("minute", 0), parts.get("second", 0)).isoformat("seconds")
    except ValueError:
        pass
    shown = repr(raw[:40]) if isinstance(raw, str) else kind_of(raw)
    raise NotReadableError("date.unreadable", f"{shown} is no time of day written {format}")


def _clock(raw: object, form: str) -> dict[str, int] | None:
    if form in _DIGITS:
        width = _DIGITS[form]
        number = isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 10**width
        digits = str(raw).strip() if number or isinstance(raw, str) else ""
        if not re.fullmatch(rf"[0-9]{{1,{width}}}", digits):
            return None
        digits = f"{digits.zfill(width):0<6}"
        return {"hour": int(digits[:2]), "minute": int(digits[2:4]), "second": int(digits[4:])}
    found = _CLOCK.fullmatch(raw.strip()) if isinstance(raw, str) else None
    return {part: int(digits or 0) for part, digits in found.groupdict().items()} if found else None


def _whole(seconds: Decimal) -> int:
    if abs(seconds) > _LONGEST:
        raise NotReadableError("number.unreadable", "longer than any duration")
    return int(seconds.to_integral_value(ROUND_HALF_UP))
