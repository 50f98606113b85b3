"""The manifest beside an export: what was written, and how far it can be trusted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from bartack.errors import ExportError
from bartack.export.files import WholeFile, digest_of
from bartack.export.writers import Format
from bartack_contracts import StreamReport, UtcDateTime, Verdict

__all__ = ["DataFile", "Manifest", "RejectsFile", "load", "manifest_of", "rejects_of", "save", "verify"]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataFile(_Told):
    """One finished file. ``name`` is relative to the manifest."""

    name: str
    records: int = Field(ge=0)
    size: int = Field(ge=0, description="bytes")
    sha256: str


class RejectsFile(_Told):
    """Rows that could not become records, as JSON lines; without a ``name`` they stand among the records."""

    rejects: int = Field(ge=0)
    name: str | None = None
    size: int | None = None
    sha256: str | None = None


class Manifest(_Told):
    """``state``: ``unfinished`` where the export was interrupted and can go on."""

    manifest: Literal[1] = 1
    state: Literal["finished", "unfinished"] = "finished"
    format: Format
    contract: str
    version: str = Field(description="of the contract")
    shape: str = Field(description="digest of the contract's fields and types")
    asked: Mapping[str, JsonValue] = Field(description="what was asked for")
    bartack: str = Field(description="version of Bartack")
    begun_at: UtcDateTime
    written_at: UtcDateTime
    records: int = Field(ge=0)
    files: tuple[DataFile, ...]
    rejects: RejectsFile
    spreadsheet: bool = False
    told: Mapping[str, int] = Field(
        default_factory=dict,
        description="by column: numbers that only their text has; cells that were changed for a spreadsheet",
    )
    verdict: Verdict | None = Field(None, description="how the read ended")
    streams: tuple[StreamReport, ...] = ()
    errors: tuple[Mapping[str, Any], ...] = ()


def manifest_of(target: Path) -> Path:
    """Return where the manifest of an export is."""
    return target.with_name(f"{target.name}.manifest.json")


def rejects_of(target: Path) -> Path:
    """Return where the rejects of an export are."""
    return target.with_name(f"{target.name}.rejects.jsonl")


def save(target: Path, manifest: Manifest) -> None:
    """Write the manifest of an export, whole or not at all.

    Raises
    ------
    ConfigError, ExportError
        it cannot be written.
    """
    with WholeFile(manifest_of(target)) as file:
        file.write(manifest.model_dump_json(indent=2).encode() + b"\n")
        file.publish()


def load(target: Path | str) -> Manifest | None:
    """Return the manifest of an export; None where there is none.

    Raises
    ------
    ExportError
        it cannot be read, or is none.
    """
    path = manifest_of(Path(target))
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise ExportError(f"the manifest cannot be read: {error.strerror}", where=str(path)) from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ExportError(f"no manifest of an export: {place}: {first['msg']}", where=str(path)) from None


def verify(target: Path | str) -> Manifest:
    """Hold an export against its manifest, byte by byte, and return that.

    Whether it is complete and fresh enough is the caller's to judge, by ``manifest.verdict``.

    Raises
    ------
    ExportError
        there is no manifest, it is unfinished, or a file is missing or is another than was written.
    """
    path = Path(target)
    manifest = load(path)
    if manifest is None:
        raise ExportError("no manifest is beside it: it is no export, or did not come to its end", where=str(path))
    if manifest.state != "finished":
        raise ExportError("the export was interrupted", where=str(path), next_step="run it again with --resume")
    named: list[tuple[str, int | None, str | None]] = [(one.name, one.size, one.sha256) for one in manifest.files]
    if manifest.rejects.name is not None:
        named.append((manifest.rejects.name, manifest.rejects.size, manifest.rejects.sha256))
    for name, size, sha256 in named:
        _hold(path.parent / name, size, sha256)
    return manifest


def _hold(path: Path, size: int | None, sha256: str | None) -> None:
    try:
        found = digest_of(path)
    except OSError as error:
        raise ExportError(f"cannot be read: {os.strerror(error.errno or 0)}", where=str(path)) from None
    if (found.size, found.sha256) != (size, sha256):
        raise ExportError(
            f"not what was written: {found.size} bytes, {found.sha256}; the manifest says {size} bytes, {sha256}",
            where=str(path),
        )
