"""What one value looks like, from several sides: each aspect puts it into one of a few classes.

A class that most values are in, where few were before, is a difference. Aspects are blind to what values mean, so that the
same pass serves any source.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["ASPECTS", "as_moment", "as_number"]

_FORMS = {
    "date 2026-11-23": r"\d{4}-(0[1-9]|1[0-2])-\d\d",
    "date 2026-23-11": r"\d{4}-(1[3-9]|2\d|3[01])-\d\d",
    "moment 2026-11-23T10:00": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*",
    "moment 20261123T100000": r"\d{8}T?\d{6}.*",
    "date 23.11.2026": r"(1[3-9]|2\d|3[01])\.\d\d\.\d{4}.*",
    "date 11.23.2026": r"\d\d\.(1[3-9]|2\d|3[01])\.\d{4}.*",
    "date 05.06.2026": r"\d\d?\.\d\d?\.\d{4}.*",
    "date 23/11/2026": r"(1[3-9]|2\d|3[01])/\d\d?/\d{4}.*",
    "date 11/23/2026": r"\d\d?/(1[3-9]|2\d|3[01])/\d{4}.*",
    "date 05/06/2026": r"\d\d?/\d\d?/\d{4}.*",
    "date /Date(0)/": r"/Date\(.*\)/",
    "uuid": r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "digits": r"[+-]?\d+",
    "decimal point": r"[+-]?\d*\.\d+|[+-]?\d{1,3}(,\d{3})+(\.\d+)?",
    "decimal comma": r"[+-]?\d*,\d+|[+-]?\d{1,3}(\.\d{3})+,\d+",
    "e-mail": r"[^@\s]+@[^@\s]+\.[^@\s.]+",
    "telephone +49": r"\+\d[\d\s()/.-]{5,}",
    "url": r"[a-z][a-z0-9+.-]*://\S+",
    "boolean": r"(?i:true|false|yes|no)",
    "JSON": r"[{\[].*[}\]]",
}
_FORM = re.compile("|".join(f"(?P<f{n}>{form})" for n, form in enumerate(_FORMS.values())), re.DOTALL)
_NAMES = tuple(_FORMS)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[0-9a-fA-F]{2,6});")
_ZONE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?\s?(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?")
_CLOCK = re.compile(r"[T ](\d\d):(\d\d)(?::(\d\d))?")
_EPOCH = range(946_684_800, 4_102_444_800)
"""Seconds from 2000 to 2100."""

_PLACEHOLDERS = ("0001-01-01", "1899-12-30", "1900-01-01", "1970-01-01", "9999-12-31")


def as_number(value: Any) -> Decimal | None:
    """Return a number, also one that is sent as plain text; None for what is none, and for truth values.

    >>> as_number("12.50"), as_number("12,50"), as_number(True)
    (Decimal('12.50'), None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal | float):
        return Decimal(str(value)) if math.isfinite(value) else None
    if isinstance(value, str) and value[:1] in "+-.0123456789" and len(value) <= 40:
        try:
            number = Decimal(value)
        except InvalidOperation:
            return None
        return number if number.is_finite() else None
    return None


def as_moment(value: Any) -> datetime | None:
    """Return an ISO 8601 moment as it is written, with or without an offset; None for what is none, and for mere days."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _ZONE.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value.replace(" UTC", "Z").replace(" GMT", "Z"))
    except ValueError:
        return None


def _form(value: Any) -> str | None:
    """Tell how a text is written, and a number that is a moment in seconds or milliseconds."""
    if isinstance(value, str):
        found = _FORM.fullmatch(value.strip())
        if found is None or found.lastgroup is None:
            return "text"
        name = _NAMES[int(found.lastgroup[1:])]
        return _epoch(int(value)) or name if name == "digits" and len(value) <= 13 else name
    if isinstance(value, int) and not isinstance(value, bool):
        return _epoch(value)
    return None


def _epoch(value: int) -> str | None:
    return "epoch seconds" if value in _EPOCH else "epoch milliseconds" if value // 1000 in _EPOCH else None


def _zone(value: Any) -> str | None:
    if isinstance(value, datetime):
        offset = value.utcoffset()
        return "no offset" if offset is None else "UTC" if not offset else "an offset"
    found = _ZONE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    zone = found["zone"]
    if zone is None:
        return "no offset"
    return "UTC" if zone in ("Z", "UTC", "GMT") or zone.strip("+-:0") == "" else "an offset"


def _clock(value: Any) -> str | None:
    if isinstance(value, datetime):
        return "time of day" if (value.hour, value.minute, value.second) != (0, 0, 0) else "midnight"
    found = _CLOCK.search(value) if isinstance(value, str) and _ZONE.match(value) else None
    if found is None:
        return None
    return "time of day" if any(part not in ("00", None) for part in found.groups()) else "midnight"


def _places(value: Any) -> str | None:
    number = as_number(value)
    return None if number is None else "whole numbers" if number == number.to_integral_value() else "fractions"


def _sign(value: Any) -> str | None:
    number = as_number(value)
    return None if number is None else "zero" if not number else "negative" if number < 0 else "positive"


def _placeholder(value: Any) -> str | None:
    if isinstance(value, date):
        value = value.isoformat()
    if not isinstance(value, str) or not re.match(r"\d{4}-\d\d-\d\d", value):
        return None
    return "a placeholder date" if value.startswith(_PLACEHOLDERS) else "a real date"


def _escaped(value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return "markup" if _MARKUP.search(value) else "character references" if _ENTITY.search(value) else "plain text"


def _padded(value: Any) -> str | None:
    return None if not isinstance(value, str) else "padded with blanks" if value != value.strip() else "without padding"


def _case(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) < 2 or value.upper() == value.lower():
        return None
    return "capitals" if value.isupper() else "small letters" if value.islower() else "mixed case"


def _several(value: Any) -> str | None:
    if not isinstance(value, list | tuple):
        return None
    return "no element" if not value else "one element" if len(value) == 1 else "several elements"


ASPECTS: tuple[tuple[Any, Callable[[Any], str | None]], ...] = (
    ("format", _form),
    ("zone", _zone),
    ("precision", _clock),
    ("precision", _places),
    ("range", _sign),
    ("range", _placeholder),
    ("encoding", _escaped),
    ("format", _padded),
    ("format", _case),
    ("cardinality", _several),
)
"""Kind of difference -> the class of a value; None where the aspect says nothing of it."""
