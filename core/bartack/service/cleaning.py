"""Texts of third parties made safe to read by machines: nothing invisible in them, none of them endless, each change told.

What a contract's normalizers keep beside a value is what the source sent, byte for byte (``raw``, custom fields). Invisible
characters there carry instructions past the eyes of people: here, on the way out, they end.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bartack.normalizers.cleaning import visible
from bartack.service.answers import Altered

__all__ = ["LONGEST", "Cleaner", "one_line"]

LONGEST = 4_000
"""A longer text is cut, in characters."""

_EMPTIED = "\N{REPLACEMENT CHARACTER}"
"""Stands where nothing visible was: empty is another state than invisible."""

_BREAKS = re.compile(r"\s+")


class Cleaner:
    """Cleans the values of one item, and remembers where it changed something; belongs to one item."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._altered: list[Altered] = []

    @property
    def altered(self) -> tuple[Altered, ...]:
        """What was changed so far."""
        return tuple(self._altered)

    def value(self, value: Any, place: str) -> Any:
        """Return a JSON value whose texts, keys too, are clean; ``place`` is where it stands in its item."""
        if isinstance(value, str):
            return self.text(value, place)
        if isinstance(value, Mapping):
            return self._mapping(value, place)
        if isinstance(value, list | tuple):
            return [self.value(one, f"{place}[{number}]") for number, one in enumerate(value)]
        return value

    def text(self, text: str, place: str) -> str:
        """Return a text without invisible characters, and not longer than allowed."""
        whole = len(text)
        kept = text if whole <= self._longest else text[: self._longest]  # before: a huge text costs nothing
        clean = visible(kept)
        if clean != kept or whole > len(kept):
            removed = len(kept) - len(clean)
            cut = whole if whole > len(kept) else None
            self._altered.append(Altered(field=place, removed=removed or None, characters=cut))
        return clean or (_EMPTIED if text else "")

    def _mapping(self, value: Mapping[Any, Any], place: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for written, one in value.items():
            key = self.text(str(written), f"{place} (a name in it)")
            while key in found:  # two names that differ in nothing visible
                key += "'"
            found[key] = self.value(one, f"{place}.{key}")
        return found


def one_line(text: str, longest: int = 300) -> str:
    """Return words for a notice or an error: clean, in one line, and short."""
    line = _BREAKS.sub(" ", visible(text[: longest * 4])).strip()
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
