"""Writes drafts as TOML and YAML: every name quoted where it needs to be, every guess with its comment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["flow", "quoted", "remark", "toml_key"]

_PLAIN = re.compile(r"[^\W\d][\w./-]*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def quoted(text: str) -> str:
    r"""Return text in double quotes, as TOML, YAML and JSON all read it.

    >>> print(quoted('say "a\\b"\n'))
    "say \"a\\b\"\u000a"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{"".join(char if char.isprintable() else _escaped(char) for char in escaped)}"'


def flow(value: Any) -> str:
    """Return a tree of dicts, lists and scalars as YAML on one line.

    >>> flow({"path": "a b", "use": {"boolean": {"true": ["Y"], "false": []}}, "required": True})
    '{path: "a b", use: {boolean: {true: ["Y"], false: []}}, required: true}'
    """
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)}: {flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(flow(item) for item in value)}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    return text if _PLAIN.fullmatch(text) and text.isprintable() and text.lower() not in _WORDS else quoted(text)


def toml_key(text: str) -> str:
    """Return text as one part of a TOML key."""
    return text if re.fullmatch(r"[A-Za-z0-9_-]+", text) else quoted(text)


def remark(text: str) -> str:
    """Return text as the inside of a comment: one line, nothing that breaks it."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _key(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.isprintable() else quoted(text)


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"
