"""What a normalizer is: a pure function ``raw -> value``, registered by name.

A normalizer is called with a raw value that is neither ``None`` nor blank, and keyword parameters from the rule. It
returns the value, or :class:`Noted` when the value comes with remarks, or raises :class:`NotReadableError`. It never guesses,
never looks at a clock, a locale of the machine or the network.

Parameters named ``region`` (ISO 3166-1 alpha-2), ``currency`` (ISO 4217), ``zone`` (IANA) and ``language`` (BCP 47) are
filled from the source's configuration where a rule leaves them out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

__all__ = ["CONTEXT_PARAMETERS", "Note", "Noted", "NotReadableError", "Normalizer", "Registry"]

Normalizer = Callable[..., Any]

CONTEXT_PARAMETERS = ("region", "currency", "zone", "language")


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about a value that was read all the same. ``code`` is one of ``bartack_contracts.ISSUE_CODES``."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with remarks; ``value=None`` means: this raw value says "empty" (a sentinel date, a placeholder)."""

    value: Any
    notes: tuple[Note, ...]


class NotReadableError(ValueError):
    """The raw value cannot be read as what the rule says it is; the field stays empty and an issue says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Registry:
    """Normalizers by name. Built-in names cannot be replaced; a plugin's names are added once, before the first use."""

    def __init__(self, functions: Mapping[str, Normalizer] = MappingProxyType({})) -> None:
        self._functions: dict[str, Normalizer] = dict(functions)

    def add(self, name: str, function: Normalizer) -> None:
        """Add ``function`` under ``name``; a name that is taken by another function is a ``ValueError``."""
        if self._functions.get(name, function) is not function:
            msg = f"a normalizer named {name!r} is registered already"
            raise ValueError(msg)
        self._functions[name] = function

    def with_functions(self, functions: Mapping[str, Normalizer]) -> Registry:
        """Return a registry that also knows ``functions``; this one stays as it is."""
        merged = Registry(self._functions)
        for name, function in functions.items():
            merged.add(name, function)
        return merged

    def get(self, name: str) -> Normalizer | None:
        """Return the function registered under ``name``, or None."""
        return self._functions.get(name)

    def names(self) -> tuple[str, ...]:
        """Return all names, sorted."""
        return tuple(sorted(self._functions))
