"""Texts of third parties: nothing invisible reaches a reader, nothing visible is lost, every change is told."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bartack.service.answers import Altered
from bartack.service.budget import fit, size
from bartack.service.cleaning import LONGEST, Cleaner, one_line

texts = st.text(st.characters(exclude_categories=[]), max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
INVISIBLE = {"Cc", "Cs"}
TAGS = range(0xE0000, 0xE0080)
BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}


def hidden(text: str) -> list[str]:
    """Return the characters that no reader sees."""
    return [
        char
        for char in text
        if (unicodedata.category(char) in INVISIBLE and char not in "\n\t") or ord(char) in TAGS or ord(char) in BIDI
    ]


@given(values)
def test_no_hidden_character_is_left_in_a_text_or_a_name(value: Any) -> None:
    cleaned = Cleaner().value(value, "value")
    for text in _texts(cleaned):
        assert hidden(text) == []
    json.dumps(cleaned, ensure_ascii=False).encode()


@given(values)
def test_what_is_clean_already_stays_as_it_is_and_is_not_flagged(value: Any) -> None:
    clean = Cleaner().value(value, "value")
    again = Cleaner()
    assert again.value(clean, "value") == clean
    assert again.altered == ()


@given(values)
def test_whatever_was_changed_is_flagged(value: Any) -> None:
    cleaner = Cleaner()
    if cleaner.value(value, "value") != value:
        assert cleaner.altered


@given(st.dictionaries(texts, st.integers(), max_size=6))
def test_names_that_differ_in_nothing_visible_keep_all_their_values(value: dict[str, int]) -> None:
    cleaned = Cleaner().value(value, "value")
    assert sorted(cleaned.values()) == sorted(value.values())


def test_a_text_without_end_is_cut_and_says_how_long_it_is() -> None:
    cleaner = Cleaner()
    cut = cleaner.value({"note": "x" * 1_000_000}, "value")
    assert len(cut["note"]) == LONGEST
    assert cleaner.altered == (Altered(field="value.note", characters=1_000_000),)


def test_a_text_of_nothing_visible_does_not_become_an_empty_one() -> None:
    cleaner = Cleaner()
    assert cleaner.text("\u200b\u202e", "value.name") == "\ufffd"
    assert cleaner.text("", "value.name") == ""


@given(texts, st.integers(2, 50))
def test_words_of_a_notice_are_one_short_line(text: str, longest: int) -> None:
    line = one_line(text, longest)
    assert "\n" not in line
    assert len(line) <= longest


items = st.builds(lambda field, count: Altered(field=field, removed=count), st.text(max_size=60), st.integers(0, 10**6))


@given(st.lists(items, max_size=12), st.integers(20, 600))
def test_as_many_whole_items_fit_as_there_is_room_for_in_their_order(some: list[Altered], room: int) -> None:
    kept = fit(some, room, lambda item, needed: Altered(field="", characters=needed))
    assert len(kept) >= bool(some)
    for item, shown in zip(some, kept, strict=False):
        assert shown == item if size(item) < room else shown == Altered(field="", characters=size(item))
    if len(kept) > 1:
        assert sum(size(one) + 1 for one in kept) <= room
    if len(kept) < len(some):
        following = some[len(kept)]
        assert size(following) >= room or sum(size(one) + 1 for one in [*kept, following]) > room


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [*value, *(text for one in value.values() for text in _texts(one))]
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []
