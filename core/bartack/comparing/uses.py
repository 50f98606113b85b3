"""What is made of a native path: the contract fields it feeds, whether its values are personal, and how one may be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bartack.drift.shape import Reading
from bartack.paths import as_text

__all__ = ["Use", "shown"]

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Use:
    """``fields``: the contract fields a path feeds (``person.emails.address``). ``known``: there is a mapping that says so."""

    fields: tuple[str, ...] = ()
    known: bool = False
    personal: bool = True
    key: bool = False

    @classmethod
    def of(cls, contract: str, reading: Reading) -> Use:
        """Return the use of a path that a mapping reads so; of one that no rule reads nobody knows what it holds."""
        name = contract.partition("/")[0]
        fields = tuple(f"{name}.{place}" for place in reading.places)
        return cls(fields, known=True, personal=reading.personal or reading.key or not fields, key=reading.key)

    def meets(self, fields: Iterable[str]) -> tuple[str, ...]:
        """Return those of ``fields`` that are one of these, in one of these, or around one."""
        return tuple(
            one for one in fields if any(one == own or _inside(one, own) or _inside(own, one) for own in self.fields)
        )


def _inside(one: str, other: str) -> bool:
    return one.startswith(f"{other}.")


def shown(value: Any, *, personal: bool) -> str | None:
    """Return a value for people: as it was sent, or only its form where it may be about a person.

    >>> shown("Zoë Müller, 12 Main St.", personal=True), shown(12.5, personal=False)
    ('Aaa Aaaaaa, 99 Aaaa Aa.', '12.5')
    """
    if value is None:
        return None
    if isinstance(value, dict | list | tuple):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    text = as_text(value) or ""
    if isinstance(value, bool):
        return text
    if personal:
        text = re.sub(r"[^\W\d_]", lambda found: "A" if found[0].isupper() else "a", re.sub(r"\d", "9", text))
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
