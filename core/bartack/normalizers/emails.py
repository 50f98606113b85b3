"""E-mail addresses: the addr-spec of RFC 5322, domain in lower case and in Unicode as IDNA 2008 has it; no network."""

from __future__ import annotations

import re
from typing import Any

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from bartack.normalizers.base import Note, expect_text, with_notes
from bartack.normalizers.cleaning import clean, kept

__all__ = ["by_library", "email"]

# Addresses about which nothing has to be decided: the library would give the same, in twenty times the time.
_PLAIN = re.compile(
    r"([A-Za-z0-9_+'\-]{1,64}(?:\.[A-Za-z0-9_+'\-]{1,64}){0,3})"
    r"@((?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.){1,4})([A-Za-z]{2,24})"
).fullmatch
_LONGEST_PLAIN = 120
_LONGEST = 1000
_MAILBOXES = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)
_PRIVATE = frozenset(name.rpartition(".")[2] for name in SPECIAL_USE_DOMAIN_NAMES)
_NAMED = re.compile(r"[^<>]*<([^<>]*)>\s*").fullmatch
_MAILTO = re.compile(r"mailto:([^?]*)", re.IGNORECASE)


def email(raw: object) -> Any:
    r"""Return ``{"address", "raw"}``; text that is no address keeps its raw form, with a note.

    The local part stays as it is sent, except that mailboxes such as ``Info`` or ``Sales``, which no server tells apart
    by case, are in lower case. An address inside one's own network (``root@localhost``) is read, with a note.

    >>> email(" Zoe.Mueller@Example.ORG ")
    {'address': 'Zoe.Mueller@example.org', 'raw': ' Zoe.Mueller@Example.ORG '}
    >>> [email(raw)["address"] for raw in ("Dr. Z. Müller <zoe@example.org>", "mailto:zoe@example.org?subject=Hi")]
    ['zoe@example.org', 'zoe@example.org']
    >>> email("info@M\u00fcller.example")["address"], email("zoe@xn--mller-kva.example")["address"]
    ('info@müller.example', 'zoe@müller.example')
    >>> email("root@localhost").value["address"], email("root@localhost").notes[0].code
    ('root@localhost', 'email.not_public')
    >>> email("n/a").notes[0].code, email("n/a").value
    ('email.invalid', {'address': None, 'raw': 'n/a'})
    """
    text = expect_text(raw, "email.invalid")
    found = _PLAIN(text.strip())
    if found is not None and len(text) < _LONGEST_PLAIN:
        local, domain, top = found.groups()
        if "--" not in domain and top.lower() not in _PRIVATE and local.lower() not in _MAILBOXES:
            return {"address": f"{local}@{domain.lower()}{top.lower()}", "raw": raw}
    return by_library(text)


def by_library(raw: str) -> Any:
    """Read any text as :func:`email` does, by email-validator."""
    cleaned, notes = clean(raw[: _LONGEST + 1])
    text = cleaned.strip()
    if (named := _NAMED(text)) is not None:
        text = named[1].strip()
    if (link := _MAILTO.match(text)) is not None:
        text = link[1]
    address, note = _validated(text)
    return with_notes({"address": address, "raw": kept(raw)}, (*notes, note) if note else notes)


def _validated(text: str) -> tuple[str | None, Note | None]:
    if len(text) > _LONGEST:
        return None, Note("email.invalid", "longer than any address")
    try:
        return validate_email(text, check_deliverability=False).normalized, None
    except EmailNotValidError as error:
        local, at, domain = text.rpartition("@")
        if at and domain and ("." not in domain or domain.lower().rpartition(".")[2] in _PRIVATE):
            return _private(local, domain.lower(), str(error))
        return None, Note("email.invalid", str(error))


def _private(local: str, domain: str, reason: str) -> tuple[str | None, Note | None]:
    """Read an address whose domain only its own network knows: right in form, if it were below a public domain."""
    below = ".example.org"
    try:
        found = validate_email(f"{local}@{domain}{below}", check_deliverability=False).normalized
    except EmailNotValidError:
        return None, Note("email.invalid", reason)
    return found.removesuffix(below), Note("email.not_public", f"{domain[:60]!r} is no domain of the public internet")
