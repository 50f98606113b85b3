"""How the values of a column are measured, all at once.

Sorts of characters are called marks. ``non_ascii`` and ``mojibake`` (UTF-8 that was read as a western code page, or U+FFFD) are
counted in texts; ``characters``, ``digits``, ``spaces``, ``at``, ``dashes``, ``colons`` and ``stops`` in characters: by these a
path is recognised under another name.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from bartack.paths import as_text

__all__ = ["NUMBERS", "PER_DECADE", "TYPE_NAMES", "bins", "kind_of", "magnitudes", "measured", "words"]

TYPE_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    str: "string",
    int: "integer",
    Decimal: "decimal",
    float: "decimal",
    dict: "object",
    list: "array",
    tuple: "array",
    datetime: "datetime",
    date: "date",
    time: "time",
    bytes: "bytes",
}

NUMBERS = frozenset({int, Decimal, float})

PER_DECADE = 8
"""Bins of a magnitude in one decade."""

_MARKS = {" ": "spaces", "@": "at", "-": "dashes", ":": "colons", ".": "stops"}
_MOJIBAKE = re.compile("[ÂÃÐÑ][\u0080-\u00bfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]|â€|\ufffd")
_DIGITS = re.compile(r"[0-9](?:[0-9.,'\u00a0\u202f ]*[0-9])?")
_WORD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ ./+:-]{0,39}", re.ASCII)
_DATA = re.compile(r"[0-9]{6}", re.ASCII)


def kind_of(name: str) -> str | None:
    """Return what a type is taken for when types are compared; None for null."""
    return None if name == "null" else "number" if name in ("integer", "decimal") else name


def measured(texts: Sequence[str], marks: Counter[str], lengths: Counter[int]) -> int:
    """Add the measures of ``texts`` to ``marks`` and ``lengths``; return how many of them show nothing."""
    by_length = Counter(map(len, texts))
    blank = by_length.pop(0, 0) + sum(map(str.isspace, texts))
    for length, count in by_length.items():
        lengths[length.bit_length()] += count
    marks["texts"] += len(texts) - blank
    joined = "\n".join(texts)
    marks["characters"] += len(joined) - len(texts) + 1
    marks["digits"] += sum(map(joined.count, "0123456789"))
    for mark, name in _MARKS.items():
        marks[name] += joined.count(mark)
    if not joined.isascii():
        foreign = [text for text in texts if not text.isascii()]
        marks["non_ascii"] += len(foreign)
        marks["mojibake"] += sum(_MOJIBAKE.search(text) is not None for text in foreign)
    return blank


def bins(values: Iterable[float]) -> list[int]:
    """Return the magnitudes of numbers in eighths of a decade, signs left out; zero and what is not finite have none.

    >>> bins([1, 10, -100, 0])
    [0, 8, 16]
    """
    return [math.floor(math.log10(abs(one)) * PER_DECADE) for one in values if one and math.isfinite(one)]


def magnitudes(values: Sequence[Any], kinds: frozenset[type], *, texts: bool) -> list[int]:
    """Return the magnitudes of the numbers among ``values``; where ``texts``, also of texts that hold one.

    >>> magnitudes(["1.234,56 EUR", "", "1,234.5", "12,345", None, "none"], frozenset({str, type(None)}), texts=True)
    [24, 24, 32]
    """
    if kinds <= NUMBERS:
        with suppress(ValueError, OverflowError):  # one that no float can hold
            return bins(map(float, values))
    wanted = NUMBERS | {str} if texts else NUMBERS
    return bins(_number(one) for one in values if one.__class__ in wanted)


def _number(value: Any) -> float:
    """Read a number as far as its size goes; 0 for what is none."""
    try:
        return float(value)
    except OverflowError:
        return 0.0
    except ValueError:
        found = _DIGITS.search(value) if isinstance(value, str) else None
        return _localized(found[0]) if found is not None else 0.0


def _localized(text: str) -> float:
    """Read digits with separators: the last of ``.`` and ``,`` is the decimal mark, unless three digits follow a lone one."""
    at = max(text.rfind("."), text.rfind(","))
    whole = at < 0 or (len(text) - at == 4 and (text.count(text[at]) > 1 or not ({".", ","} - {text[at]} & set(text))))
    digits = re.sub(r"[^0-9]", "", text if whole else text[:at])
    decimals = "0" if whole else text[at + 1 :]
    return float(f"{digits or 0}.{decimals}")


def words(values: Sequence[Any]) -> Counter[str]:
    """Count the words among ``values``: short ASCII tokens as a mapping spells them; ``…`` is whatever else was there."""
    found: Counter[str] = Counter()
    for value, count in Counter(one for one in values if not isinstance(one, list | dict | tuple)).items():
        word = as_text(value)
        if value is None or word is None or not word.strip():
            continue
        found[word if _WORD.fullmatch(word) and not _DATA.search(word) else "…"] += count
    return found
