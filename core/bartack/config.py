"""Reads ``bartack.toml``: which sources there are, and how each is configured."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bartack.errors import ConfigError
from bartack.policies import POLICIES, Keep, Limits, ServeSettings, StoreSettings, Surprises, SyncPolicy

__all__ = ["Config", "ConsumerConfig", "SourceConfig", "find", "load"]

FILE = "bartack.toml"
P = TypeVar("P", bound=BaseModel)
_RESERVED = ("connector", "overrides", "replay", "record", *POLICIES)


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One ``[sources.NAME]`` table: the connector's settings as written, and what Bartack itself reads of it.

    ``overrides``: stream -> part of a mapping laid over the connector's. ``replay`` / ``record``: a cassette that answers
    instead of the source, or takes down what it answers. The others are what the operator decides: see
    :mod:`bartack.policies`.
    """

    name: str
    connector: str
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    replay: str | None = None
    record: str | None = None
    limits: Limits = field(default_factory=Limits)
    surprises: Surprises = field(default_factory=Surprises)
    sync: SyncPolicy = field(default_factory=SyncPolicy)
    keep: Keep = field(default_factory=Keep)


@dataclass(frozen=True, slots=True)
class ConsumerConfig:
    """One ``[consumers.NAME]`` table: which contract fields somebody reads.

    ``reads``: as written. ``manifest``: a file with what was observed.
    """

    name: str
    reads: tuple[str, ...] = ()
    manifest: str | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration. ``folder`` is what relative paths in it are relative to."""

    sources: Mapping[str, SourceConfig] = field(default_factory=lambda: MappingProxyType({}))
    allow: tuple[str, ...] = ()
    folder: Path = Path()
    file: str = FILE
    store: StoreSettings = field(default_factory=StoreSettings)
    consumers: Mapping[str, ConsumerConfig] = field(default_factory=lambda: MappingProxyType({}))
    serve: ServeSettings = field(default_factory=ServeSettings)


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
    unknown = sorted(set(data) - {"sources", "plugins", "store", "consumers", "serve"})
    if unknown:
        raise ConfigError(
            f"unknown table [{unknown[0]}]",
            where=file,
            next_step="the tables are [sources.NAME], [consumers.NAME], [store], [serve] and [plugins]",
        )
    sources = data.get("sources", {})
    if not isinstance(sources, dict):
        raise ConfigError("[sources] must be tables", where=file, next_step="write [sources.NAME]")
    plugins = data.get("plugins", {})
    allow = plugins.get("allow", []) if isinstance(plugins, dict) else None
    if not isinstance(allow, list) or not all(isinstance(one, str) for one in allow):
        raise ConfigError("[plugins] allow must be a list of names", where=file, next_step='write allow = ["name"]')
    parsed = {name: _source(name, table, file) for name, table in sources.items()}
    store = _policy(StoreSettings, _anchored(data.get("store", {}), folder), f"{file} [store]")
    serve = _policy(ServeSettings, _anchored(data.get("serve", {}), folder), f"{file} [serve]")
    return Config(MappingProxyType(parsed), tuple(allow), folder, file, store, _consumers(data, file), serve)


def _consumers(data: Mapping[str, Any], file: str) -> Mapping[str, ConsumerConfig]:
    tables = data.get("consumers", {})
    if not isinstance(tables, dict) or not all(isinstance(one, dict) for one in tables.values()):
        raise ConfigError("[consumers] must be tables", where=file, next_step="write [consumers.NAME]")
    found = {}
    for name, table in tables.items():
        where = f"{file} [consumers.{name}]"
        reads, manifest = table.get("reads", []), table.get("manifest")
        unknown = sorted(set(table) - {"reads", "manifest"})
        if unknown:
            raise ConfigError(f"{unknown[0]}: unknown key", where=where, next_step="keys: reads, manifest")
        if not isinstance(reads, list) or not all(isinstance(one, str) for one in reads):
            raise ConfigError("reads is a list of fields", where=where, next_step='write reads = ["person.emails"]')
        if not isinstance(manifest, str | None) or (not reads and manifest is None):
            raise ConfigError(
                "a consumer needs reads, or the path of a manifest", where=where, next_step='reads = ["person.emails"]'
            )
        found[name] = ConsumerConfig(name, tuple(reads), manifest)
    return MappingProxyType(found)


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

    def policy(kind: type[P], key: str) -> P:
        return _policy(kind, table.get(key, {}), f"{file} [sources.{name}.{key}]")

    return SourceConfig(
        name,
        table["connector"],
        MappingProxyType(settings),
        MappingProxyType(overrides),
        table.get("replay"),
        table.get("record"),
        limits=policy(Limits, "limits"),
        surprises=policy(Surprises, "surprises"),
        sync=policy(SyncPolicy, "sync"),
        keep=policy(Keep, "keep"),
    )


def _anchored(value: Any, folder: Path) -> Any:
    """Return a table in which the files of secrets are relative to the configuration, not to wherever one stands."""
    if not isinstance(value, dict):
        return value
    if set(value) == {"file"} and isinstance(value["file"], str):
        return {"file": str(folder / value["file"])}
    return {key: _anchored(one, folder) for key, one in value.items()}


def _policy(kind: type[P], table: Any, where: str) -> P:
    """Read one of Bartack's own tables.

    Raises
    ------
    ConfigError
        an unknown key, or a value of the wrong kind.
    """
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = "unknown key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        raise ConfigError(
            f"{place}: {reason}" if place else reason, where=where, next_step=f"keys: {', '.join(kind.model_fields)}"
        ) from None
