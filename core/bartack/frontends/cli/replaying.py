"""``bartack cassette replay``: what its connector makes of a recording today, or the recording as a server."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bartack.comparing.sides import Reader
from bartack.errors import ConfigError
from bartack.frontends.cli.reading import tell
from bartack.frontends.cli.recorded import config_of, reader_of, recordings
from bartack.frontends.cli.texts import shown
from bartack.reading.replayed import play
from bartack.reading.source import Feed
from bartack.reading.verdict import sum_up
from bartack.recording import Cassette
from bartack.recording.library import RESUMED
from bartack.recording.sql import SqlCassette
from bartack.transports.base import utcnow

__all__ = ["run"]


def run(options: argparse.Namespace) -> int:
    """Read a recording as if it were the source, offline; or serve it."""
    if options.serve:
        from bartack.frontends.cli import serving

        return serving.run(options)
    cassettes = [one for one in recordings(options.files) if _is_read(one, options.files)]
    reader = reader_of(config_of(options.config), options.connector)
    takes = [play(feed, one) for one in cassettes for feed in _feeds(one, reader, options.stream)]
    items = [take.feed.source.shown(item) for take in takes for item in take.items]
    errors = [take.error for take in takes if take.error is not None]
    moments = [one.about.recorded_at for one in cassettes if one.about.recorded_at is not None]
    report = sum_up([take.report for take in takes], max(moments, default=None) or utcnow())
    if options.json:  # the verdict is the last line
        _tell_unplayed_json(cassettes)
        return tell(items, errors, report, as_lines=True)
    status = tell(items, errors, report, as_lines=False)
    _tell_unplayed(cassettes)
    return status


def _tell_unplayed(cassettes: Sequence[Cassette | SqlCassette]) -> None:
    for one in cassettes:
        if one.unplayed:
            sys.stdout.write(f"{one.path}: {len(one.unplayed)} recorded and not asked for\n")
            sys.stdout.writelines(f"  {shown(str(item))}\n" for item in one.unplayed)


def _tell_unplayed_json(cassettes: Sequence[Cassette | SqlCassette]) -> None:
    for one in cassettes:
        if one.unplayed:
            told = {"recording": str(one.path), "requests": [str(item) for item in one.unplayed]}
            sys.stdout.write(json.dumps({"unplayed": told}, ensure_ascii=False) + "\n")


def _is_read(cassette: Cassette | SqlCassette, named: Sequence[str]) -> bool:
    """Tell whether a recording is a read of its own; one that is named is taken for one."""
    return cassette.path.stem != RESUMED or str(cassette.path) in map(str, map(Path, named))


def _feeds(cassette: Cassette | SqlCassette, reader: Reader, stream: str | None) -> Iterator[Feed]:
    """Yield the feeds of the streams that were recorded; of all, where the recording does not say which."""
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
    for feed in source.feeds(stream=stream):
        if stream is not None or not recorded or feed.stream.name in recorded:
            yield feed
