"""What a field means by something else than its name: the format of its schema, or words of its description."""

from __future__ import annotations

import re

__all__ = ["hint"]

_FORMATS = {"email": "email", "idn-email": "email", "phone": "phone", "telephone": "phone", "tel": "phone"}
_WORDS = (
    (re.compile(r"\be-?mail address\b", re.IGNORECASE), "email"),
    (re.compile(r"\b(?:telephone|phone) number\b|\bE\.164\b", re.IGNORECASE), "phone"),
    (re.compile(r"\bISO[- ]4217\b|\bcurrency code\b", re.IGNORECASE), "currency"),
    (re.compile(r"\bISO[- ]3166\b|\bcountry code\b", re.IGNORECASE), "country"),
    (re.compile(r"\bVAT (?:number|id)\b", re.IGNORECASE), "vat"),
    (re.compile(r"\b(?:given|first) name\b|\bVorname\b", re.IGNORECASE), "firstname"),
    (re.compile(r"\b(?:family name|last name|surname)\b|\bNachname\b", re.IGNORECASE), "lastname"),
    (re.compile(r"\bfull name\b", re.IGNORECASE), "fullname"),
    (re.compile(r"\bdate of birth\b|\bbirthday\b|\bGeburtsdatum\b", re.IGNORECASE), "birthdate"),
    (re.compile(r"\bpost(?:al)? ?code\b|\bzip code\b|\bPostleitzahl\b", re.IGNORECASE), "zip"),
    (re.compile(r"\bwhen .{0,40}\bcreated\b|\bcreation (?:date|time)\b", re.IGNORECASE), "createdat"),
    (re.compile(r"\bwhen .{0,40}\b(?:updated|changed|modified)\b|\blast (?:update|change|modif)", re.IGNORECASE), "updatedat"),
)  # fmt: skip


def hint(form: str, description: str) -> str | None:
    """Return a spelling of what a field means, or ``None`` where nothing is said.

    >>> hint("email", ""), hint("", "The contact's surname."), hint("", "Anything.")
    ('email', 'lastname', None)
    """
    if form in _FORMATS:
        return _FORMATS[form]
    return next((meaning for pattern, meaning in _WORDS if pattern.search(description[:300])), None)
