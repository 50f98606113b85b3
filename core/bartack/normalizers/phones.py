"""Telephone numbers to E.164, by the rules of libphonenumber; what cannot be told keeps its raw form."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException

from bartack.normalizers.base import Note, NotReadableError, kind_of, with_notes
from bartack.normalizers.cleaning import clean, kept
from bartack.normalizers.phone_plans import e164_of
from bartack.normalizers.places import country

__all__ = ["by_library", "phone"]

_LONGEST = 250  # libphonenumber refuses more characters than that
_LONGEST_E164 = 15  # German numbers may be longer than ITU-T E.164 allows
_LABEL = re.compile(r"[^\d+＋(]*")
# The extensions libphonenumber reads; whatever other letters there are, it takes for digits of the keypad, or drops.
_EXTENSION = re.compile(
    r"(?:;ext=|[\s,]*(?:e?xt(?:ensi(?:o|ó))?n?|доб|anexo|int|x|#|~)[:.]?[\s,-]*)\d{1,20}#?|[- ]+\d{1,6}#", re.IGNORECASE
)


def phone(raw: object, *, region: str | None = None) -> Any:
    r"""Return ``{"e164", "raw"}``, and ``extension`` where there is one.

    ``region`` is the country a number without ``+`` belongs to, as a code or a name. Only numbers that fit their
    country's numbering plan become E.164. A label before the number is passed over; other words and vanity letters
    are not turned into digits.

    >>> phone("Tel. 030 901820", region="DE"), phone("\u202a+49 (0)30-901820\u202c")["e164"]
    ({'e164': '+4930901820', 'raw': 'Tel. 030 901820'}, '+4930901820')
    >>> phone("(085) 012 3456 ext. 12", region="Ireland")
    {'e164': '+353850123456', 'raw': '(085) 012 3456 ext. 12', 'extension': '12'}
    >>> phone("030 901820").notes[0].code, phone("415.555.2671 x12", region="GB").notes[0].code
    ('phone.no_region', 'phone.invalid')
    >>> phone("030 901820 (Max)", region="DE").value
    {'e164': None, 'raw': '030 901820 (Max)'}
    """
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**18:
        raw = str(raw)
    if not isinstance(raw, str):
        raise NotReadableError("phone.unreadable", f"expected text, got {kind_of(raw)}")
    home = _region(region) if isinstance(region, str) and len(region) < _LONGEST else None
    if (number := e164_of(raw, home)) is not None:
        return {"e164": number, "raw": raw}
    number, extension, note = by_library(raw, home)
    draft = {"e164": number, "raw": kept(raw)}
    if extension:
        draft["extension"] = extension
    return with_notes(draft, (note,) if note else ())


def by_library(raw: str, region: str | None) -> tuple[str | None, str | None, Note | None]:
    """Return E.164, extension, and why there is no number; ``region`` as libphonenumber names it."""
    if len(raw) > _LONGEST:
        return None, None, Note("phone.unreadable", "longer than any telephone number")
    return _parsed(clean(raw)[0].strip(), region)


@lru_cache(65_536)
def _parsed(text: str, region: str | None) -> tuple[str | None, str | None, Note | None]:
    """Parse a number once; sources repeat them (a switchboard), and parsing takes 40 times as long as a look-up."""
    dialled = text[match.end() :] if (match := _LABEL.match(text)) else text
    extension = next((found for found in _EXTENSION.finditer(dialled) if found.end() == len(dialled)), None)
    if any(char.isalpha() for char in dialled[: extension.start() if extension else None]):
        return None, None, Note("phone.unreadable", "there are words beside the digits")
    try:
        number = phonenumbers.parse(dialled, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE and dialled[:1] not in ("+", "＋"):
            return None, None, Note("phone.no_region", "no country code, and no region says which country it is in")
        return None, None, Note("phone.unreadable", f"no telephone number: {error}")
    formatted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(number) or len(formatted) > _LONGEST_E164 + 1:
        return (
            None,
            None,
            Note("phone.invalid", f"no number of a numbering plan{f' (region {region})' if region else ''}"),
        )
    return formatted, number.extension, None


@lru_cache(1024)
def _region(name: str) -> str | None:
    """Return a region libphonenumber knows for a country's code or name, or None."""
    code = name.strip().upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        try:
            code = country(name)
        except NotReadableError:
            return None
    return code if code in phonenumbers.SUPPORTED_REGIONS else None
