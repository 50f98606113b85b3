r"""Addresses: where a source lives, paths joined to it, and the question whether a request may go to a URL.

Two parsers that disagree about a URL are a way around every check (``http://good\@evil``). So the question is answered
by the parser of the client that will send the request (urllib3's), the standard library's has to agree with it, and
URLs with characters or parts that parsers read differently (backslashes, user names, letters beyond ASCII in the host,
addresses such as ``127.1`` or ``0x7f000001``) are refused before anything looks at them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import SplitResult, quote, urldefrag, urljoin, urlsplit

from bartack.errors import ConfigError
from bartack.transports.http.texts import said

__all__ = ["Base", "Origin", "is_same_origin", "one_record", "origin_for_people", "origin_of", "resolved"]

_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"^[a-z0-9_][a-z0-9_-]{0,62}(?:\.[a-z0-9_][a-z0-9_-]{0,62})*\.?$")
_NUMBER = re.compile(r"^(?:[0-9]+|0x[0-9a-f]*)$")
_HALF_ABSOLUTE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:(?!//[^/])|///)", re.IGNORECASE)  # http:host, http:///host, ///host
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]")

Origin = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Base:
    """Where a source lives: origin and base path. Requests go there, and to the origins of ``also``, and nowhere else."""

    origin: Origin
    url: str
    also: frozenset[Origin] = frozenset()

    @classmethod
    def parse(cls, url: str, allow_hosts: Iterable[str] = ()) -> Self:
        """Take a configured base URL apart. ``allow_hosts``: further origins; a bare host means https.

        Raises
        ------
        ConfigError
            it is no http(s) URL, or carries user, password, query or fragment; or one of ``allow_hosts`` is no origin.
        """
        origin, parts = _taken_apart(url)
        if origin is None or parts is None or parts.query or parts.fragment:
            raise ConfigError(
                f"base_url {said(url.rpartition('@')[2], 80)!r} is no plain http(s) address",
                next_step="write it like https://host.example/base/path; credentials have their own settings",
            )
        return cls(origin, url.rstrip("/"), frozenset(_allowed(host) for host in allow_hosts))

    def allows(self, url: str) -> bool:
        """Tell whether a request of this source may go to ``url``."""
        origin = self.origin_of(url)
        return origin is not None and self.admits(origin)

    def origin_of(self, url: str) -> Origin | None:
        """Return the origin of an absolute URL, without parsing what begins like the base: most requests do.

        All parsers end scheme, host and port at the first slash behind them, and of those of the base they are agreed.
        """
        return self.origin if url.startswith(f"{self.url}/") else origin_of(url)

    def admits(self, origin: Origin) -> bool:
        """Tell whether a request of this source may go to an origin."""
        return origin == self.origin or origin in self.also

    @property
    def host(self) -> str:
        """Host and port, for monitoring."""
        _, host, port = self.origin
        return f"{host}:{port}"

    def join(self, path: str) -> str:
        """Return the absolute URL of ``path`` below the base, or an absolute URL as it is, where that is allowed.

        Raises
        ------
        ConfigError
            the URL would leave the allowed origins, or leave the base path by ``..``.
        """
        if "://" in path.split("?", 1)[0]:
            if not self.allows(path):
                raise ConfigError(
                    f"{origin_for_people(path)} is not where this source lives ({origin_for_people(self.url)})",
                    next_step="nothing was sent: requests stay on base_url's scheme, host and port; others are for allow_hosts",
                )
            return path
        address = path.split("?", 1)[0].lower().replace("%2e", ".").replace("%2f", "/")
        if _UNSAFE.search(path) or ".." in address.split("/") or address.startswith("//"):
            raise ConfigError(f"the path {said(path, 80)!r} cannot be joined to base_url")
        return f"{self.url}/{path.lstrip('/')}" if path else self.url


def is_same_origin(one: str, other: str) -> bool:
    """Tell whether two absolute URLs have the same scheme, host and port; a URL that is not plain has none."""
    first = origin_of(one)
    return first is not None and first == origin_of(other)


def origin_of(url: str) -> Origin | None:
    """Return scheme, host and port of an absolute URL as the client reads them; ``None`` for one that is not plain."""
    return _taken_apart(url)[0]


def resolved(reference: str, asked: str) -> str | None:
    """Return the absolute address of what an answer to ``asked`` refers to; ``None`` where parsers would not agree on it."""
    reference = reference.strip()
    if _UNSAFE.search(reference) or _HALF_ABSOLUTE.match(reference):
        return None
    try:
        return urldefrag(urljoin(asked, reference)).url
    except ValueError:
        return None


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


def _allowed(host: str) -> Origin:
    origin, parts = _taken_apart(host if "://" in host else f"https://{host}")
    if origin is None or parts is None or parts.path.strip("/") or parts.query or parts.fragment:
        raise ConfigError(
            f"allow_hosts: {said(host.rpartition('@')[2], 80)!r} is no host or origin",
            next_step="write it like files.example.org or https://files.example.org:8443",
        )
    return origin


def _taken_apart(url: str) -> tuple[Origin | None, SplitResult | None]:
    from urllib3.exceptions import LocationParseError  # here: a declaration does not need it
    from urllib3.util import parse_url

    if _UNSAFE.search(url):
        return None, None
    try:
        read, parts = parse_url(url), urlsplit(url)
        agreed = (read.host or "").strip("[]") == (parts.hostname or "").lower() and read.port == parts.port
    except (LocationParseError, ValueError):
        return None, None
    host = (read.host or "").strip("[]")
    if not agreed or read.scheme not in _PORTS or read.auth is not None or "@" in parts.netloc or not _is_host(host):
        return None, None
    return (read.scheme, host, _PORTS[read.scheme] if read.port is None else read.port), parts


def _is_host(host: str) -> bool:
    """Tell whether a host is a name or a whole address: systems also take ``127.1`` and ``0x7f000001`` for addresses."""
    try:
        ip_address(host)
    except ValueError:
        return _NAME.match(host) is not None and not _NUMBER.match(host.rstrip(".").rpartition(".")[2])
    return "%" not in host
