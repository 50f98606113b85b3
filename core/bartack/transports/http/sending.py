"""From a request in words to bytes on the wire, and from the answer to a :class:`~bartack.transports.base.Body`."""

from __future__ import annotations

import json as json_text
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import version
from types import MappingProxyType, ModuleType
from typing import Any
from urllib.parse import urlencode

from bartack.errors import BartackError, ConfigError
from bartack.transports.base import Body
from bartack.transports.http.auth import Outgoing
from bartack.transports.http.texts import safe_url

__all__ = ["address_of", "outgoing_of", "send", "wire"]


def wire() -> ModuleType:
    """Import and return the module that knows ``requests``."""
    from bartack.transports.http import wire as module

    return module


def outgoing_of(
    method: str,
    url: str,
    params: Mapping[str, Any] | None,
    json: Any,
    data: bytes | str | Mapping[str, str] | None,
    headers: Mapping[str, str] | None,
) -> Outgoing:
    """Return the request in a form that an ``Auth`` can add to."""
    made = {"User-Agent": f"bartack/{version('bartack')}", "Accept": "application/json"}
    content: bytes | None = None
    if json is not None:
        content = json_text.dumps(json, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()
        made["Content-Type"] = "application/json"
    elif isinstance(data, bytes | str):
        content = data.encode() if isinstance(data, str) else data
    elif data is not None:
        content = urlencode(data).encode()
        made["Content-Type"] = "application/x-www-form-urlencoded"
    return Outgoing(method, url, list(_pairs(params or {})), made | dict(headers or {}), content)


def _pairs(params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in params.items():
        for one in value if isinstance(value, list | tuple) else (value,):
            if one is not None:
                yield name, str(one).lower() if isinstance(one, bool) else str(one)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise ConfigError(f"a {type(value).__name__} cannot be sent as JSON")


def address_of(outgoing: Outgoing) -> str:
    """Return the whole URL of a request."""
    query = urlencode(outgoing.params)
    return f"{outgoing.url}{'&' if '?' in outgoing.url else '?'}{query}" if query else outgoing.url


def send(client: Any, outgoing: Outgoing, shown: str, *, timeout: float, limit: int) -> Body:
    """Send a request and read the whole answer; ``shown`` is its address without credentials.

    Raises
    ------
    BartackError
        whatever goes wrong on the way; nothing of the HTTP library's own text is in it.
    """
    module = wire()
    try:
        with client.request(
            outgoing.method,
            address_of(outgoing),
            headers=outgoing.headers,
            data=outgoing.content,
            timeout=(timeout, timeout),
            stream=True,
            allow_redirects=False,
        ) as answer:
            content = module.read_body(answer, limit)
            headers = {name.lower(): value for name, value in answer.headers.items() if name.lower() != "set-cookie"}
            return Body(content, headers.get("content-type"), answer.status_code, shown, MappingProxyType(headers))
    except BartackError as error:
        raise error.at(f"{outgoing.method} {safe_url(shown)}") from None
    except module.FOREIGN as error:
        meaning = module.meaning_of(error, timeout=timeout)
    raise meaning.at(f"{outgoing.method} {safe_url(shown)}")
