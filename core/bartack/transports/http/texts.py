"""Texts of a source made fit for an error message: short, printable, and without secrets."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

__all__ = ["listed", "masked", "page_title", "safe_url", "said"]

_SECRETS = (
    re.compile(r"(?i)\b((?:bearer|basic|token|session)\s+)(?=\S*\d)[\w.~+/=-]{8,}"),
    re.compile(r"()\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"),  # a JSON Web Token
    re.compile(r"(://)[^/\s@]+(?=@)"),
)
_SECRETIVE = r"[\w.-]*(?:token|secret|passw(?:or)?d|passwd|api[-_]?key|signature|authorization|credential)[\w.-]*"
_NAMED_SECRET = re.compile(rf"(?i)(\b{_SECRETIVE}[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;}}]+")
_SECRET_PARAM = re.compile(rf"(?i)^(?:{_SECRETIVE}|key|sig|sid|auth|code)$")
_TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)


def said(text: str, limit: int = 200) -> str:
    """Return a source's own words on one line of at most ``limit`` characters, printable and without secrets."""
    line = " ".join("".join(char if char.isprintable() else " " for char in masked(text[: limit * 5])).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def masked(text: str) -> str:
    """Replace what looks like a credential by ``***``: named values, bearer tokens, web tokens, passwords in URLs."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\1***", text)
    return _NAMED_SECRET.sub(r"\1***", text)


def safe_url(url: str) -> str:
    """Return ``url`` for people: without user and password, and with the values of secret parameters masked."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return "an unreadable address"
    query = "&".join(
        f"{name}=***" if _SECRET_PARAM.match(name) else urlencode([(name, value)], safe="/:,$") for name, value in pairs
    )
    return said(urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, query, "")), 400)


def page_title(content: bytes) -> str | None:
    """Return the title of an HTML page, escaped and short, or ``None``."""
    match = _TITLE.search(content[:65_536].decode("utf-8", "replace"))
    title = said(html.unescape(match[1]), 80) if match else ""
    return html.escape(title, quote=False) or None


def listed(names: Iterable[object], limit: int = 12) -> str:
    """Return names for people: ``'a', 'b', … (7 more)``."""
    shown = [repr(said(str(name), 40)) for name in names]
    rest = f", … ({len(shown) - limit} more)" if len(shown) > limit else ""
    return ", ".join(shown[:limit]) + rest
