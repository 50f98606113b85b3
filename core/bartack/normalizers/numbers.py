"""Numbers by declared marks, to Decimal or int; a binary float is never read and never made."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

from bartack.errors import ConfigError
from bartack.normalizers.base import NotReadableError, kind_of

__all__ = ["decimal", "integer", "percent", "read_decimal", "shifted"]

_PLAIN = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?").fullmatch
_SIGNED = re.compile(
    r"(?P<open>\()? \s* (?P<before>[+\-−])? \s* (?P<body>[^()+\-−\s](?:.*?[^()+\-−\s])??)"
    r" \s* (?P<after>[+\-−]|[CD]R|DB)? \s* (?(open)\))",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_SAME_MARK = {" ": "[ \xa0\u2009\u202f]", "'": "['’]"}
_MOST_DIGITS = 64  # the largest exponent of the contracts' Number


def decimal(raw: object, *, mark: str = ".", group: str = "") -> Decimal:
    """Return the number as Decimal with the digits it was written with.

    ``mark`` is the decimal mark, ``group`` the mark between thousands (none by default: whether ``1,234`` is a thousand
    or a little more than one is for the mapping to say). The sign may stand before, behind or as brackets; ``CR`` and
    ``DB`` (credit; COBOL's two negative signs) are negative, ``DR`` (debit) is positive. Digits are ASCII; chain
    ``ascii_digits`` for others.

    >>> decimal("5000.00"), decimal("(12.50)"), decimal("12.50-"), decimal("12.50 CR"), decimal("-.5")
    (Decimal('5000.00'), Decimal('-12.50'), Decimal('-12.50'), Decimal('-12.50'), Decimal('-0.5'))
    >>> decimal("1.234,50", mark=",", group="."), decimal("1'234.50", group="'"), decimal("12,34,567", group=",")
    (Decimal('1234.50'), Decimal('1234.50'), Decimal('1234567'))
    >>> decimal({"__class__": "Decimal", "decimal": "1.50"})  # Tryton
    Decimal('1.50')
    >>> decimal("1,50", group=",")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: '1,50' is no number written with '.' and ','
    """
    return read_decimal(raw, mark, group)


def integer(raw: object, *, mark: str = ".", group: str = "") -> int:
    """Return a whole number; a fraction other than zero is not cut off but refused.

    >>> integer("00042"), integer("1,200", group=","), integer(Decimal("3.0")), integer("7-")
    (42, 1200, 3, -7)
    >>> integer("3.5")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: 3.5 is no whole number
    """
    if raw.__class__ is int and -(10**18) < raw < 10**18:
        return raw
    number = read_decimal(raw, mark, group)
    if number != number.to_integral_value():
        raise NotReadableError("number.unreadable", f"{number} is no whole number")
    return int(number)


def percent(raw: object, *, scale: int = 100, mark: str = ".", group: str = "") -> Decimal:
    """Return a share as a fraction of 1; ``scale`` is what a whole counts as in the source (100, or 1 for a fraction).

    >>> percent(75), percent("12,5 %", mark=","), percent("0.8", scale=1)
    (Decimal('0.75'), Decimal('0.125'), Decimal('0.8'))
    """
    digits = len(str(scale)) - 1
    if scale != 10**digits:
        raise ConfigError(f"percent cannot scale by {scale!r}", next_step="use a power of ten: 1, 100, 1000")
    if isinstance(raw, str) and raw.rstrip().endswith("%"):
        if scale != 100:
            raise NotReadableError("number.unreadable", f"a percent sign where a whole is declared as {scale}")
        raw = raw.rstrip()[:-1]
    return shifted(read_decimal(raw, mark, group), digits)


def read_decimal(raw: object, mark: str, group: str) -> Decimal:
    """Read a number as :func:`decimal` does."""
    if raw.__class__ is str and mark == "." and not group and _PLAIN(raw):
        return Decimal(raw)
    shape = _shape(mark, group)
    if isinstance(raw, dict) and raw.get("__class__") == "Decimal":
        raw, shape = raw.get("decimal"), _shape(".", "")
    if isinstance(raw, str):
        return _bounded(_from_text(raw, shape, mark, group))
    if isinstance(raw, Decimal):
        return _bounded(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        if abs(raw) >= 10**_MOST_DIGITS:
            raise NotReadableError("number.unreadable", f"a number of more than {_MOST_DIGITS} digits")
        return Decimal(raw)
    raise NotReadableError("number.unreadable", f"expected a number, got {kind_of(raw)}")


def shifted(number: Decimal, digits: int) -> Decimal:
    """Return ``number`` divided by ten to the power of ``digits``, exactly, whatever its length."""
    sign, figures, exponent = number.as_tuple()
    return Decimal((sign, figures, int(exponent) - digits))


def _from_text(raw: str, shape: Callable[[str], re.Match[str] | None], mark: str, group: str) -> Decimal:
    shown = raw.strip()
    found = _SIGNED.fullmatch(shown) if len(shown) <= 2 * _MOST_DIGITS else None
    body = shape(found["body"]) if found else None
    signs = [sign for sign in (found["open"], found["before"], found["after"]) if sign] if found else []
    if body is None or len(signs) > 1 or (body["fraction"] == "" and found and found["after"]):  # "5.-" is a price
        marks = f"{mark!r} and {group!r}" if group else repr(mark)
        raise NotReadableError("number.unreadable", f"{shown[:40]!r} is no number written with {marks}")
    whole = re.sub(r"[^0-9]", "", body["whole"] or "")
    negative = bool(signs) and signs[0].upper() not in ("+", "DR")
    return Decimal(f"{'-' if negative else ''}{whole or 0}.{body['fraction'] or ''}{body['power'] or ''}")


@lru_cache(64)
def _shape(mark: str, group: str) -> Callable[[str], re.Match[str] | None]:
    """Return the matcher of unsigned numbers with these marks."""
    reserved = "0123456789+-−()"
    if len(mark) != 1 or len(group) > 1 or mark == group or mark in reserved or (group and group in reserved):
        raise ConfigError(
            f"no number can be written with mark {mark!r} and group {group!r}",
            next_step="give two different characters that are neither digits, signs nor brackets; an empty group for none",
        )
    point = re.escape(mark)
    between = _SAME_MARK.get(group, re.escape(group))
    grouped = f"|[0-9]{{1,3}}(?:{between}[0-9]{{3}})+" if group else ""
    if group == ",":  # India: 12,34,567
        grouped += "|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}"
    return re.compile(
        rf"(?=[0-9]|{point}[0-9])(?P<whole>[0-9]+{grouped})?(?:{point}(?P<fraction>[0-9]*))?(?P<power>[eE][+-]?[0-9]{{1,3}})?"
    ).fullmatch


def _bounded(number: Decimal) -> Decimal:
    if not number.is_finite():
        raise NotReadableError("number.unreadable", f"{number} is no number")
    if abs(number.adjusted()) > _MOST_DIGITS or len(number.as_tuple().digits) > _MOST_DIGITS:
        raise NotReadableError("number.unreadable", f"a number of more than {_MOST_DIGITS} digits")
    return number
