"""A source made ready to be read: connector, settings, streams, compiled mappings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bartack.config import SourceConfig
from bartack.errors import BartackError, ConfigError
from bartack.mapping.compiled import CompiledMapping, compile_mapping
from bartack.mapping.loader import load, near
from bartack.mapping.rules import Rule
from bartack.masking import Item, masked
from bartack.reading.personal import personal_of
from bartack.reading.resume import resumed
from bartack.recording import KEPT, Cassette, Scrubber, load_recording, replaying
from bartack.recording.sql import SqlCassette, SqlPlayer
from bartack.resilience.gate import SourceGate
from bartack.resilience.logins import Logins
from bartack.resilience.quota import Quota
from bartack.resilience.retry import Patience
from bartack.secrets import KnownSecrets, Redactor
from bartack.settings import Secret, SecretUrl, Settings, has_password
from bartack.transports.base import OPEN, Body, KeySpec, Page, Query, Runtime, Session, Stream

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

    def pages(self, session: Session, query: Query) -> Iterator[Page]:
        """Ask the source; neither pages nor errors hold a secret that is known by then.

        Raises
        ------
        BartackError
            any failure of the stream.
        """
        monotonic = self.source.runtime.monotonic
        pages = resumed(self.source, self.stream, session, query)
        began = monotonic()
        try:
            while (page := next(pages, None)) is not None:
                yield replace(_redacted(page, self.source.redactor()), seconds=monotonic() - began)
                began = monotonic()
        except BartackError as error:
            error.rewritten(self.source.redactor().text)
            raise

    def decode(self, body: Body) -> Page:
        """Read one answer without asking anything; see :meth:`pages`.

        Raises
        ------
        BartackError
            the body is no answer with rows.
        """
        try:
            return _redacted(self.stream.decode(body), self.source.redactor())
        except BartackError as error:
            error.rewritten(self.source.redactor().text)
            raise


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
    replay: Path | Cassette | SqlCassette | None = None
    config: SourceConfig = field(default_factory=lambda: SourceConfig("", ""))
    patience: Patience = field(default_factory=Patience)
    compiled: dict[tuple[str, ...], CompiledMapping] = field(default_factory=dict, repr=False, compare=False)
    """Mappings that were compiled before, by stream, file, text and what is laid over it; a changed file is compiled anew."""

    @property
    def version(self) -> str:
        """Version of the distribution the connector comes from; blank where it comes from none."""
        package = type(self.connector).__module__.partition(".")[0]
        try:
            return metadata.version("bartack" if package == "bartack_connectors" else package.replace("_", "-"))
        except metadata.PackageNotFoundError:
            return ""

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
        """Open a session with the source; with its recording, from the beginning, where ``replay`` names one.

        A recording is asked as fast as it answers, and logs in anew each time: nobody has to be spared.
        """
        runtime = self.runtime
        if self.replay is not None:
            cassette = load_recording(self.replay) if isinstance(self.replay, Path) else self.replay
            personal = personal_of(self) if cassette.about.personal not in ("", KEPT) else None
            # Whatever the recording is of: neither the network nor a database is reached beside it.
            answers = cassette if isinstance(cassette, Cassette) else Cassette(cassette.path)
            statements = cassette if isinstance(cassette, SqlCassette) else SqlCassette(cassette.path)
            runtime = replace(
                runtime,
                adapter=replaying(answers, secrets=self.known_secrets(), personal=personal),
                tape=SqlPlayer(statements, Scrubber(self.known_secrets(), personal)),
                gate=OPEN,
                logins=Logins(),
            )
        return self.connector.open(runtime)

    def known_secrets(self) -> KnownSecrets:
        """Return what must never be shown of this source: its secret settings, and what its sessions earned by now.

        A secret that cannot be looked up is left out: opening a session says what is wrong with it.
        """
        for _, value in self.settings:
            if isinstance(value, Secret):
                with suppress(BartackError):
                    self.runtime.reveal(value)
        return self.runtime.known

    def redactor(self) -> Redactor:
        """Return what takes known secrets out of native rows, before they are hashed, stored or shown.

        It knows what sessions have used or earned by now. Providers are not asked for its sake, and where there are no
        secrets it costs next to nothing.
        """
        for _, value in self.settings:
            if isinstance(value, Secret) and value.provider is None:
                with suppress(BartackError):
                    self.runtime.reveal(value)
        return self.runtime.known.redactor()

    def shown(self, item: Item) -> Item:
        """Return a record or reject as it may be answered: without personal data, where the operator wants that."""
        return masked(item) if self.config.keep.mask else item

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
                feed = self.feed_by(one, *self.connector.mapping_text(name, self.runtime), contract)
                if feed is not None:
                    found.append(feed)
        return found

    def feed_by(self, stream: Stream, text: str, file: str, contract: type[Contract] | None = None) -> Feed | None:
        """Return a stream as the rules of a mapping's text make it feed its contract; None where that is not ``contract``.

        Raises
        ------
        ConfigError
            the text is no mapping, is one of a contract that is not there, or cannot be compiled.
        """
        override = self.overrides.get(stream.name)
        key = (stream.name, file, text, repr(override), repr(stream.key), repr(self.settings.locale))
        mapping = self.compiled.get(key)
        if mapping is None:
            loaded = load(text, file)
            try:
                model = self.catalog.get(loaded.mapping.contract)
            except LookupError as error:
                raise ConfigError(
                    str(error), where=loaded.place(("contract",)), next_step="bartack contracts lists them"
                ) from None
            if contract is not None and model is not contract:
                return None  # not compiled: a mistake in it is no matter of this read
            if override is not None:
                loaded = loaded.overridden(override, f"{self.file} [sources.{self.name}.overrides.{stream.name}]")
            mapping = compile_mapping(loaded, model, key_rule(stream.key), self.registry, self.settings.locale)
            self.compiled[key] = mapping
        return Feed(self, stream, mapping) if contract is None or mapping.model is contract else None


def _redacted(page: Page, redactor: Redactor) -> Page:
    """Return a page without known secrets. ``next`` stays as it is, for the next request needs it; sessions clean it."""
    rows = redactor.value(page.rows)
    raws = None if page.raws is None else redactor.value(page.raws)
    request = redactor.text(page.request)
    if rows is page.rows and raws is page.raws and request is page.request:
        return page
    pairs = enumerate(zip(page.rows, rows, strict=True))
    replaced = frozenset(number for number, (sent, kept) in pairs if sent is not kept)
    return replace(page, rows=rows, raws=raws, request=request, replaced=replaced)


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
    _known_providers(settings, plugins, where)
    source = Source(
        config.name,
        kind(settings),
        settings,
        replace(gated(config, kind.quota, runtime), providers=plugins.secret_provider, known=KnownSecrets()),
        plugins.catalog(),
        plugins.normalizers(),
        config.overrides,
        file,
        None if config.replay is None else Path(runtime.base_dir) / config.replay,
        config,
        Patience.of(config.limits),
    )
    unknown = sorted(set(config.overrides) - {stream.name for stream in source.streams})
    if unknown:
        source.stream(unknown[0])
    return source


def gated(config: SourceConfig, quota: Quota | None, runtime: Runtime) -> Runtime:
    """Return a runtime for one source: with a gate of its own, which all its sessions and threads pass."""
    declared = quota if quota is not None else Quota()
    if config.limits.quota is not None:
        declared = replace(declared, requests=config.limits.quota.requests, per=config.limits.quota.per)
    gate = SourceGate(
        config.name,
        config.limits,
        declared,
        clock=runtime.clock,
        monotonic=runtime.monotonic,
        sleep=runtime.sleep,
        emit=runtime.emit,
    )
    return replace(runtime, source=config.name, gate=gate, logins=Logins())


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
        kinds = {one.annotation, *getattr(one.annotation, "__args__", ())}
        text = settings.get(name)
        if isinstance(text, str) and (Secret in kinds or (SecretUrl in kinds and has_password(text))):
            raise ConfigError(
                f"{name} is a secret written in clear",
                where=where,
                next_step=f'write {name} = {{ env = "NAME" }} or {{ file = "path" }}',
            )


def _known_providers(settings: Settings, plugins: Plugins, where: str) -> None:
    """Refuse secrets of providers that there are none of, before anything is asked."""
    for _, value in settings:
        if isinstance(value, Secret) and value.provider is not None:
            try:
                plugins.secret_provider(value.provider)
            except ConfigError as error:
                raise error.at(where) from None


def _settings_fault(error: Any, kind: type[Settings]) -> str:
    texts = []
    for one in error.errors(include_input=False, include_url=False):
        place = ".".join(str(part) for part in one["loc"])
        hint = near(place, kind.model_fields) if one["type"] == "extra_forbidden" else ""
        message = "unknown setting" if one["type"] == "extra_forbidden" else one["msg"].removeprefix("Value error, ")
        texts.append(f"{place}: {message}{hint}" if place else message)
    return "; ".join(texts)
