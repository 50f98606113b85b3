"""What the tests of the SOAP transport share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bartack.transports.base import Body, Page, Runtime
from bartack.transports.soap import SoapSession, SoapSettings, SoapStream
from support.soap_service import WSDL_URL, Service


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def decode() -> Callable[..., Page]:
    """Decode a text as a saved answer of ListCustomers."""

    def decoded(text: str | bytes, content_type: str | None = None, status: int = 200, **declared: Any) -> Page:
        given = {"operation": "ListCustomers", "rows": "customer", "key": "id", "mapping": (), **declared}
        content = text.encode() if isinstance(text, str) else text
        return SoapStream("customers", **given).decode(Body(content, content_type, status))

    return decoded


@pytest.fixture
def connect(service: Service) -> Callable[..., SoapSession]:
    """Open a session with the service in memory."""

    def connected(runtime: Runtime | None = None, adapter: Service = service, **settings: Any) -> SoapSession:
        given = {"wsdl": WSDL_URL, **settings}
        return SoapSession(SoapSettings(**given), runtime or Runtime(adapter=adapter))

    return connected
