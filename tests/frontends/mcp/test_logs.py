"""What a served process logs: where something happened, and no secret."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from bartack.config import parse
from bartack.frontends.mcp.logs import log_to_stderr
from bartack.hub import Hub

SECRET = "s3cr3t-of-the-crm-hunter22"


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    source = {
        "connector": "http",
        "base_url": "https://crm.example.org",
        "token": {"env": "CRM_TOKEN"},
        "auth": {"kind": "bearer"},
        "streams": {"people": {"path": "/people", "rows": "items", "key": "id", "mapping": "people.yaml"}},
    }
    return Hub(parse({"sources": {"crm": source}}, tmp_path), environ={"CRM_TOKEN": SECRET})


@pytest.fixture
def log(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """The log of a process that has none of its own."""
    text = io.StringIO()
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr("sys.stderr", text)
    log_to_stderr(hub)
    return text


def test_a_known_secret_is_replaced_wherever_it_stands(log: io.StringIO) -> None:
    logging.getLogger("mcp").warning("asked with %s, and %r", f"Bearer {SECRET}", {"token": SECRET})
    assert "asked with Bearer ***" in log.getvalue()
    assert SECRET not in log.getvalue()


def test_of_an_exception_the_place_is_logged_and_not_its_words(log: io.StringIO) -> None:
    words = "postgresql://admin:{}@db.intra/prod".format("other-password")
    try:
        raise RuntimeError(words)
    except RuntimeError:
        logging.getLogger("mcp").exception("a tool failed")
    assert "test_logs.py" in log.getvalue()
    assert "RuntimeError" in log.getvalue()
    assert "admin:other-password" not in log.getvalue()


def test_a_program_that_logs_already_keeps_its_own_ways(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    own = logging.NullHandler()
    monkeypatch.setattr(logging.getLogger(), "handlers", [own])
    log_to_stderr(hub)
    assert logging.getLogger().handlers == [own]
