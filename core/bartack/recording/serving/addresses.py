"""Recorded origins and the local addresses that stand for them, and texts led from one to the other.

An origin is found as it is written in headers and plain bodies, with the slashes escaped as in some JSON, and
percent-encoded as in parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from urllib.parse import quote, urlsplit

__all__ = ["Addresses", "origins"]

_PORTS = {"http": 80, "https": 443}
_NAMESPACES = r"""\b(?:xmlns(?::[\w.-]+)?|targetNamespace|namespace)\s*=\s*(?:"[^"]*"|'[^']*')"""
"""Names that look like addresses and lead nowhere; a client knows them by heart."""
_END = r"(?![\w-]|\.\w|:\d|%3A\d)"


def origins(uris: Iterable[str]) -> list[str]:
    """Return the origins of web addresses, each once, in order, without the ports that go without saying."""
    found: dict[str, None] = {}
    for uri in uris:
        try:
            parts = urlsplit(uri)
            port = parts.port
        except ValueError:
            continue
        if parts.scheme in _PORTS and parts.hostname:
            host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
            usual = port in (None, _PORTS[parts.scheme])
            found[f"{parts.scheme}://{host}" + ("" if usual else f":{port}")] = None
    return list(found)


class Addresses:
    """``local``: recorded origin -> the address that stands for it."""

    def __init__(self, local: Mapping[str, str]) -> None:
        self.local = MappingProxyType(dict(local))
        self._here = _Exchange(self.local)
        self._there = _Exchange({here: origin for origin, here in self.local.items()})

    def here(self, text: bytes) -> bytes:
        """Return a text of the source with the local addresses in it; XML namespaces and what is no text stay as they are."""
        return self._here(text)

    def there(self, text: bytes) -> bytes:
        """Return a text of a client with the recorded origins in it."""
        return self._there(text)


class _Exchange:
    """Puts one origin in another's place, spelled in the way the other was."""

    def __init__(self, exchanged: Mapping[str, str]) -> None:
        self._exchanged = list(exchanged.values())
        spelled = "|".join(f"({_spelled(origin)})" for origin in exchanged)
        self._pattern = re.compile(f"{_NAMESPACES}|(?:{spelled}){_END}".encode(), re.IGNORECASE)

    def __call__(self, text: bytes) -> bytes:
        return text if b"\0" in text else self._pattern.sub(self._other, text)

    def _other(self, found: re.Match[bytes]) -> bytes:
        if found.lastindex is None:
            return found[0]
        other = self._exchanged[found.lastindex - 1]
        if b"%" in found[0]:
            other = quote(other, safe="")
        elif b"\\/" in found[0]:
            other = other.replace("/", "\\/")
        return other.encode()


def _spelled(origin: str) -> str:
    scheme, _, place = origin.partition("://")
    host = re.escape(place).replace(":", "(?::|%3A)")
    usual = "" if re.search(r":\d+$", place) else f"(?:(?::|%3A){_PORTS[scheme]}(?!\\d))?"
    return rf"{scheme}(?:://|:\\/\\/|%3A%2F%2F){host}{usual}"
