"""Cassette files: in YAML, or in JSON where the name ends so; read without trust and written all or nothing."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from bartack.errors import RecordingError
from bartack.recording.trees import Body, RefusedError, Tree

__all__ = ["Body", "Tree", "is_json", "read", "write", "write_text"]


def is_json(path: Path) -> bool:
    """Tell whether a cassette of that name is written in JSON."""
    return path.suffix == ".json"


def read(path: Path) -> Tree:
    """Return the content of a cassette file.

    Raises
    ------
    RecordingError
        there is no such file, or it is not plain YAML or JSON.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise RecordingError("there is no such cassette", where=str(path), next_step="record it first") from None
    except OSError as error:
        raise RecordingError(f"the cassette cannot be read: {error.strerror}", where=str(path)) from None
    try:
        return _parsed(path, content)
    except UnicodeDecodeError as error:
        raise RecordingError(f"the cassette cannot be read: {error}", where=str(path)) from None
    except RefusedError as error:
        raise RecordingError(str(error), where=str(path)) from None


def write(path: Path, document: Mapping[str, Any], *, heading: str) -> None:
    """Write ``document``, so that readers see the old file or the new one, never a part; YAML has ``heading`` above it.

    Raises
    ------
    RecordingError
        the file cannot be written.
    """
    write_text(path, _dumped(path, document, heading))


def write_text(path: Path, text: str) -> None:
    """Write a text all or nothing; folders on the way are made.

    Raises
    ------
    RecordingError
        the file cannot be written.
    """
    # Of this thread alone, for two may save the same cassette.
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise RecordingError(f"the cassette cannot be written: {error.strerror}", where=str(path)) from None
    finally:
        with suppress(OSError):
            draft.unlink()


def _parsed(path: Path, content: bytes) -> Tree:
    if is_json(path):
        from bartack.recording import json_files

        return json_files.parse(content)
    from bartack.recording import yaml_files

    return yaml_files.parse(content.decode("utf-8"))


def _dumped(path: Path, document: Mapping[str, Any], heading: str) -> str:
    if is_json(path):
        from bartack.recording import json_files

        return json_files.dump(document)
    from bartack.recording import yaml_files

    return yaml_files.dump(document, heading)
