"""A source made from a recording alone: what a cassette says of itself is enough to read it again, offline."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydantic_core import to_jsonable_python

from bartack.config import SourceConfig
from bartack.errors import BartackError, ConfigError
from bartack.reading.fetch import FeedRead, Item, Limit
from bartack.reading.source import Feed, Source, prepare
from bartack.recording import About, Cassette
from bartack.recording.names import PLACEHOLDER
from bartack.recording.sql import SqlCassette
from bartack.settings import Secret, WireSettings, secret_kind
from bartack.transports.base import Query, Runtime
from bartack_contracts import Record, Reject, StreamReport, schema

if TYPE_CHECKING:
    from bartack.registry import Plugins

__all__ = ["Take", "about_source", "mapping_digests", "play", "recorded_query", "source_of", "told_query"]


@dataclass(frozen=True, slots=True)
class Take:
    """One feed, read from a recording to its end: what came of each row in order, the books, and the error that ended it."""

    feed: Feed
    items: tuple[Item, ...]
    report: StreamReport
    error: BartackError | None = None

    @property
    def records(self) -> tuple[Record[Any], ...]:
        """The rows that became records."""
        return tuple(item for item in self.items if isinstance(item, Record))

    @property
    def rejects(self) -> tuple[Reject, ...]:
        """The rows that did not."""
        return tuple(item for item in self.items if isinstance(item, Reject))


def play(feed: Feed, cassette: Cassette | SqlCassette, query: Query | None = None) -> Take:
    """Read a feed from a cassette, as if it were the source; nothing reaches the network, and no error leaves.

    The cassette's answers are given once each, from its beginning, up to the limit it was recorded with. ``query``: what is
    asked; as it was recorded, unless told.
    """
    source = replace(feed.source, replay=cassette)
    feed = replace(feed, source=source)
    query = query if query is not None else recorded_query(cassette.about)
    limit = cassette.about.query.get("limit", "")
    read = FeedRead(feed, Limit(int(limit) if limit.isdigit() else None), stops_floods=False)
    items: tuple[Item, ...] = ()
    try:
        with source.open() as session:
            items = tuple(read.run(session, query))
    except BartackError as error:
        read.fail(error)
    return Take(feed, items, read.report(read.completeness), read.error)


def recorded_query(about: About) -> Query:
    """Return what was asked when a recording was made."""
    since, size = about.query.get("since"), about.query.get("page_size", "")
    return Query(
        since=None if since is None else datetime.fromisoformat(since),
        id=about.query.get("id"),
        page_size=int(size) if size.isdigit() else None,
    )


def told_query(query: Query) -> dict[str, str]:
    """Return a query as a recording keeps it."""
    told = {"since": query.since and query.since.isoformat(), "id": query.id, "page_size": query.page_size}
    return {name: str(value) for name, value in told.items() if value is not None}


def source_of(
    about: About,
    plugins: Plugins,
    runtime: Runtime,
    *,
    connector: str | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Source:
    """Return the source a recording was made of, with a placeholder for each secret; it can be replayed, not asked.

    ``connector`` and ``settings`` go before what the recording says.

    Raises
    ------
    ConfigError
        the recording does not tell its connector, or the connector does not accept its settings any more.
    """
    name = connector if connector is not None else about.connector
    if not name:
        raise ConfigError("the recording does not say which connector made it", next_step="name it: --connector NAME")
    kind = plugins.connector(name)
    given = {**about.settings, **(settings or {})}
    for field, one in kind.settings.model_fields.items():
        needed = one.is_required() or field in about.secrets
        if field not in given and needed and (secret := secret_kind(one.annotation)) is not None:
            given[field] = secret(PLACEHOLDER)
    config = SourceConfig(about.source or name, name, MappingProxyType(given))
    return prepare(config, plugins, runtime, f"the recording of {about.source or name}")


def about_source(source: Source, query: Query | None = None, stream: str | None = None) -> About:
    """Return what a recording of ``source`` says of it; ``query``: what it is asked, of which stream, where that is known."""
    feeds = source.feeds(stream=stream)
    fed = {feed.mapping.model for feed in feeds}
    return About(
        recorded_at=source.runtime.clock(),
        bartack=metadata.version("bartack"),
        connector=source.connector.name,
        connector_version=source.version,
        source=source.name,
        query={} if query is None else told_query(query),
        settings=_open_settings(source),
        secrets=tuple(name for name, value in source.settings if isinstance(value, Secret)),
        contracts={
            model.contract: f"{model.version} {_digest(schema(model))}"
            for model in sorted(fed, key=lambda m: m.contract)
        },
        mappings=mapping_digests(feeds),
        documents=_document_digests(source),
    )


def mapping_digests(feeds: Sequence[Feed]) -> dict[str, str]:
    """Return the digest of each feed's mapping, by ``stream``, or ``stream>contract`` where a stream feeds several."""
    streams = [feed.stream.name for feed in feeds]
    return {
        feed.stream.name if streams.count(feed.stream.name) == 1 else f"{feed.stream.name}>{feed.contract}": (
            feed.mapping.digest
        )
        for feed in feeds
    }


def _open_settings(source: Source) -> dict[str, Any]:
    """Return the settings as they were written: a table of which there are several forms is read again by its ``kind``."""
    fields = type(source.settings).model_fields
    hidden = {name for name, value in source.settings if isinstance(value, Secret)}
    hidden |= {alias for name in hidden if (alias := fields[name].alias) is not None}
    written = {name: value for name, value in source.config.settings.items() if name not in hidden}
    plain: dict[str, Any] = to_jsonable_python(written)
    return plain


def _document_digests(source: Source) -> dict[str, str]:
    """Return the digest of each file that an open setting names (a WSDL), by the setting; those of the wire do not count."""
    digests = {}
    for name, value in _open_settings(source).items():
        if name in WireSettings.model_fields:
            continue
        with suppress(OSError, ValueError):  # most texts are no path
            if isinstance(value, str) and (path := Path(source.runtime.base_dir) / value).is_file():
                digests[name] = _sha256(path.read_bytes())
    return digests


def _digest(document: Any) -> str:
    return _sha256(json.dumps(document, sort_keys=True).encode())


def _sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
