"""Plain text, and the small things done to it.

All functions here return text that is NFC, trimmed and free of invisible characters (see :mod:`.cleaning`), and None
where nothing visible is left.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any
from uuid import UUID

from bartack.normalizers.base import NotReadableError, expect_text, kind_of, with_notes
from bartack.normalizers.cleaning import clean

__all__ = [
    "ascii_digits",
    "collapse",
    "lines",
    "lower",
    "multiline",
    "string",
    "strip_prefix",
    "text",
    "trim",
    "upper",
]

_AROUND_BREAK = re.compile(r"[ \t]*[\n\t][ \t\n]*")
_LONGEST_NUMBER = 10**100


def text(raw: object) -> Any:
    r"""Return one line of text: line breaks and tabs become a space, other inner spaces stay.

    >>> text("  Zoe\u0308  Müller\r\nBerlin  ")
    'Zoë  Müller Berlin'
    >>> text("ABC   ")  # CHAR(6) of Firebird, H2, Derby
    'ABC'
    >>> text("M\u00c3\u00bcller").notes[0].code
    'text.mojibake'
    >>> text("pay\u202e now\u200b").value
    'pay now'
    >>> text("\ufeff")
    Noted(value=None, notes=(Note(code='text.cleaned', message='removed U+FEFF ZERO WIDTH NO-BREAK SPACE'),))
    """
    if raw.__class__ is str and raw.isascii() and raw.isprintable():
        return raw.strip() or None
    cleaned, notes = clean(expect_text(raw))
    return with_notes(_AROUND_BREAK.sub(" ", cleaned).strip() or None, notes)


def multiline(raw: object) -> Any:
    r"""Return text that keeps its line breaks; every line is trimmed, and so are blank lines at both ends.

    >>> multiline("\r\n Dear Zoë, \r\n\r\n\tyours \x0b")
    'Dear Zoë,\n\nyours'
    """
    cleaned, notes = clean(expect_text(raw))
    trimmed = "\n".join([line.strip() for line in cleaned.replace("\t", " ").split("\n")])
    return with_notes(trimmed.strip("\n") or None, notes)


def lines(raw: object) -> Any:
    r"""Return the lines that are not blank, as a tuple: a street field, or a repeated element.

    >>> lines("c/o Müller\r\n\r\nHauptstr. 5 ")
    ('c/o Müller', 'Hauptstr. 5')
    >>> lines(["c/o Müller", "", "Hauptstr. 5"])
    ('c/o Müller', 'Hauptstr. 5')
    """
    parts = raw if isinstance(raw, list | tuple) else (raw,)
    cleaned, notes = clean("\n".join([expect_text(part) for part in parts if part is not None]))
    written = cleaned.replace("\t", " ").split("\n")
    return with_notes(tuple(line.strip() for line in written if line.strip()), notes)


def trim(raw: object) -> Any:
    r"""Return text without white space at both ends; what is inside stays, line breaks too.

    >>> trim("  a \t b\n ")
    'a \t b'
    """
    cleaned, notes = clean(expect_text(raw))
    return with_notes(cleaned.strip() or None, notes)


def collapse(raw: object) -> Any:
    r"""Return text in which every run of white space is one space.

    >>> collapse(" DR.   Zoë\xa0 \n Müller ")
    'DR. Zoë Müller'
    """
    cleaned, notes = clean(expect_text(raw))
    return with_notes(" ".join(cleaned.split()) or None, notes)


def upper(raw: object) -> Any:
    """Return trimmed text in upper case.

    >>> upper(" de-by ")
    'DE-BY'
    """
    cleaned, notes = clean(expect_text(raw))
    return with_notes(unicodedata.normalize("NFC", cleaned.strip().upper()) or None, notes)


def lower(raw: object) -> Any:
    """Return trimmed text in lower case.

    >>> lower(" Closed_Closed")
    'closed_closed'
    """
    cleaned, notes = clean(expect_text(raw))
    return with_notes(unicodedata.normalize("NFC", cleaned.strip().lower()) or None, notes)


def string(raw: object) -> Any:
    """Return the text of an id or a code that may come as a number: one line, and no fraction it does not need.

    >>> string(4150868000000225013)  # Zoho: beyond what a binary float holds
    '4150868000000225013'
    >>> string("00001001 "), string(Decimal("7.0")), string(Decimal("7.50"))
    ('00001001', '7', '7.50')
    """
    if isinstance(raw, str):
        return text(raw)
    if isinstance(raw, UUID):
        return str(raw)
    if isinstance(raw, int | Decimal) and not isinstance(raw, bool):
        number = Decimal(raw)
        if number.is_finite() and abs(number.adjusted()) < 100 and len(number.as_tuple().digits) < 100:
            return str(int(number)) if number == number.to_integral_value() else format(number, "f")
    raise NotReadableError("value.unreadable", f"expected text or a whole number, got {kind_of(raw)}")


def strip_prefix(raw: object, *, prefix: str) -> Any:
    """Return text without ``prefix``; text that does not start with it stays whole.

    >>> strip_prefix("urn:uuid:4f1c", prefix="urn:uuid:")
    '4f1c'
    """
    cleaned, notes = clean(expect_text(raw))
    return with_notes(cleaned.strip().removeprefix(prefix).strip() or None, notes)


def ascii_digits(raw: object) -> Any:
    """Return text with the digits of every script as 0 to 9, to be followed by a number or a date.

    >>> ascii_digits("２０２６年"), ascii_digits("١٢٫٥")
    ('2026年', '12٫5')
    """
    cleaned, notes = clean(expect_text(raw))
    digits = "".join([str(unicodedata.decimal(char)) if char.isdecimal() else char for char in cleaned.strip()])
    return with_notes(digits or None, notes)
