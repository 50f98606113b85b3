"""The connector for databases is held to the suite, over recordings of each database that is here."""

from __future__ import annotations

from pathlib import Path

import pytest

import bartack
from bartack.reading.recorded import record, record_resumptions
from bartack.recording.library import RESUMED
from bartack.testing.conformance.bench import Bench
from bartack.testing.conformance.catalogue import CHECKS
from bartack.testing.conformance.requirements import missing

TOML = """
[sources.legacy]
connector = "sql"
url = { file = "url.txt" }
default_zone = "UTC"
keep = { personal = "keep" }
[sources.legacy.streams.customers]
table = "customer"
key = "cust_no"
mapping = "customers.yaml"
page_size = 5
"""
MAPPING = """
contract: person/1
fields:
  name.full: {path: name, use: text, required: true}
  kind: {const: contact}
custom: true
"""


@pytest.mark.parametrize("database", ["sqlite", "postgres", "mariadb"])
def test_it_is_dependable_over_a_recording(database: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    (tmp_path / "url.txt").write_text(request.getfixturevalue(f"{database}_customers"), encoding="utf-8")
    (tmp_path / "customers.yaml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "bartack.toml").write_text(TOML, encoding="utf-8")
    place = tmp_path / "cassettes/sql/customers"
    with bartack.open(tmp_path) as hub:
        take, cassette = record(hub.source("legacy"), "customers", place / f"{database}.yaml")
        assert take.error is None
        cassette.save()
        record_resumptions(hub.source("legacy"), "customers", place / f"{RESUMED}.yaml").save()
    bench = Bench("sql", tmp_path / "cassettes", base_dir=tmp_path)
    held = [one for one in CHECKS if one.level != "complete" and not missing(one.needs, bench)]
    assert len(held) > 20
    assert [failure for one in held if (failure := one.failure(bench))] == []
