"""How a stream is asked for what has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import ConfigError
from bartack.transports.base import Page, Query
from bartack.transports.http import PagePaging, Since, Size
from support.http_vendor import Vendor

Read = Callable[..., list[Page]]

MOMENT = datetime(2026, 11, 23, 11, 0, 7, 987654, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        ("iso", "2026-11-23T10:00:07Z"),
        ("iso_ms", "2026-11-23T10:00:07.987Z"),
        ("date", "2026-11-23"),
        ("sql", "2026-11-23 10:00:07"),
        ("epoch", "1795428007"),
        ("epoch_ms", "1795428007987"),
        ("http", "Mon, 23 Nov 2026 10:00:07 GMT"),
        ("%d.%m.%Y %H:%M", "23.11.2026 10:00"),
    ],
)
def test_the_moment_is_written_as_the_source_wants_it(vendor: Vendor, read: Read, form: str, sent: str) -> None:
    vendor.on("/contacts", {"data": []})
    read(Query(since=MOMENT), since=Since("updatedAfter", form), params={"q": "all"})
    assert vendor.queries == [{"q": "all", "updatedAfter": sent}]


def test_the_moment_may_stand_in_a_filter_a_header_or_a_search(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", {"data": []})
    vendor.on("/search", {"data": []})
    query = Query(since=MOMENT)
    read(query, since=Since("$filter", template="modifiedon ge {since}"))
    read(query, since=Since("If-Modified-Since", "http", header=True))
    read(
        query,
        page_size=Size("limit", 100),
        paging=PagePaging("page"),
        since=Since(
            "filterGroups",
            "epoch_ms",
            template=[{"filters": [{"name": "changed", "operator": "GTE", "value": "{since}"}]}],
            path="/search",
            method="POST",
            json={"sorts": ["changed"]},
        ),
    )
    listed, headed, searched = vendor.asked
    assert listed.query == {"$filter": "modifiedon ge 2026-11-23T10:00:07Z"}
    assert (headed.query, headed.headers["if-modified-since"]) == ({}, "Mon, 23 Nov 2026 10:00:07 GMT")
    assert (searched.method, searched.path, searched.query) == ("POST", "/search", {})
    assert searched.document == {
        "sorts": ["changed"],
        "filterGroups": [{"filters": [{"name": "changed", "operator": "GTE", "value": 1795428007987}]}],
        "limit": 100,
        "page": 1,
    }


def test_without_a_moment_the_stream_is_asked_as_declared(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", {"data": []})
    read(since=Since("updatedAfter", path="/search"))
    read(Query(since=MOMENT))
    assert [(asked.path, asked.query) for asked in vendor.asked] == [("/contacts", {})] * 2


def test_a_lookback_asks_from_earlier_on(vendor: Vendor, read: Read) -> None:
    vendor.on("/contacts", {"data": []})
    read(Query(since=MOMENT), since=Since("after", lookback=timedelta(minutes=1)))
    assert vendor.queries == [{"after": "2026-11-23T09:59:07Z"}]


def test_a_moment_without_a_zone_and_an_unknown_format_are_refused(read: Read) -> None:
    with pytest.raises(ConfigError, match="time zone"):
        read(Query(since=datetime(2026, 11, 23)), since=Since("after"))
    with pytest.raises(ConfigError, match="'unix' is no format"):
        Since("after", "unix")


READERS: dict[str, Callable[[Any], datetime]] = {
    "iso": datetime.fromisoformat,
    "iso_ms": datetime.fromisoformat,
    "date": lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
    "sql": lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
    "epoch": lambda number: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
    "epoch_ms": lambda number: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=number),
}


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=st.timezones()),
    st.sampled_from(sorted(READERS)),
)
def test_a_moment_as_sent_is_never_later_than_the_moment_meant(moment: datetime, form: str) -> None:
    sent = READERS[form](Since("after", form).value(moment))
    assert timedelta(0) <= moment - sent < timedelta(days=1)
