"""Dates and times as systems really write them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.normalizers.base import Noted, NotReadableError
from bartack.normalizers.dates import day, moment, timestamp
from bartack.normalizers.durations import duration, time_of_day

UTC = dt.UTC


def at(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def code_of(function: Any, raw: Any, **parameters: Any) -> str:
    """The code of the error or of the only note."""
    try:
        result = function(raw, **parameters)
    except NotReadableError as error:
        return error.code
    assert isinstance(result, Noted)
    (note,) = result.notes
    return note.code


@pytest.mark.parametrize(
    ("raw", "parameters", "value"),
    [
        ("2020-10-22T21:03:23.000+0000", {}, at(2020, 10, 22, 21, 3, 23)),  # Salesforce
        ("2024-10-20T19:50:47.612Z", {}, at(2024, 10, 20, 19, 50, 47, 612000)),  # HubSpot
        ("2021-08-04T14:08:39+03:00", {}, at(2021, 8, 4, 11, 8, 39)),  # Zoho
        ("2026-05-15 09:54:31", {"zone": "UTC"}, at(2026, 5, 15, 9, 54, 31)),  # Pipedrive, Odoo, SuiteCRM
        ("20260722T10:30:14", {"zone": "UTC"}, at(2026, 7, 22, 10, 30, 14)),  # XML-RPC
        ("20260722T103014Z", {}, at(2026, 7, 22, 10, 30, 14)),  # iCalendar
        ("2026-07-22 10:30:14.979730", {"zone": "UTC"}, at(2026, 7, 22, 10, 30, 14, 979730)),
        ("2026-07-22T10:30:14.1234567Z", {}, at(2026, 7, 22, 10, 30, 14, 123456)),  # .NET
        ("2026-07-22T10:30:14.123456789Z", {}, at(2026, 7, 22, 10, 30, 14, 123456)),  # Go, Java
        ("2026-07-22T10:30:14,5Z", {}, at(2026, 7, 22, 10, 30, 14, 500000)),
        ("2026-07-22 10:30:14 +0200", {}, at(2026, 7, 22, 8, 30, 14)),  # Ruby
        ("2026-07-22 10:30:14 UTC", {}, at(2026, 7, 22, 10, 30, 14)),  # Rails
        ("2026-07-22 10:30:14+02", {}, at(2026, 7, 22, 8, 30, 14)),  # PostgreSQL
        ("2026-07-22T10:30:14+02:00[Europe/Berlin]", {}, at(2026, 7, 22, 8, 30, 14)),  # Java
        ("2026-07-22t10:30z", {}, at(2026, 7, 22, 10, 30)),
        (" 2026-07-22T10:30:00Z ", {}, at(2026, 7, 22, 10, 30)),
        ("2026-12-31T24:00:00Z", {}, at(2027, 1, 1)),  # valid in XML Schema
        ("2026-07-01 12:00:00", {"zone": "Europe/Berlin"}, at(2026, 7, 1, 10)),
        ("2026-01-01 12:00:00", {"zone": "Europe/Berlin"}, at(2026, 1, 1, 11)),
        ("1729723380417", {"format": "epoch_ms"}, at(2024, 10, 23, 22, 43, 0, 417000)),
        (1729723380417, {"format": "epoch_ms"}, at(2024, 10, 23, 22, 43, 0, 417000)),
        ("12182400000", {"format": "epoch_ms"}, at(1970, 5, 22)),  # guessed as seconds it would be 2356
        ("-164160000000", {"format": "epoch_ms"}, at(1964, 10, 19)),
        (-1, {"format": "epoch_ms"}, at(1969, 12, 31, 23, 59, 59, 999000)),
        (Decimal("-1.5"), {"format": "epoch_s"}, at(1969, 12, 31, 23, 59, 58, 500000)),
        (0, {"format": "epoch_s"}, at(1970, 1, 1)),
        (["iso", "epoch_ms"], None, None),
        (Decimal("45351.5"), {"format": "excel", "zone": "UTC"}, at(2024, 2, 29, 12)),
        ("45351.4215277778", {"format": "excel", "zone": "UTC"}, at(2024, 2, 29, 10, 7)),
        ("22.07.2026 10:30", {"format": "%d.%m.%Y %H:%M", "zone": "UTC"}, at(2026, 7, 22, 10, 30)),
        ("7/22/2026 4:05:00 PM", {"format": "%m/%d/%Y %I:%M:%S %p", "zone": "UTC"}, at(2026, 7, 22, 16, 5)),
        ("7/22/2026 12:05 AM", {"format": "%m/%d/%Y %I:%M %p", "zone": "UTC"}, at(2026, 7, 22, 0, 5)),
        ("Wed, 22 Jul 2026 10:30:14 +0200", {"format": "%a, %d %b %Y %H:%M:%S %z"}, at(2026, 7, 22, 8, 30, 14)),
        ("20260722103014", {"format": "%Y%m%d%H%M%S", "zone": "UTC"}, at(2026, 7, 22, 10, 30, 14)),
        ("20260722 9:05", {"format": "%Y%m%d %H:%M", "zone": "UTC"}, at(2026, 7, 22, 9, 5)),
        (dt.datetime(2026, 7, 22, 10), {"zone": "Europe/Berlin"}, at(2026, 7, 22, 8)),
        (dt.datetime(2026, 7, 22, 10, tzinfo=dt.timezone(dt.timedelta(hours=2))), {}, at(2026, 7, 22, 8)),
        (
            {"__class__": "datetime", "year": 2026, "month": 7, "day": 22, "hour": 10, "minute": 30, "second": 14},
            {},
            at(2026, 7, 22, 10, 30, 14),
        ),
    ],
)
def test_points_in_time(raw: Any, parameters: Any, value: Any) -> None:
    if parameters is None:  # several formats, tried in order
        assert timestamp("1729723380417", format=raw) == at(2024, 10, 23, 22, 43, 0, 417000)
        assert timestamp("2024-10-23T22:43:00Z", format=raw) == at(2024, 10, 23, 22, 43)
        return
    found = timestamp(raw, **parameters)
    assert found == value
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("raw", "parameters", "value"),
    [
        ("2026-02-03", {}, dt.date(2026, 2, 3)),
        ("2026-02-03Z", {}, dt.date(2026, 2, 3)),  # XML Schema dates may have a zone; the day is the written one
        ("2026-02-03+02:00", {}, dt.date(2026, 2, 3)),
        (20260203, {"format": "yyyymmdd"}, dt.date(2026, 2, 3)),
        ("20260203", {"format": "yyyymmdd"}, dt.date(2026, 2, 3)),
        (Decimal("20260203"), {"format": "yyyymmdd"}, dt.date(2026, 2, 3)),
        (1010203, {"format": "cyymmdd"}, dt.date(2001, 2, 3)),  # AS/400
        (991231, {"format": "cyymmdd"}, dt.date(1999, 12, 31)),  # the leading zero is lost
        ("0991231", {"format": "cyymmdd"}, dt.date(1999, 12, 31)),
        (101, {"format": "cyymmdd"}, dt.date(1900, 1, 1)),
        (120050, {"format": "cyyddd"}, dt.date(2020, 2, 19)),  # JD Edwards
        (99365, {"format": "cyyddd"}, dt.date(1999, 12, 31)),
        ("45351", {"format": "excel"}, dt.date(2024, 2, 29)),
        (Decimal("45351.0"), {"format": "excel"}, dt.date(2024, 2, 29)),
        (1, {"format": "excel"}, dt.date(1900, 1, 1)),
        (59, {"format": "excel"}, dt.date(1900, 2, 28)),
        (61, {"format": "excel"}, dt.date(1900, 3, 1)),
        ("03-FEB-26", {"format": "%d-%b-%y"}, dt.date(2026, 2, 3)),  # Oracle
        ("03.02.69", {"format": "%d.%m.%y"}, dt.date(1969, 2, 3)),
        ("03.02.68", {"format": "%d.%m.%y"}, dt.date(2068, 2, 3)),
        ("26034", {"format": "%y%j"}, dt.date(2026, 2, 3)),  # YYDDD
        ("February 3, 2026", {"format": "%B %d, %Y"}, dt.date(2026, 2, 3)),
        ("3.2.2026", {"format": "%d.%m.%Y"}, dt.date(2026, 2, 3)),
        (dt.date(2026, 2, 3), {}, dt.date(2026, 2, 3)),
        ({"__class__": "date", "year": 2026, "month": 2, "day": 3}, {}, dt.date(2026, 2, 3)),
        ("2026-02-03T00:00:00", {"midnight": True}, dt.date(2026, 2, 3)),
        ("2026-02-03T00:00:00+02:00", {"midnight": True}, dt.date(2026, 2, 3)),
        (dt.datetime(2026, 2, 3), {"midnight": True}, dt.date(2026, 2, 3)),
        ("1737417600000", {"format": "epoch_ms", "midnight": True}, dt.date(2025, 1, 21)),
    ],
)
def test_dates(raw: Any, parameters: Any, value: Any) -> None:
    found = day(raw, **parameters)
    assert found == value
    assert type(found) is dt.date


@pytest.mark.parametrize(
    ("raw", "parameters"),
    [
        ("0000-00-00", {}),
        ("0000-00-00 00:00:00", {}),
        ("0000-00-00T00:00:00Z", {}),
        ("2001-02-00", {}),  # MariaDB keeps it
        ("2001-00-00", {}),
        ("00.00.0000", {"format": "%d.%m.%Y"}),
        (0, {"format": "yyyymmdd"}),
        ("00000000", {"format": "yyyymmdd"}),
        (Decimal(0), {"format": "cyymmdd"}),
        (0, {"format": "cyyddd"}),
        ("9999-12-31", {"sentinels": ["9999-12-31"]}),
        ("9999-12-31 23:59:59.997", {"sentinels": ["9999-12-31"], "zone": "UTC"}),  # SQL Server
        (dt.datetime(9999, 12, 31, 23, 59, 59), {"sentinels": ["9999-12-31"]}),
        (dt.date(9999, 12, 31), {"sentinels": [dt.date(9999, 12, 31)]}),
        ("9999-12-31T23:59:59-05:00", {"sentinels": ["9999-12-31"]}),  # not even a point in time in UTC
        ("99991231", {"format": "yyyymmdd", "sentinels": ["9999-12-31"]}),
        (99999999, {"format": "yyyymmdd", "sentinels": [99999999]}),  # no date at all
        ("1900-01-01T12:00:00Z", {"sentinels": ["1900-01-01T12:00:00Z"]}),  # Dynamics F&O
        ("1753-01-01", {"sentinels": ["1900-01-01", "1753-01-01"]}),
        ("0001-01-01T00:00:00", {"sentinels": ["0001-01-01"]}),  # .NET
        (dt.date(1899, 12, 30), {"sentinels": ["1899-12-30"]}),  # OLE
        ("1970-01-01T00:00:00Z", {"sentinels": ["1970-01-01T00:00:00Z"]}),  # Request Tracker
        (0, {"format": "epoch_ms", "sentinels": ["1970-01-01"]}),
        ("0", {"sentinels": [0]}),
        ("-1", {"format": "epoch_s", "sentinels": "-1"}),
        ("never", {"sentinels": ["never"]}),
    ],
)
@pytest.mark.parametrize("function", [day, moment])
def test_dates_that_mean_none(function: Any, raw: Any, parameters: Any) -> None:
    if function is day:
        parameters = {name: value for name, value in parameters.items() if name != "zone"}
    result = function(raw, **parameters)
    assert result.value is None
    assert code_of(function, raw, **parameters) == "date.sentinel"


@pytest.mark.parametrize("raw", ["9999-12-31", "1900-01-01", "1753-01-01", "0001-01-01", "1899-12-30", "1970-01-01"])
def test_real_dates_are_sentinels_only_where_they_are_declared(raw: Any) -> None:
    assert day(raw) == dt.date.fromisoformat(raw)


def test_a_declared_point_in_time_does_not_take_the_whole_day_with_it() -> None:
    assert timestamp("1970-01-01T08:00:00Z", sentinels=["1970-01-01T00:00:00Z"]) == at(1970, 1, 1, 8)


@pytest.mark.parametrize(
    ("function", "raw", "parameters", "code"),
    [
        (timestamp, "2026-02-03", {}, "date.unreadable"),  # which moment of the day?
        (timestamp, dt.date(2026, 2, 3), {}, "date.unreadable"),
        (timestamp, "2026-02-03 10:00:00", {}, "date.no_zone"),
        (timestamp, "2026-02-03 10:00:00", {"zone": "Mars/Olympus"}, "zone.unknown"),
        (timestamp, "2026-02-03 10:00:00", {"zone": "America"}, "zone.unknown"),  # a folder of the database
        (timestamp, "2026-02-03 10:00:00", {"zone": "../etc/passwd"}, "zone.unknown"),
        (timestamp, "2026-03-29 02:30:00", {"zone": "Europe/Berlin"}, "date.nonexistent_time"),
        (timestamp, "2026-10-25 02:30:00", {"zone": "Europe/Berlin"}, "date.ambiguous_time"),
        (moment, "2011-12-30 10:00:00", {"zone": "Pacific/Apia"}, "date.nonexistent_time"),  # a day left out
        (timestamp, "10000-01-01T00:00:00Z", {}, "date.out_of_range"),
        (timestamp, "-0001-01-01T00:00:00Z", {}, "date.out_of_range"),
        (timestamp, "9999-12-31T24:00:00Z", {}, "date.out_of_range"),
        (timestamp, "0001-01-01T00:00:00+14:00", {}, "date.out_of_range"),
        (timestamp, 10**18, {"format": "epoch_s"}, "date.out_of_range"),
        (day, 60, {"format": "excel"}, "date.out_of_range"),  # 29 February 1900
        (day, "0.25", {"format": "excel"}, "date.out_of_range"),
        (day, "2026-02-30", {}, "date.unreadable"),
        (day, "2026-02-03T10:00:00Z", {}, "date.unreadable"),
        (day, "2026-02-03T10:00:00Z", {"midnight": True}, "date.unreadable"),
        (day, "2026-02-03T00:00:00Z", {}, "date.unreadable"),  # midnight only where the rule says so
        (day, dt.datetime(2026, 2, 3), {}, "date.unreadable"),
        (timestamp, "2026-02-03T24:30:00Z", {}, "date.unreadable"),
        (timestamp, "2026-02-03T25:00:00Z", {}, "date.unreadable"),
        (timestamp, "2026-02-03T10:00:00+25:00", {}, "date.unreadable"),
        (day, "03.02.2026", {}, "date.unreadable"),  # day first or month first?
        (day, "20260203", {}, "date.unreadable"),  # or seconds since 1970?
        (timestamp, "1729723380417", {}, "date.unreadable"),
        (timestamp, "1729723380", {}, "date.unreadable"),
        (day, "tomorrow", {}, "date.unreadable"),
        (day, "10", {"format": "%d.%m.%Y"}, "date.unreadable"),
        (day, "2026-2-3", {}, "date.unreadable"),
        (day, "2024-W05-1", {}, "date.unreadable"),
        (day, "٢٠٢٦-٠٢-٠٣", {}, "date.unreadable"),  # ascii_digits makes them digits
        (day, "2001023", {"format": "%Y%m%d"}, "date.unreadable"),
        (day, 2010203, {"format": "yyyymmdd"}, "date.unreadable"),
        (day, "010203", {"format": "cyymmdd"}, "date.unreadable"),
        (day, -20260203, {"format": "yyyymmdd"}, "date.unreadable"),
        (day, "26366", {"format": "%y%j"}, "date.unreadable"),
        (day, 99366, {"format": "cyyddd"}, "date.unreadable"),
        (day, "03.Foo.2026", {"format": "%d.%b.%Y"}, "date.unreadable"),
        (timestamp, "1.1.2026 13:00 PM", {"format": "%d.%m.%Y %I:%M %p", "zone": "UTC"}, "date.unreadable"),
        (day, True, {"format": "epoch_s"}, "date.unreadable"),
        (day, 1.5, {"format": "excel"}, "date.unreadable"),
        (day, {"__class__": "Decimal", "decimal": "1"}, {}, "date.unreadable"),
        (day, {"__class__": "date", "year": "2026"}, {}, "date.unreadable"),
    ],
)
def test_what_is_not_read(function: Any, raw: Any, parameters: Any, code: Any) -> None:
    assert code_of(function, raw, **parameters) == code


def test_the_first_of_two_times_the_clock_showed_is_taken() -> None:
    assert timestamp("2026-10-25 02:30:00", zone="Europe/Berlin").value == at(2026, 10, 25, 0, 30)


def test_month_names_do_not_ask_the_locale_of_the_machine() -> None:
    assert day("3 MARCH 2026", format="%d %B %Y") == day("3 mar 2026", format="%d %b %Y") == dt.date(2026, 3, 3)


@given(
    st.dates(min_value=dt.date(1000, 1, 1)),
    st.sampled_from(["%d.%m.%Y", "%Y%m%d", "%m/%d/%Y", "%d-%b-%Y", "%Y-%j", "%B %d, %Y"]),
)
def test_a_date_written_by_strftime_is_read_back(value: Any, form: Any) -> None:
    assert day(value.strftime(form), format=form) == value


@given(
    st.datetimes(min_value=dt.datetime(1000, 1, 1)),
    st.sampled_from(["%Y-%m-%dT%H:%M:%S.%f", "%d.%m.%Y %I:%M:%S.%f %p"]),
)
def test_a_time_written_by_strftime_is_read_back(value: Any, form: Any) -> None:
    assert timestamp(value.strftime(form), format=form, zone="UTC") == value.replace(tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC)))
def test_epochs_are_exact(value: Any) -> None:
    whole = (value - at(1970, 1, 1)) // dt.timedelta(microseconds=1)
    assert timestamp(Decimal(whole) / 1_000_000, format="epoch_s") == value
    assert timestamp(str(Decimal(whole) / 1000), format="epoch_ms") == value


@given(st.dates(min_value=dt.date(1900, 1, 1), max_value=dt.date(2899, 12, 31)))
def test_as400_dates(value: Any) -> None:
    century, year = divmod(value.year - 1900, 100)
    assert day(century * 10**6 + year * 10**4 + value.month * 100 + value.day, format="cyymmdd") == value
    assert day((century * 100 + year) * 1000 + value.timetuple().tm_yday, format="cyyddd") == value


@pytest.mark.parametrize(
    ("raw", "unit", "seconds"),
    [
        ("125000", "ms", 125),  # HubSpot
        (1500, "ms", 2),
        (30, "min", 1800),  # Dynamics
        ("01:30", "h:m", 5400),  # Pipedrive
        ("2:05", "m:s", 125),  # Zoho
        ("100:00:01", "h:m:s", 360001),
        (dt.timedelta(hours=1, milliseconds=600), "s", 3601),
        ({"__class__": "timedelta", "seconds": Decimal("90.0")}, "s", 90),
    ],
)
def test_durations(raw: Any, unit: Any, seconds: Any) -> None:
    assert duration(raw, unit=unit) == seconds


@pytest.mark.parametrize(
    ("raw", "unit"),
    [("1:75", "h:m"), ("90", "h:m"), ("soon", "s"), (True, "s"), (1.5, "s"), (10**30, "s"), (["1"], "m:s")],
)
def test_no_duration(raw: Any, unit: Any) -> None:
    with pytest.raises(NotReadableError):
        duration(raw, unit=unit)


@pytest.mark.parametrize(
    ("raw", "form", "value"),
    [
        ("09:54", "iso", "09:54:00"),
        ("23:59:59.9", "iso", "23:59:59"),
        (40506, "hhmmss", "04:05:06"),
        (0, "hhmmss", "00:00:00"),
        ("0930", "hhmm", "09:30:00"),
        ("4.05 pm", "%I.%M %p", "16:05:00"),
        (dt.time(9, 54), "iso", "09:54:00"),
        (dt.timedelta(hours=9, minutes=54), "iso", "09:54:00"),  # what MySQL's drivers make of TIME
    ],
)
def test_times_of_day(raw: Any, form: Any, value: Any) -> None:
    assert time_of_day(raw, format=form) == value


@pytest.mark.parametrize(
    ("raw", "form"),
    [
        ("24:00", "iso"),
        ("9", "iso"),
        (246060, "hhmmss"),
        (-1, "hhmmss"),
        pytest.param(10**5000, "hhmm", id="huge"),
        (dt.timedelta(days=2), "iso"),
    ],
)
def test_no_time_of_day(raw: Any, form: Any) -> None:
    with pytest.raises(NotReadableError):
        time_of_day(raw, format=form)
