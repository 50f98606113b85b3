"""Writes a read into one file, with its rejects and its manifest: all of it, or nothing."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from bartack.errors import BartackError, ConfigError
from bartack.export.batches import BATCH, chunks
from bartack.export.files import WholeFile, writable
from bartack.export.lines import item_line
from bartack.export.manifest import DataFile, Manifest, RejectsFile, load, manifest_of, rejects_of, save
from bartack.export.writers import Format, format_of, writer
from bartack.reading.fetch import Item
from bartack.reading.read import Read
from bartack.transports.base import Clock, utcnow
from bartack_contracts import Contract, Record, Reject, Report, shape_digest

__all__ = ["begin_manifest", "contract_of", "ended", "to_file"]


def to_file(
    read: Read[Any],
    target: Path | str,
    *,
    format: str | None = None,  # noqa: A002 - the word of the command line
    spreadsheet: bool = False,
    needed: Callable[[], None] = lambda: None,
    watch: Callable[[Iterator[Item]], Iterator[Item]] = iter,
    clock: Clock = utcnow,
) -> Manifest:
    """Read to the end, and write it to a file: ``jsonl``, ``csv``, ``parquet`` or ``arrow`` (default: by the file's ending).

    The file appears whole, or not at all; beside it ``FILE.manifest.json``, which says what it is and how the read ended, and
    where there are any ``FILE.rejects.jsonl``. An earlier export is replaced. ``spreadsheet``: CSV that Excel opens safely.
    ``needed`` is called when all is read, and may refuse it with an error; ``watch`` passes on what comes, and may tell somebody.

    Raises
    ------
    ConfigError
        there can be no such file, there is one that is no export, or pyarrow is needed and not installed.
    ExportError
        the disk is full, or fails.
    BartackError
        what the read raises; an incomplete one that was made with ``allow_partial=True`` is written, and the manifest says so.
    """
    path = Path(target)
    kind = format_of(format, path.name)
    model = contract_of(read)
    refuse_others(path)
    begun_at = clock()
    with ExitStack() as files:
        file = files.enter_context(WholeFile(path))
        out = writer(kind, file, model, spreadsheet=spreadsheet)
        aside = _Aside(rejects_of(path), files)
        records = rejected = 0
        for items in chunks(watch(read.items()), BATCH):
            rejects = [item for item in items if isinstance(item, Reject)]
            records += len(items) - len(rejects)
            rejected += len(rejects)
            if not out.takes_rejects:
                aside.write(rejects)
                items = [item for item in items if isinstance(item, Record)]
            out.write(items)
        needed()
        out.end(read.errors, read.report)
        with writable(path):
            manifest_of(path).unlink(missing_ok=True)  # from here on it would tell of another file
        kept = aside.publish(rejected)
        written = file.publish()
        begun = begin_manifest(kind, model, read.asked, begun_at, spreadsheet=spreadsheet)
        data = DataFile(name=written.name, records=records, size=written.size, sha256=written.sha256)
        manifest = ended(begun, read.errors, read.report, clock()).model_copy(
            update={"records": records, "files": (data,), "rejects": kept, "told": dict(sorted(out.told.items()))}
        )
        save(path, manifest)
    return manifest


class _Aside:
    """The rejects of an export, in a file of their own, once there are any."""

    def __init__(self, path: Path, files: ExitStack) -> None:
        self._path = path
        self._files = files
        self._file: WholeFile | None = None

    def write(self, rejects: list[Reject]) -> None:
        if rejects:
            if self._file is None:
                self._file = self._files.enter_context(WholeFile(self._path))
            self._file.write("".join(f"{item_line(one)}\n" for one in rejects).encode())

    def publish(self, rejected: int) -> RejectsFile:
        """Let them appear; those of an earlier export go."""
        if self._file is None:
            with writable(self._path):
                self._path.unlink(missing_ok=True)
            return RejectsFile(rejects=rejected)
        written = self._file.publish()
        return RejectsFile(rejects=rejected, name=written.name, size=written.size, sha256=written.sha256)


def contract_of(read: Read[Any]) -> type[Contract]:
    """Return of which contract the records are.

    Raises
    ------
    ConfigError
        the read does not say.
    """
    if read.contract is None:
        raise ConfigError("nothing says of which contract the records are", next_step="hub.read(Person)")
    found: type[Contract] = read.contract
    return found


def refuse_others(path: Path) -> None:
    """Let nothing be overwritten that is no export.

    Raises
    ------
    ConfigError
        there is a file without a manifest.
    """
    if path.exists() and not path.is_dir() and load(path) is None:
        raise ConfigError(
            "there is a file already, and no manifest beside it says that it is an export",
            where=str(path),
            next_step="name another file, or remove this one",
        )


def begin_manifest(
    kind: Format, model: type[Contract], asked: Mapping[str, JsonValue], at: datetime, *, spreadsheet: bool = False
) -> Manifest:
    """Return the manifest of an export that has just begun."""
    return Manifest(
        state="unfinished",
        format=kind,
        contract=model.contract,
        version=model.version,
        shape=shape_digest(model),
        asked=dict(asked),
        bartack=importlib.metadata.version("bartack"),
        begun_at=at,
        written_at=at,
        records=0,
        files=(),
        rejects=RejectsFile(rejects=0),
        spreadsheet=spreadsheet,
    )


def ended(begun: Manifest, errors: Sequence[BartackError], report: Report, at: datetime) -> Manifest:
    """Return a manifest with how the read ended."""
    told = tuple(error.told() for error in errors)
    how = {"verdict": report.verdict, "streams": report.streams, "errors": told}
    return begun.model_copy(update={"state": "finished", "written_at": at, **how})
