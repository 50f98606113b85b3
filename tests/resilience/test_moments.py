"""When to come back: what sources write, and what is made of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.resilience.moments import clock_skew, retry_after, spoken

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
YEAR = 366 * 86_400

WRITTEN = [
    ("1", 1.0),
    ("0", 0.0),
    (" 120 ", 120.0),
    ("1.5", 1.5),
    ("0.25", 0.25),
    ("86400", 86_400.0),
    ("99999999999", YEAR),
    ("9" * 400, YEAR),
    ("Mon, 23 Nov 2026 10:00:30 GMT", 30.0),
    ("Monday, 23-Nov-26 10:00:30 GMT", 30.0),  # RFC 850, which a client must understand
    ("Mon Nov 23 10:00:30 2026", 30.0),  # asctime, likewise
    ("Mon, 23 Nov 2026 09:00:00 GMT", 0.0),
    ("Fri, 31 Dec 9999 23:59:59 GMT", YEAR),
    ("soon", None),
    ("", None),
    ("-5", None),
    ("1e3", None),
    ("1,5", None),
    ("nan", None),
    ("inf", None),
    ("0x10", None),
    ("١٢", None),  # digits, but not of HTTP
]


@pytest.mark.parametrize(("written", "seconds"), WRITTEN)
def test_retry_after_is_read_as_it_is_written(written: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": written}, NOW) == seconds


def test_without_the_header_nothing_is_asked() -> None:
    assert retry_after({}, NOW) is None


def test_a_date_is_measured_against_the_sources_own_clock() -> None:
    headers = {"retry-after": "Mon, 23 Nov 2026 11:00:30 GMT", "date": "Mon, 23 Nov 2026 11:00:00 GMT"}
    assert retry_after(headers, NOW) == 30.0


@given(st.text(max_size=60), st.text(max_size=60))
def test_whatever_is_written_the_wait_is_bounded(written: str, date: str) -> None:
    seconds = retry_after({"retry-after": written, "date": date}, NOW)
    assert seconds is None or 0 <= seconds <= YEAR


@pytest.mark.parametrize("minutes", [-10, 0, 10])
def test_skew_is_how_far_this_clock_is_ahead(minutes: int) -> None:
    headers = {"date": "Mon, 23 Nov 2026 10:00:00 GMT"}
    assert clock_skew(headers, NOW + timedelta(minutes=minutes)) == minutes * 60
    assert clock_skew({}, NOW) is None


@given(st.floats(0, YEAR))
def test_a_length_of_time_is_said_to_a_twentieth(seconds: float) -> None:
    units = {"s": 1, "min": 60, "h": 3600, "d": 86_400}
    words = spoken(seconds).split()
    told = sum(int(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
    assert abs(told - seconds) <= max(1.0, seconds / 20)
