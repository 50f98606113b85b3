"""What a normalizer is: a pure function ``raw -> value``, registered by name.

A normalizer is called with a raw value that is neither ``None`` nor blank, and keyword parameters from the rule. It
returns the value, or :class:`Noted` when the value comes with remarks, or None when the raw value says "empty", or
raises :class:`NotReadableError`. It never guesses, never looks at a clock, a locale of the machine or the network.
A parameter that nothing could ever be read with (an unknown date format) is a :class:`~bartack.errors.ConfigError`.

Parameters named ``region`` (ISO 3166-1 alpha-2), ``currency`` (ISO 4217), ``zone`` (IANA) and ``language`` (BCP 47) are
filled from the source's configuration where a rule leaves them out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Any

from bartack.errors import ConfigError

__all__ = [
    "CONTEXT_PARAMETERS",
    "Normalizer",
    "NotReadableError",
    "Note",
    "Noted",
    "Registry",
    "check_parameters",
    "expect_text",
    "kind_of",
    "with_notes",
]

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
    """Normalizers by name. Built-in names cannot be replaced; a plugin's names are added once, before the first use.

    A function may be given as ``"module:function"``; its module is imported when the name is first asked for.
    """

    def __init__(self, functions: Mapping[str, Normalizer | str] = MappingProxyType({})) -> None:
        self._functions: dict[str, Normalizer | str] = dict(functions)

    def add(self, name: str, function: Normalizer | str) -> None:
        """Add ``function`` under ``name``; a name that is taken by another function is a ``ValueError``."""
        taken = self._functions.get(name)
        if taken is not None and taken is not function and self.get(name) is not _resolved(function):
            msg = f"a normalizer named {name!r} is registered already"
            raise ValueError(msg)
        self._functions[name] = function

    def with_functions(self, functions: Mapping[str, Normalizer | str]) -> Registry:
        """Return a registry that also knows ``functions``; this one stays as it is."""
        merged = Registry(self._functions)
        for name, function in functions.items():
            merged.add(name, function)
        return merged

    def get(self, name: str) -> Normalizer | None:
        """Return the function registered under ``name``, or None."""
        found = self._functions.get(name)
        if found is None:
            return None
        resolved = self._functions[name] = _resolved(found)
        return resolved

    def names(self) -> tuple[str, ...]:
        """Return all names, sorted."""
        return tuple(sorted(self._functions))


def _resolved(function: Normalizer | str) -> Normalizer:
    if not isinstance(function, str):
        return function
    module, _, name = function.partition(":")
    found: Normalizer = getattr(import_module(module), name)
    return found


def check_parameters(function: Normalizer, parameters: Mapping[str, Any]) -> None:
    """Call ``function`` once with a value nothing reads, so that a wrong constant parameter shows before the first row.

    Raises
    ------
    ConfigError
        with these parameters nothing could be read.
    """
    try:
        function("\N{REPLACEMENT CHARACTER}", **parameters)
    except ConfigError:
        raise
    except Exception:  # whatever else is wrong is wrong with the value
        return


def with_notes(value: Any, notes: tuple[Note, ...]) -> Any:
    """Return ``value`` itself when there is nothing to remark, else :class:`Noted`."""
    return Noted(value, notes) if notes else value


def expect_text(raw: object, code: str = "value.unreadable") -> str:
    """Return ``raw`` when it is text; anything else is a :class:`NotReadableError` with ``code``."""
    if isinstance(raw, str):
        return raw
    raise NotReadableError(code, f"expected text, got {kind_of(raw)}")


def kind_of(raw: object) -> str:
    """Name the kind of a raw value in a reader's words: "a number", "a list"."""
    if raw is None:
        return "null"
    for kind, words in _KINDS.items():
        if isinstance(raw, kind):
            return words
    return type(raw).__name__


_KINDS: Mapping[type, str] = MappingProxyType(
    {
        bool: "true or false",
        int: "a whole number",
        float: "a binary float",
        str: "text",
        bytes: "bytes",
        dict: "an object",
        list: "a list",
        tuple: "a list",
    }
)
