"""Keys sort as values do, byte by byte, and are equal where the values are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from bartack.replica import keys
from bartack.replica.text import folded, phrases, words

numbers = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**40), max_value=10**40, places=12)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(
    min_value=datetime(2, 1, 1), max_value=datetime(9998, 1, 1), timezones=zones
)  # fmt: skip


@given(numbers, numbers)
def test_numbers_sort_as_numbers(one: Decimal, other: Decimal) -> None:
    left, right = keys.number(one).encode(), keys.number(other).encode()
    assert (left < right, left == right) == (one < other, one == other)


@given(st.integers(), st.integers())
def test_whole_numbers_of_any_size_sort_as_numbers(one: int, other: int) -> None:
    assert (keys.number(one) < keys.number(other)) == (one < other)


@given(moments, moments)
def test_moments_sort_by_time_whatever_their_zone(one: datetime, other: datetime) -> None:
    assert (keys.moment(one) < keys.moment(other)) == (one < other)


@given(st.dates(), st.dates())
def test_dates_sort_by_day_also_in_the_first_centuries(one: date, other: date) -> None:
    assert (keys.moment(one) < keys.moment(other)) == (one < other)


@given(st.dates(min_value=date(2, 1, 1)))
def test_a_date_is_before_every_moment_of_its_day_and_after_the_day_before(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert keys.moment(midnight - timedelta(microseconds=1)) < keys.moment(day) < keys.moment(midnight)


@given(st.text(min_size=1), st.text(min_size=1))
def test_texts_are_equal_only_where_they_are_the_same(one: str, other: str) -> None:
    same = one.replace("\x00", "\ufffd") == other.replace("\x00", "\ufffd")
    assert (keys.text(one) == keys.text(other)) == same


@given(st.text(alphabet="ab", min_size=300, max_size=400), st.text(alphabet="ab", min_size=300, max_size=400))
def test_long_texts_are_told_apart_by_their_ends(one: str, other: str) -> None:
    assert (keys.text(one) == keys.text(other)) == (one == other)
    assert len(keys.text(one)) < 200


@given(st.text(min_size=1, max_size=40), st.text(max_size=40))
def test_a_text_is_found_by_how_it_begins_in_any_case(begin: str, rest: str) -> None:
    low, high = keys.text_prefix(begin)
    if folded(begin + rest).startswith(folded(begin)):  # a mark that combines with the end of the beginning changes it
        assert (
            low.encode()
            <= keys.text((begin + rest).upper() if begin.isascii() and rest.isascii() else begin + rest).encode()
            < high.encode()
        )


def test_neighbours_stand_together_whatever_their_case_and_accents() -> None:
    names = ["Zoë", "anna", "Émile", "Bob", "eva", "ÖZ"]
    assert sorted(names, key=keys.text) == ["anna", "Bob", "Émile", "eva", "ÖZ", "Zoë"]


def test_an_address_is_sought_as_a_phrase_and_words_by_themselves() -> None:
    assert phrases('zoe@example.org  overdue "Main Street 5" -- ') == [
        ("zoe", "example", "org"), ("overdue",), ("main", "street", "5"),
    ]  # fmt: skip


def test_scripts_without_spaces_are_cut_into_characters() -> None:
    assert words("株式会社ABC 2024") == ["株", "式", "会", "社", "abc", "2024"]


@given(st.text(max_size=200))
def test_words_hold_nothing_that_a_query_could_be_made_of(text: str) -> None:
    assert all(word.replace("_", "a").isalnum() or not word.isascii() for word in words(text))
    assert not any(character in word for word in words(text) for character in "'\"\\&|!():*<> ")
