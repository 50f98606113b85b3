"""Reads ``bartack.toml``: which sources there are, and how each is configured."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bartack.errors import ConfigError

__all__ = ["Config", "SourceConfig", "find", "load"]

FILE = "bartack.toml"
_RESERVED = ("connector", "overrides", "replay", "record")


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One ``[sources.NAME]`` table: the connector's settings as written, and what Bartack itself reads of it.

    ``overrides``: stream -> part of a mapping laid over the connector's. ``replay`` / ``record``: a cassette that answers
    instead of the source, or takes down what it answers.
    """

    name: str
    connector: str
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    replay: str | None = None
    record: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration. ``folder`` is what relative paths in it are relative to."""

    sources: Mapping[str, SourceConfig] = field(default_factory=lambda: MappingProxyType({}))
    allow: tuple[str, ...] = ()
    folder: Path = Path()
    file: str = FILE


def find(start: Path) -> Path:
    """Return the nearest ``bartack.toml`` at or above ``start``.

    Raises
    ------
    ConfigError
        there is none up to the root.
    """
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
    raise ConfigError(f"no {FILE} here or in a folder above", where=str(start), next_step="bartack init writes one")


def load(path: Path) -> Config:
    """Read a configuration file.

    Raises
    ------
    ConfigError
        not readable, not TOML, or not in the form of a configuration.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", where=str(path), next_step="check the path") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not TOML: {error}", where=str(path), next_step="correct the file") from None
    return parse(data, path.parent, str(path))


def parse(data: Mapping[str, Any], folder: Path, file: str = FILE) -> Config:
    """Turn the tables of a configuration into a :class:`Config`.

    Raises
    ------
    ConfigError
        an unknown table, a source without a connector, or a value of the wrong kind.
    """
    unknown = sorted(set(data) - {"sources", "plugins"})
    if unknown:
        raise ConfigError(
            f"unknown table [{unknown[0]}]", where=file, next_step="the tables are [sources.NAME] and [plugins]"
        )
    sources = data.get("sources", {})
    if not isinstance(sources, dict):
        raise ConfigError("[sources] must be tables", where=file, next_step="write [sources.NAME]")
    plugins = data.get("plugins", {})
    allow = plugins.get("allow", []) if isinstance(plugins, dict) else None
    if not isinstance(allow, list) or not all(isinstance(one, str) for one in allow):
        raise ConfigError("[plugins] allow must be a list of names", where=file, next_step='write allow = ["name"]')
    parsed = {name: _source(name, table, file) for name, table in sources.items()}
    return Config(MappingProxyType(parsed), tuple(allow), folder, file)


def _source(name: str, table: Any, file: str) -> SourceConfig:
    where = f"{file} [sources.{name}]"
    if "/" in name or not name:
        raise ConfigError("a source's name must not contain '/'", where=where, next_step="rename the source")
    if not isinstance(table, dict) or not isinstance(table.get("connector"), str):
        raise ConfigError(
            "a source needs a connector", where=where, next_step='write connector = "http" (or another name)'
        )
    overrides = table.get("overrides", {})
    if not isinstance(overrides, dict) or not all(isinstance(one, dict) for one in overrides.values()):
        raise ConfigError("overrides are tables", where=where, next_step=f"write [sources.{name}.overrides.STREAM]")
    for key in ("replay", "record"):
        if not isinstance(table.get(key), str | None):
            raise ConfigError(f"{key} is the path of a cassette", where=where, next_step="write a text")
    settings = {key: value for key, value in table.items() if key not in _RESERVED}
    return SourceConfig(
        name,
        table["connector"],
        MappingProxyType(settings),
        MappingProxyType(overrides),
        table.get("replay"),
        table.get("record"),
    )
