"""Names of countries, currencies and languages in the languages of the world, from Unicode's CLDR (babel)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

from babel import Locale, UnknownLocaleError

from bartack.normalizers.country_names import NOT_COUNTRIES

__all__ = ["by_name", "locale_of", "name_key", "named"]

Kind = Literal["territories", "currencies", "languages"]

# Enough for the systems that write names instead of codes; a source in another language declares it.
_LANGUAGES = (
    "en de fr es it pt nl pl sv da nb nn fi is et lv lt cs sk sl hr sr hu ro bg el tr ru uk ja zh zh_Hant ko ar he hi id"
    " vi th ca eu gl"
).split()
_LONGEST_NAME = 100
_ACCENTS = re.compile("[\u0300-\u036f]")
_SMALL_WORDS = frozenset(("and", "the"))


def name_key(name: str) -> str:
    """Reduce a name to what two spellings of it share: no case, accents, punctuation, ``and``, ``the``.

    >>> name_key("The Côte d’Ivoire"), name_key("St. Kitts & Nevis") == name_key("Saint Kitts and Nevis")
    ('cote d ivoire', True)
    """
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", name.casefold()))
    words = re.findall(r"\w+", unicodedata.normalize("NFC", plain))
    return " ".join("st" if word == "saint" else word for word in words if word not in _SMALL_WORDS)


def named(name: str, kind: Kind, language: str | None = None) -> str | None:
    """Return the code a name stands for: in ``language``, in English, or the same in all common languages."""
    key = name_key(name) if len(name) <= _LONGEST_NAME else ""
    if not key:
        return None
    locale = locale_of(language) if language else None
    first = _names(str(locale), kind) if locale else {}
    return first.get(key) or _names("en", kind).get(key) or by_name(kind).get(key)


@cache
def by_name(kind: Kind) -> Mapping[str, str]:
    """Return code by name key over all common languages; a name with two meanings is left out."""
    found: dict[str, str] = {}
    ambiguous = set()
    for language in _LANGUAGES:
        for key, code in _names(language, kind).items():
            if found.setdefault(key, code) != code:
                ambiguous.add(key)
    return MappingProxyType({key: code for key, code in found.items() if key not in ambiguous})


def locale_of(language: str) -> Locale | None:
    """Return the locale of a BCP 47 or POSIX name, or None."""
    try:
        return Locale.parse(language.replace("-", "_"))
    except (ValueError, TypeError, UnknownLocaleError):
        return None


@cache
def _names(language: str, kind: Kind) -> Mapping[str, str]:
    found: dict[str, str] = {}
    twice = set()
    for code, name in getattr(Locale.parse(language), kind).items():
        if kind == "territories" and not (len(code) == 2 and code not in NOT_COUNTRIES):
            continue  # continents, unions, and codes for tests
        key = name_key(name)
        if key and found.setdefault(key, code) != code:
            twice.add(key)
    return MappingProxyType({key: code for key, code in found.items() if key not in twice})
