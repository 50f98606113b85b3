"""Files of every format: whole or not there, with a manifest that says how the read ended."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import stat
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import support.contract_values  # noqa: F401 - hypothesis knows the contracts by it
from bartack.errors import ConfigError, ExportError, IncompleteRead, SourceUnavailableError
from bartack.export import Manifest, records_of, to_file, verify
from bartack.export.csv_text import header, line, row_of
from bartack.export.files import WholeFile
from bartack.export.manifest import load
from bartack.hub import Hub
from bartack.reading.read import Read
from bartack_contracts import CONTRACTS, Contract, Person, Provenance, Record, Ref, shape_digest
from support.disks import small_disk
from support.numbered import NOW, Estate, hub_of, numbered, person

FORMATS = ("jsonl", "csv", "parquet", "arrow")


def estate(rows: int = 7, *, rejects: int = 0, **more: Any) -> Estate:
    made = [person(n, " " if n < rejects else None, email=f"p{n}@example.org") for n in range(rows)]
    return Estate(made, page_size=3, **more)


def hub(source: Estate, folder: Path) -> Hub:
    return hub_of(numbered(people=source), folder)


def export(source: Estate, target: Path, **more: Any) -> Manifest:
    with hub(source, target.parent) as opened:
        return to_file(opened.read(Person, allow_partial=True), target, clock=lambda: NOW, **more)


def ids(target: Path) -> list[str]:
    """The native ids in a file, whatever its format."""
    return [str(one.ref.id) if isinstance(one, Record) else one["_id"] for one in contents(target)]


def contents(target: Path) -> list[Any]:
    if target.suffix == ".jsonl":
        lines = [json.loads(line) for line in target.read_text().splitlines()]
        return [Record[Person].model_validate_json(json.dumps(line["record"])) for line in lines if "record" in line]
    if target.suffix == ".csv":
        return list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"), newline="")))
    table = pq.read_table(target) if target.suffix == ".parquet" else pa.ipc.open_file(target).read_all()
    return list(records_of(table, Person))


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".bartack")


@pytest.mark.parametrize("kind", FORMATS)
def test_every_record_is_in_the_file_once_and_the_manifest_says_so(kind: str, tmp_path: Path) -> None:
    target = tmp_path / f"people.{kind}"
    manifest = export(estate(), target)
    assert ids(target) == [f"{n:05}" for n in range(7)]
    assert left(tmp_path) == [target.name, f"{target.name}.manifest.json"]
    assert verify(target) == manifest == load(target)
    assert (manifest.format, manifest.records, manifest.state) == (kind, 7, "finished")
    assert (manifest.contract, manifest.version, manifest.shape) == ("person/1", "1.0", shape_digest(Person))
    assert manifest.begun_at == manifest.written_at == NOW
    assert manifest.verdict is not None
    assert (manifest.verdict.completeness, manifest.verdict.freshness, manifest.verdict.delivered) == (
        "complete",
        "live",
        7,
    )
    assert [(one.source, one.stream, one.rows) for one in manifest.streams] == [("crm", "people", 7)]
    (data,) = manifest.files
    assert (data.name, data.records, data.size) == (target.name, 7, target.stat().st_size)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "arrow"])
def test_what_is_read_back_is_what_was_read(kind: str, tmp_path: Path) -> None:
    with hub(estate(), tmp_path) as opened:
        wanted = [type(one).model_validate_json(one.model_dump_json()) for one in opened.read(Person)]
    target = tmp_path / f"people.{kind}"
    export(estate(), target)
    assert contents(target) == wanted


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow"])
def test_rejects_stand_beside_and_are_named(kind: str, tmp_path: Path) -> None:
    target = tmp_path / f"people.{kind}"
    manifest = export(estate(rejects=2), target)
    assert ids(target) == [f"{n:05}" for n in range(2, 7)]
    beside = tmp_path / f"people.{kind}.rejects.jsonl"
    lines = [json.loads(line)["reject"] for line in beside.read_text().splitlines()]
    assert [line["ref"] for line in lines] == ["crm/people/00000", "crm/people/00001"]
    assert lines[0]["payload"]["email"] == "p0@example.org"
    assert (manifest.records, manifest.rejects.rejects, manifest.rejects.name) == (5, 2, beside.name)
    verify(target)
    beside.write_text("")
    with pytest.raises(ExportError, match="not what was written: 0 bytes"):
        verify(target)
    export(estate(), target)
    assert not beside.exists()


def test_json_lines_are_those_that_read_prints(tmp_path: Path) -> None:
    target = tmp_path / "people.jsonl"
    manifest = export(estate(rejects=1), target)
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert [next(iter(line)) for line in lines] == ["reject", *["record"] * 6, "verdict"]
    assert (manifest.records, manifest.rejects.rejects, manifest.rejects.name) == (6, 1, None)


def broken(after: int) -> Estate:
    source = estate()

    def fail(page: int) -> None:
        if page >= after:
            raise SourceUnavailableError("it is down")

    source.before_page = fail
    return source


@pytest.mark.parametrize("kind", FORMATS)
def test_an_incomplete_read_says_so_in_the_manifest(kind: str, tmp_path: Path) -> None:
    target = tmp_path / f"people.{kind}"
    manifest = export(broken(after=1), target)
    assert ids(target) == ["00000", "00001", "00002"]
    assert manifest.verdict is not None
    assert manifest.verdict.completeness == "partial"
    assert manifest.verdict.reasons == ("crm/people: SourceUnavailableError: it is down",)
    assert [error["type"] for error in manifest.errors] == ["SourceUnavailableError"]
    verify(target)  # it is what was written: whether that is enough is for others to judge


@pytest.mark.parametrize("kind", FORMATS)
def test_a_read_of_nothing_is_a_valid_empty_file(kind: str, tmp_path: Path) -> None:
    target = tmp_path / f"people.{kind}"
    manifest = export(broken(after=0), target)
    assert ids(target) == []
    assert manifest.verdict is not None
    assert manifest.verdict.completeness == "failed"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_read_that_must_be_complete_and_is_not_leaves_the_earlier_file(kind: str, tmp_path: Path) -> None:
    target = tmp_path / f"people.{kind}"
    before = export(estate(), target)
    with hub(broken(after=1), tmp_path) as opened, pytest.raises(IncompleteRead):
        to_file(opened.read(Person), target)
    with hub(broken(after=1), tmp_path) as opened:
        read: Read[Person] = opened.read(Person, allow_partial=True)
        with pytest.raises(IncompleteRead):
            to_file(read, target, needed=lambda: read.hold(complete=True))
    assert verify(target) == before
    assert left(tmp_path) == [target.name, f"{target.name}.manifest.json"]


def test_the_ending_says_the_format_and_no_ending_is_json_lines(tmp_path: Path) -> None:
    assert export(estate(), tmp_path / "a.parquet").format == "parquet"
    assert export(estate(), tmp_path / "a").format == "jsonl"
    assert export(estate(), tmp_path / "b.parquet", format="csv").format == "csv"
    with pytest.raises(ConfigError, match="no format 'xlsx'"):
        export(estate(), tmp_path / "c", format="xlsx")
    assert "c" not in left(tmp_path)


# -- what can go wrong with files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_a_disk_that_takes_no_more_is_an_error_that_leaves_the_earlier_file(kind: str, tmp_path: Path) -> None:
    target = tmp_path / f"people.{kind}"
    before = export(estate(), target)
    with small_disk(4000), pytest.raises(ExportError, match="cannot be written: File too large") as caught:
        export(estate(300), target)
    assert caught.value.where == str(target)
    assert verify(target) == before
    assert left(tmp_path) == [target.name, f"{target.name}.manifest.json"]


def test_a_file_that_is_no_export_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "thesis.csv"
    target.write_text("years of work")
    with pytest.raises(ConfigError, match="there is a file already"):
        export(estate(), target)
    assert target.read_text() == "years of work"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: folder, "Is a directory"),
        (lambda folder: folder / "none" / "a.csv", "No such file or directory"),
        (lambda folder: Path("/proc/a.csv"), "cannot be written"),
    ],
)
def test_where_there_can_be_no_file_nothing_is_asked(make: Callable[[Path], Path], words: str, tmp_path: Path) -> None:
    source = estate()
    with hub(source, tmp_path) as opened, pytest.raises(ConfigError, match=words):
        to_file(opened.read(Person), make(tmp_path))
    assert source.asked == []


def test_a_changed_file_a_lost_one_and_none_at_all_are_told(tmp_path: Path) -> None:
    target = tmp_path / "people.parquet"
    with pytest.raises(ExportError, match="no manifest is beside it"):
        verify(target)
    export(estate(), target)
    found = target.read_bytes()
    target.write_bytes(found[:200] + bytes([found[200] ^ 1]) + found[201:])
    with pytest.raises(ExportError, match="not what was written"):
        verify(target)
    target.unlink()
    with pytest.raises(ExportError, match="cannot be read: No such file or directory"):
        verify(target)
    Path(f"{target}.manifest.json").write_text('{"manifest": 2}')
    with pytest.raises(ExportError, match="no manifest of an export"):
        verify(target)


class DiedError(BaseException):
    """The process is gone."""


def test_a_process_that_dies_between_file_and_manifest_leaves_no_manifest_of_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "people.csv"
    export(estate(2), target)
    published: list[str] = []
    replace = Path.replace

    def dies(self: Path, to: Path) -> Path:
        if published:
            raise DiedError
        published.append(str(to))
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(DiedError):
        export(estate(), target)
    assert published == [str(target)]
    with pytest.raises(ExportError, match="no manifest is beside it"):
        verify(target)


def test_what_a_killed_process_leaves_is_removed_by_the_next_one_and_what_is_being_written_is_not(
    tmp_path: Path,
) -> None:
    target = tmp_path / "people.csv"
    child = os.fork()
    if child == 0:
        WholeFile(target).write(b"x" * 100_000)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(left(tmp_path)) == 1
    with WholeFile(target) as other:
        other.write(b"y" * 100_000)
        export(estate(), target)
        assert other.publish().size == target.stat().st_size == 100_000
    assert left(tmp_path) == [target.name, f"{target.name}.manifest.json"]


@pytest.mark.parametrize("kind", FORMATS)
def test_what_is_masked_is_masked_in_files_too(kind: str, tmp_path: Path) -> None:
    target = tmp_path / f"people.{kind}"
    with hub_of(numbered(people=estate(rejects=1)), tmp_path, keep={"mask": True}) as opened:
        to_file(opened.read(Person), target)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"example.org" not in written
    assert b"Person 3" not in written
    assert len(ids(target)) == 6


# -- CSV -----------------------------------------------------------------------------------------------------------------


def test_csv_has_the_cells_of_a_row_and_tells_text_from_nothing(tmp_path: Path) -> None:
    target = tmp_path / "people.csv"
    source = Estate([person(1, 'Zoë "Z"\r\nMüller, =1+1')])
    export(source, target)
    text = target.read_bytes().decode("utf-8")
    header, rest = text.split("\r\n", 1)
    assert header.split(",")[:6] == ['"_ref"', '"_source"', '"_stream"', '"_id"', '"_contract"', '"created_at"']
    assert header.endswith('"_fetched","_issues","_freshness","_as_of","_provenance"')
    assert rest.startswith('"crm/people/00001","crm","people","00001","person/1",,"2026-11-22T10:00:00Z",')
    (row,) = contents(target)
    assert json.loads(row["name"])["full"] == 'Zoë "Z" Müller, =1+1'
    assert json.loads(row["_fetched"]) == ["updated_at", "name", "kind"]
    assert row["title"] == ""
    assert json.loads(row["_provenance"])["connector"] == "numbered"


@given(st.one_of([st.from_type(contract) for contract in CONTRACTS.values()]))
def test_csv_is_read_back_as_the_row_it_was(value: Contract) -> None:
    about = Provenance(connector="c", mapping="sha256:00", payload="sha256:01", fetched_at=NOW)
    kind: Any = Record.__class_getitem__(type(value))
    row = row_of(kind(ref=Ref("crm", "x", '7, "a"'), contract=value.contract, value=value, provenance=about))
    columns = header(type(value))
    text = line(columns) + line(row[name] for name in columns)
    (back,) = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    for name, cell in row.items():
        plain = str(cell).lower() if isinstance(cell, bool) else "" if cell is None else str(cell)
        assert back[name] == plain
    assert set(back) == set(row)


FORMULAS = ["=1+1", "+1-1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "＝1", "'=x"]
MAPPING = """\
contract: person/1
fields:
  name.full: {path: name, use: person_name, required: true}
  kind: {const: contact}
  title: {path: title}
"""


def titled(titles: list[str]) -> Any:
    rows = [person(n, title=title) for n, title in enumerate(titles)]
    return type("Titled", (numbered(people=Estate(rows)),), {"mapping": MAPPING, "__module__": __name__})


def test_csv_changes_nothing_unless_a_spreadsheet_is_to_open_it(tmp_path: Path) -> None:
    texts = [*FORMULAS, "-12.50", "plain"]
    for spreadsheet in (False, True):
        target = tmp_path / f"{spreadsheet}.csv"
        with hub_of(titled(texts), tmp_path) as opened:
            manifest = to_file(opened.read(Person), target, spreadsheet=spreadsheet)
        found = [row["title"] for row in contents(target)]
        assert found == ([f"'{text}" for text in FORMULAS] + texts[-2:] if spreadsheet else texts)
        assert [text.removeprefix("'") if text.startswith("'") and spreadsheet else text for text in found] == texts
        assert manifest.told == ({"title": len(FORMULAS)} if spreadsheet else {})
        assert manifest.spreadsheet is spreadsheet
        assert target.read_bytes().startswith(b"\xef\xbb\xbf") is spreadsheet


def test_only_csv_is_for_spreadsheets(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="parquet is not for a spreadsheet"):
        export(estate(), tmp_path / "a.parquet", spreadsheet=True)
    assert left(tmp_path) == []


DEALS = """\
contract: deal/1
fields:
  title: {path: name, required: true}
  status: {const: open}
  amount: {path: amount, use: {money: {currency: EUR}}}
"""


def test_numbers_are_exact_in_every_format_and_those_that_only_their_text_has_are_told(tmp_path: Path) -> None:
    amounts = ["12.50", "1234567890123456789012345.1", "0.1"]
    rows = [person(n, amount=amount) for n, amount in enumerate(amounts)]
    kind = type("Sold", (numbered(people=Estate(rows)),), {"mapping": DEALS, "__module__": __name__})
    for ending in FORMATS:
        target = tmp_path / f"deals.{ending}"
        with hub_of(kind, tmp_path) as opened:
            manifest = to_file(opened.read("deal"), target)
        assert manifest.told == ({"amount.amount": 1} if ending in ("parquet", "arrow") else {})
        if ending == "parquet":
            found = pq.read_table(target).column("amount").to_pylist()
            assert [one["amount"] for one in found] == [Decimal("12.50"), None, Decimal("0.1")]
            assert [one["_amount_text"] for one in found] == amounts
        else:
            assert all(amount.encode() in target.read_bytes() for amount in amounts)


def test_without_pyarrow_json_lines_and_csv_still_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "pyarrow" else found(name, *a))
    for kind in ("jsonl", "csv"):
        assert export(estate(), tmp_path / f"a.{kind}").records == 7
    for kind in ("parquet", "arrow"):
        with pytest.raises(ConfigError, match=f"{kind} needs pyarrow") as caught:
            export(estate(), tmp_path / f"a.{kind}")
        assert caught.value.next_step == 'pip install "bartack[parquet]"'
    assert "a.parquet" not in left(tmp_path)
