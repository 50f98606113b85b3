"""What the tests of the HTTP transport share: a vendor on the loopback address, a session with it, a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bartack.settings import HttpSettings, Secret
from bartack.transports.base import Page, Query, Runtime
from bartack.transports.http import Auth, HttpSession, HttpStream
from support.http_vendor import Vendor, running_vendor


class VendorSettings(HttpSettings):
    """All that the kinds of authentication ask for."""

    token: Secret = Secret("tok-example-0123456789")
    user: str = "zoe@example.org"
    password: Secret = Secret("pass-example-0123456789")
    client_id: str = "client-example"
    client_secret: Secret = Secret("hush-example-0123456789")
    refresh_token: Secret = Secret("refresh-example-0123456789")
    private_key: Secret | None = None
    tenant: str = "example-org"


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with running_vendor() as running:
        yield running


@pytest.fixture
def elsewhere() -> Iterator[Vendor]:
    """Another host, as far as ports make one: nothing may ever arrive here."""
    with running_vendor() as running:
        yield running


@pytest.fixture
def connect(vendor: Vendor) -> Iterator[Callable[..., HttpSession]]:
    opened: list[HttpSession] = []

    def open_session(auth: Auth | None = None, runtime: Runtime | None = None, **settings: Any) -> HttpSession:
        given = {"base_url": vendor.url, "timeout": 2.0, **settings}
        opened.append(HttpSession(VendorSettings(**given), auth, runtime))
        return opened[-1]

    yield open_session
    for session in opened:
        session.close()


@pytest.fixture
def contacts() -> Callable[..., HttpStream]:
    def declare(**declared: Any) -> HttpStream:
        given = {"path": "/contacts", "rows": "data", "key": "id", "mapping": "contacts.yaml", **declared}
        return HttpStream("contacts", **given)

    return declare


@pytest.fixture
def read(connect: Callable[..., HttpSession], contacts: Callable[..., HttpStream]) -> Callable[..., list[Page]]:
    """Read the vendor's contacts to the end."""

    def pages(query: Query = Query(), session: HttpSession | None = None, **declared: Any) -> list[Page]:  # noqa: B008
        return list(contacts(**declared).pages(session or connect(), query))

    return pages
