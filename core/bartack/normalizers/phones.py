r"""Telephone numbers to E.164, by the rules of libphonenumber; what cannot be told keeps its raw form."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from bartack.normalizers.base import Note, Noted, NotReadableError, kind_of
from bartack.normalizers.cleaning import kept

__all__ = ["phone"]

_LONGEST = 250
"""libphonenumber refuses more characters than that."""


def phone(raw: object, *, region: str | None = None) -> Any:
    """Return ``{"e164", "raw", "extension"}``. ``region`` is the country a number without ``+`` belongs to.

    Only numbers that are in use somewhere become E.164; an extension is kept beside them, for E.164 has none.

    >>> phone("030 901820", region="DE")
    {'e164': '+4930901820', 'raw': '030 901820'}
    >>> phone("+353 (0)85-012 3456 ext. 12")["extension"]
    '12'
    >>> phone("030 901820").notes[0].code, phone("415.555.2671 x12", region="GB").notes[0].code
    ('phone.no_region', 'phone.invalid')
    >>> phone("see website", region="DE").value
    {'e164': None, 'raw': 'see website'}
    """
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**18:
        raw = str(raw)
    if not isinstance(raw, str):
        raise NotReadableError("phone.unreadable", f"expected text, got {kind_of(raw)}")
    e164, extension, note = _parsed(raw, region.upper() if isinstance(region, str) and region else None)
    draft = {"e164": e164, "raw": kept(raw)}
    if extension:
        draft["extension"] = extension
    return draft if note is None else Noted(draft, (note,))


@lru_cache(65_536)
def _parsed(raw: str, region: str | None) -> tuple[str | None, str | None, Note | None]:
    """Parse a number once; sources repeat them (a switchboard), and parsing takes 40 times as long as a look-up."""
    import phonenumbers

    if len(raw) > _LONGEST:
        return None, None, Note("phone.unreadable", "longer than any telephone number")
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and not raw.lstrip().startswith(
            "+"
        ):
            if region is None:
                return None, None, Note("phone.no_region", "no country code, and no region says which country it is in")
            return None, None, Note("phone.no_region", f"{region!r} is no region with telephone numbers")
        return None, None, Note("phone.unreadable", f"no telephone number: {error}")
    if not phonenumbers.is_valid_number(number):
        return None, None, Note("phone.invalid", f"no number that is in use{f' in {region}' if region else ''}")
    formatted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return formatted, number.extension, None
