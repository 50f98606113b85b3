"""Patterns such as ``%d.%m.%Y %H:%M``, with the directives of C's strptime, in English whatever the machine's locale.

``datetime.strptime`` asks the locale of the process for month names and AM/PM, reads ``2001023`` as ``%Y%m%d`` one way
or the other, and takes ten times as long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from bartack.errors import ConfigError

__all__ = ["offset_of", "pattern"]

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH_NAMES = "january february march april may june july august september october november december sept".split()
_DAYS = "mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_TWO = ("m", "d", "H", "I", "M", "S")
_FIXED = MappingProxyType({"Y": "[0-9]{4}", "y": "[0-9]{2}", "j": "[0-9]{3}"})
_WORDS = MappingProxyType(
    {
        "b": "[a-z]{3,9}",
        "B": "[a-z]{3,9}",
        "a": _DAYS,
        "A": _DAYS,
        "p": r"[ap]\.?m\.?",
        "f": "[0-9]{1,9}",
        "z": r"z|utc|gmt|[+-][0-9]{2}(?::?[0-5][0-9])?",
    }
)
_GROUPS = MappingProxyType(
    {"Y": "year", "y": "short", "m": "month", "d": "day", "j": "year_day", "H": "hour", "I": "half", "M": "minute"}
    | {"S": "second", "f": "fraction", "p": "half_of_day", "b": "name", "B": "name", "a": "", "A": "", "z": "zone"}
)
_PIVOT = 69  # POSIX: 69 to 99 are of the 20th century, 00 to 68 of the 21st
_NEEDED = MappingProxyType(
    {
        "date": ({"year", "short"}, {"month", "name", "year_day"}, {"day", "year_day"}),
        "time": ({"hour", "half"},),
    }
)


@lru_cache(256)
def pattern(written: str, purpose: str) -> Callable[[Any], Mapping[str, Any] | None]:
    """Return the reader of a pattern that tells a ``date`` (with or without time) or a ``time``.

    The reader returns the parts by name, or None when the raw value is not written so. White space in the pattern stands
    for any white space; a number may lack its leading zero, except where two stand without anything between.

    Raises
    ------
    ConfigError
        an unknown directive, one that stands twice, or a pattern that does not tell a whole date or time.
    """
    shape, names = _compiled(written)
    for alternatives in _NEEDED[purpose]:
        if not alternatives & names:
            raise ConfigError(
                f"{written!r} tells no whole {purpose}", next_step=f"add {' or '.join(sorted(alternatives))}"
            )
    if "half" in names and "half_of_day" not in names:
        raise ConfigError(f"{written!r} has %I without %p", next_step="use %H for hours from 0 to 24")

    def read(raw: Any) -> Mapping[str, Any] | None:
        found = shape.fullmatch(raw.strip()) if isinstance(raw, str) else None
        return _parts(found.groupdict()) if found else None

    return read


def _compiled(written: str) -> tuple[re.Pattern[str], frozenset[str]]:
    pieces = re.findall(r"%.|\s+|[^%\s]|%", written, re.DOTALL)
    expression, names = [], set()
    for at, piece in enumerate(pieces):
        directive = piece[1:] if piece[0] == "%" else ""
        if piece == "%%":
            expression.append("%")
        elif directive in _GROUPS:
            name = _GROUPS[directive]
            if name in names:
                raise ConfigError(f"%{directive} stands twice in {written!r}", next_step="give every part once")
            names |= {name} - {""}
            expression.append(f"(?P<{name}>{_shape(directive, pieces, at)})" if name else f"(?:{_DAYS})")
        elif piece[0] == "%":
            raise ConfigError(f"no directive {piece} in {written!r}", next_step=f"known: %{' %'.join(_GROUPS)}")
        else:
            expression.append(r"\s+" if piece.isspace() else re.escape(piece))
    return re.compile("".join(expression), re.IGNORECASE | re.ASCII), frozenset(names)


def _shape(directive: str, pieces: list[str], at: int) -> str:
    if directive not in _TWO:
        return _FIXED.get(directive) or _WORDS[directive]
    numeric = {f"%{other}" for other in (*_TWO, *_FIXED, "f")}
    touching = (at > 0 and pieces[at - 1] in numeric) or (at + 1 < len(pieces) and pieces[at + 1] in numeric)
    return "[0-9]{2}" if touching else "[0-9]{1,2}"


def _parts(found: Mapping[str, str | None]) -> Mapping[str, Any] | None:
    """Turn matched texts into numbers; None when a word is no month, or a half-day hour is none."""
    number = {
        name: int(text) for name, text in found.items() if text is not None and text.isdigit() and name != "fraction"
    }
    parts: dict[str, Any] = {name: number[name] for name in ("minute", "second", "year_day") if name in number}
    if "short" in number:
        parts["year"] = number["short"] + (1900 if number["short"] >= _PIVOT else 2000)
    elif "year" in number:
        parts["year"] = number["year"]
    if (name := found.get("name")) is not None:
        month = name.lower()
        if month not in _MONTHS and month not in _MONTH_NAMES:
            return None
        parts["month"] = _MONTHS.index(month[:3]) + 1
    elif "month" in number:
        parts["month"] = number["month"]
    if "year_day" in number:
        parts["month"] = parts["day"] = 1
    elif "day" in number:
        parts["day"] = number["day"]
    if "hour" in number:
        parts["hour"] = number["hour"]
    elif "half" in number:
        if not 1 <= number["half"] <= 12:
            return None
        parts["hour"] = number["half"] % 12 + (12 if (found["half_of_day"] or "").lower().startswith("p") else 0)
    if (fraction := found.get("fraction")) is not None:
        parts["microsecond"] = int(f"{fraction:0<6}"[:6])
    if (zone := found.get("zone")) is not None:
        parts["offset"] = offset_of(zone)
    return parts


def offset_of(zone: str | None) -> timedelta | None:
    """Return the offset of ``Z``, ``UTC``, ``+02``, ``+0200`` or ``+02:00``; None for no zone."""
    if not zone:
        return None
    if zone[0] not in "+-":
        return timedelta(0)
    size = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:].removeprefix(":") or 0))
    return -size if zone[0] == "-" else size
