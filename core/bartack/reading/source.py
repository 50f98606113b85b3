"""A source made ready to be read: connector, settings, streams, compiled mappings."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bartack.config import SourceConfig
from bartack.errors import ConfigError
from bartack.mapping.compiled import CompiledMapping, compile_mapping
from bartack.mapping.loader import load, near
from bartack.mapping.rules import Rule
from bartack.recording import replaying
from bartack.settings import Secret, Settings
from bartack.transports.base import KeySpec, Runtime, Session, Stream

if TYPE_CHECKING:
    from bartack.normalizers.base import Registry
    from bartack.registry import Plugins
    from bartack.sdk.connector import Connector
    from bartack_contracts import Catalog, Contract

__all__ = ["Feed", "Source", "offline", "prepare"]


@dataclass(frozen=True)
class Feed:
    """One stream as it feeds one contract."""

    source: Source
    stream: Stream
    mapping: CompiledMapping

    @property
    def contract(self) -> str:
        """The contract's id, as ``person/1``."""
        return self.mapping.model.contract

    @property
    def name(self) -> str:
        """``source/stream``, for people and errors."""
        return f"{self.source.name}/{self.stream.name}"


@dataclass(frozen=True)
class Source:
    """A connector configured and named. Immutable; sessions are opened from it, one a reading thread."""

    name: str
    connector: Connector
    settings: Settings
    runtime: Runtime
    catalog: Catalog
    registry: Registry
    overrides: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    file: str = "bartack.toml"
    replay: Path | None = None
    config: SourceConfig = field(default_factory=lambda: SourceConfig("", ""))

    @property
    def streams(self) -> tuple[Stream, ...]:
        """What can be read."""
        return self.connector.streams_of()

    def stream(self, name: str) -> Stream:
        """Return the stream of that name.

        Raises
        ------
        ConfigError
            the source has none; the near name is in the message.
        """
        for stream in self.streams:
            if stream.name == name:
                return stream
        names = [stream.name for stream in self.streams]
        raise ConfigError(
            f"no stream named {name!r}{near(name, names)}",
            where=self.name,
            next_step=f"streams: {', '.join(names) or 'none'}",
        )

    def open(self) -> Session:
        """Open a session with the source; with its recording, from the beginning, where ``replay`` names one."""
        runtime = self.runtime
        if self.replay is not None:
            runtime = replace(runtime, adapter=replaying(self.replay, secrets=self.secrets()))
        return self.connector.open(runtime)

    def secrets(self) -> list[str]:
        """Return the secret settings in clear, as far as they can be looked up: what no recording may hold.

        Shorter ones than four characters are left out; they would take ordinary words and numbers with them.
        """
        found = []
        for _, value in self.settings:
            if isinstance(value, Secret):
                with suppress(ConfigError):  # opening a session says what is wrong with it
                    found.append(value.reveal(self.runtime.environ or None))
        return [text for text in found if len(text) >= 4]

    def feeds(self, contract: type[Contract] | None = None, stream: str | None = None) -> list[Feed]:
        """Return the streams that feed ``contract`` (any, if None), compiled.

        Raises
        ------
        ConfigError
            a mapping that cannot be compiled.
        """
        chosen = self.streams if stream is None else (self.stream(stream),)
        found = []
        for one in chosen:
            for name in (one.mapping,) if isinstance(one.mapping, str) else one.mapping:
                feed = self._feed(one, name, contract)
                if feed is not None:
                    found.append(feed)
        return found

    def _feed(self, stream: Stream, name: str, contract: type[Contract] | None) -> Feed | None:
        text, file = self.connector.mapping_text(name, self.runtime)
        loaded = load(text, file)
        try:
            model = self.catalog.get(loaded.mapping.contract)
        except LookupError as error:
            raise ConfigError(
                str(error), where=loaded.place(("contract",)), next_step="bartack contracts lists them"
            ) from None
        if contract is not None and model is not contract:
            return None
        if stream.name in self.overrides:
            place = f"{self.file} [sources.{self.name}.overrides.{stream.name}]"
            loaded = loaded.overridden(self.overrides[stream.name], place)
        return Feed(
            self, stream, compile_mapping(loaded, model, key_rule(stream.key), self.registry, self.settings.locale)
        )


def key_rule(key: KeySpec) -> Rule:
    """Return the rule of a row's identity: one path, several joined by a comma, or as written."""
    if isinstance(key, str):
        return Rule(path=key)
    if isinstance(key, tuple):
        return Rule.model_validate({"join": list(key), "with": ","})
    return Rule.model_validate(key)


def prepare(config: SourceConfig, plugins: Plugins, runtime: Runtime, file: str) -> Source:
    """Make a source from its configuration.

    Raises
    ------
    ConfigError
        no such connector, settings that are unknown, missing or of the wrong kind, or a secret written in clear.
    """
    from pydantic import ValidationError

    kind = plugins.connector(config.connector)
    where = f"{file} [sources.{config.name}]"
    _no_clear_secret(kind.settings, config.settings, where)
    try:
        settings = kind.settings.model_validate({key: _anchored(one, runtime) for key, one in config.settings.items()})
    except ValidationError as error:
        raise ConfigError(
            _settings_fault(error, kind.settings), where=where, next_step=f"bartack connectors {kind.name}"
        ) from None
    source = Source(
        config.name,
        kind(settings),
        settings,
        replace(runtime, source=config.name),
        plugins.catalog(),
        plugins.normalizers(),
        config.overrides,
        file,
        None if config.replay is None else Path(runtime.base_dir) / config.replay,
        config,
    )
    unknown = sorted(set(config.overrides) - {stream.name for stream in source.streams})
    if unknown:
        source.stream(unknown[0])
    return source


def offline(kind: type[Connector], name: str, plugins: Plugins, runtime: Runtime) -> Source:
    """Return a source without configuration, good for decoding and mapping what was received, not for asking.

    Settings that are required are left out; nothing of them is needed to read an answer.
    """
    settings = kind.settings.model_construct()
    return Source(name, kind(settings), settings, runtime, plugins.catalog(), plugins.normalizers())


def _anchored(value: Any, runtime: Runtime) -> Any:
    """Make the path of a secret's file absolute: it is relative to the configuration, not to wherever one stands."""
    if isinstance(value, dict) and set(value) == {"file"} and isinstance(value["file"], str):
        return {"file": str(Path(runtime.base_dir) / value["file"])}
    return value


def _no_clear_secret(kind: type[Settings], settings: Mapping[str, Any], where: str) -> None:
    for name, one in kind.model_fields.items():
        is_secret = one.annotation is Secret or Secret in getattr(one.annotation, "__args__", ())
        if is_secret and isinstance(settings.get(name), str):
            raise ConfigError(
                f"{name} is a secret written in clear",
                where=where,
                next_step=f'write {name} = {{ env = "NAME" }} or {{ file = "path" }}',
            )


def _settings_fault(error: Any, kind: type[Settings]) -> str:
    texts = []
    for one in error.errors(include_input=False, include_url=False):
        place = ".".join(str(part) for part in one["loc"])
        hint = near(place, kind.model_fields) if one["type"] == "extra_forbidden" else ""
        message = "unknown setting" if one["type"] == "extra_forbidden" else one["msg"].removeprefix("Value error, ")
        texts.append(f"{place}: {message}{hint}" if place else message)
    return "; ".join(texts)
