"""Finds a person in what is kept: by e-mail address, telephone number or id, however it was written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bartack.errors import ConfigError

__all__ = ["KINDS", "Wanted", "places", "wanted"]

KINDS = ("email", "phone", "id")

_NUMBER = re.compile(r"[+(]?\d[\d\s()./-]{4,}\d")
_TRUNK = re.compile(r"\(0\)")
_FEWEST_DIGITS = 7
_FEWEST_WITHOUT_ZERO = 9
"""Shorter ones, which do not begin with the 0 of a trunk either, may be somebody else's in the next town."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom to look for: ``kind`` is email, phone or id. ``holds`` tells whether a text has it in it."""

    kind: str
    holds: Callable[[str], bool]


def wanted(kind: str, text: str) -> Wanted:
    """Return what looks for a person.

    An address is compared without regard to case, its domain in both spellings; a number by its digits, with the code of
    the country or without; an id as it is.

    Raises
    ------
    ConfigError
        no such kind, or a text that is none.
    """
    text = text.strip()
    if kind == "email" and re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        return Wanted(kind, _address(text))
    if kind == "phone" and len(_digits(text)) >= _FEWEST_DIGITS:
        return Wanted(kind, _number(text))
    if kind == "id" and text:
        return Wanted(kind, lambda found: found.strip() == text)
    example = {"email": "email=zoe@example.org", "phone": "phone=+49301234567", "id": "id=4711"}
    raise ConfigError(
        f"this is no {kind}" if kind in KINDS else f"nobody is found by {kind!r}",
        next_step=f"--match {example.get(kind) or ', '.join(example.values())}",
    )


def places(value: Any, sought: Wanted, path: str = "") -> Iterator[str]:
    """Yield the paths within a JSON-like value at which a person is found. An id counts only where it is a reference."""
    if isinstance(value, Mapping):
        if sought.kind == "id" and {"contract", "id"} <= value.keys() and sought.holds(str(value["id"])):
            yield path
        for key, item in value.items():
            yield from places(item, sought, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from places(item, sought, f"{path}[{number}]")
    elif sought.kind != "id" and isinstance(value, str | int) and sought.holds(str(value)):
        yield path or "."


def _address(text: str) -> Callable[[str], bool]:
    local, _, domain = text.casefold().rpartition("@")
    spellings = {domain, _spelled(domain, "encode"), _spelled(domain, "decode")}
    domains = "|".join(map(re.escape, sorted(spellings)))
    pattern = re.compile(rf"(?<![\w.+-]){re.escape(local)}@(?:{domains})(?![\w-]|\.\w)")
    return lambda found: "@" in found and pattern.search(found.casefold()) is not None


def _spelled(domain: str, how: str) -> str:
    try:
        return domain.encode("idna").decode() if how == "encode" else domain.encode().decode("idna")
    except UnicodeError:
        return domain


def _number(text: str) -> Callable[[str], bool]:
    asked = _digits(text)
    abroad = _is_international(text)

    def same(found: str) -> bool:
        digits = _digits(found)
        if digits == asked:
            return True
        there = _is_international(found)
        if abroad == there:
            return False
        whole, national, written = (asked, digits, found) if abroad else (digits, asked, text)
        fewest = _FEWEST_DIGITS if written.lstrip(" (").startswith("0") else _FEWEST_WITHOUT_ZERO
        return len(national) >= fewest and whole.endswith(national)

    return lambda found: any(same(piece) for run in _NUMBER.findall(found) for piece in (run, *re.split(r"[/,]", run)))


def _is_international(text: str) -> bool:
    return text.strip().startswith(("+", "00"))


def _digits(text: str) -> str:
    """Return the digits of a number without what is dialled before it: ``+``, ``00``, or the ``0`` of a trunk."""
    return re.sub(r"\D", "", _TRUNK.sub("", text)).lstrip("0")
