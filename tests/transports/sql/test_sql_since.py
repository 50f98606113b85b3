"""Incremental reads: what was changed is never missed, whatever way a database writes its moments."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import ConfigError
from bartack.transports.base import Query
from bartack.transports.sql.moments import lower_bound

NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
WALL_CLOCK = datetime.fromisoformat("2024-01-01")
QUARTER = timedelta(minutes=15)
ZONES = ("Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Kiritimati", "Etc/GMT+12", "UTC")
moments = st.datetimes(
    min_value=datetime.fromisoformat("1975-01-01"),
    max_value=datetime.fromisoformat("2035-01-01"),
    timezones=st.just(UTC),
)
later = st.one_of(st.just(timedelta(0)), st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3)))
zones = st.sampled_from(ZONES)


@given(since=moments, wait=later, zone=zones, known=st.booleans())
def test_a_wall_clock_of_a_later_moment_is_never_below_the_bound(
    since: datetime, wait: timedelta, zone: str, known: bool
) -> None:
    stored = (since + wait).astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0)
    bound = lower_bound(since, WALL_CLOCK, zone if known else None)
    assert isinstance(bound, datetime)
    assert stored >= bound
    day = lower_bound(since, date(2024, 1, 1), zone if known else None)
    assert isinstance(day, date)
    assert stored.date() >= day


@pytest.mark.parametrize(
    ("zone", "since"),
    [
        ("Europe/Berlin", "2024-10-27T00:50Z"),
        ("America/St_Johns", "2024-11-03T04:20Z"),
        ("Australia/Lord_Howe", "2024-04-06T14:50Z"),
    ],
)
def test_the_hour_a_clock_shows_twice_is_read_whole(zone: str, since: str) -> None:
    """A row changed 15 minutes later is stored with an earlier time of day."""
    moment = datetime.fromisoformat(since)
    stored, at = ((moment + wait).astimezone(ZoneInfo(zone)).replace(tzinfo=None) for wait in (QUARTER, timedelta(0)))
    assert stored < at
    bound = lower_bound(moment, WALL_CLOCK, zone)
    assert isinstance(bound, datetime)
    assert stored >= bound


@given(since=moments, wait=later, hours=st.integers(-12, 14), separator=st.sampled_from(["T", " "]))
def test_iso_text_of_a_later_moment_never_sorts_below_the_bound(
    since: datetime, wait: timedelta, hours: int, separator: str
) -> None:
    stored = (since + wait).astimezone(timezone(timedelta(hours=hours))).isoformat(separator)
    bound = lower_bound(since, stored, "Europe/Berlin")
    assert isinstance(bound, str)
    assert stored >= bound


def test_an_aware_column_is_compared_with_the_moment_itself() -> None:
    assert lower_bound(NOON, datetime(2024, 1, 1, tzinfo=UTC), None) == NOON


def test_a_column_without_a_zone_is_compared_in_the_zone_of_the_source() -> None:
    assert lower_bound(NOON, WALL_CLOCK, "Asia/Tokyo") == datetime.fromisoformat("2024-03-10T21:00")
    assert lower_bound(NOON, WALL_CLOCK, None) == datetime.fromisoformat("2024-03-10")


@pytest.mark.parametrize("sample", [1710072000, "31.12.2024", b"x", None, "20240310"])
def test_other_values_cannot_be_compared(sample: Any) -> None:
    assert lower_bound(NOON, sample, None) is None


TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, changed {type}); INSERT INTO t (changed) VALUES {values};"


def test_rows_changed_since_come_and_so_do_those_that_do_not_say(make: Any, connect: Any, pages: Any) -> None:
    values = "('2024-03-01 10:00:00'), ('2024-03-10T12:00:00Z'), (NULL), ('2024-03-11')"
    session = connect(make(TABLE.format(type="TEXT", values=values)))
    (page,) = pages(session, Query(since=NOON), table="t", changed="changed")
    assert [row["id"] for row in page.rows] == [3, 2, 4], "in the order of the changes"
    assert page.total == 3


def test_a_stream_that_does_not_know_changes_is_read_whole(make: Any, connect: Any, rows: Any) -> None:
    session = connect(make(TABLE.format(type="TEXT", values="('2024-03-01')")))
    assert len(rows(session, Query(since=NOON), table="t")) == 1


def test_a_column_without_any_value_hides_no_row(make: Any, connect: Any, rows: Any) -> None:
    session = connect(make(TABLE.format(type="TEXT", values="(NULL), (NULL)")))
    assert len(rows(session, Query(since=NOON), table="t", changed="changed")) == 2


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ("(20240310), (20240311)", "20240310"),
        ("(1710072000.5)", "1710072000.5"),
        ("('10.03.2024')", "'10.03.2024'"),
        ("('2024-03-10'), ('yesterday')", "'yesterday'"),
        ("('2024-03-10'), (5)", "5"),
    ],
)
def test_numbers_and_other_text_are_refused_with_an_example(
    make: Any, connect: Any, rows: Any, values: str, shown: str
) -> None:
    session = connect(make(TABLE.format(type="TIMESTAMP", values=values)))
    with pytest.raises(ConfigError, match=rf"values like {shown}, which cannot be compared"):
        rows(session, Query(since=NOON), table="t", changed="changed")


def test_a_select_can_turn_epochs_into_moments(make: Any, connect: Any, rows: Any) -> None:
    session = connect(make(TABLE.format(type="INTEGER", values="(1710072000), (1)")))
    select = "SELECT id, datetime(changed, 'unixepoch') AS changed FROM t"
    assert [row["id"] for row in rows(session, Query(since=NOON), select=select, changed="changed")] == [1]
