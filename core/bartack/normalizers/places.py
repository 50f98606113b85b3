"""Countries, regions, languages and time zones: codes and names to ISO 3166, BCP 47 and IANA. Never by likeness."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from bartack.normalizers.base import NotReadableError, expect_text
from bartack.normalizers.names_of_places import country_code, language_tag, region_code_of

__all__ = ["country", "language", "region_code", "time_zone"]


def country(raw: object, *, language: str | None = None) -> str:
    """Return the ISO 3166-1 alpha-2 code of a country, from a code or a name.

    >>> country("Deutschland"), country("DEU"), country("uk"), country("Holland"), country("Türkiye"), country("South Korea")
    ('DE', 'DE', 'GB', 'NL', 'TR', 'KR')
    >>> country("Narnia")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: 'Narnia' is no country
    """
    text = expect_text(raw, "country.unknown").strip()
    code = country_code(text, language)
    if code is None:
        raise NotReadableError("country.unknown", f"{text[:40]!r} is no country")
    return code


def region_code(raw: object, *, country: str | None = None) -> str:
    """Return the ISO 3166-2 code of a region: one that is written as such, or a postal code of a known country.

    >>> region_code("US-CA"), region_code("ca", country="US")
    ('US-CA', 'US-CA')
    """
    text = expect_text(raw, "region.unknown").strip()
    home = country.upper() if isinstance(country, str) and country else text[:2].upper()
    code = region_code_of(text, home)
    if code is None:
        raise NotReadableError(
            "region.unknown", f"{text[:40]!r} is no region code{f' of {country}' if country else ''}"
        )
    return code


def language(raw: object) -> str:
    """Return the BCP 47 tag of a language.

    >>> language("en_US"), language("de"), language("German"), language("zh_Hant_TW")
    ('en-US', 'de', 'de', 'zh-Hant-TW')
    """
    text = expect_text(raw, "language.unknown")
    tag = language_tag(text)
    if tag is None:
        raise NotReadableError("language.unknown", f"{text.strip()[:40]!r} is no language")
    return tag


def time_zone(raw: object) -> Any:
    """Return the IANA name of a time zone; HubSpot writes ``europe_slash_berlin``.

    >>> time_zone("Europe/Berlin"), time_zone("europe_slash_berlin"), time_zone("utc")
    ('Europe/Berlin', 'Europe/Berlin', 'UTC')
    """
    text = expect_text(raw, "zone.unknown").strip()
    found = _zones().get(text.replace("_slash_", "/").replace("_hyphen_", "-").replace(" ", "_").casefold())
    if found is None:
        raise NotReadableError("zone.unknown", f"{text[:40]!r} is no time zone")
    return found


@lru_cache(1)
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}
