"""Yes and no, by declared vocabularies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from bartack.errors import ConfigError
from bartack.normalizers.base import NotReadableError, kind_of

__all__ = ["boolean", "negated"]

# The lexical forms of XML Schema's boolean, which JSON's own booleans and 0/1 columns share.
_TRUE = ("true", "1")
_FALSE = ("false", "0")


def boolean(raw: object, *, true: Iterable[str | int] | None = None, false: Iterable[str | int] | None = None) -> bool:
    """Return what the declared words say; without declared words only ``true``, ``false``, 1 and 0 are known.

    A boolean as such is always known. Words are compared trimmed and without regard to case.

    >>> boolean(True), boolean("False"), boolean(0)
    (True, False, False)
    >>> boolean("j ", true=["J"], false=["N"]), boolean(-1, true=[-1], false=[0])
    (True, True)
    >>> boolean("Y")
    Traceback (most recent call last):
    bartack.normalizers.base.NotReadableError: 'Y' is none of: true, 1, false, 0
    """
    declared = true is not None or false is not None
    words = _vocabulary(_words(true), _words(false)) if declared else _vocabulary(_TRUE, _FALSE)
    if isinstance(raw, bool):
        return raw
    if not isinstance(raw, str | int | Decimal) or (isinstance(raw, int) and abs(raw) > 10**18):
        raise NotReadableError("boolean.unreadable", f"expected yes or no, got {kind_of(raw)}")
    found = words.get(str(raw).strip().casefold())
    if found is None:
        raise NotReadableError("boolean.unreadable", f"{str(raw)[:40]!r} is none of: {', '.join(words)}")
    return found


def negated(raw: object, *, true: Iterable[str | int] | None = None, false: Iterable[str | int] | None = None) -> bool:
    """Return the opposite of :func:`boolean`: Salesforce's ``HasOptedOutOfEmail`` is the opposite of consent.

    >>> negated(True)
    False
    """
    return not boolean(raw, true=true, false=false)


def _words(given: Iterable[str | int] | None) -> tuple[str | int, ...]:
    if given is None:
        return ()
    return (given,) if isinstance(given, str | int) else tuple(given)


@lru_cache(256)
def _vocabulary(true: tuple[str | int, ...], false: tuple[str | int, ...]) -> Mapping[str, bool]:
    words: dict[str, bool] = {}
    for meaning, given in ((True, true), (False, false)):
        for word in given:
            if isinstance(word, bool) or not isinstance(word, str | int):
                raise ConfigError(f"{word!r} is no word of a vocabulary", next_step="quote it: 'yes', 'true', '1'")
            if words.setdefault(str(word).strip().casefold(), meaning) is not meaning:
                raise ConfigError(f"{word!r} means both true and false", next_step="keep it in one of the two lists")
    return words
