"""Money and currencies: an exact amount, and a currency only where the source really names one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from bartack.errors import ConfigError
from bartack.normalizers.base import Note, NotReadableError, expect_text, with_notes
from bartack.normalizers.cleaning import clean, kept
from bartack.normalizers.names_of_places import currency_code
from bartack.normalizers.numbers import read_decimal, shifted

__all__ = ["currency", "money"]

# Symbols in use for one currency only, beside those Unicode's CLDR gives to one currency in every language.
_SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        "zł": "PLN",
        "Kč": "CZK",
        "Ft": "HUF",
        "₽": "RUB",
        "₺": "TRY",
        "₴": "UAH",
        "₦": "NGN",
        "฿": "THB",
        "₱": "PHP",
        "₡": "CRC",
        "₲": "PYG",
        "₸": "KZT",
        "₾": "GEL",
        "₼": "AZN",
        "RM": "MYR",
        "S$": "SGD",
        "Fr.": "CHF",
        "SFr.": "CHF",
    }
)
_NO_CURRENCY = frozenset(("XXX", "XTS"))
_SHARED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "$": frozenset("USD CAD AUD NZD MXN SGD HKD TWD ARS CLP COP".split()),
        "kr": frozenset("SEK NOK DKK ISK".split()),
        "¥": frozenset("JPY CNY".split()),
        "£": frozenset("GBP EGP LBP".split()),
    }
)
"""Symbols of several currencies: what is declared elsewhere says which."""
_SIGN = r"[^\W\d_]*[^\w\s+\-−().,'’]?[^\W\d_]*\.?"
_PRICED = re.compile(
    rf"(?P<open>[(+\-−]?) \s* (?P<left>(?:(?=[^\d.,]){_SIGN})?) \s* (?P<number>[(+\-−]? \s* [\d.,].*?) \s* (?P<right>{_SIGN})(?P<close>\)?)",
    re.VERBOSE,
)
_ACCOUNTING = frozenset(("CR", "DR", "DB"))


def currency(raw: object, *, language: str | None = None) -> str:
    """Return the ISO 4217 code of a code, a name (in the given ``language`` or a common one) or an unambiguous symbol.

    >>> currency(" eur "), currency("€"), currency("US$"), currency("Schweizer Franken"), currency("US Dollar")
    ('EUR', 'EUR', 'USD', 'CHF', 'USD')
    >>> currency("$")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: '$' does not name one currency
    """
    return _currency(clean(expect_text(raw, "currency.unknown"))[0].strip(), language)


def money(
    raw: object,
    *,
    currency: str | None = None,
    mark: str = ".",
    group: str = "",
    minor_units: int = 0,
) -> Any:
    """Return ``{"amount", "currency", "currency_raw"}``; the amount in whole units, exact.

    A currency written beside the amount counts; ``currency`` (a code, name or symbol, often of another column) is used
    where there is none. Neither is guessed: with ``$`` alone the currency stays empty. ``minor_units`` is how many digits
    of the source's whole number are behind the mark: 2 for cents. ``mark`` and ``group`` are those of ``decimal``.

    >>> money("1.234,50 €", mark=",", group=".")
    {'amount': Decimal('1234.50'), 'currency': 'EUR', 'currency_raw': '€'}
    >>> money(129900, currency="USD", minor_units=2)
    {'amount': Decimal('1299.00'), 'currency': 'USD', 'currency_raw': 'USD'}
    >>> money("($12.50)", currency="USD")
    {'amount': Decimal('-12.50'), 'currency': 'USD', 'currency_raw': 'USD'}
    >>> money("$ 5").value
    {'amount': Decimal('5'), 'currency': None, 'currency_raw': '$'}
    >>> money("3000").notes[0].code
    'currency.absent'
    """
    if isinstance(minor_units, bool) or not isinstance(minor_units, int) or not 0 <= minor_units <= 9:
        raise ConfigError(f"money has no {minor_units!r} minor units", next_step="give a number of digits, such as 2")
    written, sign = _apart(raw, mark, group) if isinstance(raw, str) else (raw, "")
    amount = read_decimal(written, mark, group)
    if minor_units:
        if amount != amount.to_integral_value():
            raise NotReadableError("number.unreadable", f"{amount} is declared to count minor units, and is not whole")
        amount = shifted(amount, minor_units)
    code, named, notes = _named(sign, currency)
    return with_notes({"amount": amount, "currency": code, "currency_raw": named}, notes)


def _named(sign: str, declared: object) -> tuple[str | None, str | None, tuple[Note, ...]]:
    """Return currency, how it was named, and what there is to remark; ``sign`` stood beside the amount."""
    given = kept(declared).strip() if isinstance(declared, str) else ""
    code, declared_code = _known(sign), _known(given)
    if sign and code is None and declared_code is not None and _may_stand_for(sign, declared_code):
        return declared_code, given, ()
    if sign and code is None:
        return None, sign, (Note("currency.unknown", f"{sign[:20]!r} does not name one currency"),)
    if code and declared_code and code != declared_code:
        return code, sign, (Note("currency.conflict", f"{code} stands beside the amount, {declared_code} is declared"),)
    if code:
        return code, sign, ()
    if declared_code:
        return declared_code, given, ()
    if given:
        return None, given, (Note("currency.unknown", f"{given[:20]!r} does not name one currency"),)
    return None, None, (Note("currency.absent", "nothing says in which currency"),)


def _apart(raw: str, mark: str, group: str) -> tuple[str, str]:
    """Return a written amount without the currency beside it, and that currency."""
    if not re.search(r"[^\d\s.,+\-−()']", raw):
        return raw, ""
    found = _PRICED.fullmatch(clean(raw)[0].strip()) if len(raw) < 200 else None
    if found is None:
        return raw, ""
    left, right = found["left"].strip(), found["right"].strip()
    if right.upper() in _ACCOUNTING or (left and right):
        return raw, ""
    return f"{found['open']}{found['number']}{found['close']}", left or right


def _known(named: str) -> str | None:
    try:
        return _currency(named, None) if named else None
    except NotReadableError:
        return None


def _may_stand_for(sign: str, code: str) -> bool:
    return code in _SHARED.get(sign.rstrip("."), ())


@lru_cache(1024)
def _currency(named: str, language: str | None) -> str:
    code = _SYMBOLS.get(named) or currency_code(named, language or "en")
    if code is None or code in _NO_CURRENCY:
        raise NotReadableError("currency.unknown", f"{named[:40]!r} does not name one currency")
    return code
