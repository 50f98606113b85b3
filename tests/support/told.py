"""A hub whose streams play what they were told: pages, and errors among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from bartack import config
from bartack.hub import Hub
from bartack.registry import Plugins
from bartack.sdk import Connector, ConnectorCard, Page, Query, Runtime, Settings

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
MAPPING = """
contract: person/1
when: {path: type, not_in: [firm]}
fields:
  name.full: {path: name, use: text, required: true}
  kind: {const: contact}
  deleted: gone
"""


class Closed:
    def close(self) -> None: ...

    def __enter__(self) -> Closed:
        return self

    def __exit__(self, *_: object) -> None: ...


@dataclass(frozen=True)
class Told:
    """A stream that plays what it was told: pages, errors, and what a callable says when its turn comes."""

    name: str
    steps: tuple[Any, ...]
    mapping: str | tuple[str, ...] = "people.yaml"
    key: str = "id"
    evidence: str = "live"
    asked: list[Query] = field(default_factory=list)

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        self.asked.append(query)
        for step in self.steps:
            said = step() if callable(step) else step
            if isinstance(said, Exception):
                raise said
            yield said

    def decode(self, body: Any) -> Page:
        raise NotImplementedError


def page(*rows: Any, **said: Any) -> Page:
    return Page(rows=rows, fetched_at=said.pop("fetched_at", NOW), request="GET /people", **said)


def person(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "name": f"Person {number}", **more}


def hub(
    folder: Any,
    *streams: Told,
    sources: Mapping[str, Sequence[Told]] | None = None,
    unopenable: Exception | None = None,
    clock: Callable[[], datetime] = lambda: NOW,
    how: Mapping[str, Any] = MappingProxyType({}),
    **tables: Any,
) -> Hub:
    """Return a hub of one source ``crm`` with ``streams``, or of several; ``tables`` go into each source's configuration,
    ``how`` to the hub itself.

    What a stream was told to play it plays once: unless ``tables`` say so, nothing is asked for again.
    """
    tables = {"limits": {"attempts": 1}, **tables}
    (folder / "people.yaml").write_text(MAPPING)
    offered = {"crm": streams} if sources is None else sources

    def connector(source: str) -> type[Connector]:
        class Made(Connector):
            """Made for a test."""

            name, settings = "made", Settings

            def streams_of(self) -> Any:
                return tuple(offered[source])

            def open(self, runtime: Runtime) -> Any:
                if unopenable is not None:
                    raise unopenable
                return Closed()

        return Made

    class Loaded(Plugins):
        def connector(self, name: str) -> Any:
            return connector(name)

    plugins = Loaded((), {name: ConnectorCard(name, "x:y") for name in offered})
    parsed = config.parse({"sources": {name: {"connector": name, **tables} for name in offered}}, folder)
    return Hub(parsed, clock=clock, plugins=plugins, **{"sleep": lambda _: None, **how})
