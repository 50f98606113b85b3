"""The path language: where in a native row a value is.

``a.b`` steps into objects, ``'quoted.key'`` is one key (a quote inside is doubled), ``a[0]`` an element, ``a[type=email]``
the first element whose ``type`` reads ``email``, ``.`` the row (or list element) itself. Where a rule runs over the
elements of a list, ``$.a`` starts from the row again.

>>> parse("Emails[Type=work].'E.Mail'")
(Key('Emails'), Match('Type', 'work'), Key('E.Mail'))
>>> render(parse("a[0].b"))
'a[0].b'
>>> resolve({"a": [{"b": 1}]}, parse("a[0].b"))
1
>>> resolve({"a": None}, parse("a.b")), resolve({}, parse("a.b")) is ABSENT
(None, True)
"""

from __future__ import annotations

import enum
import re
from typing import Any, Final, NamedTuple

__all__ = [
    "ABSENT",
    "Absent",
    "Index",
    "Key",
    "Match",
    "Path",
    "as_text",
    "is_blank",
    "parse",
    "render",
    "resolve",
    "step",
]


class Absent(enum.Enum):
    """The one value that says: the source did not send this path at all."""

    ABSENT = "absent"

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent.ABSENT


class Key(str):
    """Step into an object."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Key({str.__repr__(self)})"


class Index(int):
    """Step to an element of a list by position."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"Index({int(self)})"


class Match(NamedTuple):
    """Step to the first element of a list whose ``key`` reads ``text``."""

    key: str
    text: str

    def __repr__(self) -> str:
        return f"Match({self.key!r}, {self.text!r})"


Path = tuple[Key | Index | Match, ...]

_STEP = re.compile(
    r"""(?P<dot>\.)?(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^.\[\]']+))"""
    r"""|\[(?P<index>\d+)\]"""
    r"""|\[(?P<mkey>[^=\[\]']+)=(?:'(?P<mquoted>[^']*)'|(?P<mtext>[^\[\]']*))\]"""
)


def parse(text: str) -> Path:
    """Read a path.

    Raises
    ------
    ValueError
        the text is no path; the message says at which character.
    """
    if text == ".":
        return ()
    steps: list[Key | Index | Match] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or ((found["dot"] is None) != (not steps) and (found["quoted"] or found["plain"])):
            msg = f"{text!r} is no path: unexpected {text[at : at + 10]!r} at character {at + 1}"
            raise ValueError(msg)
        if found["index"] is not None:
            steps.append(Index(found["index"]))
        elif found["mkey"] is not None:
            steps.append(Match(found["mkey"], found["mquoted"] if found["mquoted"] is not None else found["mtext"]))
        else:
            steps.append(Key(found["plain"] or found["quoted"].replace("''", "'")))
        at = found.end()
    if not steps:
        msg = "a path must not be empty ('.' is the row itself)"
        raise ValueError(msg)
    return tuple(steps)


def render(path: Path) -> str:
    """Write a path the way :func:`parse` reads it."""
    text = ""
    for one in path:
        if isinstance(one, Key):
            name = "'" + one.replace("'", "''") + "'" if re.search(r"[.\[\]']", one) else str(one)
            text += f".{name}" if text else name
        elif isinstance(one, Index):
            text += f"[{int(one)}]"
        else:
            text += f"[{one.key}={one.text}]"
    return text or "."


def step(value: Any, one: Key | Index | Match) -> Any:
    """Take one step. From ``None`` everything is ``None``; where the value has no such step, ``ABSENT``."""
    if value is None:
        return None
    if isinstance(one, Key):
        return value.get(one, ABSENT) if isinstance(value, dict) else ABSENT
    elements = value if isinstance(value, list | tuple) else [value] if isinstance(value, dict) else []
    if isinstance(one, Index):
        return elements[one] if one < len(elements) else ABSENT
    for element in elements:
        if isinstance(element, dict) and as_text(element.get(one.key)) == one.text:
            return element
    return ABSENT


def resolve(row: Any, path: Path) -> Any:
    """Return the value at ``path``, ``None`` where the source sent null on the way, ``ABSENT`` where it sent nothing."""
    for one in path:
        row = step(row, one)
        if row is ABSENT:
            return ABSENT
    return row


def is_blank(value: Any) -> bool:
    """Say whether a value is one of the spellings of "empty": null, ``""`` or only white space."""
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def as_text(value: Any) -> str | None:
    """Spell a scalar as JSON would, without quotes, to compare it with a word of a mapping; None for what is no scalar."""
    if isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    if isinstance(value, dict | list | tuple):
        return None
    return str(value)
