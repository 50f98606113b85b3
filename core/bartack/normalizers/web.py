"""Web addresses and domains; nothing is looked up."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import quote, unquote, urlsplit

import idna

from bartack.errors import ConfigError
from bartack.normalizers.base import NotReadableError, expect_text
from bartack.normalizers.cleaning import clean

__all__ = ["domain", "last_segment", "url"]

_LONGEST = 4000
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}").fullmatch
_SINGLE = re.compile(rf"(?!\d+\Z){_LABEL}").fullmatch
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE | re.ASCII).match
_WEB = ("http", "https")
_KEPT_IN_URL = "%/:?#[]@!$&'()*+,;=~"


def url(raw: object, *, scheme: str = "https") -> str:
    """Return an absolute web address (RFC 3986); ``scheme`` is put before one that people wrote without.

    The host is in lower case and IDNA; path and query stay as they are, other characters than ASCII percent-encoded.
    A host within one's own network, an address of numbers and a port need the scheme to be written.

    >>> url("www.example.org/kontakt"), url("HTTP://Example.org"), url("http://intranet:8080/wiki")
    ('https://www.example.org/kontakt', 'http://example.org', 'http://intranet:8080/wiki')
    >>> url("https://müller.example/straße?q=1&b=ä")
    'https://xn--mller-kva.example/stra%C3%9Fe?q=1&b=%C3%A4'
    >>> url("www.expressl&t.net")  # Salesforce's example data
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: 'www.expressl&t.net' is no web address
    """
    if scheme not in _WEB:
        raise ConfigError(f"url knows no scheme {scheme!r}", next_step=f"use one of: {', '.join(_WEB)}")
    text = clean(expect_text(raw, "url.invalid"))[0].strip()
    written = bool(_SCHEME(text))
    try:
        parts = urlsplit(text if written else f"{scheme}://{text.removeprefix('//')}")
        host = _host(parts.hostname or "", single=written)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        host = ""
    if not host or len(text) > _LONGEST or re.search(r"[\s\\]", text):
        raise _invalid(text, "web address")
    if parts.scheme not in _WEB or parts.username is not None or parts.netloc.endswith(":") or (port and not written):
        raise _invalid(text, "web address")
    netloc = idna.encode(host).decode() + port if not host.isascii() else host + port
    return parts._replace(
        netloc=netloc,
        path=quote(parts.path, safe=_KEPT_IN_URL),
        query=quote(parts.query, safe=_KEPT_IN_URL),
        fragment=quote(parts.fragment, safe=_KEPT_IN_URL),
    ).geturl()


def domain(raw: object) -> str:
    """Return the domain of a web address, a host name or an e-mail address: lower case, Unicode, without ``www.``.

    >>> domain("https://www.Example.org/x"), domain("zoe@example.org"), domain("xn--mller-kva.example.")
    ('example.org', 'example.org', 'müller.example')
    """
    text = clean(expect_text(raw, "url.invalid"))[0].strip()
    bare = text if _SCHEME(text) else "//" + text.rpartition("@")[2]
    try:
        host = _host(urlsplit(bare).hostname or "", single=False) if len(text) <= _LONGEST else ""
    except ValueError:
        host = ""
    if not host or host[0] == "[" or host[-1].isdigit():
        raise _invalid(text, "domain")
    return host.removeprefix("www.")


def last_segment(raw: object) -> str:
    """Return the last part of a path, where many systems put the id; query and trailing slash do not count.

    >>> last_segment("/services/data/v60.0/sobjects/Contact/003AB00001a2b3c"), last_segment("https://x.example/users/7/?a=b")
    ('003AB00001a2b3c', '7')
    """
    text = clean(expect_text(raw))[0].strip()
    path = re.split("[?#]", text, maxsplit=1)[0].rstrip("/")
    found = clean(unquote(path.rpartition("/")[2]))[0].strip()
    if "/" not in path or not found or path.endswith("://" + found):
        raise NotReadableError("value.unreadable", f"{text[:60]!r} has no path with an id at its end")
    return found


def _host(name: str, *, single: bool) -> str:
    """Return a host in lower case and Unicode (IDNA 2008), or nothing; ``single``: one label or an IP address will do."""
    name = name.lower().removesuffix(".")
    if single and (":" in name or name.replace(".", "").isdigit()):
        found = str(ip_address(name))
        return f"[{found}]" if ":" in found else found
    if name.isascii() and "xn--" not in name:
        known = _HOST(name) or (single and _SINGLE(name))
        return name if known and len(name) <= 253 else ""
    try:
        encoded = idna.encode(name, uts46=True)
        return idna.decode(encoded) if _HOST(encoded.decode()) else ""
    except idna.IDNAError:
        return ""


def _invalid(text: str, expected: str) -> NotReadableError:
    return NotReadableError("url.invalid", f"{text[:60]!r} is no {expected}")
