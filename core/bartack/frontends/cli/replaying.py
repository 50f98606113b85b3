"""``bartack cassette replay``: what its connector makes of a recording today, or the recording as a server."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace

from bartack.errors import ConfigError
from bartack.frontends.cli.reading import tell
from bartack.frontends.cli.recorded import config_of, reader_of
from bartack.reading.replayed import play
from bartack.reading.source import Feed
from bartack.reading.verdict import sum_up
from bartack.recording import Cassette
from bartack.transports.base import utcnow

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Read a recording as if it were the source, offline; or serve it."""
    if options.serve:
        from bartack.frontends.cli import serving

        return serving.run(options)
    cassette = Cassette.load(options.file)
    takes = [play(feed, cassette) for feed in _feeds(cassette, options)]
    items = [take.feed.source.shown(item) for take in takes for item in take.items]
    errors = [take.error for take in takes if take.error is not None]
    report = sum_up([take.report for take in takes], cassette.about.recorded_at or utcnow())
    return tell(items, errors, report, as_lines=options.json)


def _feeds(cassette: Cassette, options: argparse.Namespace) -> Iterator[Feed]:
    """Yield the feeds of the streams that were recorded; of all, where the recording does not say which."""
    reader = reader_of(config_of(options.config), options.connector)
    moment = cassette.about.recorded_at
    if moment is not None:  # rows are as old as the recording
        reader = replace(reader, runtime=replace(reader.runtime, clock=lambda: moment))
    source = reader.of(cassette)
    if source is None:
        raise ConfigError(
            "the recording does not say which connector made it",
            where=str(cassette.path),
            next_step="name it: --connector NAME",
        )
    recorded = {name.partition(">")[0] for name in cassette.about.mappings}
    for feed in source.feeds(stream=options.stream):
        if options.stream is not None or not recorded or feed.stream.name in recorded:
            yield feed
