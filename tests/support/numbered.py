"""A source that lives in memory and numbers its rows, so that what is lost or doubled can be counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

from bartack import registry
from bartack.config import Config, parse
from bartack.errors import AccessError, BartackError
from bartack.hub import Hub
from bartack.sdk import Body, Connector, ConnectorCard, Evidence, Page, Query, Runtime, Session, Settings, Stream

__all__ = ["NOW", "Estate", "NumberedConnector", "hub_of", "numbered", "person"]

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)

MAPPING = """\
contract: person/1
fields:
  name.full: {path: name, use: person_name, required: true}
  kind: {const: contact}
  emails: {each: [{path: email, label: work}], use: email}
  deleted: {path: gone}
  updated_at: {path: changed, use: {datetime: {format: iso}}}
"""


def person(number: int, name: str | None = None, *, minutes: int = 0, **more: Any) -> dict[str, Any]:
    """Return a native row; ``minutes`` says how long after NOW it was changed."""
    changed = (NOW - timedelta(days=1) + timedelta(minutes=minutes)).isoformat()
    return {"id": f"{number:05}", "name": name or f"Person {number}", "changed": changed, **more}


@dataclass
class Estate:
    """What the source holds now, and how it misbehaves: ``before_page`` is called with each page's number."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 5
    incremental: bool = True
    total: bool = True
    before_page: Callable[[int], None] = lambda _number: None
    asked: list[Query] = field(default_factory=list)
    known_cursors: Callable[[str], bool] = lambda _cursor: True
    now: Callable[[], datetime] = lambda: NOW


@dataclass(frozen=True)
class NumberedStream:
    """Rows ordered by id, in pages; a cursor is the number of rows before it."""

    estate: Estate
    name: str = "people"
    mapping: str = "people.yaml"
    key: str = "id"
    evidence: Evidence = "live"

    @property
    def incremental(self) -> bool:
        return self.estate.incremental

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        estate = self.estate
        estate.asked.append(query)
        rows = [
            row for row in estate.rows if query.since is None or datetime.fromisoformat(row["changed"]) >= query.since
        ]
        if query.id is not None:
            rows = [row for row in rows if row["id"] == query.id]
        if query.cursor is not None and not estate.known_cursors(query.cursor):
            raise AccessError("the cursor has expired")
        start = int(query.cursor or 0)
        while True:
            estate.before_page(start // estate.page_size)
            part = rows[start : start + estate.page_size]
            start += len(part)
            following = str(start) if start < len(rows) else None
            total = len(rows) if estate.total else None
            yield Page(part, estate.now(), "people", next=following, has_more=following is not None, total=total)
            if following is None:
                return

    def decode(self, body: Body) -> Page:
        raise NotImplementedError


class NumberedSession:
    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> NumberedSession:
        return self

    def __exit__(self, *_: object) -> None:
        return None


class NumberedConnector(Connector):
    """The connector of one estate; subclassed for each."""

    name, settings = "numbered", Settings
    estates: ClassVar[Mapping[str, Estate]] = {}
    down: ClassVar[list[BartackError]] = []

    def streams_of(self) -> tuple[Stream, ...]:
        return tuple(NumberedStream(estate, name) for name, estate in self.estates.items())

    def open(self, runtime: Runtime) -> Session:
        if self.down:
            raise self.down[0]
        return NumberedSession()

    def mapping_text(self, name: str, runtime: Runtime) -> tuple[str, str]:
        return self.mapping, name

    mapping: ClassVar[str] = MAPPING


def numbered(**estates: Estate) -> type[NumberedConnector]:
    """Return a connector class with a stream for each estate."""
    return type("Numbered", (NumberedConnector,), {"estates": estates, "down": [], "__module__": __name__})


@dataclass(frozen=True)
class _Plugins(registry.Plugins):
    kind: type[Connector] = NumberedConnector

    def connector(self, name: str) -> type[Connector]:
        return self.kind


@cache
def _installed() -> registry.Plugins:
    return registry.load()


def hub_of(
    kind: type[Connector], folder: Path, *, clock: Callable[[], datetime] = lambda: NOW, sources: Sequence[str] = ("crm",), **tables: Any
) -> Hub:  # fmt: skip
    """Return a hub whose sources are of this connector; ``tables`` go into each source's configuration."""
    store = tables.pop("store", None)
    data: dict[str, Any] = {"sources": {name: {"connector": "numbered", **tables} for name in sources}}
    if store is not None:
        data["store"] = store
    config: Config = parse(data, folder)
    loaded = _installed()
    plugins = _Plugins(
        loaded.plugins, MappingProxyType({"numbered": ConnectorCard("numbered", "")}), loaded.contracts, loaded.functions,
        kind=kind,
    )  # fmt: skip
    return Hub(config, clock=clock, sleep=lambda _seconds: None, plugins=plugins)
