"""Stands in for personal values: keyed, always the same for the same value, and of the same form.

Without the key a token does not lead back to the value, and nobody can make the token of a value to look for it. Words,
e-mail addresses, IBANs and card numbers are recognised as tokens by their looks, and left. Digits and dates have no room
for that: of them a token is told from a real value only with a chance, so :class:`Tokens` leaves what looks like one
only where it is told that the values were replaced before (``again``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Literal, Protocol

from bartack.recording.keys import ScrubKey
from bartack.recording.scripts import is_kept, letters_for
from bartack.recording.token_numbers import (
    card_for,
    date_for,
    digits_for,
    iban_for,
    identity_for,
    number_for,
    phone_for,
)

__all__ = ["EMAIL", "KINDS", "PHONE", "Kind", "Kinds", "Stands", "Tokens", "is_reserved"]

Kind = Literal["text", "email", "phone", "date", "number", "iban", "card", "identity"]
KINDS: tuple[Kind, ...] = ("text", "email", "phone", "date", "number", "iban", "card", "identity")

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,128}+(?:'[\w.+-]{1,64}+)*(?:@(?:[\w-]{1,63}\.)+[^\W\d_]{2,})+")
PHONE = re.compile(r"\+(?<![\w+.%]\+)[1-9](?:[\s().\-/\u00a0]{0,2}[0-9]){6,14}(?!\w)")
_RESERVED = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|localhost|local)$", re.IGNORECASE)
_HOMES = {"com": "com", "net": "net"}
_SHORTEST_LABEL = 4
_LABEL = "bcdfghjkmnpqrstvwxz23456789"

_URL = re.compile(r"(https?://)([^\s/?#\"'<>]+)([^\s\"'<>]*)", re.IGNORECASE)
_BARE_HOST = re.compile(r"(www\.)?((?:[a-z0-9-]+\.)+(?:com|net|org|info|biz|io|[a-z]{2}))(/[^\s]*)?")
_MARKUP = re.compile(r"<[^<>]*>|&#?\w+;|%[\dA-Fa-f]{2}")
# Combining marks, which belong to the letter before them.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0903\u093a-\u093c\u093e-\u094f"
    "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u3099\u309a\ufe20-\ufe2f"
)
_WORD = re.compile(rf"(?:[^\W\d_][{_MARKS}]*)+")
_CLUSTER = re.compile(rf".[{_MARKS}]*", re.DOTALL)
_DATE = re.compile(
    r"(?<![\d.-])(?:\d{4}([-/])\d{1,2}\1\d{1,2}|\d{1,2}([./-])\d{1,2}\2\d{4})(?!\d)(?:[T ]\d\d?:\d\d[\d:.]*)?"
)
_RUN = re.compile(r"\d+")
_PHONE_WORDS = frozenset(
    "and cell direct doi durchwahl e ext extension extn f fax fon home int m mob mobil mobile office oder or p phone privat "
    "t tel telefon telefono telephone telex und w work x".split()
)


class Stands(Protocol):
    """What gives a stand-in for a personal value."""

    def of(self, kind: Kind, text: str) -> str:
        """Return what stands for a text of a kind; a JSON number stays one."""
        ...

    def found(self, kind: Kind, text: str) -> str:
        """Return what stands for a value that was found by its looks alone."""
        ...


class Tokens:
    """Makes tokens with one key. Immutable but for what it remembers; safe from several threads."""

    def __init__(self, key: ScrubKey, *, region: str | None = None, again: bool = False) -> None:
        self.key_id = key.id
        self._key = key
        self._region = region
        self._again = again
        self._made: set[str] = set()
        self._word = lru_cache(65_536)(self._new_word)
        self._of = lru_cache(65_536)(self._new)

    def again(self) -> Tokens:
        """Return the same for values that were replaced before: it leaves whatever looks like a token."""
        return self if self._again else Tokens(self._key, region=self._region, again=True)

    def of(self, kind: Kind, text: str) -> str:
        """Return the token of a text; of one that holds no letter or digit, the text itself."""
        return self._of(kind, text)

    def found(self, kind: Kind, text: str) -> str:
        """As :meth:`of`; but what was made here is left, for a text is searched after its fields were replaced."""
        made = kind in ("phone", "identity") and re.sub(r"\W", "", text) in self._made
        return text if made else self._of(kind, text)

    def _new(self, kind: Kind, text: str) -> str:
        if kind != "text" and "@" in text:  # an address in a field of another kind
            return _around(EMAIL, text, self._email, lambda rest: self._of_kind(kind, rest))
        return self._of_kind(kind, text)

    def _of_kind(self, kind: Kind, text: str) -> str:
        match kind:
            case "phone":
                return self._phone(text)
            case "date":
                return date_for(text, self._key.stream, again=self._again, bare=True) or self._text(text)
            case "number":
                return number_for(text, self._key.stream, again=self._again)
            case "iban" | "card" | "identity":
                return self._numbered(kind, text)
        return self._text(text)

    def _numbered(self, kind: Kind, text: str) -> str:
        seeds = self._key.stream
        known = iban_for(text, seeds) if kind == "iban" else card_for(text, seeds) if kind == "card" else None
        if known is None and (known := identity_for(text, seeds, again=self._again)) is not None:
            self._made.add(re.sub(r"\W", "", known))
        return known if known is not None else self._text(text)

    def _phone(self, text: str) -> str:
        number = phone_for(text, self._key.stream, self._made.add, again=self._again, region=self._region)
        if number is None:
            return text if PHONE.fullmatch(text) else self._text(text)
        return _WORD.sub(
            lambda found: found[0] if found[0].casefold() in _PHONE_WORDS else self._word(found[0]), number
        )

    def _text(self, text: str) -> str:
        """Replace addresses, links, words and digits, and keep all that is between them, markup included."""
        if (date := date_for(text, self._key.stream, again=self._again)) is not None:
            return date
        if found := _BARE_HOST.fullmatch(text):
            return (found[1] or "") + self._site(found[2], found[3] or "")
        return _around(EMAIL, text, self._email, lambda rest: _around(_URL, rest, self._url, self._marked))

    def _marked(self, text: str) -> str:
        if not any(mark in text for mark in "<&%"):
            return self._plain(text)
        return _around(_MARKUP, text, lambda found: found[0], self._plain)

    def _plain(self, text: str) -> str:
        if "+" not in text:
            return self._words(text)
        return _around(PHONE, text, lambda found: self._phone(found[0]), self._words)

    def _words(self, text: str) -> str:
        return self._digits(_WORD.sub(lambda found: self._word(found[0]), text))

    def _digits(self, text: str) -> str:
        return _around(_DATE, text, lambda found: self._date(found[0]), self._runs)

    def _date(self, text: str) -> str:
        return date_for(text, self._key.stream, again=self._again) or self._runs(text)

    def _runs(self, text: str) -> str:
        return _RUN.sub(lambda found: digits_for(found[0], self._key.stream, again=self._again), text)

    def _email(self, found: re.Match[str]) -> str:
        local, _, domain = found[0].rpartition("@")
        if _RESERVED.search(domain):
            return found[0]
        seed = self._key.stream("email", found[0].casefold())
        replaced = "".join(_masked(one, at, seed) for at, one in enumerate(local))
        return f"{replaced}@{self._host(domain, room=len(domain))}"

    def _url(self, found: re.Match[str]) -> str:
        scheme, host, rest = found.groups()
        return scheme + self._site(host.rpartition("@")[2], rest)

    def _site(self, host: str, rest: str) -> str:
        name, colon, port = host.partition(":")
        if not is_reserved(name):
            name = self._host(name, room=len(name))
        return f"{name}{colon}{port}{self._plain(rest)}"

    def _host(self, domain: str, *, room: int) -> str:
        """Return a name below a reserved domain: distinct where the domains are, and as long where that is possible."""
        folded = domain.casefold()
        home = f".example.{_HOMES.get(folded.rpartition('.')[2], 'org')}"
        seed = self._key.stream("domain", folded)
        length = max(_SHORTEST_LABEL, min(room - len(home), 40))
        return "".join(_LABEL[seed(at) % len(_LABEL)] for at in range(length)) + home

    def _new_word(self, word: str) -> str:
        clusters = _CLUSTER.findall(word)
        alone = all(map(is_kept, clusters))
        seed = self._key.stream("word", unicodedata.normalize("NFC", word).casefold())
        replaced = [
            one if not alone and is_kept(one) else _letter(one, at, seed, alone=alone)
            for at, one in enumerate(clusters)
        ]
        real = any(one[0] not in letters_for(one[0], alone=alone) for one in clusters if alone or not is_kept(one))
        return "".join(replaced) if real else word

    def __repr__(self) -> str:
        return f"Tokens({self.key_id})"


class Kinds:
    """Names the kind of a value instead of standing for it: what can still be compared by those without the key."""

    def of(self, kind: Kind, text: str) -> str:
        """Return the kind, if there is anything in the text."""
        return f"personal {kind}" if re.search(r"\w", text) else text

    def found(self, kind: Kind, text: str) -> str:
        """As :meth:`of`, for tokens of every age as well."""
        return self.of("email" if "@" in text else kind, text)


def is_reserved(address: str) -> bool:
    """Tell whether an e-mail address or host is of a domain that nobody can have (RFC 2606, RFC 6761)."""
    return bool(_RESERVED.search(address.rpartition("@")[2]))


def _around(
    pattern: re.Pattern[str], text: str, found: Callable[[re.Match[str]], str], rest: Callable[[str], str]
) -> str:
    pieces: list[str] = []
    position = 0
    for one in pattern.finditer(text):
        pieces += [rest(text[position : one.start()]), found(one)]
        position = one.end()
    return "".join((*pieces, rest(text[position:])))


def _letter(cluster: str, at: int, seed: Callable[[int], int], *, alone: bool) -> str:
    letters = letters_for(cluster[0], alone=alone)
    return letters[seed(at) % len(letters)] + cluster[1:]


def _masked(letter: str, at: int, seed: Callable[[int], int]) -> str:
    """Return a letter for a letter and a digit for a digit of a local part; the rest shows how it is written."""
    if letter.isdecimal() and letter.isascii():
        return str(seed(at) % 10)
    if not letter.isalpha() or is_kept(letter):
        return letter
    letters = letters_for(letter)
    return letters[seed(at) % len(letters)]
