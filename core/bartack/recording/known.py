"""Finds secret values that are known, in whatever disguise a protocol puts them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

__all__ = ["PLACEHOLDER", "KnownValues"]

PLACEHOLDER = "scrubbed"

_SHORT = 8
"""A shorter value is replaced only where it stands alone: "admin" shall not make "scrubbedistrator"."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]")


class KnownValues:
    """Replaces given secret values: as they are, escaped for URL, JSON and XML, and inside of base64."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        known = sorted({value for value in values if value}, key=lambda value: (-len(value), value))
        spellings = dict.fromkeys(pattern for value in known for pattern in _spellings(value))
        cores = dict.fromkeys(re.escape(core) for value in known for core in _base64_cores(value))
        self._plain = re.compile("|".join(spellings)) if spellings else None
        self._packed = re.compile("|".join(cores)) if cores else None

    def replace(self, text: str) -> str:
        """Return ``text`` without the known values."""
        if self._plain is not None:
            text = self._plain.sub(PLACEHOLDER, text)
        if self._packed is not None and self._packed.search(text):
            text = _replace_around(self._packed, text)
        return text


def _spellings(value: str) -> list[str]:
    """Return patterns of a value in clear and escaped, also where UTF-8 is looked at as Latin-1."""
    forms = {
        value,
        quote(value),
        quote(value, safe=""),
        quote_plus(value),
        json.dumps(value)[1:-1],
        json.dumps(value).replace("/", r"\/")[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        escape(value),
        escape(value, {'"': "&quot;", "'": "&apos;"}),
        escape(value, {'"': "&#34;", "'": "&#39;"}),
    }
    forms |= {form.encode("utf-8").decode("latin-1") for form in forms}
    patterns = []
    for form in sorted(forms, key=lambda form: (-len(form), form)):
        # Percent escapes are written in both cases.
        pattern = re.sub(r"%([0-9A-F]{2})", lambda found: f"%(?i:{found[1]})", re.escape(form))
        patterns.append(rf"(?<![^\W_]){pattern}(?![^\W_])" if len(value) < _SHORT else pattern)
    return patterns


def _base64_cores(value: str) -> list[str]:
    """Return what a value looks like within base64, wherever it begins (``user:password`` shifts the password).

    Only the characters that no neighbour has a part in; of a short value too few remain to be told from chance.
    """
    raw = value.encode("utf-8")
    cores = []
    for shift in range(3):
        packed = base64.b64encode(bytes(shift) + raw).decode("ascii")
        core = packed[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]
        if len(core) >= _SHORT:
            cores += [core, core.translate(str.maketrans("+/", "-_"))]
    return cores


def _replace_around(pattern: re.Pattern[str], text: str) -> str:
    """Replace the whole base64 word around each finding."""
    pieces: list[str] = []
    position = 0
    for found in pattern.finditer(text):
        start, end = found.span()
        if start < position:
            continue
        while start > position and _BASE64.match(text[start - 1]):
            start -= 1
        while end < len(text) and (_BASE64.match(text[end]) or text[end] == "="):
            end += 1
        pieces += [text[position:start], PLACEHOLDER]
        position = end
    return "".join((*pieces, text[position:]))
