"""Changes of single values: there or not, of which type, and what a text is made of."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal
from random import Random
from typing import Any

from bartack.twins.json_document import JsonDocument
from bartack.twins.mutant import Change, of_place
from bartack.twins.nodes import Raw, without
from bartack.twins.subject import Place, Subject
from bartack.twins.watching import CANARY

__all__ = ["chosen", "presence", "texts", "types"]

_LONG = 10_000_000
_DIGITS = Raw("7" * 401)


def chosen(subject: Subject, dice: Random) -> Iterator[Place]:
    """Yield one place of each contract field; one with a value, where there is one."""
    for places in subject.places.values():
        good = [place for place in places if place.value not in (None, "", [], {})]
        yield dice.choice(good or places)


def presence(subject: Subject, dice: Random) -> Iterator[Change]:
    """Null, missing, blank; and rows that are none."""
    for place in chosen(subject, dice):
        document = subject.pages[place.page].document
        yield of_place(subject, place, "missing", "nothing", [without(place.node)])
        for name, value in (("null", None), ("blank", ""), ("spaces", "  \t ")):
            if value != place.value and not (value is None and isinstance(place.node.value, list)):
                yield of_place(subject, place, name, name, [document.put(place.node, value)])
    for page in subject.some_pages(dice):
        number = dice.randrange(len(page.nodes))
        node = page.nodes[number]
        row = Place(subject.pages.index(page), number, page.ids[number], ".", ("the row",), node, None)
        for name, value in (("null", None), ("a text", "a text"), ("blank", "")):
            edit = page.document.put(node, value)
            yield of_place(subject, row, f"row {name}", name, [edit], loud=True)


def types(subject: Subject, dice: Random) -> Iterator[Change]:
    """Another type than before, and numbers that no program can hold."""
    for place in chosen(subject, dice):
        if isinstance(place.node.value, list) and not isinstance(subject.pages[place.page].document, JsonDocument):
            continue  # elements that repeat: there is no one place for all of them
        for name, value in _others(place.value):
            document = subject.pages[place.page].document
            yield of_place(subject, place, name, name, [document.put(place.node, value)], loud=name in _LOUD)


_LOUD = frozenset({"object", "list"})


def _others(value: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, dict):
        yield "object", {"value": value if _is_scalar(value) else "x"}
    if not isinstance(value, list):
        yield "list", [value if _is_scalar(value) else "x", {"a": 1}]
    if not isinstance(value, bool):
        yield "boolean", True
    if not isinstance(value, str):
        yield "text", str(value) if _is_scalar(value) else "a text"
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        yield "number", 20_241_231
    yield "fraction", Decimal("-0.125")
    yield "1e400", Raw("1e400")
    yield "400 digits", _DIGITS
    yield "NaN", Raw("NaN")
    yield "Infinity", Raw("-Infinity")


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, dict | list)


def texts(subject: Subject, dice: Random) -> Iterator[Change]:
    """Texts as they come out of broken programs."""
    for place in chosen(subject, dice):
        if not isinstance(place.value, str) or not place.value:
            continue
        document = subject.pages[place.page].document
        is_json = isinstance(document, JsonDocument)
        for name, spell in _SPELLINGS.items():
            yield of_place(subject, place, name, name, [document.put(place.node, spell(place.value))])
        for name, json_text, xml_text in _ESCAPES:
            raw = Raw(f'"a{json_text}b"' if is_json else f"a{xml_text}b")
            yield of_place(subject, place, name, name, [document.put(place.node, raw)])
        yield _long(subject, place, '"' if is_json else "")


def _long(subject: Subject, place: Place, quote: str) -> Change:
    page = subject.pages[place.page]
    short = of_place(subject, place, "ten megabytes", "ten megabytes", [])

    def edit() -> Any:
        value = Raw(f"{quote}{'Donaudampfschiff ' * (_LONG // 17)}{quote}")
        return of_place(subject, place, "", "", [page.document.put(place.node, value)]).edit()

    return Change(short.name, short.said, edit, place=place, touched=short.touched)


def _mojibake(text: str) -> str:
    text = text if not text.isascii() else f"{text} Zoë"
    return text.encode().decode("cp1252", "replace")


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text if not text.isascii() else f"{text} Zoë")


_SPELLINGS: dict[str, Callable[[str], str]] = {
    "mojibake": _mojibake,
    "decomposed": _decomposed,
    "byte order mark": lambda text: f"\ufeff{text}",
    "bidi override": lambda text: f"\u202e{text}",
    "zero width": lambda text: "\u200b".join(text),
    "formula": lambda text: f"=cmd|'/C calc'!A0 {text}",
    "null as a word": lambda _: "NULL",
    "markup": lambda text: f"<b>{text}</b>&nbsp;<script>1</script>",
    "replacement character": lambda text: f"{text}\ufffd",
    "a secret of the source": lambda text: f"{text} {CANARY}",
    "upside down": lambda text: text[::-1],
}
_ESCAPES = (
    ("half a surrogate pair", r"\ud83d", "&#xD83D;"),
    ("NUL", r"\u0000", "&#0;"),
    ("control character", r"\u001b", "&#27;"),
    ("line break in a text", "\n", "\n"),
    ("unknown entity", r"\q", "&nbsp;"),
)
