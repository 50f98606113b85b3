"""An export in parts can be killed anywhere: it goes on without losing a record and without doubling one."""

from __future__ import annotations

import errno
import itertools
import json
import os
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from bartack.errors import AccessError, ConfigError, ConflictError, ExportError, IncompleteRead, SourceUnavailableError
from bartack.export import Manifest, to_folder, verify
from bartack.export.journal import Journal, journal_of
from bartack.export.manifest import load
from bartack.hub import Hub
from bartack_contracts import Person
from support.crashing import Points, killed_at, points_of
from support.disks import small_disk
from support.numbered import MAPPING as NUMBERED
from support.numbered import NOW, Estate, hub_of, numbered, person


def rows(count: int = 20) -> list[dict[str, Any]]:
    """Every seventh row is rejected, two come twice, one is gone."""
    made = [person(n, " " if n % 7 == 3 else None, email=f"p{n}@example.org") for n in range(count)]
    made[4] = person(4, gone=True)
    made[8] = made[7]
    made[10:12] = [made[2]] * len(made[10:12])
    return made


WANTED = [f"{n:05}" for n in range(20) if n % 7 != 3 and n not in (4, 8, 10, 11)]


def estates(names: tuple[str, ...] = ("people", "others"), count: int = 20, **more: Any) -> dict[str, Estate]:
    found: dict[str, Estate] = {}
    for name in names:
        found[name] = Estate(rows(count), page_size=3, total=False, **more)
    return found


def hub(folder: Path, streams: dict[str, Estate], clock: Callable[[], datetime] = lambda: NOW) -> Hub:
    return hub_of(numbered(**streams), folder, clock=clock)


def export(folder: Path, streams: dict[str, Estate], **more: Any) -> Manifest:
    how = {name: more.pop(name) for name in ("limit", "cached", "since") if name in more}
    told: dict[str, Any] = {"format": "parquet", "size": 4, "clock": lambda: NOW, **more}
    with hub(folder, streams) as opened:
        return to_folder(opened.read(Person, allow_partial=True, **how), folder / "out", **told)


def ids(manifest: Manifest, folder: Path) -> dict[str, list[str]]:
    """The native ids in the parts, by stream, in their order."""
    found: dict[str, list[str]] = {}
    for part in manifest.files:
        table = pq.read_table(folder / part.name, columns=["_stream", "_id"])
        assert table.num_rows == part.records
        for row in table.to_pylist():
            found.setdefault(row["_stream"], []).append(row["_id"])
    return found


def rejects(folder: Path) -> list[str]:
    return [json.loads(line)["reject"]["ref"] for line in (folder / "out.rejects.jsonl").read_text().splitlines()]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".bartack")


def test_an_export_in_parts_holds_every_record_once(tmp_path: Path) -> None:
    manifest = export(tmp_path, estates())
    assert ids(manifest, tmp_path) == {"people": WANTED, "others": WANTED}
    assert verify(tmp_path / "out") == manifest
    assert (manifest.state, manifest.records) == ("finished", 2 * len(WANTED))
    assert manifest.verdict is not None
    assert manifest.verdict.completeness == "complete"
    assert len(manifest.files) == 6
    assert left(tmp_path) == ["out", "out.manifest.json", "out.rejects.jsonl"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [Path(one.name).name for one in manifest.files]
    wanted = [f"crm/{stream}/{n:05}" for stream in ("people", "others") for n in (3, 17)]
    assert rejects(tmp_path) == wanted


def test_the_books_of_an_export_in_parts_are_those_of_a_read(tmp_path: Path) -> None:
    with hub(tmp_path, estates()) as opened:
        read = opened.read(Person)
        assert len(list(read)) == 2 * len(WANTED)
    assert export(tmp_path, estates()).streams == read.report.streams


def test_a_source_that_answers_slowly_loses_a_minute_at_most(tmp_path: Path) -> None:
    minutes = itertools.count()
    manifest = export(
        tmp_path, estates(("people",)), size=10_000, clock=lambda: NOW + timedelta(seconds=30) * next(minutes)
    )
    assert ids(manifest, tmp_path) == {"people": WANTED}
    assert len(manifest.files) > 2


def test_a_folder_of_parts_is_one_table(tmp_path: Path) -> None:
    export(tmp_path, estates())
    assert pq.read_table(tmp_path / "out").num_rows == 2 * len(WANTED)
    assert pl.read_parquet(tmp_path / "out").height == 2 * len(WANTED)
    (found,) = duckdb.execute(f"SELECT count(*), count(DISTINCT _ref) FROM '{tmp_path}/out/*.parquet'").fetchall()
    assert found == (2 * len(WANTED), 2 * len(WANTED))


# -- killed ----------------------------------------------------------------------------------------------------------------

SEAMS: list[tuple[Any, str]] = [
    *((os, name) for name in ("fsync", "pwrite", "truncate", "open")),
    *((Path, name) for name in ("replace", "unlink", "mkdir")),
]


def watched(make: Callable[..., dict[str, Estate]], folder: Path, points: Points) -> None:
    """Export, with a point before everything that touches the disk, after it, and before each page."""

    def wrapped(name: str, call: Any) -> Any:
        def passing(*args: Any, **more: Any) -> Any:
            points(name)
            done = call(*args, **more)
            points(f"after {name}")
            return done

        return passing

    before = [(owner, name, getattr(owner, name)) for owner, name in SEAMS]
    try:
        for owner, name, call in before:
            setattr(owner, name, wrapped(name, call))
        export(folder, make(before_page=lambda _number: points("a page is asked for")), format="csv")
    finally:
        for owner, name, call in before:
            setattr(owner, name, call)


def undisturbed(folder: Path, streams: dict[str, Estate]) -> tuple[list[str], Any, list[str]]:
    """Go on with an export to its end; return what it holds."""
    manifest = export(folder, streams, format="csv")
    verify(folder / "out")
    assert left(folder) == ["out", "out.manifest.json", "out.rejects.jsonl"]
    named = [Path(one.name).name for one in manifest.files]
    assert sorted(path.name for path in (folder / "out").iterdir()) == named
    found = [line.split(",")[0] for name in named for line in (folder / "out" / name).read_text().splitlines()[1:]]
    return found, manifest.streams, rejects(folder)


def kills(make: Callable[..., dict[str, Estate]], folder: Path, again: Callable[[int], bool]) -> None:
    def fresh(name: str) -> Path:
        (folder / name).mkdir()
        return folder / name

    wanted = undisturbed(fresh("wanted"), make())
    work = partial(watched, make)
    passed = points_of(partial(work, fresh("counted")))
    wrong = []
    for number, name in enumerate(passed, 1):
        killed = fresh(str(number))
        assert killed_at(number, partial(work, killed))
        if again(number):
            killed_at(number // 2 + 3, partial(work, killed))
        if undisturbed(killed, make()) != wanted:
            wrong.append(f"{number} ({name})")
    print(f"\n{len(passed)} kills, {len(wrong)} of them left something else than an undisturbed export")
    assert wrong == []
    assert len(passed) > 60


def test_killed_at_every_boundary_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    kills(partial(estates, ("people",), 12), tmp_path, again=lambda number: number % 10 == 5)


@pytest.mark.slow
def test_killed_at_every_boundary_of_two_streams_and_again_while_it_goes_on(tmp_path: Path) -> None:
    kills(estates, tmp_path, again=lambda _number: True)


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from export.test_parts import estates, export
folder = Path(sys.argv[1])
written = 0
def page(number):
    print("page", flush=True)
    sys.stdin.readline()
export(folder, estates(("people",), before_page=page), format="csv")
"""


def test_a_real_process_killed_after_each_page_goes_on_behind_its_last_part(tmp_path: Path) -> None:
    program = textwrap.dedent(PROGRAM).format(tests=str(Path(__file__).parents[1]))
    asked = 0
    for _ in range(30):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        pages = 0
        for _line in process.stdout:
            pages += 1
            if pages == 4:
                process.kill()
                break
            process.stdin.write("\n")
            process.stdin.flush()
        asked += pages
        process.communicate()
        if process.returncode == 0:
            break
        manifest = load(tmp_path / "out")
        assert manifest is None or manifest.state == "unfinished"
    assert undisturbed(tmp_path, estates(("people",)))[0] == [f'"crm/people/{one}"' for one in WANTED]
    assert (
        7 < asked < 4 * 7
    )  # there are seven pages; a killed process is followed by one that asks for some of them again


# -- what goes on, and what does not -----------------------------------------------------------------------------------------


def failing(after: int, error: type[Exception] = SourceUnavailableError) -> dict[str, Estate]:
    def fail(page: int) -> None:
        if page >= after:
            raise error("it is down")

    return estates(before_page=fail)


def test_a_source_that_fails_leaves_an_unfinished_export_that_goes_on_there(tmp_path: Path) -> None:
    manifest = export(tmp_path, failing(after=3))
    assert manifest.state == "unfinished"
    assert manifest.verdict is not None
    assert manifest.verdict.completeness == "partial"
    assert manifest.verdict.delivered == manifest.records
    assert [error["type"] for error in manifest.errors] == ["SourceUnavailableError"] * 2
    with pytest.raises(ExportError, match="the export was interrupted"):
        verify(tmp_path / "out")
    later = estates()
    assert ids(export(tmp_path, later), tmp_path) == {"people": WANTED, "others": WANTED}
    assert [query.cursor for query in later["people"].asked] == ["9"]
    ended = load(tmp_path / "out")
    assert ended is not None
    assert ended.verdict is not None
    assert (ended.state, ended.verdict.completeness, ended.verdict.reasons) == ("finished", "complete", ())


def test_a_finished_export_is_not_read_again(tmp_path: Path) -> None:
    manifest = export(tmp_path, estates())
    later = estates()
    assert export(tmp_path, later) == manifest
    assert later["people"].asked == []


def test_a_stream_that_is_finished_is_not_read_again(tmp_path: Path) -> None:
    broken = estates()
    broken["others"].before_page = failing(after=0)["people"].before_page
    assert export(tmp_path, broken).state == "unfinished"
    later = estates()
    assert export(tmp_path, later).state == "finished"
    assert later["people"].asked == []


def test_a_read_that_must_be_whole_raises_and_goes_on_later(tmp_path: Path) -> None:
    with hub(tmp_path, failing(after=3)) as opened, pytest.raises(IncompleteRead):
        to_folder(opened.read(Person), tmp_path / "out", format="parquet", size=4)
    found = load(tmp_path / "out")
    assert found is not None
    assert found.state == "unfinished"
    assert ids(export(tmp_path, estates()), tmp_path) == {"people": WANTED, "others": WANTED}


def test_where_the_source_has_forgotten_the_place_its_stream_is_read_anew(tmp_path: Path) -> None:
    export(tmp_path, failing(after=3))
    later = estates(known_cursors=lambda _cursor: False)
    manifest = export(tmp_path, later)
    assert ids(manifest, tmp_path) == {"people": WANTED, "others": WANTED}
    assert manifest.state == "finished"
    assert sorted(rejects(tmp_path)) == sorted(f"crm/{s}/{n:05}" for s in ("people", "others") for n in (3, 17))
    on_disk = {path.name for path in (tmp_path / "out").iterdir()}
    assert on_disk == {Path(one.name).name for one in manifest.files}


def test_a_source_that_refuses_also_the_beginning_keeps_its_parts_for_later(tmp_path: Path) -> None:
    before = export(tmp_path, failing(after=3))
    manifest = export(tmp_path, failing(after=0, error=AccessError))
    assert manifest.state == "unfinished"
    assert manifest.files == before.files
    assert ids(export(tmp_path, estates()), tmp_path) == {"people": WANTED, "others": WANTED}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"format": "csv"}, "its format is parquet, not csv"),
        ({"limit": 3}, "its limit is None, not 3"),
        ({"since": NOW}, "its since is None"),
    ],
)
@pytest.mark.parametrize("streams", [failing(after=3), estates()])
def test_another_export_does_not_go_on_with_this_one(
    more: dict[str, Any], words: str, streams: dict[str, Estate], tmp_path: Path
) -> None:
    export(tmp_path, streams)
    with pytest.raises(ConfigError, match=words):
        export(tmp_path, estates(), **more)


def test_other_rules_do_not_go_on_with_what_was_read_by_these(tmp_path: Path) -> None:
    export(tmp_path, failing(after=3))
    changed = type(
        "Other", (numbered(**estates()),), {"mapping": NUMBERED.replace("contact", "lead"), "__module__": __name__}
    )
    with (
        hub_of(changed, tmp_path, clock=lambda: NOW) as opened,
        pytest.raises(ConflictError, match="mapping have changed"),
    ):
        to_folder(opened.read(Person, allow_partial=True), tmp_path / "out", format="parquet")


def test_a_stream_that_is_not_read_any_more_is_told(tmp_path: Path) -> None:
    export(tmp_path, failing(after=3))
    with pytest.raises(ConflictError, match="crm/others is exported already, and is not read any more"):
        export(tmp_path, {"people": Estate(rows(), page_size=3)})


@pytest.mark.parametrize("most", [100, 1000, 2000, 3000, 4000, 6000])
def test_a_disk_that_is_full_is_told_and_the_export_goes_on_when_there_is_room(most: int, tmp_path: Path) -> None:
    made = [person(n) for n in range(60)]
    with small_disk(most), pytest.raises(ExportError, match="File too large"):
        export(tmp_path, {"people": Estate(made, page_size=3)}, format="csv", size=3)
    manifest = export(tmp_path, {"people": Estate(made, page_size=3)}, format="csv", size=3)
    found = [
        line.split(",")[3] for one in manifest.files for line in (tmp_path / one.name).read_text().splitlines()[1:]
    ]
    assert found == [f'"{n:05}"' for n in range(60)]
    assert verify(tmp_path / "out").state == "finished"


@pytest.mark.parametrize("number", [1, 2, 4])
def test_after_a_line_that_could_not_be_written_nothing_more_is(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = itertools.count(1)
    write = os.pwrite

    def full_once(*args: Any) -> int:
        if next(calls) == number + 1:  # the first line says what is exported
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(*args)

    monkeypatch.setattr(os, "pwrite", full_once)
    with pytest.raises(ExportError, match="No space left on device") as caught:
        export(tmp_path, estates())
    assert caught.value.next_step == "make room, then run it again"
    assert len(journal_of(tmp_path / "out").read_bytes().splitlines()) == number
    assert ids(export(tmp_path, estates()), tmp_path) == {"people": WANTED, "others": WANTED}


def test_two_processes_do_not_write_one_export(tmp_path: Path) -> None:
    with Journal(journal_of(tmp_path / "out")), pytest.raises(ConflictError, match="another process is writing"):
        export(tmp_path, estates())


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").touch()
    with pytest.raises(ConfigError, match="something else is in this folder"):
        export(tmp_path, estates())
    assert left(tmp_path) == ["out"]
    with (
        hub(tmp_path, estates()) as opened,
        pytest.raises(ConfigError, match="there can be no such folder: Not a directory"),
    ):
        to_folder(opened.read(Person), tmp_path / "out" / "thesis.tex" / "x")


def test_a_limit_holds_over_all_tries(tmp_path: Path) -> None:
    broken = failing(after=2)
    export(tmp_path, broken, limit=9)
    manifest = export(tmp_path, estates(), limit=9)
    assert ids(manifest, tmp_path) == {"people": WANTED[:5], "others": WANTED[:4]}
    assert manifest.verdict is not None
    assert (manifest.verdict.completeness, manifest.state) == ("limited", "finished")


def test_a_damaged_journal_is_told(tmp_path: Path) -> None:
    export(tmp_path, failing(after=3))
    journal = journal_of(tmp_path / "out")
    first, _, rest = journal.read_text().partition("\n")
    journal.write_text(f"{first}\n{rest[5:]}")
    with pytest.raises(ExportError, match="the journal of the export is damaged"):
        export(tmp_path, estates())


def test_a_source_that_cannot_be_reached_at_all_keeps_its_books_and_the_store_does_not_mix_in(tmp_path: Path) -> None:
    synced(tmp_path, estates())
    before = export(tmp_path, failing(after=3))
    down = numbered(**estates())
    down.down.append(SourceUnavailableError("nobody answers"))
    with hub_of(down, tmp_path, clock=lambda: NOW) as opened:
        manifest = to_folder(opened.read(Person, allow_partial=True), tmp_path / "out", format="parquet", size=4)
    assert manifest.files == before.files
    assert [one.delivered for one in manifest.streams] == [one.delivered for one in before.streams]
    assert ids(export(tmp_path, estates()), tmp_path) == {"people": WANTED, "others": WANTED}


def test_what_the_source_declares_is_held_over_all_tries(tmp_path: Path) -> None:
    made = [person(n) for n in range(20)]
    broken = Estate(made, page_size=3, before_page=failing(after=3)["people"].before_page)
    export(tmp_path, {"people": broken})
    manifest = export(tmp_path, {"people": Estate(made, page_size=3)})
    assert manifest.verdict is not None
    assert (manifest.verdict.completeness, manifest.records) == ("complete", 20)
    assert manifest.streams[0].declared_total == 20


@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.99])
def test_a_line_of_which_only_a_part_reached_the_disk_does_not_count(kept: float, tmp_path: Path) -> None:
    export(tmp_path, failing(after=5))
    journal = journal_of(tmp_path / "out")
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-1]) + lines[-1][: int(len(lines[-1]) * kept)])
    assert ids(export(tmp_path, estates()), tmp_path) == {"people": WANTED, "others": WANTED}


def test_what_a_stream_handed_on_before_it_failed_gets_into_no_part_of_another(tmp_path: Path) -> None:
    made = [person(n, " " if n >= 10 and n % 5 else None) for n in range(60)]
    manifest = export(
        tmp_path, {"people": Estate(made, page_size=10), "others": Estate(rows(), page_size=3, total=False)}
    )
    assert [error["type"] for error in manifest.errors] == ["SourceChangedError"]
    first_two_pages = [f"{n:05}" for n in (*range(10), 10, 15)]
    assert ids(manifest, tmp_path) == {"people": first_two_pages, "others": WANTED}


def test_the_rejects_that_end_a_read_are_there_to_be_looked_at(tmp_path: Path) -> None:
    made = [person(n, " " if n >= 10 else None) for n in range(60)]
    manifest = export(tmp_path, {"people": Estate(made, page_size=10)})
    assert [error["type"] for error in manifest.errors] == ["SourceChangedError"]
    assert manifest.verdict is not None
    assert manifest.rejects.rejects == manifest.verdict.rejected == len(rejects(tmp_path)) == 20
    assert manifest.state == "unfinished"


# -- from the store ----------------------------------------------------------------------------------------------------------


def synced(folder: Path, streams: dict[str, Estate]) -> None:
    with hub(folder, streams) as opened:
        assert {one.state for one in opened.sync("crm", full=True)} == {"published"}


class Stops:
    """Lets so many items through, then the process is gone."""

    def __init__(self, after: int) -> None:
        self.after = after

    def __call__(self, items: Iterator[Any]) -> Iterator[Any]:
        for number, item in enumerate(items):
            if number == self.after:
                raise KeyboardInterrupt
            yield item


def test_an_export_from_the_store_goes_on_in_the_same_snapshot(tmp_path: Path) -> None:
    synced(tmp_path, estates())
    for after in range(1, 30, 2):
        with pytest.raises(KeyboardInterrupt):
            export(tmp_path, estates(), cached=True, watch=Stops(after % 7 + 4))
        if after > 7:
            break
    manifest = export(tmp_path, estates(), cached=True)
    assert {name: Counter(found) for name, found in ids(manifest, tmp_path).items()} == {
        "people": Counter(WANTED),
        "others": Counter(WANTED),
    }
    assert manifest.verdict is not None
    assert (manifest.verdict.freshness, manifest.verdict.delivered) == ("cached", 2 * len(WANTED))


def test_another_snapshot_does_not_go_on_with_the_first(tmp_path: Path) -> None:
    synced(tmp_path, estates())
    with pytest.raises(KeyboardInterrupt):
        export(tmp_path, estates(), cached=True, watch=Stops(6))
    synced(tmp_path, estates())
    with pytest.raises(ConflictError, match="the snapshot in the store is another one"):
        export(tmp_path, estates(), cached=True)


def test_what_the_store_answered_in_place_of_the_source_is_whole_or_read_again(tmp_path: Path) -> None:
    synced(tmp_path, estates())
    manifest = export(tmp_path, failing(after=0))
    assert manifest.verdict is not None
    assert (manifest.verdict.freshness, manifest.records) == ("stale", 2 * len(WANTED))


def test_the_age_of_an_export_is_that_of_its_oldest_part(tmp_path: Path) -> None:
    export(tmp_path, failing(after=3, error=SourceUnavailableError))
    streams = estates(now=lambda: NOW + timedelta(hours=1))
    manifest = export(tmp_path, streams)
    assert manifest.verdict is not None
    assert manifest.verdict.as_of == NOW
