"""A database beside its recording: columns renamed, widened and turned into text."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bartack.comparing.databases import declared
from bartack.frontends.cli import main
from bartack.recording.sql.cassette import Answer, SqlCassette, Statement

CONFIG = """
[sources.legacy]
connector = "sql"
url = "sqlite:///legacy.db"
{record}
[sources.legacy.streams.articles]
table = "ARTICLES"
key = "NR"
mapping = "articles.yaml"

[consumers.catalogue]
reads = ["product.name"]
[consumers.stock]
reads = ["product.sku"]
"""
ARTICLES = """
contract: product/1
fields:
  name: {path: NAME, required: true}
  sku: {path: SKU}
  active: {const: true}
"""


def filled(path: Path, columns: str, rows: list[tuple[Any, ...]]) -> None:
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE ARTICLES ({columns})")
        database.executemany(f"INSERT INTO ARTICLES VALUES ({', '.join('?' * len(rows[0]))})", rows)


@pytest.fixture
def legacy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A database, and the recording of it."""
    rows = [(n, f"Article {n}", f"A-{n:04}") for n in range(40)]
    filled(tmp_path / "legacy.db", "NR INTEGER PRIMARY KEY, NAME TEXT, SKU TEXT", rows)
    (tmp_path / "articles.yaml").write_text(ARTICLES, encoding="utf-8")
    (tmp_path / "bartack.toml").write_text(CONFIG.format(record='record = "before.yaml"'), encoding="utf-8")
    assert main(["read", "product", "--config", str(tmp_path)]) == 0
    (tmp_path / "bartack.toml").write_text(CONFIG.format(record=""), encoding="utf-8")
    capsys.readouterr()
    return tmp_path


def test_a_database_that_did_not_change_is_well(legacy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drift", "legacy", "--against", str(legacy / "before.yaml"), "--config", str(legacy)]) == 0
    assert "no difference" in capsys.readouterr().out


def test_a_renamed_column_breaks_just_who_reads_it(legacy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [(n, f"Article {n}", f"A-{n:04}") for n in range(40)]
    filled(legacy / "legacy.db", "NR INTEGER PRIMARY KEY, NAME TEXT, ARTICLE_NO TEXT", rows)
    against = str(legacy / "before.yaml")
    assert main(["drift", "legacy", "--against", against, "--config", str(legacy), "--json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    broken = [line["finding"] for line in lines if "finding" in line and line["finding"]["severity"] == "BREAKING"]
    assert [(one["kind"], one["path"], one["consumers"]) for one in broken] == [("renamed", "SKU", ["stock"])]


def test_two_recordings_of_a_database_are_compared_without_it(legacy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (legacy / "legacy.db").unlink()
    before = str(legacy / "before.yaml")
    assert main(["drift", before, before, "--config", str(legacy)]) == 0
    assert "articles as product/1: 40 and 40 rows" in capsys.readouterr().out
    assert not (legacy / "legacy.db").exists()


def test_a_column_that_is_declared_otherwise_is_a_risk_though_its_values_read_alike() -> None:
    def recorded(code: str) -> SqlCassette:
        answer = Answer((("id", "23"), ("total", code)), ((1, Decimal("12.50")),))
        return SqlCassette("invoices.yaml", [Statement('SELECT * FROM public."invoices" ORDER BY id', answer=answer)])

    (found,) = declared(recorded("1700"), recorded("701"))
    assert (found.severity, found.stream, found.path) == ("RISK", "public.invoices", "total")
    assert (found.was, found.now) == ("declared as 1700", "declared as 701")
    assert list(declared(recorded("1700"), recorded("1700"))) == []
    assert list(declared(recorded("None"), recorded("None"))) == []
