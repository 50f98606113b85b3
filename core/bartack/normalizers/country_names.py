"""Names of countries that people and older standards write, beside those of CLDR (see :mod:`.localized`)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ALIASES", "CODE_ALIASES", "NOT_COUNTRIES"]

CODE_ALIASES: Mapping[str, str] = MappingProxyType({"UK": "GB", "EL": "GR"})
"""Two-letter codes in use that ISO 3166-1 gives otherwise or not at all; ``EL`` is Greece in VAT numbers."""

NOT_COUNTRIES = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())
"""Codes CLDR has a name for, and ISO 3166-1 has not assigned. Kosovo's ``XK`` is not assigned, either, but in wide use."""

# Written as localized.name_key() reduces names: no case, accents, punctuation, "and", "the"; "Saint" is "St".
ALIASES: Mapping[str, str] = MappingProxyType(
    {
        name: code
        for code, names in {
            "AE": "uae|u a e|emirates",
            "BN": "brunei darussalam",
            "BO": "bolivia plurinational state of",
            "BQ": "bonaire sint eustatius saba",
            "CD": "democratic republic of congo|congo democratic republic of|dr congo|drc|congo kinshasa|zaire",
            "CG": "republic of congo|congo republic of",
            "CI": "ivory coast",
            "CN": "people s republic of china|china people s republic of|prc|p r china|pr china",
            "CV": "cabo verde",
            "CZ": "czech republic",
            "DE": "bundesrepublik deutschland|federal republic of germany|brd",
            "FK": "falkland islands malvinas",
            "FM": "micronesia federated states of|federated states of micronesia",
            "GB": "great britain|britain|england|scotland|wales|northern ireland|u k"
            "|united kingdom of great britain northern ireland",
            "GR": "hellas|hellenic republic",
            "HK": "hong kong|hong kong sar",
            "IE": "republic of ireland|ireland republic of|eire",
            "IR": "iran islamic republic of|islamic republic of iran",
            "KP": "korea democratic people s republic of|dprk|korea north",
            "KR": "republic of korea|korea republic of|korea south",
            "LA": "lao people s democratic republic",
            "MD": "moldova republic of|republic of moldova",
            "MF": "st martin french part",
            "MK": "macedonia|former yugoslav republic of macedonia|macedonia former yugoslav republic of|fyrom",
            "MM": "burma|myanmar",
            "MO": "macau|macao",
            "NL": "holland|netherlands kingdom of",
            "PS": "palestine|palestine state of|state of palestine|palestinian territory occupied",
            "RU": "russian federation",
            "SH": "st helena ascension tristan da cunha",
            "SX": "sint maarten dutch part",
            "SY": "syrian arab republic",
            "SZ": "swaziland",
            "TL": "east timor",
            "TR": "turkey",
            "TW": "taiwan province of china",
            "TZ": "tanzania united republic of|united republic of tanzania",
            "UM": "united states minor outlying islands",
            "US": "united states of america|u s|u s a|us of a|america",
            "VA": "vatican|holy see|holy see vatican city state",
            "VE": "venezuela bolivarian republic of",
            "VG": "virgin islands british",
            "VI": "virgin islands u s",
            "VN": "viet nam",
        }.items()
        for name in names.split("|")
    }
)
