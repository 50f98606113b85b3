"""A read of a CRM goes on from every cursor it gave, and its total stays that of the whole read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bartack.errors import ConfigError, SourceChangedError
from bartack.hub import Hub
from bartack.transports.base import Query
from support.http_vendor import Answer, Asked, Vendor
from support.peers import Tryton
from support.resuming import resumed_everywhere

TOKEN = {"env": "CRM_TOKEN"}
SINCE = Query(since=datetime(2026, 11, 1, tzinfo=UTC), page_size=3)


def resumed(hub: Hub, stream: str, query: Query | None = None) -> list[Any]:
    source = hub.source("crm")
    pages = resumed_everywhere(source.stream(stream), source.open, query)
    return [row for page in pages for row in page.rows]


def objects(count: int) -> Callable[[Asked], Answer]:
    """Answer lists of HubSpot: three a page, one of each page in the recycle bin besides."""

    def answer(asked: Asked) -> Answer:
        archived = asked.query.get("archived") == "true"
        everyone = [{"id": str(n), "archived": archived} for n in range(count) if (n % 3 == 0) is archived]
        start = int(asked.query.get("after", "0"))
        more = {"paging": {"next": {"after": str(start + 3)}}} if start + 3 < len(everyone) else {}
        return Answer({"results": everyone[start : start + 3], **more})

    return answer


def search(count: int) -> Callable[[Asked], Answer]:
    """Answer searches of HubSpot: ``total`` is what is left behind the id that was asked for."""

    def answer(asked: Asked) -> Answer:
        filters = {one["propertyName"]: one["value"] for one in asked.document["filterGroups"][0]["filters"]}
        left = [{"id": str(n)} for n in range(1, count + 1) if n > int(filters.get("hs_object_id", "0"))]
        rows = left[: asked.document["limit"]]
        more = {"paging": {"next": {"after": "3"}}} if len(left) > len(rows) else {}
        return Answer({"total": len(left), "results": rows, **more})

    return answer


@pytest.mark.parametrize("include_deleted", [False, True])
@pytest.mark.parametrize("stream", ["contacts", "owners"])
def test_hubspot_lists_with_their_recycle_bins(
    source: Callable[..., Hub], vendor: Vendor, stream: str, include_deleted: bool
) -> None:
    vendor.on("/crm/v3/objects/contacts", objects(20))
    vendor.on("/crm/v3/owners", objects(20))
    rows = resumed(source("hubspot", token=TOKEN, include_deleted=include_deleted), stream)
    assert len(rows) == (20 if include_deleted or stream == "owners" else 13)


def test_hubspot_searches_whose_totals_say_what_is_left(source: Callable[..., Hub], vendor: Vendor) -> None:
    vendor.on("/crm/v3/objects/contacts/search", search(11))
    assert len(resumed(source("hubspot", token=TOKEN), "contacts", SINCE)) == 11


def test_hubspot_engagements(source: Callable[..., Hub], vendor: Vendor) -> None:
    def listed(asked: Asked) -> Answer:
        start = int(asked.query.get("offset", "0"))
        rows = [{"engagement": {"id": n}} for n in range(11)][start : start + 3]
        return Answer({"results": rows, "hasMore": start + 3 < 11, "offset": start + 3})

    vendor.on("/engagements/v1/engagements/paged", listed)
    assert len(resumed(source("hubspot", token=TOKEN), "engagements")) == 11


@pytest.mark.parametrize("query", [None, SINCE])
def test_salesforce_queries(source: Callable[..., Hub], vendor: Vendor, query: Query | None) -> None:
    service = "/services/data/v60.0"
    vendor.on(f"{service}/sobjects/Contact/describe", {"name": "Contact", "fields": [{"name": "Id"}]})

    def queried(asked: Asked) -> Answer:
        start = int(asked.path.rpartition("-")[2]) if "-" in asked.path else 0
        rows = [{"Id": f"003{n:012}", "attributes": {"type": "Contact"}} for n in range(11)][start : start + 3]
        more = {"nextRecordsUrl": f"{service}/query/01gD-{start + 3}"} if start + 3 < 11 else {}
        return Answer({"totalSize": 11, "done": not more, "records": rows, **more})

    for path in (f"{service}/query", *(f"{service}/query/01gD-{start}" for start in range(3, 12, 3))):
        vendor.on(path, queried)
    hub = source("salesforce", auth="token", token=TOKEN)
    assert len(resumed(hub, "Contact", query)) == 11
    described = sum(asked.path.endswith("/describe") for asked in vendor.asked)
    assert described == 1, "a query that goes on has been written already"


def incrementally(stream: Any) -> bool:
    return bool(stream.incremental)


def test_only_streams_that_can_ask_for_changes_are_incremental(source: Callable[..., Hub]) -> None:
    hubspot = source("hubspot", token=TOKEN).source("crm")
    incremental = {stream.name: incrementally(stream) for stream in hubspot.streams}
    assert {name for name, can in incremental.items() if not can} == {"owners", "engagements"}
    salesforce = source("salesforce", auth="token", token=TOKEN).source("crm")
    assert all(incrementally(stream) for stream in salesforce.streams)


class Server:
    """Tryton's JSON-RPC on the loopback address, as far as lists go."""

    def __init__(self, ids: list[int]) -> None:
        self.ids = ids

    def __call__(self, asked: Asked) -> Answer:
        method, params = asked.document["method"], asked.document["params"]
        behind = next((value for name, operator, value in params[0] if (name, operator) == ("id", ">")), 0)
        left = [number for number in self.ids if number > behind]
        return Answer(
            {"id": 0, "result": len(left) if method.endswith("count") else [{"id": n} for n in left[: params[2]]]}
        )


@pytest.fixture
def erp(source: Callable[..., Hub], vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    monkeypatch.setenv("ERP_USER", "reader")

    def serving(server: Any) -> Any:
        def answer(asked: Asked) -> Answer:
            preferences = asked.document["method"].endswith("get_preferences")
            return Answer({"id": 0, "result": {}}) if preferences else server(asked)

        vendor.on("/erp/rpc/", answer)
        hub = source("tryton", database="erp", user={"env": "ERP_USER"}, password=TOKEN)
        return hub.source("crm")

    return serving


def test_tryton_goes_on_behind_ids_that_are_gone(erp: Callable[[Any], Any]) -> None:
    server = Server([1, 2, 3, 5, 8, 13, 21])
    source = erp(server)
    stream = source.stream("parties")
    pages = resumed_everywhere(stream, source.open, Query(page_size=2))
    assert [page.total for page in pages] == [7, 7, 7, 7]
    server.ids = [3, 8, 13, 21]
    with source.open() as session:
        rest = list(stream.pages(session, Query(cursor=pages[1].next, seen=4, page_size=2)))
    assert [row["id"] for page in rest for row in page.rows] == [8, 13, 21]
    assert {page.total for page in rest} == {7}
    assert stream.incremental


def test_tryton_that_does_not_heed_where_to_go_on_is_found_out(erp: Callable[[Any], Any]) -> None:
    def stubborn(asked: Asked) -> Answer:
        return Answer({"id": 0, "result": 9 if asked.document["method"].endswith("count") else [{"id": 1}, {"id": 2}]})

    source = erp(stubborn)
    with source.open() as session, pytest.raises(SourceChangedError, match="sends a page again"):
        list(source.stream("parties").pages(session, Query(page_size=2)))


@pytest.mark.parametrize("cursor", ["", "x", "-1", "1 OR 1=1", "²"])
def test_a_cursor_that_is_no_id_of_tryton_is_refused(erp: Callable[[Any], Any], cursor: str) -> None:
    source = erp(Server([1]))
    with source.open() as session, pytest.raises(ConfigError, match="no id of Tryton"):
        list(source.stream("parties").pages(session, Query(cursor=cursor)))


@pytest.mark.peer
def test_a_live_tryton_goes_on_from_every_cursor(
    tryton: Tryton, source: Callable[..., Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ERP_USER", tryton.user)
    monkeypatch.setenv("ERP_PASSWORD", tryton.password)
    hub = source(
        "tryton",
        base_url=tryton.url.removesuffix(f"/{tryton.database}/rpc/"),
        database=tryton.database,
        user={"env": "ERP_USER"},
        password={"env": "ERP_PASSWORD"},
    )
    for query in (Query(page_size=3), Query(page_size=3, since=datetime(2020, 1, 1, tzinfo=UTC))):
        assert len(resumed(hub, "parties", query)) >= 12
