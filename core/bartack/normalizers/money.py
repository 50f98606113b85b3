"""Money and currencies: an exact amount, and a currency only where the source really names one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from babel import Locale
from babel.core import get_global

from bartack.errors import ConfigError
from bartack.normalizers.base import Note, NotReadableError, expect_text, with_notes
from bartack.normalizers.cleaning import clean
from bartack.normalizers.localized import named
from bartack.normalizers.numbers import read_decimal, shifted

__all__ = ["currency", "money"]

# Symbols used for one currency only, beside those that CLDR gives to one currency in every language.
_SYMBOLS: Mapping[str, str] = MappingProxyType(
    {"zł": "PLN", "Kč": "CZK", "Ft": "HUF", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₦": "NGN", "฿": "THB", "₱": "PHP"}
    | {"₡": "CRC", "₲": "PYG", "₸": "KZT", "₾": "GEL", "₼": "AZN", "S$": "SGD", "Rp": "IDR", "SFr.": "CHF", "円": "JPY"}
)
# Symbols of many: they say something only together with a declared currency.
_SHARED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        symbol: frozenset(codes.split())
        for symbol, codes in {
            "$": "USD AUD CAD NZD HKD SGD TWD MXN ARS CLP COP UYU DOP CUP BBD BSD BZD BMD BND FJD GYD JMD KYD LRD NAD SBD"
            " SRD TTD XCD",
            "£": "GBP EGP FKP GIP SHP LBP SSP SYP SDG",
            "¥": "JPY CNY",
            "￥": "JPY CNY",
            "kr": "SEK NOK DKK ISK",
            "kr.": "DKK SEK NOK ISK",
            "Rs": "INR PKR LKR NPR MUR SCR",
            "Rs.": "INR PKR LKR NPR MUR SCR",
            "₩": "KRW KPW",
            "Fr.": "CHF",
            "lei": "RON MDL",
            "R": "ZAR BRL",
        }.items()
    }
)
_NO_CURRENCY = frozenset(("XXX", "XTS"))
_CODE = re.compile("[A-Za-z]{3}")
_BESIDE = re.compile(r"[^\s\d+\-−–—(),.'’][^\d+\-−–—(),'’]*")
_WITHOUT_MINOR = re.compile(r"[.,][-–—]{1,2}(?=\s|\Z)")  # "5.-" and "5,–": no cents, in Switzerland and Germany
_ACCOUNTING = re.compile(r"(?:^|\s)(?:CR|DR|DB)\s*\)?\Z", re.IGNORECASE)


def currency(raw: object, *, language: str | None = None) -> str:
    """Return the ISO 4217 code of a code, an unambiguous symbol, or a name in ``language`` or a common language.

    >>> currency(" eur "), currency("€"), currency("US$"), currency("Schweizer Franken"), currency("US Dollar")
    ('EUR', 'EUR', 'USD', 'CHF', 'USD')
    >>> currency("$")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: '$' does not name one currency
    """
    text = clean(expect_text(raw, "currency.unknown"))[0].strip()
    code = _code(text, language if isinstance(language, str) else None)
    if code is None:
        raise NotReadableError("currency.unknown", f"{text[:40]!r} does not name one currency")
    return code


def money(raw: object, *, currency: str | None = None, mark: str = ".", group: str = "", minor_units: int = 0) -> Any:
    """Return ``{"amount", "currency", "currency_raw"}``, the amount exact and in whole units of the currency.

    A currency written beside the amount counts; ``currency`` (a code, name or symbol, often of another column) is used
    where there is none. Neither is guessed: with ``$`` alone the currency stays empty. ``minor_units`` is how many digits
    of the source's whole number stand behind the mark: 2 for cents. ``mark`` and ``group`` are those of ``decimal``.

    >>> money("1.234,50 €", mark=",", group=".")
    {'amount': Decimal('1234.50'), 'currency': 'EUR', 'currency_raw': '€'}
    >>> money(129900, currency="USD", minor_units=2)
    {'amount': Decimal('1299.00'), 'currency': 'USD', 'currency_raw': 'USD'}
    >>> money("($12.50)", currency="USD"), money("CHF 5.-")["amount"]
    ({'amount': Decimal('-12.50'), 'currency': 'USD', 'currency_raw': 'USD'}, Decimal('5'))
    >>> money("$ 5").value
    {'amount': Decimal('5'), 'currency': None, 'currency_raw': '$'}
    >>> money("3000").notes[0].code
    'currency.absent'
    """
    if isinstance(minor_units, bool) or not isinstance(minor_units, int) or not 0 <= minor_units <= 9:
        raise ConfigError(f"money has no {minor_units!r} minor units", next_step="give a number of digits, such as 2")
    written, beside = _apart(raw, mark) if isinstance(raw, str) else (raw, ())
    amount = read_decimal(written, mark, group)
    if minor_units:
        if amount != amount.to_integral_value():
            raise NotReadableError("number.unreadable", f"{amount} is declared to count minor units, and is not whole")
        amount = shifted(amount, minor_units)
    declared = clean(currency)[0].strip() if isinstance(currency, str) else ""
    code, name, note = _currency_of(beside, declared)
    return with_notes({"amount": amount, "currency": code, "currency_raw": name}, (note,) if note else ())


def _apart(raw: str, mark: str) -> tuple[str, tuple[str, ...]]:
    """Return an amount without the currency that stands before or behind it, and that currency (or both)."""
    text = raw.strip()
    if text.isascii() and not any(char.isalpha() or char == "$" for char in text):
        return _WITHOUT_MINOR.sub("", text), ()
    text = clean(text)[0].strip()
    accounting = found.start() if (found := _ACCOUNTING.search(text)) else len(text)
    text, end = text[:accounting], text[accounting:]
    digits = [at for at, char in enumerate(text) if char in "0123456789"]
    if not digits:
        return raw, ()
    first, last = digits[0], digits[-1] + 1
    if text[first - 1 : first] == mark:  # "$.50"; in "Fr.50" the mark may be a part of either: that is not read
        first -= 1
        if text[first - 1 : first].isalpha():
            return raw, ()
    left, before = _without_sign(text[:first])
    right, behind = _without_sign(_WITHOUT_MINOR.sub("", text[last:]))
    return f"{left}{text[first:last]}{right}{end}".strip(), tuple(sign for sign in (before, behind) if sign)


def _without_sign(side: str) -> tuple[str, str]:
    """Return one side of an amount without the currency in it, and that currency."""
    found = _BESIDE.search(side)
    return (side[: found.start()] + side[found.end() :], found.group().strip()) if found else (side, "")


def _currency_of(beside: tuple[str, ...], declared: str) -> tuple[str | None, str | None, Note | None]:
    """Return the currency, what named it, and what there is to remark."""
    default = _code(declared, None) if declared else None
    for sign in beside:
        if default in _SHARED.get(sign, ()):
            beside = tuple(other for other in beside if other != sign) or (declared,)
    codes = {code for sign in beside if (code := _code(sign, None))}
    shown = " ".join(beside)
    if len(codes) == 1 and all(_code(sign, None) or codes & _SHARED.get(sign, frozenset()) for sign in beside):
        (code,) = codes
        if default and default != code:
            return code, shown, Note("currency.conflict", f"{code} stands beside the amount, {default} is declared")
        return code, shown, None
    if beside:
        return None, shown, Note("currency.unknown", f"{shown[:40]!r} does not name one currency")
    if default:
        return default, declared, None
    if declared:
        return None, declared, Note("currency.unknown", f"{declared[:40]!r} does not name one currency")
    return None, None, Note("currency.absent", "nothing says in which currency")


@lru_cache(1024)
def _code(text: str, language: str | None) -> str | None:
    """Return the code of a currency named by code, symbol or name, or None."""
    if _CODE.fullmatch(text) and text.upper() in get_global("all_currencies") and text.upper() not in _NO_CURRENCY:
        return text.upper()
    found = _SYMBOLS.get(text) or _one_currency_symbols().get(text) or named(text, "currencies", language)
    return None if found in _NO_CURRENCY else found


@cache
def _one_currency_symbols() -> Mapping[str, str]:
    """Return the symbols CLDR's root gives to one currency, whatever the language: ``€``, ``£``, ``US$``."""
    return MappingProxyType({symbol: code for code, symbol in Locale.parse("root").currency_symbols.items()})
