"""URLs, domains, tax numbers, and the parts of an address that carry an id."""

from __future__ import annotations

import importlib
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from bartack.errors import ConfigError
from bartack.normalizers.base import Note, Noted, NotReadableError, expect_text
from bartack.normalizers.cleaning import clean

__all__ = ["domain", "last_segment", "tax_id", "url"]

_HOST = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])", re.ASCII
).fullmatch
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE | re.ASCII).match


def url(raw: object, *, scheme: str = "https") -> str:
    """Return an absolute web address; ``scheme`` is put before one that has none, as people write them.

    >>> url("www.example.org/kontakt"), url("HTTP://Example.org")
    ('https://www.example.org/kontakt', 'http://example.org')
    >>> url("www.expressl&t.net")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: 'www.expressl&t.net' is no web address
    """
    text = clean(expect_text(raw, "url.invalid"))[0].strip()
    full = text if _SCHEME(text) else f"{scheme}://{text.lstrip('/')}"
    try:
        parts = urlsplit(full)
        host = _host(parts.hostname or "")
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        host = port = ""
    if (
        not host
        or parts.scheme.lower() not in ("http", "https")
        or re.search(r"\s", full)
        or parts.username is not None
    ):
        raise NotReadableError("url.invalid", f"{text[:60]!r} is no web address")
    return parts._replace(scheme=parts.scheme.lower(), netloc=host + port).geturl()


def domain(raw: object) -> str:
    """Return the host of a web or e-mail address, in lower case, without ``www.``.

    >>> domain("https://www.Example.org/x"), domain("zoe@example.org"), domain("müller.example")
    ('example.org', 'example.org', 'müller.example')
    """
    text = clean(expect_text(raw, "url.invalid"))[0].strip()
    bare = text.rpartition("@")[2] if "@" in text and not _SCHEME(text) else text
    try:
        host = _host(urlsplit(bare if _SCHEME(bare) else f"//{bare}").hostname or "")
    except ValueError:
        host = ""
    if not host:
        raise NotReadableError("url.invalid", f"{text[:60]!r} is no domain")
    return host.removeprefix("www.")


def _host(name: str) -> str:
    """Return a host name in lower case if it is one (Unicode labels by IDNA), else nothing."""
    if name.isascii():
        return name.lower() if _HOST(name.lower()) else ""
    import idna

    try:
        encoded = idna.encode(name.lower(), uts46=True).decode()
    except idna.IDNAError:
        return ""
    return idna.decode(encoded) if _HOST(encoded) else ""


def last_segment(raw: object) -> str:
    """Return the last part of a URL's path: where many APIs put the id.

    >>> last_segment("/services/data/v60.0/sobjects/Contact/003AB00001a2b3c")
    '003AB00001a2b3c'
    """
    text = expect_text(raw).strip()
    found = unquote(text.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2])
    if not found:
        raise NotReadableError("value.unreadable", f"{text[:60]!r} has no path")
    return found


_SCHEMES = {
    "eu_vat": "stdnum.eu.vat",
    "gb_vat": "stdnum.gb.vat",
    "ch_vat": "stdnum.ch.vat",
    "us_ein": "stdnum.us.ein",
    "us_tin": "stdnum.us.tin",
    "ca_bn": "stdnum.ca.bn",
    "au_abn": "stdnum.au.abn",
    "br_cnpj": "stdnum.br.cnpj",
    "es_nif": "stdnum.es.nif",
    "in_gstin": "stdnum.in_.gstin",
    "mx_rfc": "stdnum.mx.rfc",
    "no_mva": "stdnum.no.mva",
    "za_tin": "stdnum.za.tin",
}
"""Schemes whose form and check digits python-stdnum knows."""


def tax_id(raw: object, *, scheme: str = "eu_vat", country: str | None = None) -> Any:
    """Return ``{"scheme", "value", "country"}`` with the number in its compact form; a wrong one is kept, with a note.

    >>> tax_id("PL 856-734-62-15")
    {'scheme': 'eu_vat', 'value': 'PL8567346215', 'country': 'PL'}
    >>> tax_id("DE123456789").notes[0].code
    'tax_id.invalid'
    """
    if scheme not in _SCHEMES:
        raise ConfigError(f"no tax number scheme named {scheme!r}", next_step=f"use one of: {', '.join(_SCHEMES)}")
    module = importlib.import_module(_SCHEMES[scheme])
    text = clean(expect_text(raw, "tax_id.invalid"))[0].strip()
    home = scheme[:2].upper() if scheme != "eu_vat" else None
    try:
        value = module.validate(text)
    except Exception as error:  # each country's module has errors of its own, and some fail on odd text
        draft = {"scheme": scheme, "value": text, "country": country or home}
        return Noted(draft, (Note("tax_id.invalid", f"{text[:40]!r} is no {scheme}: {error}"),))
    return {"scheme": scheme, "value": value, "country": home or country or ("GR" if value[:2] == "EL" else value[:2])}
