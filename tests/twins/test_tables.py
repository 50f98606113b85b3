"""Twins of recordings of databases: one cell, column, row or statement is wrong, and no row is lost in silence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bartack
from bartack.frontends.cli import main
from bartack.reading.source import Feed
from bartack.recording.sql import SqlCassette
from bartack.transports.base import Page, Query
from bartack.twins import table_twins, try_tables


@pytest.fixture
def recorded(laid_out: Path, tmp_path: Path) -> Iterator[tuple[Feed, SqlCassette]]:
    """The legacy customers of the demo's estate, and a recording of them."""
    import shutil

    folder = Path(shutil.copytree(laid_out, tmp_path / "estate"))
    text = (folder / "bartack.toml").read_text(encoding="utf-8")
    declared = '[sources.legacy]\nrecord = "db.yaml"\nkeep = { personal = "keep" }'
    (folder / "bartack.toml").write_text(text.replace("[sources.legacy]", declared), encoding="utf-8")
    with bartack.open(folder) as hub:
        list(hub.read("person", source="legacy", allow_partial=True))
    (folder / "bartack.toml").write_text(text, encoding="utf-8")
    with bartack.open(folder) as hub:
        yield hub.source("legacy").feeds(stream="customers")[0], SqlCassette.load(folder / "db.yaml")


def test_no_twin_is_too_much(recorded: tuple[Feed, SqlCassette]) -> None:
    feed, cassette = recorded
    trial = try_tables(feed, cassette, seed=1)
    assert [str(one) for one in trial.violations] == []
    assert trial.count > 150
    assert set(trial.tried) == {"presence", "types", "texts", "meaning", "rows", "columns", "statements"}
    ends = {end for counts in trial.ends.values() for end in counts}
    assert {"complete", "partial", "SourceRefusedError", "suspicious_empty"} <= ends


def test_the_same_seed_gives_the_same_twins(recorded: tuple[Feed, SqlCassette]) -> None:
    feed, cassette = recorded
    first, again = ([(one.name, one.said) for one in table_twins(feed, cassette, seed=7)] for _ in range(2))
    assert first == again
    assert first != [(one.name, one.said) for one in table_twins(feed, cassette, seed=8)]


class Dropping:
    """A stream that leaves out rows without a name, and tells no total: nobody can see that they are gone."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        for page in self._stream.pages(session, query):
            yield replace(page, rows=[row for row in page.rows if row.get("NAME")], total=None)


class Crashing(Dropping):
    """A stream that expects a text where there may be none."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        for page in self._stream.pages(session, query):
            for row in page.rows:
                row["NAME"].strip()
            yield page


@pytest.mark.parametrize(("broken", "kind"), [(Dropping, "books"), (Crashing, "crash")])
def test_a_stream_that_is_wrong_is_found(broken: type[Dropping], kind: str, recorded: tuple[Feed, SqlCassette]) -> None:
    feed, cassette = recorded
    trial = try_tables(replace(feed, stream=broken(feed.stream)), cassette, seed=1)
    assert kind in {one.kind for one in trial.violations}


def test_the_command_prints_a_table_of_them(
    recorded: tuple[Feed, SqlCassette], capsys: pytest.CaptureFixture[str]
) -> None:
    _, cassette = recorded
    capsys.readouterr()
    folder = str(cassette.path.parent)
    on = ["cassette", "mutate", str(cassette.path), "--source", "legacy", "--stream", "customers", "--config", folder]
    assert main([*on, "--count", "40"]) == 0
    printed = capsys.readouterr().out
    assert "40 twins" in printed
    assert "statements" in printed
    assert main([*on, "--kill", "pytest"]) == 2
