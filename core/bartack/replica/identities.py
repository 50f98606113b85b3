"""By what a record is known: the values of the keys that its contract declares, in a form in which equal means the same.

Forms are exact and conservative. What is no valid number of its scheme, belongs to a scheme that nobody knows, or has
neither letter nor digit other than 0, identifies nobody.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from bartack.normalizers.identifiers import validator_of
from bartack.replica import keys
from bartack.replica.fields import fields_of
from bartack_contracts import Contract, KeyForm, LinkKey, Ref

__all__ = ["Identity", "external", "facet_of", "identities_of", "is_personal", "normal_of"]

_BREAK: Final = "\x1f"
"""Between the parts of an identifier, so that no two of them can be taken for one."""

_NOTHING = re.compile(r"[\W_0]*")
_UNKNOWN = frozenset({"", "unknown", "other", "none"})
_VAT = re.compile(r"(?:eu|[a-z]{2})_vat")
_SAME_VAT = {"EL": "GR", "XI": "GB"}
"""Greece and Northern Ireland write another prefix than their country's code before the same number."""

_FUNCTIONS = frozenset({*CASE_INSENSITIVE_MAILBOX_NAMES, "admin", "noreply", "no-reply", "donotreply", "do-not-reply"})
"""Mailboxes of a function (RFC 2142), or of nobody."""

_COURT_NEEDED = frozenset({"de_hra", "de_hrb", "de_gnr", "de_pr", "de_vr"})
"""German registers are kept by courts, and each court counts for itself."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One value of a key. ``normal`` is compared, ``path`` is where it stands: ``emails[0].address``."""

    key: str
    form: KeyForm
    normal: str
    path: str

    @property
    def of_a_function(self) -> bool:
        """Whether it is an address that belongs to whoever has the job: ``info@``, ``noreply@``."""
        return self.form == "email" and self.normal.partition("@")[0] in _FUNCTIONS

    @property
    def shown(self) -> str:
        """The value for people."""
        return self.normal.replace(_BREAK, " ")

    @property
    def facet(self) -> tuple[str, str]:
        """Under what path and key of the index it is found."""
        return facet_of(self.key, self.normal)


def identities_of(model: type[Contract], value: Mapping[str, Any]) -> Iterator[Identity]:
    """Yield by what a record is known, in the order in which its contract declares keys; ``value`` is its JSON."""
    for key in model.link_keys:
        for path, found in _at(value, key.path.split("."), ""):
            normal = normal_of(key.form, found)
            if normal is not None:
                yield Identity(key.name, key.form, normal, path)


def facet_of(key: str, normal: str) -> tuple[str, str]:
    """Return path and key of the index; no field of a contract begins with ``@``, so that no query names it."""
    return f"@{key}", keys.text(normal)


@cache
def is_personal(model: type[Contract], key: LinkKey) -> bool:
    """Tell whether values of a key are personal."""
    return any(
        one.personal for path, one in fields_of(model).items() if path == key.path or path.startswith(f"{key.path}.")
    )


def normal_of(form: KeyForm, found: Any) -> str | None:
    """Return a value in the form in which it is compared; ``None`` where it identifies nobody.

    >>> normal_of("email", "Zoe.Mueller+shop@Example.org"), normal_of("exact", " WVWZZZ1JZXW000001 ")
    ('zoe.mueller+shop@example.org', 'WVWZZZ1JZXW000001')
    >>> a, b = {"scheme": "eu_vat", "value": "DE 136 695 976"}, {"scheme": "de_vat", "value": "136695976"}
    >>> normal_of("tax_id", a) == normal_of("tax_id", b)
    True
    >>> print(normal_of("external_id", {"scheme": "sap", "value": "000000"}))
    None
    """
    if isinstance(found, str):
        plain = _FORMS_OF_TEXT.get(form)
        return None if plain is None or _NOTHING.fullmatch(found) else plain(found)
    scheme, value = (str(found.get(part) or "").strip() for part in ("scheme", "value"))
    numbered = _FORMS_OF_NUMBERS.get(form)
    if numbered is None or scheme.casefold() in _UNKNOWN or _NOTHING.fullmatch(value) or _BREAK in scheme + value:
        return None
    return numbered(_Number(scheme, value, found.get("country") or ""))


def external(ref: Ref) -> str:
    """Return what an external id that names a record of a source is compared by."""
    return f"{ref.source}/{ref.stream}{_BREAK}{ref.id}"


class _Number(NamedTuple):
    scheme: str
    value: str
    country: str


def _email(address: str) -> str | None:
    """Return an address without regard to case.

    A server may tell local parts apart by case (RFC 5321, 2.4), which the same section discourages, and none in use does.
    Dots and what follows a plus are the address's own: some servers ignore them, and others deliver to somebody else.
    """
    local, at, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    return f"{local.lower()}@{domain.lower()}" if local and at and domain else None


def _exact(text: str) -> str | None:
    return unicodedata.normalize("NFC", text.strip()) or None


def _external_id(number: _Number) -> str | None:
    """Return scheme and id as they are written; ids of one scheme may differ by case or by leading zeros only."""
    if number.value.startswith("bartack://"):
        try:
            return external(Ref.parse(number.value))
        except ValueError:
            return None
    return f"{number.scheme}{_BREAK}{number.value}"


def _tax_id(number: _Number) -> str | None:
    """Return country and number of a VAT number, whichever scheme writes it; of other numbers the scheme as well."""
    scheme = number.scheme.lower()
    if not _VAT.fullmatch(scheme):
        return _registration_id(number)
    if scheme == "eu_vat" and number.value[:2].upper() == "GB":  # of the years in which it was one
        scheme = "gb_vat"
    value = _verified(scheme, number.value)
    if value is None:
        return None
    prefix = value[:2] if scheme == "eu_vat" else scheme[:2].upper()
    rest = value.removeprefix(prefix)
    if prefix == "CH":
        rest = rest[: len("E107787577")]  # behind it MWST, TVA or IVA, as the language is
    return f"vat{_BREAK}{_SAME_VAT.get(prefix, prefix)}{rest}"


def _registration_id(number: _Number) -> str | None:
    """Return scheme, country and number; where check digits are known they must be right."""
    scheme = number.scheme.lower()
    if scheme in _COURT_NEEDED:
        value = _verified("de_handelsregisternummer", number.value)
    elif scheme == "lei":
        value = _lei(number.value)
    elif validator_of(scheme) is not None:
        value = _verified(scheme, number.value)
    else:
        value = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", number.value)).upper()
        scheme = f"{scheme}{_BREAK}{number.country}" if number.country else scheme
    return None if not value else f"{scheme}{_BREAK}{value}"


def _lei(text: str) -> str | None:
    from stdnum import lei
    from stdnum.exceptions import ValidationError

    try:
        return str(lei.validate(text))
    except ValidationError:
        return None


def _verified(scheme: str, text: str) -> str | None:
    validate = validator_of(scheme)
    try:
        return None if validate is None else str(validate(text))
    except (ValueError, LookupError, TypeError, ArithmeticError):  # a module that is not made for odd text
        return None


_FORMS_OF_TEXT: Final[Mapping[str, Callable[[str], str | None]]] = {"email": _email, "exact": _exact}
_FORMS_OF_NUMBERS: Final[Mapping[str, Callable[[_Number], str | None]]] = {
    "external_id": _external_id,
    "registration_id": _registration_id,
    "tax_id": _tax_id,
}


def _at(value: Any, steps: list[str], path: str) -> Iterator[tuple[str, Any]]:
    """Yield what stands at a path, whatever lists are on the way."""
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _at(one, steps, f"{path}[{number}]")
    elif steps and isinstance(value, dict):
        yield from _at(value.get(steps[0]), steps[1:], f"{path}.{steps[0]}" if path else steps[0])
    elif not steps and isinstance(value, str | dict):
        yield path, value
