"""Finds personal data by its looks: where it stands does not matter, so only what is certain counts.

E-mail addresses; telephone numbers in international form, or behind ``tel:``, if libphonenumber knows them; IBANs and card
numbers with the right check digits; tax and social numbers whose layout and check digits leave no doubt (python-stdnum).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from functools import lru_cache
from typing import NamedTuple

from bartack.recording.tokens import PHONE, Kind, is_reserved

__all__ = ["Finding", "find", "replaced"]

_FILES = frozenset("css gif html jpeg jpg js json png svg webp".split())
# Each begins with a set of characters, which is what makes a search fast; what must not stand before follows.
_AT = re.compile(r"@(?=[\w-]{1,63}\.)")
_LOCAL = re.compile(r"[\w.+-]+(?:'[\w.+-]+)*")
# Several of them are one address of a kind: that of the last, with all before it for its local part.
_DOMAINS = re.compile(r"(?:[\w-]{1,63}\.)+[^\W\d_]{2,}(?:@(?:[\w-]{1,63}\.)+[^\W\d_]{2,})*")
_LONGEST_LOCAL = 128
_LONGEST_FIELD = 2000
_MOST_PASSES = 8
"""How often a text is gone through while values overlap (``a@b.de@c.de``)."""
_TEL = re.compile(r"tel:([+\d][\d().\-]{4,24}\d)")
_IBAN = re.compile(r"[A-Z](?<!\w.)[A-Z]\d{2}(?:[ \u00a0]?[A-Z\d]{4}){2,7}(?:[ \u00a0]?[A-Z\d]{1,3})?\b")
_CARD = re.compile(
    r"[2-6](?<![\w.+-].)(?:(?<=3)[47]\d\d([ -]?)\d{6}\1\d{5}|\d{3}([ -]?)\d{4}\2\d{4}\2\d{4})(?![\w-]|\.\d)"
)
_NETWORKS = re.compile(r"4|5[1-5]|2[2-7]|6[05]|3[47]")
_ITALIAN = re.compile(r"[A-Z](?<!\w.)[A-Z]{5}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z](?!\w)")
_IDENTITY = re.compile(
    r"\d(?<![\w.-].)(?:"
    r"(?P<fi>\d{5}[-+A]\d{3}[0-9A-Y])"
    r"|(?P<se>\d{5}[-+]\d{4})"
    r"|(?P<br>\d\d\.\d{3}\.\d{3}-\d\d)"
    r"|(?P<be>\d\.\d\d\.\d\d-\d{3}\.\d\d)"
    r"|(?P<ch>(?<=7)56\.\d{4}\.\d{4}\.\d\d)"
    r"|(?P<fr>(?<=[12]) \d\d \d\d [\dAB]{2} \d{3} \d{3} \d\d)"
    r"|(?P<us>\d\d-\d\d-\d{4})"
    r")(?![\w-]|\.\d)"
)
_MODULES = {
    "it": "it.codicefiscale",
    "fi": "fi.hetu",
    "se": "se.personnummer",
    "br": "br.cpf",
    "be": "be.nn",
    "ch": "ch.ssn",
    "fr": "fr.nir",
    "us": "us.ssn",
}


class Finding(NamedTuple):
    """A personal value in a text: what it is, and where."""

    kind: Kind
    start: int
    end: int


def replaced(text: str, stand_in: Callable[[Kind, str], str], made: Container[str] = ()) -> str:
    """Return ``text`` with a stand-in for each personal value in it; fields whose whole text is in ``made`` are left."""
    for _ in range(_MOST_PASSES):
        pieces: list[str] = []
        position, overlapping = 0, False
        for kind, start, end in sorted(find(text), key=lambda one: (one.start, -one.end)):
            if start < position:
                overlapping = True
                continue
            if made and _field(text, start, end) in made:
                continue
            pieces += [text[position:start], stand_in(kind, text[start:end])]
            position = end
        text = "".join((*pieces, text[position:])) if pieces else text
        if not overlapping:
            break
    return text


def _field(text: str, start: int, end: int) -> str:
    """Return the text of the JSON string or XML element around a finding; all of it where it is neither."""
    before = max(text.rfind(mark, max(0, start - _LONGEST_FIELD), start) for mark in '">')
    after = min((at for mark in '"<' if (at := text.find(mark, end, end + _LONGEST_FIELD)) >= 0), default=len(text))
    return text[before + 1 : after]


def find(text: str) -> Iterator[Finding]:
    """Yield the personal values of a text, kind by kind; what of them is surely invented (RFC 2606) is left out."""
    if "@" in text:
        yield from _emails(text)
    if "+" in text:
        yield from _checked("phone", PHONE, text, _is_phone)
    if "tel:" in text:
        yield from (Finding("phone", *found.span(1)) for found in _TEL.finditer(text))
    yield from _checked("iban", _IBAN, text, _is_iban)
    yield from _checked("card", _CARD, text, _is_card)
    yield from _checked("identity", _ITALIAN, text, lambda found: _is_identity("it", found))
    for found in _IDENTITY.finditer(text):
        if _is_identity(found.lastgroup or "", found[0]):
            yield Finding("identity", found.start(), found.end())


def _emails(text: str) -> Iterator[Finding]:
    position = 0
    for at in _AT.finditer(text):
        local = _LOCAL.match(text[max(position, at.start() - _LONGEST_LOCAL) : at.start()][::-1])
        domain = _DOMAINS.match(text, at.end())
        if at.start() >= position and local and domain:
            position = domain.end()
            if not is_reserved(domain[0]) and domain[0].rpartition(".")[2].lower() not in _FILES:
                yield Finding("email", at.start() - local.end(), domain.end())


def _checked(kind: Kind, pattern: re.Pattern[str], text: str, is_one: Callable[[str], bool]) -> Iterator[Finding]:
    for found in pattern.finditer(text):
        if is_one(found[0]):
            yield Finding(kind, found.start(), found.end())


@lru_cache(8192)
def _is_phone(text: str) -> bool:
    import phonenumbers

    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(text, None)))
    except phonenumbers.NumberParseException:
        return False


def _is_iban(text: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(text, check_country=False))


def _is_card(text: str) -> bool:
    from stdnum import luhn

    digits = re.sub(r"\D", "", text)
    return bool(_NETWORKS.match(digits)) and bool(luhn.is_valid(digits))


def _is_identity(country: str, text: str) -> bool:
    from importlib import import_module

    return bool(import_module(f"stdnum.{_MODULES[country]}").is_valid(text))
