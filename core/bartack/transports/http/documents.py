"""From bytes to a JSON document, strictly: what is doubtful is refused, never repaired.

Numbers with a fraction become ``Decimal``. The parser refuses keys that occur twice, ``NaN`` and ``Infinity``, bytes that
are no valid text, lone surrogates, more than 200 levels, a second document. What it lets through is looked at here:
numbers that a double cannot hold (``1e400``, and ``1e-400``, which is no zero), integers of more than 40 digits (the
largest that anyone means are 128-bit identifiers, of 39), fractions of more than 800 (the exact value of a double has at
most 767). ``NUL`` and other control characters that are written as escapes are data; a normalizer removes them.
"""

from __future__ import annotations

import codecs
import re
from decimal import Decimal
from typing import Any

from bartack.errors import BartackError, SourceChangedError, WireError
from bartack.transports.base import Body
from bartack.transports.http.texts import page_title, said

__all__ = ["came_instead", "media_type", "read_json", "read_json_or_none"]

_JSON_TYPES = re.compile(r"^(?:application|text)/(?:[\w.+-]+\+)?(?:x-)?json$|^(?:application|text)/(?:x-)?javascript$")
_VAGUE_TYPES = frozenset(
    {
        None,
        "text/html",
        "text/plain",
        "application/octet-stream",
        "binary/octet-stream",
        "application/x-www-form-urlencoded",
    }
)
"""What servers say that were not told what they send."""
_BOMS = (  # the longer ones first: UTF-32 begins like UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SINGLE_BYTE = re.compile(r"^(?:iso8859|cp\d|ascii|latin|koi8|mac-)")
_TEXT_CODECS = re.compile(
    r"^(?:utf-(?:8|16|32)|iso8859|iso2022|cp\d|ascii|latin|koi8|mac-|big5|gb|shift_jis|euc_|johab|hz|tis-620)"
)
_SHAPE = bytes(
    ord("0" if char in "0123456789" else "e" if char in "eE" else "+" if char in "+-" else " ")
    for char in map(chr, range(256))
)
"""Makes all digits ``0``: a page is searched for long numbers so in a third of the time of a regular expression."""
_LONGEST_INT = 40
_LONGEST_FRACTION = 800
_LONG_NUMBERS = (b"0" * (_LONGEST_INT + 1), b"0e000", b"0e+000")
_EXPONENTS = range(-324, 309)
_LOOK = "open the address in a browser: a login page means bad credentials, another page a wrong base_url or path"


def read_json(body: Body) -> Any:
    """Return the JSON document of an answer.

    A content type that says something definite has to be JSON's. Where it says next to nothing (none, ``text/html``,
    ``text/plain``, ``application/octet-stream``: legacy software sends JSON so) the bytes decide, and that is safe: what
    begins with a bracket and is a well-formed document up to its last one is no page, no text and no part of something
    longer. A type such as ``text/csv`` or ``application/x-ndjson`` is believed, for there one line that parses can be the
    first of many.

    Text is UTF-8 unless a byte order mark or the content type says otherwise; where it claims an 8-bit character set and
    the bytes are valid UTF-8 all the same, they are UTF-8 (other texts do not look so by chance).

    Raises
    ------
    SourceChangedError
        something else than JSON came: a page, XML, text.
    WireError
        the body is empty, truncated or not well-formed.
    """
    if not body.content.strip():
        raise WireError(
            f"the body of the answer (status {body.status}) is empty",
            next_step="an empty answer proves nothing; declare the status in statuses={…: 'empty'} if it means no rows",
        )
    media, charset = media_type(body.content_type)
    content = _utf8(body.content, charset)
    start = content.lstrip()[:1]
    declared = media is not None and _JSON_TYPES.match(media) is not None
    if start == b"<" or (not declared and (start not in (b"{", b"[") or media not in _VAGUE_TYPES)):
        raise SourceChangedError(f"{came_instead(body)} came instead of JSON", next_step=_LOOK)
    return _parsed(content)


def read_json_or_none(body: Body) -> Any:
    """Return the JSON document of an answer, or ``None`` where it holds none (error pages)."""
    try:
        return read_json(body)
    except BartackError:
        return None


def media_type(content_type: str | None) -> tuple[str | None, str | None]:
    """Return media type and character set of a ``Content-Type`` header, in lower case."""
    if not content_type:
        return None, None
    media, *parameters = content_type.lower().split(";")
    charsets = (value for name, _, value in (part.partition("=") for part in parameters) if name.strip() == "charset")
    return media.strip() or None, next((value.strip(" \t\"'") for value in charsets), None) or None


def came_instead(body: Body) -> str:
    """Say what an answer is that is not what was declared; of its content at most the title of a page."""
    media, _ = media_type(body.content_type)
    start = body.content.lstrip(b"\xef\xbb\xbf \t\r\n")[:512].lower()
    if b"<html" in start or start.startswith(b"<!doctype html") or media in {"text/html", "application/xhtml+xml"}:
        title = page_title(body.content)
        return f"an HTML page titled {title!r}" if title else "an HTML page"
    if start.startswith(b"<"):
        return "an XML document"
    return f"content of type {said(media, 60)!r}" if media else "content of no declared type"


def _utf8(content: bytes, charset: str | None) -> bytes:
    """Return the text as UTF-8 without a byte order mark."""
    if content.startswith(codecs.BOM_UTF8):
        return content[len(codecs.BOM_UTF8) :]
    by_mark = next((name for mark, name in _BOMS if content.startswith(mark)), None)
    if by_mark is None and (charset is None or charset in {"utf-8", "utf8"}):
        return content  # the parser refuses what is not UTF-8
    name = by_mark or _codec(str(charset))
    if _SINGLE_BYTE.match(name) and _is_utf8(content):
        return content
    try:
        return content.decode(name).encode()
    except (UnicodeError, LookupError):
        pass
    raise WireError(f"the body is not the {said(name, 30)} text that it says it is")


def _codec(charset: str) -> str:
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        name = ""
    if not _TEXT_CODECS.match(name):
        raise WireError(f"the body is said to be in an unknown character set, {said(charset, 30)!r}", retryable=False)
    return name


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _parsed(content: bytes) -> Any:
    import jiter  # here: a declaration does not need it

    reason = None
    try:
        document = jiter.from_json(content, allow_inf_nan=False, catch_duplicate_keys=True, float_mode="decimal")
    except ValueError as error:
        reason = said(str(error), 120)
    if reason is not None:
        raise WireError(f"the body is not well-formed JSON: {reason}")
    shape = content.translate(_SHAPE)
    if any(long in shape for long in _LONG_NUMBERS) and _has_absurd_number(document):
        raise WireError("the body holds a number that is too long or too large to be meant", retryable=False)
    return document


def _has_absurd_number(node: Any) -> bool:
    if isinstance(node, dict):
        return any(_has_absurd_number(value) for value in node.values())
    if isinstance(node, list):
        return any(_has_absurd_number(item) for item in node)
    if isinstance(node, Decimal):
        return node.adjusted() not in _EXPONENTS or len(node.as_tuple().digits) > _LONGEST_FRACTION
    return isinstance(node, int) and abs(node) >= 10**_LONGEST_INT
