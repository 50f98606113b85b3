"""Takes secrets and personal data out of recordings: by the names they go under, by their looks, and by value.

The same pass runs over what is written and over what is asked in a replay, so scrubbed recordings still match. It
changes nothing else, gives the same result every time, and leaves what it has scrubbed before as it is.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from bartack.recording.base64_text import scrub_base64
from bartack.recording.forms import is_form, scrub_cookies, scrub_form, scrub_pair, scrub_parts
from bartack.recording.json_text import scrub_json
from bartack.recording.messages import Headers, Interaction, RecordedRequest, RecordedResponse, header
from bartack.recording.names import PLACEHOLDER, is_secret_field, is_secret_header, is_secret_parameter
from bartack.recording.packing import MAX_BODY
from bartack.recording.personal import Personal
from bartack.recording.prose import scrub_credentials, scrub_prose
from bartack.recording.xml_text import scrub_xml
from bartack.secrets import KnownSecrets, Redactor

__all__ = ["Scrubber"]

MAX_NESTING = 4
"""Documents within documents (JSON in a form in a batch ...) that are opened; known values are found at any depth."""

_CHARSET = re.compile(r"charset=[\"']?([\w.:-]+)", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]*?encoding=[\"']([\w.:-]+)")
_GZIP = b"\x1f\x8b\x08"


class Scrubber:
    """Replaces secrets by the word ``scrubbed``, and what is ``personal`` by tokens (``None``: it stays).

    ``secrets`` are values which the caller knows to be secret. A known value is found wherever it stands: escaped, or inside
    of base64. Never shown again: not in ``repr`` either. :class:`~bartack.secrets.KnownSecrets` may grow while the scrubber
    is at work, with what its source's sessions earn.
    """

    def __init__(self, secrets: Iterable[str] | KnownSecrets = (), personal: Personal | None = None) -> None:
        self._secrets = secrets if isinstance(secrets, KnownSecrets) else KnownSecrets(secrets)
        self.personal = personal

    def with_personal(self, personal: Personal | None) -> Scrubber:
        """Return a scrubber of the same secrets."""
        return Scrubber(self._secrets, personal)

    def interaction(self, item: Interaction) -> Interaction:
        """Return the interaction without them; its bodies must be unpacked, their lengths are told anew."""
        failure = item.failure
        if failure is not None:
            failure = replace(failure, message=self.text(failure.message))
        scrubbed = replace(
            item, request=self.request(item.request), response=self.response(item.response), failure=failure
        )
        return scrubbed.unpacked()

    def request(self, request: RecordedRequest) -> RecordedRequest:
        """Return the request without them."""
        body = None if request.body is None else self.body(request.body, _charset(request.headers))
        return replace(request, uri=self.uri(request.uri), headers=self.headers(request.headers), body=body)

    def response(self, response: RecordedResponse) -> RecordedResponse:
        """Return the answer without them."""
        return replace(
            response,
            message=self.text(response.message),
            headers=self.headers(response.headers),
            body=self.body(response.body, _charset(response.headers)),
        )

    def headers(self, headers: Headers) -> Headers:
        """Return headers whose secret ones keep what helps a reader: the scheme, the names of cookies."""
        return tuple((name, self._header(name, value)) for name, value in headers)

    def uri(self, uri: str) -> str:
        """Return a URL without user and password, and without the values of secret and personal parameters."""
        try:
            parts = urlsplit(uri)
        except ValueError:  # no URL, but perhaps with something in it
            return self.text(uri)
        pairs = parts.query.split("&")
        query = "&".join(scrub_pair(pair, is_secret_parameter, self.text, self.personal) for pair in pairs)
        host = parts.netloc.rpartition("@")[2]
        path = "/".join(map(self._step, scrub_prose(parts.path).split("/")))
        cleaned = urlunsplit((parts.scheme, host, path, query, self._prose(parts.fragment)))
        return self._known.text(cleaned)

    def body(self, body: bytes, charset: str | None = None) -> bytes:
        """Return a body without them; ``charset`` as its headers say. What is no text is searched as bytes."""
        if body.startswith(_GZIP):
            return self._packed(body)
        for encoding in _encodings(body, charset):
            try:
                text = body.decode(encoding)
                if text.encode(encoding) != body:
                    continue
            except (UnicodeError, LookupError):
                continue
            cleaned = self.text(text)
            return body if cleaned == text else cleaned.encode(encoding, "replace")
        return body

    def text(self, text: str) -> str:
        """Return a text without them, be it JSON, XML, HTML, a form, a batch or prose."""
        return self._text(text, MAX_NESTING)

    def cell(self, column: str | None, value: Any) -> Any:
        """Return a value of a database without them: of a row by the name of its ``column``, or of a parameter; of its type.

        A secret that is no text stays, for there is no other value that says of itself that it stands for one.
        """
        if isinstance(value, bytes | bytearray | memoryview):
            return self.body(bytes(value))
        place = None if column is None or self.personal is None else self.personal.column(column)
        if isinstance(value, str):
            if column is not None and value and is_secret_field(column):
                return PLACEHOLDER
            new = value if place is None or self.personal is None else self.personal.value(place, value)
            return self.text(value) if new == value else new
        if place is None or self.personal is None or value is None or isinstance(value, bool):
            return value
        if isinstance(value, date):
            return (
                type(value).fromisoformat(self.personal.value(place, value.isoformat()))
                if place.kind == "date"
                else value
            )
        return (
            type(value)(self.personal.number(place, str(value))) if isinstance(value, int | float | Decimal) else value
        )

    @property
    def _known(self) -> Redactor:
        return self._secrets.redactor(PLACEHOLDER)

    def _text(self, text: str, depth: int) -> str:
        if depth and len(text) > 1:
            text = self._structured(text, lambda inner: self._text(inner, depth - 1))
        return self._prose(self._known.text(text))

    def _structured(self, text: str, nested: Callable[[str], str]) -> str:
        match text.lstrip("\ufeff \t\r\n")[:1]:
            case "{" | "[":
                return scrub_json(text, nested, self.personal)
            case "<":
                return scrub_xml(text, nested, self.personal)
            case "-" if text.startswith("--"):
                return scrub_parts(text, nested, self.personal)
        if (unpacked := scrub_base64(text, nested)) != text:
            return unpacked
        return scrub_form(text, nested, self.personal) if is_form(text) else text

    def _prose(self, text: str) -> str:
        text = scrub_prose(text)
        return text if self.personal is None else self.personal.text(text)

    def _step(self, step: str) -> str:
        """Scrub one step of a path, in which an address may be escaped."""
        if self.personal is None or "%" not in step:
            return self._prose(step)
        clear = unquote(step)
        cleaned = self._prose(clear)
        return step if cleaned == clear else quote(cleaned, safe="")

    def _header(self, name: str, value: str) -> str:
        if not is_secret_header(name):
            return self.text(value)
        if "cookie" in name.lower() and "=" in value:
            return scrub_cookies(value)
        return scrub_credentials(value)

    def _packed(self, body: bytes) -> bytes:
        """Scrub what is packed without saying so (the file of an export); as it is where it cannot be opened."""
        try:
            opener = zlib.decompressobj(wbits=31)
            content = opener.decompress(body, MAX_BODY)
        except zlib.error:
            return body
        if not opener.eof:
            return body
        cleaned = self.body(content)
        return body if cleaned == content else gzip.compress(cleaned, mtime=0)

    def __repr__(self) -> str:
        return "Scrubber(***)"


def _charset(headers: Headers) -> str | None:
    found = _CHARSET.search(header(headers, "Content-Type") or "")
    return found[1] if found else None


def _encodings(body: bytes, charset: str | None) -> Iterable[str]:
    """Yield ways to look at bytes as text and back without loss, the likeliest first."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield "utf-16-le" if body.startswith(b"\xff\xfe") else "utf-16-be"
    yield "utf-8"
    if charset is not None:
        yield charset
    if declared := _XML_ENCODING.match(body):
        yield declared[1].decode("ascii")
    yield "latin-1"
