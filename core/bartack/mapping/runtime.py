"""What generated mapping code calls, beside the normalizers: the slow paths, and the few things it does not spell out.

``q`` is the list a row's findings are gathered in; a row without findings never touches it.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from bartack.normalizers.base import Noted, NotReadableError
from bartack.paths import ABSENT, as_text

__all__ = [
    "NULLS",
    "Finding",
    "Sink",
    "elements",
    "fail",
    "identifier",
    "joined",
    "missing",
    "no_word",
    "noted",
    "nothing",
    "pieces",
    "text",
    "unknown_code",
    "whole",
]


Where = tuple[int, ...]
"""Indices into nested lists, outermost first; empty outside of lists."""


class Finding(NamedTuple):
    """Something a row's mapping ran into: at which site of the mapping, with which raw value."""

    site: int
    code: str
    message: str
    raw: Any
    alternative: int | None
    item: Where
    element: Where


class Sink(list[Finding]):
    """Takes findings nobody wants: those of a parameter, which its own field reports."""

    def append(self, _finding: Finding, /) -> None:
        """Forget the finding."""


class _Nulls(dict[str, Any]):
    """An object the source sent as null: whatever is asked of it is null, too."""

    def get(self, _key: object, _default: object = None, /) -> None:
        return None


NULLS = _Nulls()


def text(value: Any) -> str | None:
    """Spell a scalar to look it up in a code table or a condition; None for what is absent or no scalar."""
    return value if value.__class__ is str else None if value is ABSENT else as_text(value)


def joined(separator: str, *parts: Any) -> Any:
    """Join the parts that have a value; ``ABSENT`` when no part was sent, None when none has a value.

    Raises
    ------
    NotReadableError
        a part is an object or a list: what is left would pass for the whole.
    """
    words = []
    for part in parts:
        if part is not None and part is not ABSENT:
            word = part if part.__class__ is str else as_text(part)
            if word is None:
                raise NotReadableError("value.unreadable", f"{_short(part)} cannot be joined to other texts")
            words.append(word)
    if words:
        return separator.join(words)
    return ABSENT if all(part is ABSENT for part in parts) else None


def whole(value: dict[str, Any]) -> Any:
    """Return a nested object, or None when it has fields but no value, or ``ABSENT`` when it has no field."""
    if not value:
        return ABSENT
    for inner in value.values():
        if inner is not None and inner != ():
            return value
    return None


def nothing(value: Any) -> bool:
    """Say whether there is no value: absent, empty, or a list without elements."""
    return value is ABSENT or value is None or value == ()


def fail(
    q: list[Finding], site: int, error: Exception, raw: Any, alternative: int | None, item: Where, element: Where
) -> None:
    """Note that a value could not be read; the field stays empty."""
    if isinstance(error, NotReadableError):
        code, message = error.code, error.message
    else:
        code, message = "value.unreadable", f"{type(error).__name__} while reading {_short(raw)}"
    q.append(Finding(site, code, message, raw, alternative, item, element))


def noted(
    q: list[Finding], site: int, value: Noted, raw: Any, alternative: int | None, item: Where, element: Where
) -> Any:
    """Unwrap a value that comes with remarks."""
    q.extend(Finding(site, note.code, note.message, raw, alternative, item, element) for note in value.notes)
    return value.value


def missing(q: list[Finding], site: int, raw: Any, alternative: int | None = None) -> bool:
    """Note that a required value is not there, or was there and could not be read."""
    if raw is ABSENT:
        code, message = "required.absent", "the source did not send this value"
    elif raw is None or raw == () or raw == []:
        code, message = "required.blank", "the source sent this value empty"
    else:
        code, message = "required.unreadable", f"the source sent {_short(raw)}, which cannot be read"
    q.append(Finding(site, code, message, None if raw is ABSENT else raw, alternative, (), ()))
    return True


def unknown_code(
    q: list[Finding], site: int, raw: Any, word: Any, alternative: int | None, item: Where, element: Where
) -> Any:
    """Note a word the code table does not know, and give the contract's word for that."""
    q.append(Finding(site, "code.unknown", f"{_short(raw)} is not in the code table", raw, alternative, item, element))
    return word


def no_word(q: list[Finding], site: int, raw: Any, item: Where, element: Where) -> bool:
    """Note that a condition was asked of an object or a list: what it guards is left out, and nobody meant that."""
    message = f"{_short(raw)} is no word, so the condition cannot hold"
    q.append(Finding(site, "value.unreadable", message, raw, None, item, element))
    return False


def identifier(value: Any) -> str:
    """Spell an id as text.

    Raises
    ------
    NotReadableError
        the value is no text and no whole number.
    """
    if value.__class__ is str:
        return str(value).strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return str(int(value))
    raise NotReadableError("value.unreadable", f"{_short(value)} is no id")


def pieces(value: str, separator: str) -> list[str]:
    """Split a text that holds several values; blank ones are left out."""
    return [word for part in value.split(separator) if (word := part.strip())]


def elements(q: list[Finding], site: int, value: Any) -> Iterable[Any]:
    """Iterate a native list; a single object is a list of one (XML does not tell them apart)."""
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, dict) or value.__class__ is str:
        return (value,)
    q.append(Finding(site, "type.invalid", f"{_short(value)} is no list", value, None, (), ()))
    return ()


def _short(value: Any, limit: int = 60) -> str:
    shown = repr(value)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
