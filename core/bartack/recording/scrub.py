"""Takes secrets out of recordings: by the names they go under, by their looks, and by value where one is known.

The same pass runs over what is written and over what is asked in a replay, so scrubbed recordings still match. It
changes nothing but secrets, gives the same result every time, and leaves what it has scrubbed before as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import quote_plus, unquote_plus, urlsplit, urlunsplit

from bartack.recording.json_text import scrub_json
from bartack.recording.messages import Headers, Interaction, RecordedRequest, RecordedResponse
from bartack.recording.names import PLACEHOLDER, is_secret_field, is_secret_header, is_secret_parameter
from bartack.recording.xml_text import scrub_xml
from bartack.secrets import KnownSecrets, Redactor

__all__ = ["Scrubber"]

MAX_NESTING = 4
"""Documents within documents (JSON in a form in a batch ...) that are opened; known values are found at any depth."""

_SCHEMES = "apikey|aws4-hmac-sha256|basic|bearer|digest|hawk|negotiate|ntlm|oauth|session|ssws|token|zoho-oauthtoken"
_CREDENTIALS = re.compile(rf"^({_SCHEMES})\s+.+$", re.IGNORECASE | re.DOTALL)
_COOKIE = re.compile(r"([^=;,\s]+)=(.*?)(?=;|,\s*[^=;,\s]+=|\Z)", re.DOTALL)
_COOKIE_ATTRIBUTES = frozenset(("domain", "expires", "max-age", "path", "priority", "samesite", "version"))
_FORM = re.compile(r"[\w.\-~%+*!'()$\[\]:@/]+=[^&\s<>\"{}]*(?:&[\w.\-~%+*!'()$\[\]:@/]*=?[^&\s<>\"{}]*)*")

# In running text: parameters of URLs, header lines of batches, credentials with their scheme, well-known shapes.
_PARAMETER = re.compile(r"([?&;#]|\\u0026|&amp;)([\w.\-\[\]%]{2,64})=([^&\s\"'<>\\#;]+)")
_HEADER_LINE = re.compile(r"^([A-Za-z][\w-]{2,64}):[ \t]*([^\r\n]+)", re.MULTILINE)
_USER_INFO = re.compile(r"(?<=://)[^/?#\s@\"'<>\\]+@")
_SHAPES = re.compile(
    r"\beyJ[\w-]{8,}(?:\.[\w-]*){2,4}"  # JWT, JWE
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b00D\w{12,15}![\w.]{20,}"  # Salesforce session
    r"|\bpat-[a-z]{2,3}\d-[0-9a-f-]{20,}"  # HubSpot private app
    r"|\bxox[abeoprs]-[\w-]{10,}|\bgh[oprsu]_\w{30,}|\b[rs]k_(?:live|test)_\w{10,}|\bAIza[\w-]{35}"
    r"|(?<=\bBearer )(?=[\w.~+/-]*\d)[\w.~+/-]{16,}=*"
    r"|(?<=\bBasic )[A-Za-z0-9+/]{12,}={1,2}",
    re.DOTALL,
)


class Scrubber:
    """Replaces secrets by the word ``scrubbed``. ``secrets`` are values which the caller knows to be secret.

    A known value is found wherever it stands: escaped, or inside of base64. Never shown again: not in ``repr`` either.
    :class:`~bartack.secrets.KnownSecrets` may grow while the scrubber is at work, with what its source's sessions earn.
    """

    def __init__(self, secrets: Iterable[str] | KnownSecrets = ()) -> None:
        self._secrets = secrets if isinstance(secrets, KnownSecrets) else KnownSecrets(secrets)

    def interaction(self, item: Interaction) -> Interaction:
        """Return the interaction without secrets; its bodies must be unpacked, their lengths are told anew."""
        return replace(item, request=self.request(item.request), response=self.response(item.response)).unpacked()

    def request(self, request: RecordedRequest) -> RecordedRequest:
        """Return the request without secrets."""
        body = None if request.body is None else self.body(request.body)
        return replace(request, uri=self.uri(request.uri), headers=self.headers(request.headers), body=body)

    def response(self, response: RecordedResponse) -> RecordedResponse:
        """Return the answer without secrets."""
        return replace(
            response,
            message=self._known.text(response.message),
            headers=self.headers(response.headers),
            body=self.body(response.body),
        )

    def headers(self, headers: Headers) -> Headers:
        """Return headers whose secret ones keep what helps a reader: the scheme, the names of cookies."""
        return tuple((name, self._header(name, value)) for name, value in headers)

    def uri(self, uri: str) -> str:
        """Return a URL without user and password, and without the values of secret parameters."""
        try:
            parts = urlsplit(uri)
        except ValueError:  # no URL, but perhaps with something in it
            return self.text(uri)
        query = "&".join(_scrub_pair(pair, is_secret_parameter, self.text) for pair in parts.query.split("&"))
        host = parts.netloc.rpartition("@")[2]
        cleaned = urlunsplit((parts.scheme, host, _prose(parts.path), query, _prose(parts.fragment)))
        return self._known.text(cleaned)

    def body(self, body: bytes) -> bytes:
        """Return a body without secrets; what is no text is searched as bytes."""
        for encoding in _encodings(body):
            try:
                text = body.decode(encoding)
            except UnicodeDecodeError:
                continue
            cleaned = self.text(text)
            return body if cleaned == text else cleaned.encode(encoding)
        return body

    def text(self, text: str) -> str:
        """Return a text without secrets, be it JSON, XML, HTML, a form, a batch or prose."""
        return self._text(text, MAX_NESTING)

    @property
    def _known(self) -> Redactor:
        return self._secrets.redactor(PLACEHOLDER)

    def _text(self, text: str, depth: int) -> str:
        if depth and len(text) > 1:
            text = self._structured(text, lambda inner: self._text(inner, depth - 1))
        return _prose(self._known.text(text))

    def _structured(self, text: str, nested: Callable[[str], str]) -> str:
        match text.lstrip("\ufeff \t\r\n")[:1]:
            case "{" | "[":
                return scrub_json(text, nested)
            case "<":
                return scrub_xml(text, nested)
            case "-" if text.startswith("--"):
                return _scrub_parts(text, nested)
        return _scrub_form(text, nested) if _FORM.fullmatch(text) else text

    def _header(self, name: str, value: str) -> str:
        if not is_secret_header(name):
            return self.text(value)
        if "cookie" in name.lower() and "=" in value:
            return _COOKIE.sub(_scrub_cookie, value)
        return _scrub_credentials(value)

    def __repr__(self) -> str:
        return "Scrubber(***)"


def _encodings(body: bytes) -> tuple[str, ...]:
    """Return ways to look at bytes as text and back without loss, the likeliest first."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16-le" if body.startswith(b"\xff\xfe") else "utf-16-be", "latin-1")
    return ("utf-8", "latin-1")


def _prose(text: str) -> str:
    text = _PARAMETER.sub(_scrub_parameter, text)
    text = _HEADER_LINE.sub(_scrub_header_line, text)
    return _SHAPES.sub(PLACEHOLDER, _USER_INFO.sub(f"{PLACEHOLDER}@", text))


def _scrub_parameter(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}={PLACEHOLDER}" if is_secret_parameter(unquote_plus(found[2])) else found[0]


def _scrub_header_line(found: re.Match[str]) -> str:
    name = found[1].lower()
    # "Session: Tuesday" is prose; a header of that kind has a hyphen or is one of these two.
    if is_secret_header(name) and ("-" in name or name in ("authorization", "cookie")):
        return f"{found[1]}: {_scrub_credentials(found[2])}"
    return found[0]


def _scrub_credentials(value: str) -> str:
    scheme = _CREDENTIALS.match(value)
    return f"{scheme[1]} {PLACEHOLDER}" if scheme else PLACEHOLDER


def _scrub_cookie(found: re.Match[str]) -> str:
    return found[0] if found[1].lower() in _COOKIE_ATTRIBUTES else f"{found[1]}={PLACEHOLDER}"


def _scrub_form(text: str, nested: Callable[[str], str]) -> str:
    pairs = text.split("&")
    is_login = any(pair.startswith("grant_type=") for pair in pairs)

    def is_secret(name: str) -> bool:
        return is_secret_field(name) or (is_login and name == "code")

    return "&".join(_scrub_pair(pair, is_secret, nested) for pair in pairs)


def _scrub_pair(pair: str, is_secret: Callable[[str], bool], nested: Callable[[str], str]) -> str:
    name, equals, value = pair.partition("=")
    if not value:
        return pair
    if is_secret(unquote_plus(name)):
        return f"{name}={PLACEHOLDER}"
    clear = unquote_plus(value)
    cleaned = nested(clear)
    return pair if cleaned == clear else f"{name}{equals}{quote_plus(cleaned)}"


def _scrub_parts(text: str, nested: Callable[[str], str]) -> str:
    """Scrub the parts of a multipart body: form fields, or the messages of a batch."""
    boundary = text.split("\n", 1)[0].rstrip("\r")
    parts = text.split(boundary)
    return boundary.join(_scrub_part(part, nested) for part in parts)


def _scrub_part(part: str, nested: Callable[[str], str]) -> str:
    head, gap, content = part.partition("\r\n\r\n")
    if not gap:
        head, gap, content = part.partition("\n\n")
    if not gap:
        return part
    ending = content[len(content.rstrip("\r\n")) :]
    named = re.search(r"\bname=\"([^\"]*)\"", head)
    cleaned = PLACEHOLDER if named and is_secret_field(named[1]) else nested(content.removesuffix(ending))
    return f"{head}{gap}{cleaned}{ending}"
