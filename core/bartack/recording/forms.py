"""Takes secrets and personal data out of forms, queries, multipart bodies and cookies."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote_plus, unquote_plus

from bartack.recording.names import PLACEHOLDER, is_secret_field
from bartack.recording.personal import Personal

__all__ = ["is_form", "scrub_cookies", "scrub_form", "scrub_pair", "scrub_parts"]

_FORM = re.compile(r"[\w.\-~%+*!'()$\[\]:@/]+=[^&\s<>\"{}]*(?:&[\w.\-~%+*!'()$\[\]:@/]*=?[^&\s<>\"{}]*)*")
_COOKIE = re.compile(r"([^=;,\s]+)=(.*?)(?=;|,\s*[^=;,\s]+=|\Z)", re.DOTALL)
_COOKIE_ATTRIBUTES = frozenset(("domain", "expires", "max-age", "path", "priority", "samesite", "version"))


def is_form(text: str) -> bool:
    """Tell whether a text may be a form, as it is sent by browsers."""
    return "=" in text and _FORM.fullmatch(text) is not None


def scrub_form(text: str, nested: Callable[[str], str], personal: Personal | None) -> str:
    """Return a form without the values of its secret and personal fields; the others are given to ``nested`` in clear."""
    pairs = text.split("&")
    is_login = any(pair.startswith("grant_type=") for pair in pairs)

    def is_secret(name: str) -> bool:
        return is_secret_field(name) or (is_login and name == "code")

    return "&".join(scrub_pair(pair, is_secret, nested, personal) for pair in pairs)


def scrub_pair(
    pair: str, is_secret: Callable[[str], bool], nested: Callable[[str], str], personal: Personal | None
) -> str:
    """Return ``name=value`` without what must not stay of the value."""
    name, equals, value = pair.partition("=")
    if not value:
        return pair
    clear_name, clear = unquote_plus(name), unquote_plus(value)
    if is_secret(clear_name):
        return f"{name}={PLACEHOLDER}"
    cleaned = nested(_own(clear_name, clear, personal))
    return pair if cleaned == clear else f"{name}{equals}{quote_plus(cleaned)}"


def scrub_parts(text: str, nested: Callable[[str], str], personal: Personal | None) -> str:
    """Scrub the parts of a multipart body: form fields, or the messages of a batch."""
    boundary = text.split("\n", 1)[0].rstrip("\r")
    return boundary.join(_scrub_part(part, nested, personal) for part in text.split(boundary))


def scrub_cookies(value: str) -> str:
    """Return cookies with their names and attributes only."""
    return _COOKIE.sub(
        lambda found: found[0] if found[1].lower() in _COOKIE_ATTRIBUTES else f"{found[1]}={PLACEHOLDER}", value
    )


def _scrub_part(part: str, nested: Callable[[str], str], personal: Personal | None) -> str:
    head, gap, content = part.partition("\r\n\r\n")
    if not gap:
        head, gap, content = part.partition("\n\n")
    if not gap:
        return part
    ending = content[len(content.rstrip("\r\n")) :]
    content = content.removesuffix(ending)
    named = re.search(r"\bname=\"([^\"]*)\"", head)
    if named and is_secret_field(named[1]):
        cleaned = PLACEHOLDER
    else:
        cleaned = nested(_own(named[1], content, personal) if named else content)
    return f"{head}{gap}{cleaned}{ending}"


def _own(name: str, clear: str, personal: Personal | None) -> str:
    """Return the value of a field, replaced if it is personal by the field's name (``contact[lastname]``, ``a.b``)."""
    if personal is None:
        return clear
    place = personal.place([key for key in re.split(r"[.\[\]]+", name) if key])
    return clear if place is None else personal.value(place, clear)
