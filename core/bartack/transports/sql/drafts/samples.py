"""What the values of a column look like: flags, dates, amounts; only for drafts.

Each function answers with what it saw, or None where the values do not speak with one voice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

__all__ = ["Dates", "dates", "flag", "may_hold", "number_marks", "separator"]

_FLAGS = (("Y", "N"), ("J", "N"), ("S", "N"), ("T", "F"), ("YES", "NO"), ("JA", "NEIN"), ("X", "-"), ("-1", "0"))
_PLAIN_FLAGS = frozenset({"TRUE", "FALSE", "0", "1"})
_SENTINELS = ("9999-12-31", "1900-01-01", "1899-12-30", "1753-01-01", "0001-01-01")
_ZERO = re.compile(r"0+(?:[-./]0+)*(?:[ T].*)?|\d{4}-(?:00-\d\d|\d\d-00).*")


class Dates(NamedTuple):
    """How dates are written: a ``format`` of the date normalizers, None where the driver has typed them.

    ``timed`` and ``zoned``: a time of day, an offset is in them. ``sentinels``: which of them stand for "none".
    """

    format: str | None
    timed: bool
    zoned: bool
    sentinels: tuple[str, ...]
    sure: bool

    @property
    def described(self) -> str:
        """What was seen, without a value of it: birthdays have no place in a configuration."""
        kind = "timestamps" if self.timed else "dates"
        offset = f", {'with' if self.zoned else 'without'} an offset" if self.timed else ""
        return f"{kind}{f' written {self.format}' if self.format else ''}{offset}"


_SHAPES = (
    (re.compile(r"\d{4}-\d\d-\d\d"), "iso", False),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"), "iso", True),
    (re.compile(r"(?:1[89]|2[0-2]|99)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"), "yyyymmdd", False),
    (re.compile(r"[0-3]?\d\.[01]?\d\.\d{4}"), "%d.%m.%Y", False),
    (re.compile(r"[0-3]?\d\.[01]?\d\.\d{4} \d\d:\d\d:\d\d"), "%d.%m.%Y %H:%M:%S", True),
)
_SLASHES = re.compile(r"(\d?\d)/(\d?\d)/\d{4}")


def flag(values: Sequence[Any]) -> tuple[list[str], list[str]] | None:
    """Return the words for yes and for no; two empty lists where they are plain (true, 1)."""
    seen = {str(value).upper() for value in values}
    if not seen or not all(isinstance(value, str | int) for value in values):
        return None
    if seen <= _PLAIN_FLAGS:
        return [], []
    for yes, no in _FLAGS:
        if seen <= {yes, no}:
            return [yes], [no]
    return None


def dates(values: Sequence[Any]) -> Dates | None:
    """Say how the dates are written; zero dates fit any form."""
    real = [value for value in values if isinstance(value, date) or not _ZERO.fullmatch(str(value))]
    typed = [value for value in real if isinstance(value, date)]
    texts = [str(value) for value in real if isinstance(value, str | int) and not isinstance(value, bool)]
    if not real or (not typed and len(texts) != len(real)):
        return None
    sentinels = tuple(one for one in _SENTINELS if any(_day(value) == one for value in real))
    if typed:
        moments = [value for value in typed if isinstance(value, datetime)]
        return Dates(None, bool(moments), all(one.tzinfo is not None for one in moments), sentinels, sure=True)
    for shape, written, timed in _SHAPES:
        if all(shape.fullmatch(text) for text in texts):
            zoned = all(re.search(r"(?:Z|[+-]\d\d:?\d\d)$", text) for text in texts) and timed
            return Dates(written, timed, zoned, sentinels, sure=True)
    return _slashes(texts)


def number_marks(values: Sequence[Any]) -> dict[str, str] | None:
    """Return the marks in numbers written as text; an empty dict where they are numbers, or plain."""
    texts = [value for value in values if isinstance(value, str)]
    if not all(isinstance(value, str | int | Decimal) for value in values):
        return None
    if all(re.fullmatch(r"[+-]?\d+(?:\.\d+)?-?", text) for text in texts):
        return {}
    if all(re.fullmatch(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?-?", text) for text in texts):
        return {"mark": ",", "group": "."}
    if all(re.fullmatch(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?-?", text) for text in texts):
        return {"group": ","}
    return None


def separator(values: Sequence[Any]) -> str | None:
    """Return what separates several values in one text."""
    texts = [value for value in values if isinstance(value, str)]
    return next((mark for mark in (";", "|") if any(mark in text for text in texts)), None)


def may_hold(marks: str, values: Sequence[Any]) -> bool:
    """Tell whether any value has one of these characters; so does a column without values, as far as one can see."""
    written = [str(value) for value in values if not isinstance(value, bool)]
    return not values or any(mark in text for text in written for mark in marks)


def _day(value: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else str(value)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if re.fullmatch(r"\d{8}", text) else text[:10]


def _slashes(texts: Sequence[str]) -> Dates | None:
    """Tell 31/12/2024 from 12/31/2024, where a number above 12 does."""
    parts = [_SLASHES.fullmatch(text) for text in texts]
    found = [(int(part[1]), int(part[2])) for part in parts if part is not None]
    if len(found) != len(texts):
        return None
    if any(second > 12 for _, second in found):
        return Dates("%m/%d/%Y", timed=False, zoned=False, sentinels=(), sure=True)
    return Dates("%d/%m/%Y", timed=False, zoned=False, sentinels=(), sure=any(first > 12 for first, _ in found))
