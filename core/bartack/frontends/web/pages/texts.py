"""Text as pages show it: nothing in it is invisible, nothing turns the line around, and nothing is endless."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import datetime
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup
from pydantic_core import to_jsonable_python

from bartack.normalizers.cleaning import visible
from bartack.paths import ABSENT
from bartack.reading.fallback import age_in_words

__all__ = ["LONGEST", "Shown", "install", "moment", "plain", "prefilled", "shown"]

LONGEST: Final = 2_000
"""So many characters of one text are shown, unless a page wants fewer."""

_HIDDEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_BREAKS: Final = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")


class Shown(str):
    """Text that may be shown as it is: everything in it is visible. It is no markup."""

    __slots__ = ()


def install(templates: Environment) -> None:
    """Let templates show every text so, whoever forgets to ask for it."""
    templates.finalize = _finalized
    templates.filters.update(shown=shown, plain=plain, moment=moment, ago=_ago, prefilled=prefilled, number=_number)


def shown(text: str, longest: int = LONGEST, lines: bool = False) -> Shown:  # noqa: FBT001, FBT002 - a filter's
    r"""Return a text in which a character that nobody would see is written out; a long one is cut.

    In one line, unless ``lines`` are to stay.

    >>> shown("pay\u202e now\x00\nor never"), shown("abcdef", 3)
    ('pay⟦U+202E⟧ now⟦U+0000⟧ ⏎ or never', 'abc… (6 characters)')
    """
    cut = text[:longest]
    if not (cut.isascii() and cut.isprintable()):
        rows = _BREAKS.split(cut)
        cut = ("\n" if lines else " ⏎ ").join("".join(map(_written_out, row)) for row in rows)
    return Shown(cut if len(text) <= longest else f"{cut}… ({len(text):,} characters)")


def plain(value: Any) -> str:
    """Return any value of a row or a record as text: JSON where it is no text."""
    if value is ABSENT:
        return "not sent"
    spelled = value if isinstance(value, str) else to_jsonable_python(value, fallback=str)
    return spelled if isinstance(spelled, str) else json.dumps(spelled, ensure_ascii=False)


def prefilled(value: Any) -> str:
    """Return a JSON value as it stands in a field of a form: a text as it is, unless one would not see all of it."""
    if isinstance(value, str) and visible(value) == value and "\n" not in value:
        return value
    return json.dumps(value, ensure_ascii=not isinstance(value, list | dict))


def moment(at: datetime | None) -> str:
    """Return a moment, to the minute."""
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def _written_out(char: str) -> str:
    return f"⟦U+{ord(char):04X}⟧" if unicodedata.category(char) in _HIDDEN or visible(char) != char else char


def _finalized(value: Any) -> Any:
    if value is None or isinstance(value, Markup | Shown | int | float):
        return value
    return shown(str(value))


def _ago(age: float | None) -> str:
    return "" if age is None else f"{age_in_words(age)} ago"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
