"""Opens base64 that holds text, so that what is hidden in it is found."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

__all__ = ["scrub_base64"]

_WORD = re.compile(r"[A-Za-z0-9+/]{16,}={0,2}|[A-Za-z0-9_-]{16,}={0,2}")
_TO_STANDARD = str.maketrans("-_", "+/")
_TO_URL = str.maketrans("+/", "-_")


def scrub_base64(text: str, nested: Callable[[str], str]) -> str:
    """Return ``text``, if all of it is base64 of a text, with the inner text as ``nested`` gives it back."""
    if not _WORD.fullmatch(text):
        return text
    core = text.rstrip("=")
    try:
        clear = base64.b64decode(core.translate(_TO_STANDARD) + "=" * (-len(core) % 4), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return text
    if not clear.isprintable() and not clear.replace("\n", "").replace("\r", "").replace("\t", "").isprintable():
        return text
    if (cleaned := nested(clear)) == clear:
        return text
    packed = base64.b64encode(cleaned.encode("utf-8")).decode("ascii")
    packed = packed if len(text) > len(core) or len(core) % 4 == 0 else packed.rstrip("=")
    return packed.translate(_TO_URL) if "-" in core or "_" in core else packed
