"""Declarations as Python source: a frozen value is written as the call that makes it, in the style of ``ruff format``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from typing import Any

__all__ = ["call", "comment", "literal", "names_in", "written"]

_WIDTH = 120


def call(value: Any, indent: int, remarks: Mapping[str, str] | None = None) -> str:
    """Return the call that makes a frozen dataclass value, at ``indent`` blanks, one argument a line.

    Arguments that have their default are left out. ``remarks``: argument -> the comment above it; one for an argument that
    is left out stands at the end.
    """
    pad = " " * (indent + 4)
    lines = [f"{type(value).__name__}("]
    left = dict(remarks or {})
    for name, given, positional in _arguments(value):
        if name in left:
            lines.append(f"{pad}# {comment(left.pop(name))}")
        prefix = "" if positional else f"{name}="
        lines.append(f"{pad}{prefix}{written(given, indent + 4, len(prefix) + 1)},")
    lines += [f"{pad}# {comment(text)}" for text in left.values()]
    return "\n".join([*lines, f"{' ' * indent})"])


def literal(text: str) -> str:
    r"""Return a text as a Python literal, in double quotes unless that needs more escapes.

    >>> print(literal("it's"), literal('say "a"'), literal("a\nb"))
    "it's" 'say "a"' "a\nb"
    """
    written = repr(text)
    if written[0] == '"' or text.count('"') > text.count("'"):
        return written
    return '"' + written[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'


def comment(text: str) -> str:
    """Return a text as the inside of a comment: one line, nothing that breaks it."""
    return "".join(char if char.isprintable() else " " for char in text)[:300].strip()


def names_in(value: Any) -> set[str]:
    """Return the names of all classes that are needed to write a value."""
    if is_dataclass(value) and not isinstance(value, type):
        return {type(value).__name__}.union(*(names_in(given) for _, given, _ in _arguments(value)))
    if isinstance(value, timedelta):
        return {"timedelta"}
    if isinstance(value, Mapping):
        return set().union(*(names_in(item) for item in value.values()))
    return set().union(*(names_in(item) for item in value)) if isinstance(value, list | tuple) else set()


def _arguments(value: Any) -> list[tuple[str, Any, bool]]:
    """Return name, value, and whether it goes without its name, of the arguments that are no defaults."""
    return [
        (one.name, given, not one.kw_only and at == 0 and one.name == "name")
        for at, one in enumerate(fields(value))
        if one.init and (given := getattr(value, one.name)) != _default(one)
    ]


def _default(one: Field[Any]) -> Any:
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else MISSING


def written(value: Any, indent: int, used: int) -> str:
    """Return a value on one line where it fits behind ``used`` characters, else with one item a line."""
    flat = _flat(value)
    if indent + used + len(flat) <= _WIDTH or isinstance(value, str):
        return flat
    pad = " " * (indent + 4)
    if is_dataclass(value) and not isinstance(value, type):
        return call(value, indent)
    if isinstance(value, Mapping):
        items = [f"{literal(str(key))}: {written(item, indent + 4, len(str(key)) + 5)}" for key, item in value.items()]
        opening, closing = "{", "}"
    else:
        items = [written(item, indent + 4, 1) for item in value]
        opening, closing = ("[", "]") if isinstance(value, list) else ("(", ")")
    return "\n".join([opening, *(f"{pad}{item}," for item in items), f"{' ' * indent}{closing}"])


def _flat(value: Any) -> str:
    if is_dataclass(value) and not isinstance(value, type):
        arguments = _arguments(value)
        if len(arguments) == 1 and arguments[0][0] == fields(value)[0].name:
            return f"{type(value).__name__}({_flat(arguments[0][1])})"
        return f"{type(value).__name__}({', '.join(f'{name}={_flat(given)}' for name, given, _ in arguments)})"
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, timedelta):
        return f"timedelta(seconds={value.total_seconds():g})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(str(key))}: {_flat(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return f"({_flat(value[0])},)" if len(value) == 1 else f"({', '.join(map(_flat, value))})"
    if isinstance(value, list):
        return f"[{', '.join(map(_flat, value))}]"
    return repr(value)
