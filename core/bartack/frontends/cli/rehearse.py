"""``bartack rehearse``: what a change would do to payloads that are there, before it ships."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from bartack.errors import ConfigError, RecordingError
from bartack.frontends.cli.main import INCOMPLETE
from bartack.frontends.cli.tables import console, table
from bartack.hub import Hub, open_hub
from bartack.reading.replayed import play
from bartack.reading.source import Feed, Source
from bartack.recording import Cassette, load_recording
from bartack.recording.sql import SqlCassette
from bartack.rehearsing.candidates import counterpart, with_mapping
from bartack.rehearsing.payloads import recorded_pairs, stored_pairs
from bartack.rehearsing.rehearsal import Rehearsal, rehearse
from bartack.rehearsing.told import Told, from_lines, told

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Compare what is with what would be; tell what changes."""
    with open_hub(options.config) as hub:
        source = hub.source(options.source)
        candidate = None
        if options.candidate is not None:
            with open_hub(options.candidate) as other:
                candidate = other.source(options.source)
        if options.cassette and candidate is None and not options.mapping and options.against is None:
            raise ConfigError(
                "a recording needs something to be compared with",
                next_step="--mapping STREAM=FILE, --candidate CONFIG, or --against what --json printed earlier",
            )
        pairs = list(_feeds(source, candidate, options))
        found = _on_cassettes(pairs, options) if options.cassette else _on_store(hub, pairs)
    if not sum(one.compared for one in found):
        raise ConfigError(
            "there was nothing to rehearse on",
            where=options.source,
            next_step=f"bartack sync {options.source} with payloads kept, or name recordings with --cassette",
        )
    for one in (one for one in found if one.compared):
        if options.json:
            sys.stdout.write(json.dumps({"rehearsal": asdict(one)}, ensure_ascii=False) + "\n")
        else:
            _print(one)
    return 0 if all(one.unchanged for one in found) else INCOMPLETE


def _feeds(source: Source, candidate: Source | None, options: argparse.Namespace) -> Iterator[tuple[Feed, Feed]]:
    """Yield each feed as it is and as it would be."""
    mappings = dict(_mapping(one) for one in options.mapping)
    feeds = source.feeds(stream=options.stream)
    for name in mappings.keys() - {feed.stream.name for feed in feeds}:
        source.stream(name)  # says what there is
        raise ConfigError(f"--mapping names {name}, --stream another one", next_step="leave one of them out")
    for feed in feeds:
        after = feed if candidate is None else counterpart(feed, candidate)
        yield feed, with_mapping(after, mappings[feed.stream.name]) if feed.stream.name in mappings else after


def _mapping(text: str) -> tuple[str, Path]:
    stream, mark, file = text.partition("=")
    if not mark or not stream or not file:
        raise ConfigError(f"--mapping is written STREAM=FILE: {text}", next_step="--mapping contacts=contacts.yaml")
    return stream, Path(file)


def _on_store(hub: Hub, feeds: list[tuple[Feed, Feed]]) -> list[Rehearsal]:
    return [
        rehearse(after.stream.name, after.contract, stored_pairs(hub.store, after, before.contract))
        for before, after in feeds
    ]


def _on_cassettes(feeds: list[tuple[Feed, Feed]], options: argparse.Namespace) -> list[Rehearsal]:
    earlier = None if options.against is None else list(from_lines(Path(options.against)))
    found = []
    for before, after in feeds:
        cassettes = [load_recording(path) for path in options.cassette]
        now = [one for cassette in cassettes for one in _read(after, cassette)]
        if earlier is None:
            was = [one for cassette in cassettes for one in _read(before, cassette)]
        else:
            prefix = f"{before.source.name}/{before.stream.name}/"
            was = [one for one in earlier if one.ref.startswith(prefix)]
        found.append(rehearse(after.stream.name, after.contract, recorded_pairs(was, now)))
    return found


def _read(feed: Feed, cassette: Cassette | SqlCassette) -> list[Told]:
    take = play(feed, cassette)
    if isinstance(take.error, RecordingError):
        fault = f"{feed.name} was not recorded, or not all of it: {take.error.message}"
        raise RecordingError(fault, where=str(cassette.path), next_step="name a stream that was: --stream STREAM")
    if take.error is not None:
        raise take.error
    return [told(feed.source.shown(item)) for item in take.items]


def _print(one: Rehearsal) -> None:
    out = console()
    counts = {name: getattr(one, name) for name in ("same", "changed", "rejected", "accepted", "gone", "come")}
    told_counts = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    out.print(f"{one.stream} as {one.contract}: {one.compared} rows: {told_counts}", markup=False)
    if one.changes:
        rows = [
            [c.field, c.kind, c.rows, c.ref, c.before or "(not there)", c.after or "(not there)"] for c in one.changes
        ]
        out.print(table(["field", "what", "rows", "for example", "before", "after"], rows))
    for title, notes in (("why rows are rejected now", one.reasons), ("remarks", one.remarks)):
        if notes:
            out.print(table([title, "rows", "for example"], [[name, times, ref] for name, times, ref in notes]))
