"""What the tests of connectors share: a vendor on the loopback address, and a source that asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bartack import config
from bartack.hub import Hub
from support.http_vendor import Vendor, running_vendor

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with running_vendor() as running:
        yield running


@pytest.fixture
def source(vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Hub]:
    """Return a hub with one source, ``crm``, that asks the vendor."""
    monkeypatch.setenv("CRM_TOKEN", "tok-example-0123456789")

    def configured(connector: str, **settings: Any) -> Hub:
        given = {"connector": connector, "base_url": vendor.url, **settings}
        return Hub(config.parse({"sources": {"crm": given}}, tmp_path), clock=lambda: NOW)

    return configured
