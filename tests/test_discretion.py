"""No value of a row is logged, at any level, by any library: not by what reads it, and not by what stores it."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import bartack
from support.crm_source import CONFIG, FIRST, LAST, PEOPLE
from support.http_vendor import running_vendor

SQL = """
[sources.erp]
connector = "sql"
url = "sqlite:///erp.db"
[sources.erp.streams.people]
table = "people"
key = "id"
mapping = "erp.yaml"
"""
ERP = "contract: person/1\nfields:\n  name.full: {path: name, required: true}\n  kind: {const: contact}\n"
VALUES = ("Zoë", "Müller", "Ann", "Other", "id-1", "Erika", "s3cr3t")


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A source over HTTP and one in a database."""
    monkeypatch.setenv("CRM_TOKEN", "s3cr3t-t0ken")
    (tmp_path / "people.yaml").write_text(PEOPLE)
    (tmp_path / "erp.yaml").write_text(ERP)
    with sqlite3.connect(tmp_path / "erp.db") as connection:
        connection.execute("create table people (id text primary key, name text)")
        connection.execute("insert into people values ('id-9', 'Erika'), ('id-10', null)")
    with running_vendor() as vendor:
        vendor.on("/people", FIRST, LAST)
        (tmp_path / "bartack.toml").write_text(CONFIG.format(url=vendor.url) + SQL)
        yield tmp_path


def test_logs_at_debug_hold_no_value_of_a_row(estate: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "sqlalchemy"), bartack.open(estate) as hub:
        list(hub.sync())
        assert len(list(hub.read("person", cached=True))) == 3
        list(hub.read("person", source="erp", allow_partial=True))
        hub.get("erp/people/id-9")
    told = "\n".join(f"{one.getMessage()} {one.args!r}" for one in caplog.records)
    assert "FROM" in told, "the statements themselves are logged"
    assert [value for value in VALUES if value in told] == []
