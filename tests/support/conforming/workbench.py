"""Puts variants of the reference connector on the bench, each with recordings of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from bartack import registry
from bartack.reading.recorded import record
from bartack.reading.replayed import source_of
from bartack.recording import About, Cassette
from bartack.sdk import Connector, HttpStream
from bartack.testing.clock import FakeClock
from bartack.testing.conformance.bench import Bench
from bartack.transports.base import Query, Runtime
from support.conforming.connector import PEOPLE_STREAM, Reference
from support.conforming.service import PEOPLE, Service

__all__ = ["Workbench", "variant_of"]

Tamper = Callable[[Cassette], None]


def variant_of(kind: type[HttpStream], **changes: Any) -> HttpStream:
    """Return the stream of people as another class, with some of its declarations changed."""
    declared = {field.name: getattr(PEOPLE_STREAM, field.name) for field in fields(PEOPLE_STREAM)}
    return kind(**{**declared, **changes})


class Workbench:
    """A folder in which variants of the reference connector are made and recorded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self,
        *streams: HttpStream,
        people: Sequence[Mapping[str, Any]] = PEOPLE,
        mapping: str | None = None,
        tamper: Tamper | None = None,
        page_size: int = 2,
        **attributes: Any,
    ) -> Bench:
        """Return the bench of a variant: other ``streams``, class ``attributes``, ``mapping``, or a recording tampered with."""
        if mapping is not None:
            (self.folder / "own.yaml").write_text(mapping, encoding="utf-8")
            streams = (replace(PEOPLE_STREAM, mapping="own.yaml"),)
        namespace = {"__doc__": Reference.__doc__, "__module__": Reference.__module__, **attributes}
        kind = type("Reference", (Reference,), {**namespace, "streams": streams or Reference.streams})
        self.record(kind, people, page_size, tamper)
        return Bench(kind, self.folder / "cassettes", base_dir=self.folder)

    def record(
        self,
        kind: type[Connector],
        people: Sequence[Mapping[str, Any]],
        page_size: int,
        tamper: Tamper | None,
        stream: str = "people",
    ) -> None:
        """Record a stream."""
        clock = FakeClock()
        runtime = Runtime(
            clock=clock.now,
            sleep=clock.sleep,
            monotonic=clock.monotonic,
            adapter=Service(people),
            base_dir=str(self.folder),
        )
        about = About(connector=kind.name, secrets=("token",))
        source = source_of(about, registry.with_connector(registry.load(), kind), runtime)
        kept = replace(
            source, config=replace(source.config, keep=source.config.keep.model_copy(update={"personal": "keep"}))
        )
        path = self.folder / "cassettes" / kind.name / stream / "all.yaml"
        _, cassette = record(kept, stream, path, Query(page_size=page_size))
        assert isinstance(cassette, Cassette)
        if tamper is not None:
            tamper(cassette)
        cassette.save()
