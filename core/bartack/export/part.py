"""One part of an export in parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bartack.export.batches import BATCH
from bartack.export.files import WholeFile
from bartack.export.journal import Begun
from bartack.export.manifest import DataFile
from bartack.export.writers import Writer, writer
from bartack_contracts import Contract, Record

__all__ = ["Part"]


class Part:
    """The part that is being written. Nothing of it counts before it is published and named in the journal."""

    def __init__(self, folder: Path, model: type[Contract], begun: Begun, number: int) -> None:
        self.records = 0
        self._folder = folder
        self._model = model
        self._begun = begun
        self._number = number
        self._waiting: list[Record[Any]] = []
        self._file: WholeFile | None = None
        self._out: Writer | None = None

    def add(self, records: list[Record[Any]]) -> None:
        """Write records, or let them wait until there are enough to be written together."""
        self.records += len(records)
        self._waiting += records
        if len(self._waiting) >= BATCH:
            self._write()

    def _write(self) -> None:
        if self._out is None or self._file is None:
            self._number += 1
            self._file = WholeFile(self._folder / f"part-{self._number:05}.{self._begun.format}")
            self._out = writer(self._begun.format, self._file, self._model, spreadsheet=self._begun.spreadsheet)
        for start in range(0, len(self._waiting), BATCH):
            self._out.write(self._waiting[start : start + BATCH])
        self._waiting = []

    def publish(self) -> tuple[tuple[DataFile, ...], dict[str, int]]:
        """Let the part appear; return it, if there is anything in it, and what is to be told of its values."""
        if self._waiting:
            self._write()
        if self._file is None or self._out is None:
            return (), {}
        self._out.end((), None)
        written, told = self._file.publish(), dict(self._out.told)
        name = f"{self._folder.name}/{written.name}"
        part = DataFile(name=name, records=self.records, size=written.size, sha256=written.sha256)
        self.records, self._file, self._out = 0, None, None
        return (part,), told

    def discard(self) -> None:
        """Leave nothing of a part that was begun."""
        if self._file is not None:
            self._file.discard()
        self.records, self._waiting, self._file, self._out = 0, [], None, None
