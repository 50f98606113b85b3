"""What commands on recordings have in common: they need no configuration, and use the one that is there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from bartack import config as configuration
from bartack import registry
from bartack.comparing.sides import Reader
from bartack.config import Config
from bartack.errors import ConfigError, RecordingError
from bartack.recording import Cassette, load_recording
from bartack.recording.library import files
from bartack.recording.sql import SqlCassette
from bartack.transports.base import Runtime

__all__ = ["config_of", "reader_of", "recordings"]


def config_of(path: str | None) -> Config:
    """Return the configuration that is named, else the nearest one upwards, else an empty one.

    Raises
    ------
    ConfigError
        there is one that cannot be read, or none where one was named.
    """
    if path is None:
        try:
            return configuration.load(configuration.find(Path.cwd()))
        except ConfigError:
            if any((folder / configuration.FILE).is_file() for folder in (Path.cwd(), *Path.cwd().parents)):
                raise
            return Config(folder=Path.cwd())
    start = Path(path)
    return configuration.load(start if start.is_file() else configuration.find(start))


def reader_of(config: Config, connector: str | None = None) -> Reader:
    """Return how recordings are read; ``connector`` goes before what they say of themselves."""
    runtime = Runtime(base_dir=str(config.folder), environ=os.environ)
    return Reader(lambda name: registry.load({*config.allow, name}), runtime, connector)


def recordings(paths: Iterable[str]) -> list[Cassette | SqlCassette]:
    """Load recordings, and those in folders and the folders below, in order.

    Raises
    ------
    RecordingError
        one of them is not there or none, or a folder holds none.
    """
    return [load_recording(file) for path in paths for file in _files(Path(path))]


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = list(files(path))
    if not found:
        raise RecordingError("there is no recording in this folder", where=str(path))
    return found
