"""A request about to be sent, in plain values: what authentication may change and the wire then sends."""

from __future__ import annotations

import json as json_text
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from bartack.errors import ConfigError
from bartack.transports.http.texts import safe_url

__all__ = ["Outgoing", "outgoing"]

_IMPERSONAL = frozenset({"accept", "content-type"})
_HEADER = re.compile(r"[\x20-\x7e\t]*")


@dataclass(slots=True)
class Outgoing:
    """A request about to be sent; an ``Auth`` adds to its headers and parameters.

    ``expect``: the statuses whose body is taken for an answer, and so has to be whole. ``unframed``: such a body may tell
    neither its length nor its end. ``hops``: how many redirects may be followed.
    """

    method: str
    url: str
    params: list[tuple[str, str]] = field(default_factory=list, repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    expect: Container[int] = (200,)
    unframed: bool = False
    hops: int = 0

    @property
    def address(self) -> str:
        """URL with the parameters."""
        joint = "&" if "?" in self.url else "?"
        return f"{self.url}{joint}{urlencode(self.params)}" if self.params else self.url

    @property
    def where(self) -> str:
        """Method and URL for people, without any parameter."""
        return f"{self.method} {safe_url(self.url.partition('?')[0])}"

    def elsewhere(self, url: str) -> Outgoing:
        """Return this request for another origin: none of its headers may tell who is asking."""
        plain = {name: value for name, value in self.headers.items() if name.lower() in _IMPERSONAL}
        return replace(self, url=url, params=[], headers=plain)

    def check_headers(self) -> None:
        """Refuse header values that HTTP cannot carry.

        Raises
        ------
        ConfigError
            a line break or a character beyond ASCII; often a secret that was copied with something around it.
        """
        for name, value in self.headers.items():
            if not _HEADER.fullmatch(value):
                raise ConfigError(
                    f"the value of the header {name} holds characters that a header cannot hold",
                    next_step="look for line breaks and special characters in the setting it is made from",
                )


def outgoing(
    method: str,
    url: str,
    *,
    params: Mapping[str, Any] | None = None,
    json: Any = None,
    data: bytes | str | Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Outgoing:
    """Return the request for values as a stream or connector has them; see :meth:`HttpSession.request`."""
    content_type: str | None = None
    content: bytes | None = None
    if json is not None:
        content, content_type = _json(json), "application/json"
    elif isinstance(data, Mapping):
        content, content_type = urlencode(data).encode(), "application/x-www-form-urlencoded"
    elif data is not None:
        content = data.encode() if isinstance(data, str) else data
    given = dict(headers or {})
    if content_type is not None and "content-type" not in {name.lower() for name in given}:
        given["Content-Type"] = content_type
    return Outgoing(method.upper(), url, list(_pairs(params or {})), given, content)


def _json(document: Any) -> bytes:
    try:
        return json_text.dumps(document, ensure_ascii=False, allow_nan=False, default=_number).encode()
    except (TypeError, ValueError) as error:
        raise ConfigError(f"the request's JSON cannot be written: {error}") from None


def _number(value: Any) -> float:
    """Write a number of an earlier answer, where fractions are ``Decimal``."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} is no value of JSON")


def _pairs(params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in params.items():
        for one in value if isinstance(value, list | tuple) else (value,):
            if one is not None:
                yield name, ("true" if one else "false") if isinstance(one, bool) else str(one)
