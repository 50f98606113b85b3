"""Texts of others on a terminal: what would move its cursor, set its title or turn its words round is written out."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["json_shown", "shown"]


def shown(value: Any) -> str:
    r"""Return any value as text of which all is seen.

    >>> print(shown("Ann\x1b]0;owned\x07"))
    Ann\x1b]0;owned\x07
    """
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in text)


def json_shown(value: Any) -> str:
    r"""Return a value as indented JSON of which all is seen; still JSON, and still the same value.

    >>> print(json_shown({"name": "Zoë\u202e"}))
    {
      "name": "Zoë\u202e"
    }
    """
    text = json.dumps(value, indent=2, ensure_ascii=False)
    if text.replace("\n", "").isprintable():
        return text
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)
