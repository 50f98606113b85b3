"""Look-up tables of names and codes, from CLDR (babel); made once a language, when they are first asked for."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

__all__ = ["country_code", "currency_code", "folded", "language_tag", "region_code_of"]

_COUNTRY_ALIASES = MappingProxyType(
    {
        "uk": "GB", "u.k.": "GB", "england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB",
        "great britain": "GB", "britain": "GB", "usa": "US", "u.s.": "US", "u.s.a.": "US", "us of a": "US",
        "united states of america": "US", "america": "US", "holland": "NL", "the netherlands": "NL", "turkey": "TR",
        "south korea": "KR", "republic of korea": "KR", "korea, republic of": "KR", "north korea": "KP",
        "russian federation": "RU", "czech republic": "CZ", "viet nam": "VN", "ivory coast": "CI", "burma": "MM",
        "macedonia": "MK", "hong kong": "HK", "macau": "MO", "taiwan": "TW", "palestine": "PS", "uae": "AE",
        "ireland, republic of": "IE", "republic of ireland": "IE", "swaziland": "SZ", "cape verde": "CV", "brd": "DE",
        "iran, islamic republic of": "IR", "moldova, republic of": "MD", "tanzania, united republic of": "TZ",
        "venezuela, bolivarian republic of": "VE", "bolivia, plurinational state of": "BO", "el": "GR",
    }
)  # fmt: skip
"""What people write and CLDR does not list as a name; ``EL`` is Greece in VAT numbers."""

_LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sv", "da", "fi", "nb", "hu", "tr")
"""Languages in which a country's own customers are likely to have written it."""

_SYMBOLS = MappingProxyType({"€": "EUR", "£": "GBP", "₹": "INR", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₪": "ILS", "zł": "PLN",
                             "Kč": "CZK", "₫": "VND", "฿": "THB", "₩": "KRW", "CHF": "CHF", "US$": "USD", "A$": "AUD",
                             "C$": "CAD", "HK$": "HKD", "R$": "BRL", "NZ$": "NZD", "S$": "SGD"})  # fmt: skip
"""Symbols only one currency has. ``$``, ``¥`` and ``kr`` are several currencies' and stay unknown."""


def folded(text: str) -> str:
    """Return text as names are compared: case, accents and outer blanks do not count."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(bare.casefold().split())


@lru_cache(4096)
def country_code(text: str, language: str | None) -> str | None:
    """Return ISO 3166-1 alpha-2 for an alpha-2 or alpha-3 code, or a name in a language CLDR knows."""
    from babel.core import get_global

    upper = text.strip().upper()
    if len(upper) == 2 and upper in _territories():
        return upper
    if len(upper) == 3 and upper.isalpha():
        aliases = get_global("territory_aliases").get(upper, [])
        if len(aliases) == 1 and aliases[0] in _territories():
            return str(aliases[0])
    name = folded(text)
    if name in _COUNTRY_ALIASES:
        return _COUNTRY_ALIASES[name]
    first = [language.replace("-", "_").split("_")[0]] if language else []
    for one in dict.fromkeys([*first, *_LANGUAGES]):
        found = _country_names(one).get(name)
        if found is not None:
            return found
    return None


@lru_cache(1)
def _territories() -> frozenset[str]:
    from babel import Locale

    names = [str(code) for code in Locale("en").territories]
    return frozenset(
        code
        for code in names
        if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "ZZ", "QO", "XA", "XB")
    )


@lru_cache(32)
def _country_names(language: str) -> Mapping[str, str]:
    from babel import Locale, UnknownLocaleError

    try:
        names = Locale(language).territories
    except (UnknownLocaleError, ValueError):
        return MappingProxyType({})
    found = {folded(name): code for code, name in names.items() if code in _territories()}
    short = {
        folded(part): code
        for code, name in names.items()
        if code in _territories()
        for part in (name.replace("&", "and"), name.partition(" (")[0])
    }
    return MappingProxyType({**short, **found})


@lru_cache(1024)
def currency_code(text: str, language: str) -> str | None:
    """Return ISO 4217 for a code, a name in ``language``, or a symbol only one currency has."""
    from babel import Locale, UnknownLocaleError

    if text in _SYMBOLS:
        return _SYMBOLS[text]
    names = Locale("en").currencies
    upper = text.upper()
    if len(upper) == 3 and upper.isascii() and upper in names:
        return upper
    wanted, found = folded(text), set()
    for one in dict.fromkeys((language.replace("-", "_").split("_")[0], *_LANGUAGES)):
        try:
            found |= {code for code, name in Locale(one).currencies.items() if folded(name) == wanted}
        except (UnknownLocaleError, ValueError):
            continue
    return found.pop() if len(found) == 1 else None


@lru_cache(1024)
def language_tag(text: str) -> str | None:
    """Return BCP 47 for a tag as systems write it (``en_US``, ``de-at``), or an English or own name of a language."""
    from babel import Locale, UnknownLocaleError, parse_locale

    tag = text.strip().replace("-", "_").partition(".")[0].partition("@")[0]
    try:
        parts = parse_locale(tag)
        language, territory, script = parts[0], parts[1], parts[2]
        if language in Locale("en").languages:
            return "-".join(part for part in (language, script, territory) if part)
    except (ValueError, UnknownLocaleError):
        pass
    found = {code for code, name in Locale("en").languages.items() if folded(name) == folded(text)}
    if not found:
        for code in _LANGUAGES:
            if folded(Locale(code).languages.get(code, "")) == folded(text):
                found.add(code)
    return found.pop().replace("_", "-") if len(found) == 1 else None


@lru_cache(4096)
def region_code_of(text: str, country: str) -> str | None:
    """Return ISO 3166-2 for a code of ``country``'s regions, with or without the country before it."""
    tag = text.strip().upper().replace("_", "-")
    if tag.startswith(f"{country}-") and 1 <= len(tag) - 3 <= 3 and tag[3:].isalnum():
        return tag
    return (
        f"{country}-{tag}" if country in ("US", "CA", "AU") and 2 <= len(tag) <= 3 and tag in _POSTAL[country] else None
    )


_POSTAL = MappingProxyType(
    {
        "US": frozenset(
            "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA"
            " RI SC SD TN TX UT VT VA WA WV WI WY DC PR GU VI AS MP".split()
        ),
        "CA": frozenset("AB BC MB NB NL NS NT NU ON PE QC SK YT".split()),
        "AU": frozenset("ACT NSW NT QLD SA TAS VIC WA".split()),
    }
)
"""Countries whose post writes regions as codes."""
