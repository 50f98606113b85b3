r"""Addresses: a base URL taken apart, paths joined to it, and the question whether two lie on the same origin.

Two parsers that disagree about a URL are a way around every check (``http://good\@evil``), so addresses with
characters or parts that parsers disagree about are refused before anything looks at them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, quote, urlsplit

from bartack.errors import ConfigError
from bartack.transports.http.texts import said

__all__ = ["Base", "is_same_origin", "one_record", "origin_for_people"]

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"^(?:[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*\.?|[0-9a-f:.]+)$")
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]")

Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Base:
    """Where a source lives: origin and base path. Every request stays on the origin."""

    origin: Origin
    url: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Take a configured base URL apart.

        Raises
        ------
        ConfigError
            it is no http(s) URL, or carries user, password, query or fragment.
        """
        origin, parts = _taken_apart(url)
        if origin is None or parts is None or parts.query or parts.fragment:
            raise ConfigError(
                f"base_url {said(url.rpartition('@')[2], 80)!r} is no plain http(s) address",
                next_step="write it like https://host.example/base/path; credentials have their own settings",
            )
        return cls(origin, url.rstrip("/"))

    def join(self, path: str) -> str:
        """Return the absolute URL of ``path`` below the base, or of an absolute URL on the same origin.

        Raises
        ------
        ConfigError
            the URL would leave the origin, or leave the base path by ``..``.
        """
        if "://" in path.split("?", 1)[0]:
            if _taken_apart(path)[0] != self.origin:
                raise ConfigError(
                    f"{origin_for_people(path)} is not where this source lives ({origin_for_people(self.url)})",
                    next_step="nothing was sent; every request must stay on base_url's scheme, host and port",
                )
            return path
        address = path.split("?", 1)[0].lower().replace("%2e", ".").replace("%2f", "/")
        if _UNSAFE.search(path) or ".." in address.split("/") or address.startswith("//"):
            raise ConfigError(f"the path {said(path, 80)!r} cannot be joined to base_url")
        return f"{self.url}/{path.lstrip('/')}" if path else self.url


def is_same_origin(one: str, other: str) -> bool:
    """Tell whether two absolute URLs have the same scheme, host and port; a URL that is not plain has none."""
    first = _taken_apart(one)[0]
    return first is not None and first == _taken_apart(other)[0]


def origin_for_people(url: str) -> str:
    """Return scheme, host and port of a URL, for messages."""
    origin, _ = _taken_apart(url)
    if origin is None:
        return "an address that is not plain http(s)"
    scheme, host, port = origin
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + ("" if port == _PORTS[scheme] else f":{port}")


def one_record(template: str, key: str) -> str:
    """Return the path of one record: ``/v2/contacts/{id}`` with the id quoted.

    Raises
    ------
    ConfigError
        an id that would name another place (empty, ``.`` or ``..``).
    """
    if key.strip(". ") == "":
        raise ConfigError(f"no record can have the id {key!r}")
    return template.replace("{id}", quote(key, safe=""))


def _taken_apart(url: str) -> tuple[Origin | None, SplitResult | None]:
    if _UNSAFE.search(url):
        return None, None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None, None
    host = (parts.hostname or "").lower()
    if parts.scheme not in _PORTS or "@" in parts.netloc or not _HOST.match(host):
        return None, None
    return (parts.scheme, host, _PORTS[parts.scheme] if port is None else port), parts
