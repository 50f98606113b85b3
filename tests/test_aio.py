"""The bridge to asyncio: a thread a source, back-pressure, and the same verdict at the end."""

from __future__ import annotations

import asyncio
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

import bartack
from bartack import aio
from bartack.hub import Hub, open_hub
from bartack_contracts import Person


@pytest.fixture
def estate(laid_out: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(laid_out, tmp_path / "estate"))


def test_all_sources_are_read_and_the_books_are_those_of_a_plain_read(estate: Path) -> None:
    async def run() -> Any:
        async with aio.open(estate) as hub:
            people = hub.read(Person)
            refs = [str(record.ref) async for record in people]
            return refs, people.report

    refs, report = asyncio.run(run())
    with bartack.open(estate) as hub:
        plain = hub.read(Person)
        assert sorted(refs) == sorted(str(record.ref) for record in plain)
        assert report.verdict.rows == plain.report.verdict.rows
        assert {one.source for one in report.streams} == {"crm", "billing", "legacy"}


def test_get_and_explain_do_not_block(estate: Path) -> None:
    async def run() -> Any:
        async with aio.open(estate) as hub:
            return await asyncio.gather(hub.get("legacy/customers/00000101"), hub.explain("legacy/customers/00000101"))

    record, told = asyncio.run(run())
    assert record.value.name.full == "Zoë Müller"
    assert told.kind == "record"


def test_the_store_is_asked_beside_the_loop_and_a_citation_is_as_good_as_a_ref(
    estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_hub(estate) as synced:
        list(synced.sync(streams=["customers"]))
    asked_in = []

    def noted(name: str) -> None:
        ask = getattr(Hub, name)

        def asking(self: Hub, *what: Any, **how: Any) -> Any:
            asked_in.append(threading.current_thread())
            return ask(self, *what, **how)

        monkeypatch.setattr(Hub, name, asking)

    for name in ("get", "query", "search", "get_many", "changes", "linked"):
        noted(name)

    async def run() -> Any:
        async with aio.open(estate) as hub:
            ref = "bartack://legacy/customers/00000101"
            return await asyncio.gather(
                hub.get(ref, cached=True),
                hub.query("person", where={"name.family": "Müller"}, limit=1),
                hub.search("person", "zoe"),
                hub.get_many([ref]),
                hub.changes("person"),
                hub.linked(ref),
            )

    record, queried, searched, fetched, changes, linked = asyncio.run(run())
    assert record.value.name.full == fetched.records[0].value.name.full == "Zoë Müller"
    assert queried.total == searched.total == 2
    assert len(changes.changes) == 17
    assert [link.ref.source for link in linked.links] == ["billing"]
    assert len(asked_in) == 6
    assert threading.main_thread() not in asked_in


def test_who_stops_early_leaves_no_thread_behind(estate: Path) -> None:
    async def run() -> None:
        async with aio.open(estate) as hub:
            items = hub.read(Person, allow_partial=True).items()
            async for _ in items:
                break
            await items.aclose()  # type: ignore[attr-defined]

    asyncio.run(run())
    assert not [one for one in threading.enumerate() if one.name.startswith("bartack")]


def test_an_incomplete_read_raises_after_its_last_record(estate: Path) -> None:
    (estate / "legacy.db").unlink()

    async def run() -> int:
        async with aio.open(estate) as hub:
            count = 0
            with pytest.raises(bartack.IncompleteRead):
                async for _ in hub.read(Person):
                    count += 1
            return count

    assert asyncio.run(run()) == 21
