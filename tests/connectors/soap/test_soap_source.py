"""A SOAP service by configuration: what its page shows is accepted, and becomes the stream it says."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from bartack import config
from bartack.hub import Hub
from bartack.transports.http import Since
from bartack.transports.soap import OffsetArguments, OneCall


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("BILLING_PASSWORD", "pass-example-0123456789")
    text = (resources.files("bartack_connectors") / "soap/README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return tomllib.loads(block)


def test_the_configuration_of_the_page_is_the_stream_it_shows(page: dict[str, Any], tmp_path: Path) -> None:
    source = Hub(config.parse(page, tmp_path)).source("billing")
    stream: Any = source.stream("invoices")
    assert stream.since == Since("changedSince")
    assert stream.incremental
    (error,) = stream.errors
    assert (error.path, error.message) == ("result.code", "result.text")
    assert [error.matches({"result": {"code": code}}) for code in ("E", "W", "I")] == [True, True, False]
    assert stream.paging == OffsetArguments(size=100)
    assert stream.one == OneCall("GetInvoice", "number", "invoice")
    assert str(source.settings.model_dump()["wsdl_digest"]).startswith("sha256:")


def test_a_stream_without_since_is_not_incremental(page: dict[str, Any], tmp_path: Path) -> None:
    del page["sources"]["billing"]["streams"]["invoices"]["since"]
    stream: Any = Hub(config.parse(page, tmp_path)).source("billing").stream("invoices")
    assert not stream.incremental
