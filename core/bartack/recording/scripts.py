"""Letters that stand for others of the same script: a word made of them alone is no name in any language we know of.

That is how a replaced word is told from a real one, by anybody and without the key. They are letters of the same old code
pages (cp1252, cp1251, cp932, euc-kr ...), so what breaks on a name breaks on what stands for it.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

__all__ = ["is_kept", "letters_for"]

_LATIN = "bcfgjkpqvwxz"
_ACCENTED = "ýú"
_TABLES: tuple[tuple[int, int, str], ...] = (
    (0x0370, 0x03FF, "βγζθξφχψ"),
    (0x0400, 0x04FF, "бжфцчшщъ"),
    (0x0590, 0x05FF, "גזטסצק"),
    (0x0600, 0x06FF, "ثذضظغخ"),
    (0x3040, 0x309F, "ぢづぬぴぷぺぽゑゐ"),
    (0x30A0, 0x30FF, "ヂヅヌピプペポヱヰ"),
    (0x3400, 0x9FFF, "蚊蛇蛙鼠蜂豚蛾狐狸猿鴉鯨"),
    (0xAC00, 0xD7AF, "뀨끓뙤뺐쌌쐈쓩쩟"),
)
_BLOCK, _STEP = 0x80, 8


def is_kept(cluster: str) -> bool:
    """Tell whether a letter with its marks stays as it is: the umlauts and accents of Latin words are what breaks things."""
    return (cluster[0] > "\x7f" and _is_latin(cluster[0])) or (len(cluster) > 1 and _is_latin(cluster[0]))


@lru_cache(8192)
def letters_for(letter: str, *, alone: bool = False) -> str:
    """Return the letters of which one may stand for ``letter``, in its case; ``alone``: a Latin word without plain letters."""
    if letter.isascii() or _is_latin(letter):
        found = _ACCENTED if alone and not letter.isascii() else _LATIN
    elif not (found := _of_table(letter)):
        return _neighbours(letter)
    return found.upper() if letter.isupper() else found


def _of_table(letter: str) -> str:
    return next((letters for low, high, letters in _TABLES if low <= ord(letter) <= high), "")


@lru_cache(4096)
def _is_latin(letter: str) -> bool:
    return letter.isascii() or unicodedata.name(letter, "").startswith("LATIN ") or letter in "ªº"


def _neighbours(letter: str) -> str:
    """Return every eighth letter of the same kind around a letter of a script without a table; itself, if it is alone."""
    start = ord(letter) - ord(letter) % _BLOCK
    near = (chr(code) for code in range(start + 3, start + _BLOCK, _STEP))
    kind = unicodedata.category(letter)
    return (
        "".join(one for one in near if unicodedata.category(one) == kind and not (_is_latin(one) or _of_table(one)))
        or letter
    )
