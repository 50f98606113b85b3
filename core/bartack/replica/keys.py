"""Values as text that sorts as they do, byte by byte and so in every database.

=========  ==========================================================================================================
text       without case and accents first, so that neighbours stand together; the text itself after it, so that equal
           means equal. Of a long text the beginning, and a digest of the whole
number     exact, of any size: sign, exponent, digits
boolean    ``0`` and ``1``
date       ``2026-01-31``
datetime   ``2026-01-31T08:00:00.000000Z``; a date is before every moment of its day
=========  ==========================================================================================================
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from bartack.replica.text import folded

__all__ = ["BREAK", "boolean", "moment", "number", "text", "text_prefix"]

BREAK: Final = "\x1f"
"""Ends the folded part of a text; smaller than anything a folded text holds."""

_SHOWN = 80
_DIGITS = str.maketrans("0123456789", "9876543210")
_CONTROL = dict.fromkeys(range(32), " ")


def text(value: str) -> str:
    """Return the key of a text."""
    plain = folded(value).translate(_CONTROL)[:_SHOWN]
    exact = value.replace("\x00", "\ufffd")
    if len(value) > _SHOWN:
        exact = f"{exact[:_SHOWN]}{BREAK}{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}"
    return f"{plain}{BREAK}{exact}"


def text_prefix(value: str) -> tuple[str, str]:
    """Return the first key of texts that begin so, whatever their case, and the first one behind them."""
    plain = folded(value).translate(_CONTROL)[:_SHOWN]
    return plain, plain + "\U0010ffff"


def number(value: Decimal | int) -> str:
    """Return the key of a number.

    >>> some = [Decimal("-1e3"), Decimal("-12.50"), Decimal("-0.5"), Decimal(0), Decimal("0.07"), Decimal(2), Decimal(10)]
    >>> [number(one) for one in some] == sorted(number(one) for one in reversed(some))
    True
    >>> number(Decimal("12.50")) == number(Decimal("12.5"))
    True
    """
    sign, digits, _ = (exact := Decimal(value)).as_tuple()
    shown = "".join(map(str, digits)).lstrip("0").rstrip("0")
    if not shown:
        return "1"
    size = f"{min(max(exact.adjusted() + 5000, 0), 9999):04d}{shown}"
    return f"2{size}" if not sign else f"0{size.translate(_DIGITS)}~"


def boolean(value: bool) -> str:  # noqa: FBT001 - it is the value
    """Return the key of a truth value."""
    return "1" if value else "0"


def moment(value: datetime | date) -> str:
    """Return the key of a date, or of an aware moment."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    return value.isoformat()
