"""One spelling for each kind of value; no number and no digits ever become a date."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ConfigDict, TypeAdapter, ValidationError

from bartack_contracts import Count, Day, Many, Moment, Number, Text, UtcDateTime

STRICT = ConfigDict(strict=True)  # as all models of the package are

DATES: dict[str, TypeAdapter[Any]] = {
    "UtcDateTime": TypeAdapter(UtcDateTime),
    "Day": TypeAdapter(Day),
    "Moment": TypeAdapter(Moment),
}
NUMBER: TypeAdapter[Any] = TypeAdapter(Number)
TEXT: TypeAdapter[Any] = TypeAdapter(Text, config=STRICT)

digits = st.text("0123456789", min_size=1, max_size=14)


def accepts(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


def accepts_json(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        adapter.validate_json(json.dumps(value))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("kind", DATES)
@given(number=digits | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | digits.map("-{}".format))
@example(number="20260102")
@example(number="2026")
@example(number=12182400000)
@example(number="20260102103015")
def test_numbers_and_digits_never_become_a_date(kind: str, number: float | str) -> None:
    assert not accepts(DATES[kind], number)
    assert not accepts_json(DATES[kind], number)


@pytest.mark.parametrize("kind", DATES)
def test_text_is_no_date_in_python_where_the_mapping_has_to_read_it(kind: str) -> None:
    assert not accepts(DATES[kind], "2026-01-02")
    assert not accepts(DATES[kind], "2026-01-02T10:00:00Z")


@pytest.mark.parametrize(
    "text",
    ["2026-W01-1", "2026-01-02T10:00:00", "2026-1-2", "2026-02-30T00:00:00Z", "٢٠٢٦-01-02", "2026-01-02T10Z", ""],
)
def test_only_rfc_3339_is_a_date_in_json(text: str) -> None:
    assert not any(accepts_json(adapter, text) for adapter in DATES.values())


def test_naive_datetimes_are_refused() -> None:
    assert not accepts(DATES["UtcDateTime"], datetime(2026, 1, 2, 10))
    assert not accepts(DATES["Moment"], datetime(2026, 1, 2, 10))


@pytest.mark.parametrize("kind", ["UtcDateTime", "Moment"])
def test_aware_datetimes_are_held_in_utc(kind: str) -> None:
    berlin = datetime(2026, 1, 2, 0, 30, tzinfo=timezone(timedelta(hours=1)))
    held = DATES[kind].validate_python(berlin)
    assert held == berlin
    assert held.tzinfo is UTC
    assert DATES[kind].dump_json(held) == b'"2026-01-01T23:30:00Z"'
    assert DATES[kind].validate_json('"2026-01-02T00:30:00+01:00"') == berlin


@pytest.mark.parametrize(("year", "hours"), [(1, 5), (9999, -5)])
def test_a_datetime_beyond_the_calendar_is_refused_not_a_crash(year: int, hours: int) -> None:
    edge = datetime(
        year,
        1 if year == 1 else 12,
        1 if year == 1 else 31,
        0 if year == 1 else 23,
        tzinfo=timezone(timedelta(hours=hours)),
    )
    with pytest.raises(ValidationError, match="between the years 1 and 9999"):
        DATES["UtcDateTime"].validate_python(edge)


@given(st.dates())
def test_a_date_stays_a_date(day: date) -> None:
    for kind in ("Day", "Moment"):
        adapter = DATES[kind]
        back = adapter.validate_json(adapter.dump_json(adapter.validate_python(day)))
        assert type(back) is date
        assert back == day


def test_a_day_is_not_cut_out_of_a_datetime() -> None:
    assert not accepts(DATES["Day"], datetime(2026, 1, 2, tzinfo=UTC))
    assert not accepts_json(DATES["Day"], "2026-01-02T00:00:00Z")


def test_a_datetime_is_not_made_of_a_day() -> None:
    assert not accepts(DATES["UtcDateTime"], date(2026, 1, 2))
    assert not accepts_json(DATES["UtcDateTime"], "2026-01-02")


@pytest.mark.parametrize(
    "text", ["12.50", "0.00", "-1.230", "1E+5", "1E-7", "0E-10", "123456789012345678901234567890.10"]
)
def test_a_number_keeps_its_digits_and_scale(text: str) -> None:
    number = NUMBER.validate_python(Decimal(text))
    assert str(number) == text
    assert str(NUMBER.validate_json(NUMBER.dump_json(number))) == text


def test_a_whole_number_is_a_number() -> None:
    assert NUMBER.validate_python(3) == Decimal(3)
    assert NUMBER.validate_json("3") == Decimal(3)


@pytest.mark.parametrize(
    "value", [1.5, 0.1, True, "1.5", None, Decimal("NaN"), Decimal("Infinity"), Decimal("1e999999999")]
)
def test_floats_booleans_text_and_what_has_no_size_are_no_number(value: object) -> None:
    assert not accepts(NUMBER, value)


@pytest.mark.parametrize("value", [1.5, True, "NaN", "1_000", " 1", "１", "0x1", "1e999999999"])
def test_json_floats_and_fancy_text_are_no_number(value: object) -> None:
    assert not accepts_json(NUMBER, value)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_any_unicode_is_text(text: str) -> None:
    assert TEXT.validate_json(TEXT.dump_json(TEXT.validate_python(text))) == text


@pytest.mark.parametrize("value", ["", "\ud800", "a\udfff", b"bytes", 1])
def test_empty_text_and_lone_surrogates_are_refused(value: object) -> None:
    assert not accepts(TEXT, value)


def test_lists_are_taken_and_tuples_are_held() -> None:
    names: TypeAdapter[Any] = TypeAdapter(Many[Text], config=STRICT)
    assert names.validate_python(["a"]) == names.validate_python(("a",)) == names.validate_json('["a"]') == ("a",)
    assert not accepts(names, "ab")
    assert not accepts(names, None)
    assert not accepts(names, [1])


def test_a_count_fits_every_database() -> None:
    count: TypeAdapter[Any] = TypeAdapter(Count, config=STRICT)
    assert accepts(count, 2**63 - 1)
    assert not any(accepts(count, value) for value in (-1, 2**63, "1", 1.0))
