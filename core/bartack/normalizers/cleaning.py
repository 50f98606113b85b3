"""One form for all text: NFC, nothing invisible in it, and a note wherever something was taken out or looks broken.

Invisible characters carry instructions for machines past the eyes of people (bidirectional overrides, tag characters,
zero-width spaces). They are removed; Unicode's ``Default_Ignorable_Code_Point`` says which, beside control characters,
lone surrogates and noncharacters. Three of them are spelling where they stand alone and in place: a joiner between
letters of a joining script (Persian, Hindi), a joiner between emoji, and one variation selector after its base.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from functools import cache

from bartack.normalizers.base import Note

__all__ = ["clean", "kept", "visible"]

_LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_SPACE = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_JOINERS = "\u200c\u200d"
_ATTACHED = re.compile(f"[{_SELECTORS}{_JOINERS}]+")
_JOINING = "[\u0600-\u109f\u1780-\u18af\ua840-\ua8ff]"
_EMOJI = "[\u2190-\u2bff\U0001f000-\U0001faff]"
_IN_PLACE = re.compile(
    f"(?<={_JOINING})[{_JOINERS}](?={_JOINING})|(?<={_EMOJI})\ufe0f?\u200d(?={_EMOJI})|(?<=[^\\s])[{_SELECTORS}]"
)
# All that ftfy takes for a sign of mojibake has two neighbours beyond ASCII or one of these; most names have neither.
_MAY_BE_MOJIBAKE = re.compile("[^\x00-\x7f]{2}|[\x80-\x9fÂÃŒœ]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean(text: str) -> tuple[str, tuple[Note, ...]]:
    r"""Return ``text`` in NFC without invisible characters, and what there is to remark.

    Line breaks of every system become ``\n``, every wide or fixed space becomes a space; both without a remark.

    >>> clean("Zoe\u0308 \u202eM\u00fcller\u200b")  # doctest: +ELLIPSIS
    ('Zoë Müller', (Note(code='text.cleaned', message='removed U+200B ZERO WIDTH SPACE, U+202E RIGHT-TO-LEFT OVERRIDE'),))
    >>> clean("MÃ¼ller")
    ('MÃ¼ller', (Note(code='text.mojibake', message="decoded with the wrong character set? It may read 'Müller'"),))
    """
    if text.isascii():
        if text.isprintable():
            return text, ()
        notes: tuple[Note, ...] = ()
    else:
        notes = _mojibake(text)
    breaks = _LINE_BREAK.sub("\n", text)
    joined = visible(breaks)
    if len(joined) != len(breaks):
        notes = (_removed(breaks, joined), *notes)
    return _SPACE.sub(" ", unicodedata.normalize("NFC", joined)), notes


def visible(text: str) -> str:
    r"""Return ``text`` without control and invisible characters, each line break as ``\n``, and else as it is.

    >>> visible("Zo\u00eb\u202e\U000e0041\x1b[2J\r")
    'Zoë[2J\n'
    """
    if text.isascii() and text.isprintable():
        return text
    return _ATTACHED.sub(_keep_in_place, _INVISIBLE.sub("", _LINE_BREAK.sub("\n", text)))


def kept(raw: str) -> str:
    """Return ``raw`` as it was sent, fit for UTF-8: a lone surrogate becomes U+FFFD."""
    return raw if raw.isascii() else _SURROGATE.sub("\ufffd", raw)


def _keep_in_place(match: re.Match[str]) -> str:
    found = _IN_PLACE.match(match.string, match.start())  # not fullmatch: its end would hide what follows
    return match.group() if found and found.end() == match.end() else ""


def _removed(before: str, after: str) -> Note:
    gone = Counter(before)
    gone.subtract(after)
    names = [f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() for char in sorted(+gone)]
    return Note("text.cleaned", "removed " + ", ".join(names[:5]) + (" and others" if len(names) > 5 else ""))


def _mojibake(text: str) -> tuple[Note, ...]:
    if "\ufffd" in text:
        return (Note("text.mojibake", "U+FFFD stands where the source could not decode its own bytes"),)
    if not _MAY_BE_MOJIBAKE.search(text):
        return ()
    is_bad, fix = _detector()
    if not is_bad(text) or (fixed := fix(text)) == text:
        return ()
    shown = fixed if len(fixed) <= 60 else fixed[:59] + "…"
    return (Note("text.mojibake", f"decoded with the wrong character set? It may read {shown!r}"),)


@cache
def _detector() -> tuple[Callable[[str], bool], Callable[[str], str]]:
    from ftfy import fix_encoding
    from ftfy.badness import is_bad  # what fix_encoding itself asks first; asking it here saves the rest

    return is_bad, fix_encoding
