"""Durations by declared units, to whole seconds."""

from __future__ import annotations

import re
from decimal import Decimal

from bartack.errors import ConfigError
from bartack.normalizers.base import NotReadableError, kind_of
from bartack.normalizers.numbers import read_decimal

__all__ = ["duration"]

_UNITS = {"ms": Decimal("0.001"), "s": Decimal(1), "min": Decimal(60), "h": Decimal(3600), "d": Decimal(86_400)}
_CLOCKS = {"h:m": (3600, 60), "m:s": (60, 1), "h:m:s": (3600, 60, 1)}


def duration(raw: object, *, unit: str = "s") -> int:
    """Return whole seconds. ``unit`` is ``ms``, ``s``, ``min``, ``h``, ``d``, or a clock: ``h:m``, ``m:s``, ``h:m:s``.

    >>> duration("125000", unit="ms"), duration("01:30", unit="h:m"), duration("2:05", unit="m:s"), duration("1.5", unit="h")
    (125, 5400, 125, 5400)
    """
    if unit in _UNITS:
        seconds = read_decimal(raw, ".", "") * _UNITS[unit]
        return int(seconds.to_integral_value())
    if unit not in _CLOCKS:
        known = ", ".join([*_UNITS, *_CLOCKS])
        raise ConfigError(f"{unit!r} is no unit of a duration", next_step=f"use one of: {known}")
    if not isinstance(raw, str):
        raise NotReadableError("number.unreadable", f"expected a clock like {unit}, got {kind_of(raw)}")
    parts = raw.strip().split(":")
    scale = _CLOCKS[unit]
    if len(parts) != len(scale) or not all(re.fullmatch(r"\d{1,6}", part, re.ASCII) for part in parts):
        raise NotReadableError("number.unreadable", f"{raw[:40]!r} is no duration written {unit}")
    if any(int(part) >= 60 for part in parts[1:]):
        raise NotReadableError("number.unreadable", f"{raw[:40]!r} has 60 or more of a smaller unit")
    return sum(int(part) * seconds for part, seconds in zip(parts, scale, strict=True))
