"""Text as it is searched: cut into words that are alike whoever writes them.

Words are folded: case, accents and widths do not count. Chinese, Japanese, Korean and Thai write no spaces, so that each
of their characters is a word, and what was written together is sought together.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["folded", "is_sayable", "phrases", "words"]

_LONGEST = 64
"""So many characters of a word are told apart; nobody types more of one."""

_MOST = 20_000
"""So many words of one text are indexed."""

_WORD = re.compile(r"\w+")
_UNSPACED = re.compile("([\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff])")


def folded(text: str) -> str:
    """Return a text without case, accents and widths.

    >>> folded("Zoë STRASSE Straße Ｂ")
    'zoe strasse strasse b'
    """
    if text.isascii():
        return text.casefold()
    parts = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", "".join(one for one in parts if not unicodedata.combining(one)))


def is_sayable(text: str) -> bool:
    """Tell whether a text can be in a record: no encoding carries half of a character, and no PostgreSQL the character NUL."""
    return "\x00" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def words(text: str) -> list[str]:
    """Return the words of a text, in order.

    >>> words("Zoë <zoe@example.org>, 張偉")
    ['zoe', 'zoe', 'example', 'org', '張', '偉']
    """
    plain = folded(text)
    if not plain.isascii():
        plain = _UNSPACED.sub(r" \1 ", plain)
    return [word[:_LONGEST] for word in _WORD.findall(plain)[:_MOST]]


def phrases(text: str) -> list[tuple[str, ...]]:
    """Return what is sought: each piece between blanks, or between quotes, as the words that it consists of.

    >>> phrases('zoe@example.org "Main Street"')
    [('zoe', 'example', 'org'), ('main', 'street')]
    """
    pieces = re.findall(r'"([^"]*)"|(\S+)', text)
    found = (tuple(words(quoted or plain)) for quoted, plain in pieces)
    return list(dict.fromkeys(one for one in found if one))
