"""Amounts with their currency: Decimal, never float; an amount whose currency nobody says keeps none, with a note."""

from __future__ import annotations

import re
from typing import Any

from bartack.errors import ConfigError
from bartack.normalizers.base import Note, NotReadableError, expect_text, with_notes
from bartack.normalizers.names_of_places import currency_code
from bartack.normalizers.numbers import read_decimal, shifted

__all__ = ["currency", "money"]

_BESIDE = re.compile(r"(?P<before>[^\d\s.,'’()+\-−][^\d().,+\-−]*?)?\s*(?P<number>[(+\-−\d.,'’][\d\s.,'’()+\-−]*?(?:\s*(?:CR|DR|DB))?)\s*(?P<after>[^\d\s.,'’()+\-−][^\d()]*)?")


def money(
    raw: object,
    *,
    currency: str | None = None,
    mark: str = ".",
    group: str = "",
    minor_units: int = 0,
) -> Any:
    """Return ``{"amount", "currency", "currency_raw"}``.

    ``currency`` is what the source says elsewhere or takes for granted: a code, a name or a symbol. A currency that stands
    beside the number wins. ``minor_units``: the number counts the smallest unit, so many digits are after the mark (2 for
    cents).

    >>> money("1.234,50 €", mark=",", group=".")
    {'amount': Decimal('1234.50'), 'currency': 'EUR', 'currency_raw': '€'}
    >>> money(129900, currency="EUR", minor_units=2)
    {'amount': Decimal('1299.00'), 'currency': 'EUR'}
    >>> money("5000.00").notes[0].code, money("$5").value
    ('currency.absent', {'amount': Decimal('5'), 'currency': None, 'currency_raw': '$'})
    >>> money("N/A")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: 'N/A' is no amount
    """
    if not isinstance(minor_units, int) or isinstance(minor_units, bool) or not 0 <= minor_units <= 6:
        raise ConfigError(f"minor_units {minor_units!r} is no count of digits", next_step="write 2 for cents")
    beside = None
    if isinstance(raw, str):
        found = _BESIDE.fullmatch(raw.strip()) if len(raw) < 200 else None
        if found is None or not any(char.isdigit() for char in found["number"]):
            raise NotReadableError("number.unreadable", f"{raw.strip()[:40]!r} is no amount")
        beside = " ".join(part.strip() for part in (found["before"], found["after"]) if part) or None
        raw = found["number"]
    amount = shifted(read_decimal(raw, mark, group), minor_units)
    said = beside if beside is not None else currency
    code, notes = _code(said)
    draft: dict[str, Any] = {"amount": amount, "currency": code}
    if said is not None and said != code:
        draft["currency_raw"] = said
    return with_notes(draft, notes)


def currency(raw: object, *, language: str | None = None) -> Any:
    """Return the ISO 4217 code of a code, a name, or a symbol only one currency has.

    >>> currency("eur"), currency("€"), currency("US Dollar"), currency("Euro", language="de")
    ('EUR', 'EUR', 'USD', 'EUR')
    >>> currency("$")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: '$' names no currency, or more than one
    """
    text = expect_text(raw, "currency.unknown").strip()
    code = currency_code(text, language or "en")
    if code is None:
        raise NotReadableError("currency.unknown", f"{text[:40]!r} names no currency, or more than one")
    return code


def _code(said: str | None) -> tuple[str | None, tuple[Note, ...]]:
    if said is None:
        return None, (Note("currency.absent", "neither the amount nor the source says the currency"),)
    code = currency_code(str(said).strip(), "en")
    if code is None:
        return None, (Note("currency.unknown", f"{str(said)[:40]!r} names no currency, or more than one"),)
    return code, ()
