r"""E-mail addresses: the addr-spec of RFC 5322, domain in lower case and Unicode as IDNA 2008 has it; no network."""

from __future__ import annotations

import re
from email.utils import parseaddr
from functools import cache
from typing import Any

from bartack.normalizers.base import Note, Noted, NotReadableError, kind_of, with_notes
from bartack.normalizers.cleaning import clean, kept

__all__ = ["email"]

_PLAIN = re.compile(
    r"([A-Za-z0-9_+\-]+(?:\.[A-Za-z0-9_+\-]+)*)@((?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24})",
    re.ASCII,
).fullmatch
_LONGEST = 120


def email(raw: object) -> Any:
    """Return ``{"address", "raw"}``; text that is no address keeps its raw form, with a note.

    >>> email(" Zoe.Mueller@Example.ORG ")
    {'address': 'Zoe.Mueller@example.org', 'raw': ' Zoe.Mueller@Example.ORG '}
    >>> email("Zoë Müller <zoe@example.org>")["address"], email("info@müller.example")["address"]
    ('zoe@example.org', 'info@müller.example')
    >>> email("n/a").notes[0].code, email("n/a").value
    ('email.invalid', {'address': None, 'raw': 'n/a'})
    """
    if not isinstance(raw, str):
        raise NotReadableError("email.invalid", f"expected text, got {kind_of(raw)}")
    shown = raw.strip()
    found = _PLAIN(shown)
    if (
        found is not None
        and len(shown) < _LONGEST
        and len(found[1]) <= 64
        and "--" not in found[2]
        and not _special(found[2])
    ):
        return {"address": f"{found[1]}@{found[2].lower()}", "raw": raw}
    return _by_library(raw)


def _by_library(raw: str) -> Any:
    from email_validator import EmailNotValidError, validate_email

    text, notes = clean(raw)
    text = text.strip().removeprefix("mailto:")
    if text.endswith(">") and "<" in text:
        text = parseaddr(text)[1] or text
    try:
        address = validate_email(text, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        note = Note("email.invalid", str(error))
        return Noted({"address": None, "raw": kept(raw)}, (*notes, note))
    return with_notes({"address": address, "raw": kept(raw)}, notes)


def _special(domain: str) -> bool:
    """Say whether the library treats a domain in a way of its own."""
    return domain.rpartition(".")[2].lower() in _special_names() or domain.lower() in _special_names()


@cache
def _special_names() -> frozenset[str]:
    from email_validator import SPECIAL_USE_DOMAIN_NAMES

    return frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)
