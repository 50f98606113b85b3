"""Records for pandas, Polars and DuckDB, as they are read."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from bartack.errors import ConfigError, IncompleteRead, SourceUnavailableError
from bartack.export import record_batches, records_of, to_file
from bartack.hub import Hub
from bartack_contracts import Deal, Person
from support.numbered import Estate, hub_of, numbered, person


def sql(asked: str, **tables: Any) -> list[Any]:
    """Ask DuckDB."""
    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        return connection.execute(asked).fetchall()


DEALS = """\
contract: deal/1
fields:
  title: {path: name, required: true}
  status: {const: open}
  amount: {path: amount, use: {money: {currency: EUR}}}
  closed_at: {path: closed, use: {moment: {format: iso}}}
"""


def hub(folder: Path, **more: Any) -> Hub:
    rows = [person(n, email=f"p{n}@example.org", minutes=n) for n in range(23)]
    return hub_of(numbered(people=Estate(rows, **more)), folder)


def deals(folder: Path) -> Hub:
    rows = [person(n, amount=f"{n}.10", closed="2026-03-01T12:00:00Z" if n else "2026-03-01") for n in range(5)]
    kind = type("Sold", (numbered(deals=Estate(rows)),), {"mapping": DEALS, "__module__": __name__})
    return hub_of(kind, folder)


def test_batches_come_as_they_are_read(tmp_path: Path) -> None:
    asked: list[int] = []
    with hub(tmp_path, before_page=asked.append) as opened:
        reader = record_batches(opened.read(Person), size=10)
        assert asked == []
        assert reader.read_next_batch().num_rows == 10
        assert asked == [0, 1]  # pages of five
        assert [batch.num_rows for batch in reader] == [10, 3]


def test_they_are_the_records(tmp_path: Path) -> None:
    with hub(tmp_path) as opened:
        wanted = list(opened.read(Person))
        table = record_batches(opened.read(Person), size=10).read_all()
        assert list(records_of(table, Person)) == wanted
        assert list(records_of(record_batches(wanted, Person, size=4), Person)) == wanted
        assert list(records_of(table.to_batches()[0], Person)) == wanted[: table.to_batches()[0].num_rows]
        staged = opened.read(Person).require(complete=True)
        assert record_batches(staged).read_all() == table


def test_records_of_no_read_need_the_name_of_their_contract(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="of which contract"):
        record_batches([])
    assert record_batches([], Person).read_all().num_rows == 0


def test_duckdb_asks_a_read(tmp_path: Path) -> None:
    with deals(tmp_path) as opened:
        read = record_batches(opened.read(Deal))
        (found,) = sql("SELECT sum(amount.amount), count(*), min(closed_at.day) FROM read", read=read)
    assert (str(found[0]).rstrip("0"), found[1:]) == ("10.5", (5, dt.date(2026, 3, 1)))


def test_polars_takes_a_read(tmp_path: Path) -> None:
    with deals(tmp_path) as opened:
        frame = pl.DataFrame(record_batches(opened.read(Deal)))
    assert frame.schema["amount"].fields[0].dtype == pl.Decimal(38, 18)  # type: ignore[attr-defined]
    assert frame["closed_at"].struct.field("at").dtype == pl.Datetime("us", "UTC")
    assert frame["closed_at"].struct.field("day").to_list() == [dt.date(2026, 3, 1), None, None, None, None]
    assert str(frame["amount"].struct.field("amount").sum()).rstrip("0") == "10.5"


def test_pandas_takes_a_read(tmp_path: Path) -> None:
    with hub(tmp_path) as opened:
        frame = record_batches(opened.read(Person)).read_pandas()
    assert len(frame) == 23
    assert isinstance(frame["updated_at"].dtype, pd.DatetimeTZDtype)
    assert frame["name"][3]["full"] == "Person 3"
    with deals(tmp_path) as opened:
        typed = record_batches(opened.read(Deal)).read_pandas(types_mapper=pd.ArrowDtype)
    assert typed["amount"].struct.field("amount").dtype == pd.ArrowDtype(pa.decimal128(38, 18))


@pytest.mark.parametrize("kind", ["parquet", "arrow", "csv", "jsonl"])
def test_the_files_are_read_by_all_three(kind: str, tmp_path: Path) -> None:
    target = tmp_path / f"people.{kind}"
    with hub(tmp_path) as opened:
        to_file(opened.read(Person), target)
    counts: dict[str, Callable[[], int]] = {
        "parquet": lambda: len(sql(f"SELECT * FROM '{target}' WHERE name.full LIKE 'Person%'")),
        "arrow": lambda: int(pl.read_ipc(target)["emails"].list.len().sum()),
        "csv": lambda: len(sql(f"SELECT * FROM '{target}' WHERE name ->> '$.full' LIKE 'Person%'")),
        "jsonl": lambda: len(sql(f"SELECT record.value.name.full FROM '{target}' WHERE record IS NOT NULL")),
    }  # fmt: skip
    others: dict[str, list[Callable[[], int]]] = {
        "parquet": [lambda: len(pd.read_parquet(target)), lambda: pl.read_parquet(target).height],
        "arrow": [lambda: len(pd.read_feather(target))],
        "csv": [lambda: len(pd.read_csv(target, dtype=str)), lambda: pl.read_csv(target).height],
        "jsonl": [lambda: len(pd.read_json(target, lines=True)["record"].dropna()), lambda: pl.read_ndjson(target)["record"].count()],
    }  # fmt: skip
    assert [counts[kind](), *(count() for count in others[kind])] == [23] * (1 + len(others[kind]))


TAKERS: list[Callable[[Any], object]] = [
    lambda reader: reader.read_all(),
    lambda reader: sql("SELECT count(*) FROM reader", reader=reader),
    pl.from_arrow,
    lambda reader: reader.read_pandas(),
]


@pytest.mark.parametrize("take", TAKERS)
def test_an_incomplete_read_is_never_taken_for_a_whole_one(take: Callable[[Any], object], tmp_path: Path) -> None:
    def fails(page: int) -> None:
        if page == 3:
            raise SourceUnavailableError("it is down")

    with hub(tmp_path, before_page=fails) as opened:
        with pytest.raises((IncompleteRead, duckdb.Error), match="the read is partial"):
            take(record_batches(opened.read(Person), size=10))
        assert record_batches(opened.read(Person, allow_partial=True)).read_all().num_rows == 15


def test_neither_bartack_nor_its_export_imports_pyarrow_or_a_database() -> None:
    program = (
        "import sys, bartack, bartack.export, bartack.frontends.cli.exporting, bartack.frontends.cli.reading, bartack.frontends.cli.parser as parser;"
        "parser.build_parser(); print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "bartack.export.batches" in loaded
    heavy = ("pyarrow", "pandas", "polars", "duckdb", "sqlalchemy")
    assert not [name for name in loaded if name.startswith(heavy)]
