"""Countries, regions, languages and time zones: codes and names to ISO 3166, BCP 47 and IANA. Never by likeness."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType

from babel import Locale
from babel.core import get_global

from bartack.normalizers.base import NotReadableError, expect_text
from bartack.normalizers.cleaning import clean
from bartack.normalizers.country_names import ALIASES, CODE_ALIASES, NOT_COUNTRIES
from bartack.normalizers.localized import name_key, named
from bartack.normalizers.subdivisions import regions_of

__all__ = ["country", "language", "region_code", "time_zone"]

_LONGEST = 100
_FULL_REGION = re.compile(r"(?P<country>[A-Za-z]{2})[-_](?P<region>[A-Za-z0-9]{1,3})")
_ODOO_REGION = re.compile(r"(?P<name>.+) \((?P<country>[A-Z]{2})\)")
_TAG = re.compile(
    r"(?P<language>[A-Za-z]{2,3})(?:[-_](?P<script>[A-Za-z]{4}))?(?:[-_](?P<territory>[A-Za-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:[-_](?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*)(?:\.[\w-]+)?(?:@(?P<modifier>euro|[A-Za-z]{5,8}))?",
    re.ASCII,
)
_SCRIPT_MODIFIERS: Mapping[str, str] = MappingProxyType({"latin": "Latn", "cyrillic": "Cyrl"})
_NO_LANGUAGE = frozenset(("und", "zxx", "mul", "mis"))


def country(raw: object, *, language: str | None = None) -> str:
    """Return the ISO 3166-1 alpha-2 code of a country.

    Read are codes (alpha-2, alpha-3, numeric), names in English, in ``language`` and in forty common languages, and what
    people write beside them. A name that several countries bear is not read.

    >>> [country(raw) for raw in ("de", "DEU", "276", "Deutschland", "uk", "Holland", "Türkiye", "South Korea", "日本")]
    ['DE', 'DE', 'DE', 'DE', 'GB', 'NL', 'TR', 'KR', 'JP']
    >>> country("Narnia")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: 'Narnia' is not one country
    """
    text = _plain(raw, "country.unknown")
    code = _country(text, language if isinstance(language, str) else None)
    if code is None:
        raise NotReadableError("country.unknown", f"{text[:40]!r} is not one country")
    return code


def region_code(raw: object, *, country: str | None = None) -> str:
    """Return the ISO 3166-2 code of a region: from a full code, or from a code or name and the ``country`` it is in.

    Codes and names alone are known for Australia, Austria, Brazil, Canada, Germany, Switzerland and the United States.

    >>> region_code("US-CA"), region_code("ca", country="USA"), region_code("Bavaria", country="DE")
    ('US-CA', 'US-CA', 'DE-BY')
    >>> region_code("California (US)")  # Odoo
    'US-CA'
    """
    text = _plain(raw, "region.unknown")
    home = _country(country.strip(), None) if isinstance(country, str) else None
    found = _ODOO_REGION.fullmatch(text)
    if found and home in (None, found["country"]):
        text, home = found["name"], found["country"]
    code = _region(text, home)
    if code is None:
        where = f" of {home}" if home else ", and no country says where it is"
        raise NotReadableError("region.unknown", f"{text[:40]!r} is no known region{where}")
    return code


def language(raw: object) -> str:
    """Return the BCP 47 tag of a language, from a tag, a POSIX locale, an ISO 639 code or a name.

    >>> [language(raw) for raw in ("en_US", "de", "zh_Hant_TW", "de_AT.UTF-8", "sr@latin", "iw", "ger", "German")]
    ['en-US', 'de', 'zh-Hant-TW', 'de-AT', 'sr-Latn', 'he', 'de', 'de']
    """
    text = _plain(raw, "language.unknown")
    tag = _language(text)
    if tag is None:
        raise NotReadableError("language.unknown", f"{text[:40]!r} is no language")
    return tag


def time_zone(raw: object) -> str:
    """Return the IANA name of a time zone: from the name in any case, as HubSpot spells it, or from Windows' name.

    >>> time_zone("europe/berlin"), time_zone("america_slash_new_york"), time_zone("W. Europe Standard Time")
    ('Europe/Berlin', 'America/New_York', 'Europe/Berlin')
    """
    text = _plain(raw, "zone.unknown")
    spelled = text.replace("_slash_", "/").replace("_hyphen_", "-").replace(" ", "_").casefold()
    found = _zones().get(spelled) or get_global("windows_zone_mapping").get(text)
    if found is None:
        raise NotReadableError("zone.unknown", f"{text[:40]!r} is no time zone")
    return str(found)


def _plain(raw: object, code: str) -> str:
    text = clean(expect_text(raw, code))[0].strip()
    if len(text) > _LONGEST:
        raise NotReadableError(code, "longer than any name or code")
    return text


@lru_cache(4096)
def _country(text: str, language: str | None) -> str | None:
    upper = text.upper()
    if len(upper) == 2:
        code = CODE_ALIASES.get(upper, upper)
        if code in _countries():
            return code
    if len(upper) in (2, 3) and upper.isascii():  # alpha-3, numeric, and codes of former countries with one successor
        successors = get_global("territory_aliases").get(upper, ())
        if len(successors) == 1 and successors[0] in _countries():
            return str(successors[0])
    found = ALIASES.get(name_key(text)) or named(text, "territories", language)
    return found if found in _countries() else None


@cache
def _countries() -> frozenset[str]:
    codes = [str(code) for code in Locale.parse("en").territories]
    return frozenset(code for code in codes if len(code) == 2 and code.isalpha()) - NOT_COUNTRIES


def _region(text: str, home: str | None) -> str | None:
    found = _FULL_REGION.fullmatch(text)
    if found and (country := found["country"].upper()) in _countries() and home in (None, country):
        known, code = regions_of(country), found["region"].upper()
        return f"{country}-{code}" if not known or code.casefold() in known else None
    region = regions_of(home).get(name_key(text)) if home else None
    return f"{home}-{region}" if region else None


@lru_cache(1024)
def _language(text: str) -> str | None:
    found = _TAG.fullmatch(text)
    if found is None or (tag := _tag(**found.groupdict())) is None:
        code = named(text, "languages")
        return None if code is None or code in _NO_LANGUAGE else code.replace("_", "-")
    return tag


def _tag(language: str, script: str | None, territory: str | None, variants: str, modifier: str | None) -> str | None:
    """Return the tag of its parts in the usual case, or None when the language or the territory is not known."""
    code = language.lower()
    code = str(get_global("language_aliases").get(code, code))
    modifier = (modifier or "").lower()
    code, _, usual_script = code.partition("_")
    place = (territory or "").upper()
    if code not in Locale.parse("en").languages or code in _NO_LANGUAGE:
        return None
    if place and not place.isdigit() and place not in _countries():
        return None
    written = (script or "").title() or _SCRIPT_MODIFIERS.get(modifier, usual_script)
    special = [] if modifier in ("", "euro", *_SCRIPT_MODIFIERS) else [modifier]
    return "-".join(part for part in (code, written, place, *re.split("[-_]", variants.lower()), *special) if part)


@cache
def _zones() -> Mapping[str, str]:
    """Return IANA names by their lower case, from the tzdata package: the same on every machine."""
    names = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return MappingProxyType({name.casefold(): name for name in names if name != "Factory"})
