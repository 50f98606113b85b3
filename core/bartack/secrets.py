"""Secret values that are known: found and replaced in whatever disguise a protocol puts them."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape

__all__ = ["MARK", "KnownSecrets", "Redactor"]

MARK = "***"
"""Stands where a secret stood."""

_SHORT = 8
"""A shorter value is replaced only where it stands alone: "admin" shall not make "***istrator"."""

_SHORTEST = 4
"""A shorter value is no secret: it would take ordinary words and numbers with it."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]")
_PERCENT = re.compile(r"(?:%[0-9A-F]{2})+")


class KnownSecrets:
    """What is known to be secret about one source; grows as its sessions log in. Safe to use from several threads."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._texts: frozenset[str] = frozenset()
        self._redactors: dict[str, Redactor] = {}
        self.add(*texts)

    def add(self, *texts: str) -> None:
        """Remember texts that must never be shown; what is shorter than four characters is left out."""
        new = {text for text in texts if len(text) >= _SHORTEST} - self._texts
        if new:
            with self._lock:
                self._texts |= new
                self._redactors = {}

    def texts(self) -> frozenset[str]:
        """Return all that is known by now, to be looked for elsewhere."""
        return self._texts

    def redactor(self, mark: str = MARK) -> Redactor:
        """Return what replaces all that is known by now."""
        found = self._redactors.get(mark)
        if found is None:
            with self._lock:
                found = self._redactors[mark] = Redactor(self._texts, mark)
        return found

    def __repr__(self) -> str:
        return f"KnownSecrets({len(self._texts)})"


class Redactor:
    """Replaces given secret values: as they are, escaped for URL, JSON and XML, as hex, and inside of base64.

    Immutable. Costs next to nothing where there are no secrets, and little where none of them is found.
    """

    __slots__ = ("_mark", "_needles", "_numbers", "_packed", "_plain")

    def __init__(self, secrets: Iterable[str] = (), mark: str = MARK) -> None:
        known = sorted({secret for secret in secrets if secret}, key=lambda secret: (-len(secret), secret))
        plain = list(dict.fromkeys(form for secret in known for form in _spellings(secret)))
        packed = list(dict.fromkeys(core for secret in known for core in _base64_cores(secret)))
        self._mark = mark
        self._plain = re.compile("|".join(_pattern(form, short) for form, short in plain)) if plain else None
        self._packed = re.compile("|".join(map(re.escape, packed))) if packed else None
        self._needles = _shortest([*(needle for form, _ in plain for needle in _needles(form)), *packed])
        self._numbers = frozenset(secret for secret in known if secret.isdecimal())

    def __bool__(self) -> bool:
        return bool(self._needles)

    def text(self, text: str) -> str:
        """Return ``text`` without the known values; the same object where there are none."""
        return self._replaced(text) if self._may_hold(text) else text

    def value(self, value: Any) -> Any:
        """Return a JSON-like value (also with bytes, numbers, dates) without them; the same object where there are none."""
        if not self._needles:
            return value
        texts: list[str] = []
        _gather(value, texts, with_numbers=bool(self._numbers))
        return self._rebuilt(value) if self._may_hold("\n".join(texts)) else value

    def __repr__(self) -> str:
        return f"Redactor({self._mark})"

    def _may_hold(self, text: str) -> bool:
        """Look for a piece of every spelling: far cheaper than the patterns, and no match can be without one."""
        for needle in self._needles:  # noqa: SIM110 - half the time of any() over a generator
            if needle in text:
                return True
        return False

    def _replaced(self, text: str) -> str:
        if self._plain is not None:
            text = self._plain.sub(lambda _: self._mark, text)
        if self._packed is not None and self._packed.search(text):
            text = _replace_around(self._packed, text, self._mark)
        return text

    def _rebuilt(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            rebuilt: Any = {self.text(key): self._rebuilt(item) for key, item in value.items()}
        elif isinstance(value, list | tuple):
            rebuilt = [self._rebuilt(item) for item in value]
        elif isinstance(value, bytes | bytearray | memoryview):
            return self.content(bytes(value))
        elif isinstance(value, int | Decimal) and str(value) in self._numbers:
            return self._mark
        else:
            return value
        return value if rebuilt == value else rebuilt

    def content(self, content: bytes) -> bytes:
        """Return bytes without the known values, which are looked for in UTF-8."""
        text = content.decode("latin-1")
        cleaned = self.text(text)
        return content if cleaned is text else cleaned.encode("latin-1")


def _gather(value: Any, texts: list[str], *, with_numbers: bool) -> None:
    if isinstance(value, str):
        texts.append(value)
    elif isinstance(value, Mapping):
        texts.extend(value)
        for item in value.values():
            _gather(item, texts, with_numbers=with_numbers)
    elif isinstance(value, list | tuple):
        for item in value:
            _gather(item, texts, with_numbers=with_numbers)
    elif isinstance(value, bytes | bytearray | memoryview):
        texts.append(bytes(value).decode("latin-1"))
    elif with_numbers and isinstance(value, int | Decimal):
        texts.append(str(value))


def _spellings(secret: str) -> list[tuple[str, bool]]:
    """Return a secret in clear and escaped, also where UTF-8 is looked at as Latin-1; whether it must stand alone."""
    forms = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote(quote(secret, safe=""), safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret)[1:-1])[1:-1],
        json.dumps(secret).replace("/", r"\/")[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        escape(secret),
        escape(secret, {'"': "&quot;", "'": "&apos;"}),
        escape(secret, {'"': "&#34;", "'": "&#39;"}),
    }
    forms |= {form.encode("utf-8", "surrogatepass").decode("latin-1") for form in forms}
    code = secret.encode("utf-8", "surrogatepass").hex()
    if len(code) >= _SHORT:
        forms |= {code, code.upper()}
    return [(form, len(secret) < _SHORT) for form in sorted(forms, key=lambda form: (-len(form), form))]


def _pattern(form: str, short: bool) -> str:  # noqa: FBT001 - of this module only
    # Percent escapes are written in both cases.
    pattern = re.sub(r"%([0-9A-F]{2})", lambda found: f"%(?i:{found[1]})", re.escape(form))
    return rf"(?<![^\W_]){pattern}(?![^\W_])" if short else pattern


def _needles(form: str) -> tuple[str, ...]:
    """Return pieces of which one stands in every text that holds ``form``; percent escapes are in one case throughout."""
    longest = max(_PERCENT.split(form), key=len)
    if len(longest) >= _SHORT or longest == form:
        return (longest,)
    return form, _PERCENT.sub(lambda found: found[0].lower(), form)


def _shortest(needles: Iterable[str]) -> tuple[str, ...]:
    """Leave out what holds another one."""
    found: list[str] = []
    for needle in sorted(set(needles), key=len):
        if not any(shorter in needle for shorter in found):
            found.append(needle)
    return tuple(found)


def _base64_cores(secret: str) -> list[str]:
    """Return what a secret looks like within base64, wherever it begins (``user:password`` shifts the password).

    Only the characters that no neighbour has a part in; of a short value too few remain to be told from chance.
    """
    raw = secret.encode("utf-8", "surrogatepass")
    cores = []
    for shift in range(3):
        packed = base64.b64encode(bytes(shift) + raw).decode("ascii")
        core = packed[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]
        if len(core) >= _SHORT:
            cores += [core, core.translate(str.maketrans("+/", "-_"))]
    return cores


def _replace_around(pattern: re.Pattern[str], text: str, mark: str) -> str:
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
        pieces += [text[position:start], mark]
        position = end
    return "".join((*pieces, text[position:]))
