"""The journal of an export in parts: what is in the parts, and where each feed goes on.

One line a step, in JSON. A step counts when its line is on the disk, and with it the parts it names; what a process was
writing when it was killed counts as not written. The journal is there as long as the export is unfinished, hidden beside it
and readable by its owner only, for cursors and rejected rows are in it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from bartack.errors import ConfigError, ConflictError, ExportError
from bartack.export.files import settle_folder, writable
from bartack.export.manifest import DataFile
from bartack.export.writers import Format
from bartack_contracts import StreamReport

__all__ = ["Begun", "Journal", "Place", "Step", "journal_of"]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Begun(_Line):
    """The first line: what is exported. Only the same goes on."""

    journal: Literal[1] = 1
    format: Format
    spreadsheet: bool
    contract: str
    shape: str
    asked: dict[str, JsonValue]
    at: datetime


class Place(_Line):
    """Where a feed goes on: at a cursor of its source, with these books; or behind so many records of a run of the store."""

    cursor: str | None = None
    pages: int = 0
    declared_total: int | None = None
    oldest: datetime | None = None
    counts: dict[str, int] = Field(default_factory=dict)
    issues: dict[str, int] = Field(default_factory=dict)
    unread: dict[str, int] = Field(default_factory=dict)
    notes: dict[str, Any] = Field(default_factory=dict)
    run: int | None = None
    records: int = 0
    last: str | None = None


class Step(_Line):
    """What was read of a feed since its last step. ``ended``: there is no more. ``dropped``: all of it is read anew."""

    feed: str
    made_by: str
    parts: tuple[DataFile, ...] = ()
    rejects: tuple[str, ...] = Field((), description="JSON lines")
    seen: dict[str, str] = Field(default_factory=dict, description="identity -> mark of its payload, in hex")
    told: dict[str, int] = Field(default_factory=dict)
    place: Place | None = None
    ended: StreamReport | None = None
    dropped: bool = False


def journal_of(target: Path) -> Path:
    """Return where the journal of an export is while that is unfinished."""
    return target.with_name(f".{target.name}.journal")


class Journal:
    """An open journal; no other process can open it meanwhile. ``begun`` is None where nothing has begun."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise ConfigError(
                f"cannot be written: {error.strerror}",
                where=str(path),
                next_step="name a folder where you may write",
            ) from None
        try:
            fcntl.flock(self._number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._number)
            raise ConflictError(
                "another process is writing this export", where=str(path), next_step="wait for it, or end it"
            ) from None
        self.begun: Begun | None = None
        try:
            self._end = self._recovered()
        except BaseException:
            os.close(self._number)
            raise

    def _recovered(self) -> int:
        """Cut off what is no whole line, and return where the next one goes."""
        end = 0
        with self.path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                if end == 0:
                    self.begun = self._parsed(Begun, line)
                end += len(line)
        with writable(self.path):
            os.truncate(self._number, end)
        return end

    def _parsed(self, kind: type[Any], line: bytes) -> Any:
        try:
            return kind.model_validate_json(line)
        except ValidationError:
            raise ExportError(
                "the journal of the export is damaged",
                where=str(self.path),
                next_step="remove the export and its journal, and begin anew",
            ) from None

    def begin(self, begun: Begun) -> None:
        """Write the first line.

        Raises
        ------
        ExportError
            it cannot be written.
        """
        self._append(begun)
        self.begun = begun
        with writable(self.path):
            settle_folder(self.path.parent)

    def add(self, step: Step) -> None:
        """Write a step; when this returns it is on the disk.

        Raises
        ------
        ExportError
            it cannot be written; then it does not count.
        """
        self._append(step)

    def _append(self, line: _Line) -> None:
        data = line.model_dump_json(exclude_defaults=True).encode() + b"\n"
        with writable(self.path):
            try:
                written = 0
                while written < len(data):
                    written += os.pwrite(self._number, data[written:], self._end + written)
                os.fsync(self._number)
            except OSError:
                with suppress(OSError):
                    os.truncate(self._number, self._end)
                raise
        self._end += len(data)

    def steps(self) -> Iterator[Step]:
        """Yield the steps that count: what was dropped, and the step that says so, is left out.

        Raises
        ------
        ExportError
            the journal is damaged.
        """
        dropped = {step.feed: number for number, step in self._numbered() if step.dropped}
        yield from (step for number, step in self._numbered() if number > dropped.get(step.feed, -1))

    def used(self) -> int:
        """Return the highest number of a part that was ever named."""
        names = [part.name for _, step in self._numbered() for part in step.parts]
        return max((int(name.rpartition("part-")[2].partition(".")[0]) for name in names), default=0)

    def _numbered(self) -> Iterator[tuple[int, Step]]:
        with self.path.open("rb") as file:
            for number, line in enumerate(file):
                if number:
                    yield number, self._parsed(Step, line)

    def remove(self) -> None:
        """Remove the journal of an export that is finished."""
        with writable(self.path):
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.begun is None:  # nothing was
            self.path.unlink(missing_ok=True)
        os.close(self._number)
