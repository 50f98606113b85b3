"""What a configuration reads, and by which rules: the content of ``bartack.lock``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bartack.locking.declared import digest_of, one_line, plain
from bartack.mapping.rules import Mapping as Rules
from bartack.reading.source import Feed, Source
from bartack.registry import Plugins
from bartack.transports.base import Stream
from bartack_contracts import Contract, shape, shape_digest

__all__ = ["FORMAT", "Lock", "lock_of"]

FORMAT = 1

_ONE_LINE = frozenset({"declared", "fields", "rules", "custom_fields", "settings", "decided", "plugins"})
"""Below these each entry is one line, so that a difference of two files is a difference of what they say."""


@dataclass(frozen=True)
class Lock:
    """``document``: plain data, without its own digest. See ``docs/lock.md`` for what stands where."""

    document: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """``sha256:…`` of all it says."""
        return digest_of(self.document)

    @property
    def text(self) -> str:
        """The file, in JSON: the same bytes for the same configuration."""
        return _pretty({**self.document, "digest": self.digest}) + "\n"


def lock_of(sources: Iterable[Source], plugins: Plugins) -> Lock:
    """Return what these sources read now; nothing is asked of them.

    Raises
    ------
    ConfigError
        a mapping cannot be compiled.
    """
    described: dict[str, Any] = {}
    models: dict[str, type[Contract]] = {}
    for source in sources:
        feeds = source.feeds()
        described[source.name] = _source(source, feeds)
        models |= {feed.contract: feed.mapping.model for feed in feeds}
    others = [one for one in plugins.plugins if one.state == "loaded" and one.name != "builtin"]
    document = {
        "lock": FORMAT,
        "contracts": {name: _contract(model) for name, model in models.items()},
        "plugins": {one.name: f"{one.distribution} {one.version}" for one in others},
        "sources": described,
    }
    return Lock(json.loads(one_line(document)))


def _contract(model: type[Contract]) -> dict[str, Any]:
    return {"version": model.version, "digest": shape_digest(model), "fields": shape(model)}


def _source(source: Source, feeds: list[Feed]) -> dict[str, Any]:
    folder = source.runtime.base_dir
    package = type(source.connector).__module__.partition(".")[0]
    streams = {
        one.name: _stream(one, [feed for feed in feeds if feed.stream.name == one.name], folder)
        for one in source.streams
    }
    decided = {
        "replay": source.config.replay,
        "mask": source.config.keep.mask or None,
        **source.config.surprises.model_dump(mode="json", exclude_unset=True),
    }
    return {
        "connector": {
            "name": source.connector.name,
            "distribution": "bartack" if package == "bartack_connectors" else package.replace("_", "-"),
            "version": source.version,
        },
        "settings": _settings(source, streams, folder),
        "decided": {name: value for name, value in decided.items() if value is not None},
        "streams": streams,
    }


def _settings(source: Source, streams: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """Return the settings as they are written; those that declare streams are told with the streams."""
    written = dict(source.config.settings)
    tables = written.get("streams")
    if isinstance(tables, Mapping) and set(tables) == set(streams):
        del written["streams"]
    found: dict[str, Any] = plain(written, folder)
    return found


def _stream(stream: Stream, feeds: list[Feed], folder: str) -> dict[str, Any]:
    declared = plain(stream, folder)
    return {
        "digest": digest_of(declared),
        "declared": declared,
        "mappings": {feed.contract: _mapping(feed.mapping.loaded.mapping, feed.mapping.digest) for feed in feeds},
    }


def _mapping(mapping: Rules, digest: str) -> dict[str, Any]:
    said = mapping.model_dump(mode="json", exclude_defaults=True, by_alias=True, exclude={"contract", "fields"})
    rules = {
        name: one.model_dump(mode="json", exclude_defaults=True, by_alias=True) for name, one in mapping.fields.items()
    }
    return {"digest": digest, "rules": rules, **said}


def _pretty(value: Any, indent: str = "", *, lines: bool = False) -> str:
    """Return JSON in lines: objects are taken apart, but what stands below :data:`_ONE_LINE` is one line an entry."""
    if not isinstance(value, dict) or not value:
        return one_line(value)
    inner = f"{indent}  "
    entries = [
        f"{inner}{json.dumps(key, ensure_ascii=False)}: "
        + (one_line(one) if lines else _pretty(one, inner, lines=key in _ONE_LINE))
        for key, one in sorted(value.items())
    ]
    return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
