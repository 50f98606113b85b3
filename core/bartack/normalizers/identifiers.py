"""Numbers that authorities give, with their check digits verified offline by python-stdnum."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

from bartack.errors import ConfigError
from bartack.normalizers.base import Note, Noted, NotReadableError, expect_text
from bartack.normalizers.cleaning import clean
from bartack.normalizers.places import country as country_of

__all__ = ["tax_id", "validator_of"]

_SCHEME = re.compile(r"(?P<country>[a-z]{2})_(?P<name>[a-z][a-z0-9_]{1,20})")
_LONGEST = 100
_VAT_COUNTRIES = {"EL": "GR", "XI": "GB"}
_VAT_PREFIXES = {"GR": "EL"}


def tax_id(raw: object, *, scheme: str = "eu_vat", country: str | None = None) -> Any:
    """Return ``{"scheme", "value", "country"}`` with the number in its compact form; a wrong one is kept, with a note.

    ``scheme`` is country and name of a number python-stdnum knows: ``eu_vat``, ``gb_vat``, ``us_ein``, ``fr_siren`` ...
    (Tryton names its identifiers so, too). ``country`` completes an EU number that is written without its prefix.

    >>> tax_id("PL 856-734-62-15")
    {'scheme': 'eu_vat', 'value': 'PL8567346215', 'country': 'PL'}
    >>> tax_id("094259216", country="Greece")
    {'scheme': 'eu_vat', 'value': 'EL094259216', 'country': 'GR'}
    >>> tax_id("91-1144442", scheme="us_ein")["value"], tax_id("DE123456789").notes[0].code
    ('911144442', 'tax_id.invalid')
    """
    validate = validator_of(scheme)
    if validate is None:
        raise ConfigError(
            f"no scheme of tax numbers named {scheme!r}", next_step="write country and number, such as eu_vat or us_ein"
        )
    text = " ".join(clean(expect_text(raw, "tax_id.invalid"))[0].split())
    if not text:
        return None
    if len(text) > _LONGEST:
        raise NotReadableError("tax_id.invalid", "longer than any number of a tax authority")
    home = _home(scheme, country)
    written = [text]
    if scheme == "eu_vat" and home:
        written.append(_VAT_PREFIXES.get(home, home) + text)
    reason = ""
    for number in written:
        try:
            value = str(validate(number))
        except ValidationError as error:
            reason = reason or str(error)
        except (ValueError, LookupError, TypeError, ArithmeticError) as error:  # a module that is not made for odd text
            reason = reason or type(error).__name__
        else:
            where = _VAT_COUNTRIES.get(value[:2], value[:2]) if scheme == "eu_vat" else home
            return {"scheme": scheme, "value": value, "country": None if where == "EU" else where}
    note = Note("tax_id.invalid", f"{text[:40]!r} is no {scheme}: {reason}")
    return Noted({"scheme": scheme, "value": text, "country": home}, (note,))


def _home(scheme: str, country: object) -> str | None:
    """Return the declared country, else that of the scheme."""
    for name in (country, scheme[:2] if scheme[:3] != "eu_" else None):
        try:
            return country_of(name)
        except NotReadableError:
            continue
    return None


@lru_cache(256)
def validator_of(scheme: str) -> Callable[[str], str] | None:
    """Return what verifies numbers of a scheme and returns them compact, by python-stdnum; ``None`` where it knows none.

    It raises a ``ValueError`` for a wrong number; for odd text a ``LookupError``, ``TypeError`` or ``ArithmeticError``, too.
    """
    found = _SCHEME.fullmatch(scheme) if isinstance(scheme, str) else None
    module = get_cc_module(found["country"], found["name"]) if found else None
    validate: Callable[[str], str] | None = getattr(module, "validate", None)
    return validate
