"""A read of a SOAP service goes on from every cursor it gave."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from bartack.transports.base import Query
from bartack.transports.http import Since
from bartack.transports.soap import (
    OffsetArguments,
    PageArguments,
    SoapSession,
    SoapSettings,
    SoapStream,
    TokenArguments,
)
from support.resuming import resumed_everywhere
from support.soap_service import Service, listed

EVERYONE = range(11)


@dataclass
class Listing(Service):
    """Answers each call from the list, in every way of paging at once."""

    numbered: bool = field(default=False)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if request.method == "POST":
            self.answers = [self._listed((request.body or b"").decode())]  # type: ignore[union-attr]
        return super().send(request, *args, **kwargs)

    def _listed(self, call: str) -> str:
        def argument(name: str, default: int) -> int:
            found = re.search(rf"<ns0:{name}>(\d+)<", call)
            return default if found is None else int(found[1])

        size = argument("limit", 3)
        start = argument("token", argument("offset", 0))
        if self.numbered:
            start = (argument("offset", 1) - 1) * size
        rows = EVERYONE[start : start + size]
        more = start + size < len(EVERYONE)
        beside = f"<total>{len(EVERYONE)}</total>{f'<next>{start + size}</next>' if more else ''}"
        answer = listed(*rows, beside=f"{beside}<done>{'false' if more else 'true'}</done>")
        return answer.replace("ListCustomersResponse", "ListMoreResponse") if "ListMore" in call else answer


WAYS: dict[str, dict[str, Any]] = {
    "offset to the total": {"paging": OffsetArguments(size=3), "total": "total"},
    "offset to the flag": {"paging": OffsetArguments(size=3), "has_more": "!done"},
    "offset to an empty page": {"paging": OffsetArguments(size=3)},
    "page to the total": {"paging": PageArguments("offset", "limit", 3), "total": "total"},
    "page to a short one": {"paging": PageArguments("offset", "limit", 3, short_page_ends=True)},
    "page to an empty one": {"paging": PageArguments("offset", "limit", 3)},
    "token": {"paging": TokenArguments("token", "next"), "total": "total"},
    "token of another operation": {"paging": TokenArguments("token", "next", operation="ListMore")},
}


@pytest.mark.parametrize("way", WAYS)
def test_a_read_goes_on_from_every_cursor(way: str, connect: Callable[..., SoapSession]) -> None:
    service = Listing(numbered=way.startswith("page"))
    given = {"operation": "ListCustomers", "rows": "customer", "key": "id", "mapping": (), "response": "", **WAYS[way]}
    pages = resumed_everywhere(SoapStream("customers", **given), lambda: connect(adapter=service))
    assert [row["id"] for page in pages for row in page.rows] == [str(number) for number in EVERYONE]
    assert len(pages) >= 4


def test_questions_for_changes_go_on_with_the_same_moment(connect: Callable[..., SoapSession]) -> None:
    service = Listing()
    stream = SoapStream(
        "customers",
        operation="ListCustomers",
        rows="customer",
        key="id",
        mapping=(),
        paging=OffsetArguments(size=4),
        since=Since("since"),
    )
    resumed_everywhere(stream, lambda: connect(adapter=service), Query(since=datetime(2026, 11, 1, tzinfo=UTC)))
    assert all("<ns0:since>2026-11-01T00:00:00Z<" in call for call in service.posted)
    assert stream.incremental


@pytest.mark.peer
@pytest.mark.parametrize(
    ("server", "rows"),
    [("soap_spyne", "ListCustomersResult.Customer"), ("soap_node", "customer"), ("soap_php", "customer")],
)
def test_live_servers_go_on_from_every_cursor(request: pytest.FixtureRequest, server: str, rows: str) -> None:
    wsdl = request.getfixturevalue(server)
    stream = SoapStream(
        "customers", operation="ListCustomers", rows=rows, key="id", mapping=(), paging=OffsetArguments(size=3)
    )
    pages = resumed_everywhere(stream, lambda: SoapSession(SoapSettings(wsdl=wsdl)))
    assert len(pages) > 3
    assert not stream.incremental
