"""Names of people: cleaned for display, or taken apart where the order of the parts is declared."""

from __future__ import annotations

from typing import Any

from bartack.errors import ConfigError
from bartack.normalizers.base import Note, expect_text, with_notes
from bartack.normalizers.cleaning import clean

__all__ = ["packed_name", "person_name"]

# Only words that are nothing else: "M." or "Sr" may be an initial, a señor or a senior.
_PREFIXES = frozenset(
    "dr prof dipl.-ing dipl.-kfm mr mrs ms miss mx sir dame rev herr frau mme mlle sra srta dott dott.ssa drs".split()
)
_SUFFIXES = frozenset("jr ii iii iv phd ph.d md m.d mba esq".split())
_ORDERS = ("family given", "given family")


def person_name(raw: object) -> Any:
    r"""Return the name as people read it: one line, single spaces; case and order stay.

    Text without a letter or digit is a placeholder, not a name.

    >>> person_name("  Zoe\u0308   M\u00fcller ")
    'Zoë Müller'
    >>> person_name("---").notes[0].code
    'text.placeholder'
    """
    cleaned, notes = clean(expect_text(raw))
    name = " ".join(cleaned.split())
    if name and not any(char.isalnum() for char in name):
        return with_notes(None, (*notes, Note("text.placeholder", f"{name[:20]!r} has no letter: no name")))
    return with_notes(name or None, notes)


def packed_name(raw: object, *, order: str = "family given") -> Any:
    """Return the parts of a name that sits in one column, in the declared ``order`` (``given family`` is the other).

    Titles are told by a short list. Where the parts cannot be told for certain (several given names or several family
    names, and no comma), only ``full`` is set and a note says so.

    >>> packed_name("MUELLER, HANS DR.")
    {'full': 'DR. HANS MUELLER', 'given': 'HANS', 'family': 'MUELLER', 'prefix': 'DR.'}
    >>> packed_name("García Márquez, Gabriel José")
    {'full': 'Gabriel José García Márquez', 'given': 'Gabriel José', 'family': 'García Márquez'}
    >>> packed_name("Mrs. Ada Lovelace", order="given family")
    {'full': 'Mrs. Ada Lovelace', 'given': 'Ada', 'family': 'Lovelace', 'prefix': 'Mrs.'}
    >>> packed_name("Anna Maria Schmidt", order="given family").value
    {'full': 'Anna Maria Schmidt'}
    """
    if order not in _ORDERS:
        raise ConfigError(f"packed_name knows no order {order!r}", next_step=f"use one of: {', '.join(_ORDERS)}")
    named = person_name(raw)
    full, notes = (named, ()) if isinstance(named, str) else (named.value, named.notes) if named else (None, ())
    if full is None:
        return with_notes(None, notes)
    parts, titles, suffixes = _without_titles(full)
    given, family = _split(parts, order)
    if not given or not family:
        return with_notes(
            {"full": full}, (*notes, Note("name.unsplit", "which part is the family name cannot be told"))
        )
    draft = {
        "full": " ".join([*titles, given, family, *suffixes]),
        "given": given,
        "family": family,
        "prefix": " ".join(titles),
        "suffix": " ".join(suffixes),
    }
    return with_notes({part: words for part, words in draft.items() if words}, notes)


def _without_titles(full: str) -> tuple[list[list[str]], list[str], list[str]]:
    """Return the words between commas without titles, and the titles before and after a name."""
    parts: list[list[str]] = []
    titles: list[str] = []
    suffixes: list[str] = []
    for part in full.split(","):
        words = part.split()
        least = 0 if parts else 1  # a name that begins with "Frau" only may be somebody's name
        while len(words) > least and _word(words[0]) in _PREFIXES:
            titles.append(words.pop(0))
        end: list[str] = []
        while len(words) > least and (known := _word(words[-1])) in _PREFIXES | _SUFFIXES:
            (suffixes if known in _SUFFIXES else end).insert(0, words.pop())
        titles += end
        if words:
            parts.append(words)
    return parts, titles, suffixes


def _split(parts: list[list[str]], order: str) -> tuple[str, str]:
    """Return given and family name; both empty where only guessing could tell them."""
    if len(parts) == 1 and len(parts[0]) == 2:
        parts = [parts[0][:1], parts[0][1:]]
    elif order == "given family":
        return "", ""
    if len(parts) != 2:
        return "", ""
    first, second = (" ".join(words) for words in parts)
    return (second, first) if order == "family given" else (first, second)


def _word(word: str) -> str:
    return word.lower().rstrip(".")
