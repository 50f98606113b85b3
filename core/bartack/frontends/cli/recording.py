"""``bartack cassette record``: a source's streams as recordings, without a change of its configuration."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bartack.errors import ConfigError
from bartack.frontends.cli.progress import watched
from bartack.frontends.cli.reading import tell
from bartack.hub import open_hub
from bartack.reading.recorded import record, records_here
from bartack.reading.replayed import Take
from bartack.reading.source import Source
from bartack.reading.verdict import sum_up
from bartack.recording import Cassette, Interaction, load_recording
from bartack.recording.library import RESUMED
from bartack.recording.revisions import Revision, revision
from bartack.recording.sql import SqlCassette
from bartack.transports.base import utcnow

__all__ = ["run"]

_SHOWN = 5
"""So many differing interactions of a kind are named."""


def run(options: argparse.Namespace) -> int:
    """Read streams live and write a cassette of each; the exit status is that of the read."""
    _check(options)
    with open_hub(options.config) as hub:
        source = hub.source(options.source)
        targets = _targets(source, options)
        takes = [_recorded(source, stream, path, options) for stream, path in targets.items()]
    errors = [take.error for take in takes if take.error is not None]
    report = sum_up([take.report for take in takes], utcnow())
    return tell((), errors, report, as_lines=options.json)


def _check(options: argparse.Namespace) -> None:
    """Refuse what can be seen to be a mistake before anything is asked."""
    if not options.in_ci and not records_here(os.environ):
        raise ConfigError(
            "CI does not record, for nobody would look at what it has recorded",
            where="the environment variable CI",
            next_step="record where somebody looks, and commit the file; or say --in-ci",
        )
    if options.keep_failed and options.scenario is None and options.out is None:
        raise ConfigError(
            "a read that failed needs a name of its own, or it would take the place of a good one",
            where="--keep-failed",
            next_step="name it: --scenario forbidden",
        )
    name = options.scenario
    if name is not None and (name in ("", RESUMED) or Path(name).name != name):
        raise ConfigError(
            f"{name!r} cannot be the name of a scenario",
            where="--scenario",
            next_step=f"a plain word that is not {RESUMED}",
        )


def _targets(source: Source, options: argparse.Namespace) -> dict[str, Path]:
    """Return where each stream is written; nothing that is there is written over unawares."""
    streams = [one.name for one in source.streams] if options.stream is None else [source.stream(options.stream).name]
    if options.out is not None and len(streams) != 1:
        raise ConfigError(
            f"one file cannot hold {len(streams)} streams", where="--out", next_step="name one of them: --stream STREAM"
        )
    name = f"{options.scenario or 'all'}.yaml"
    folder = Path(options.folder) / source.connector.name
    targets = {one: Path(options.out) if options.out is not None else folder / one / name for one in streams}
    for path in targets.values():
        if path.exists() and not options.again:
            raise ConfigError(
                "there is a recording already",
                where=str(path),
                next_step="record it anew with --again, or another one with --scenario NAME",
            )
    return targets


def _recorded(source: Source, stream: str, path: Path, options: argparse.Namespace) -> Take:
    """Record one stream, and write it if it may be kept; tell what was done."""
    place = f"{source.name}/{stream}"
    take, cassette = record(
        source, stream, path, limit=options.limit, watch=lambda items: watched(items, lambda _: place)
    )
    whole = take.error is None and take.report.completeness in ("complete", "limited")
    kept = len(cassette) > 0 and (whole or options.keep_failed)
    earlier = load_recording(path) if kept and path.exists() else None
    if kept:
        cassette.save()
    changes = None
    if isinstance(earlier, Cassette) and isinstance(cassette, Cassette):
        changes = revision(earlier.interactions, cassette.interactions)
    (_tell_json if options.json else _tell)(place, cassette, changes, kept=kept)
    return take


def _tell(place: str, cassette: Cassette | SqlCassette, changes: Revision | None, *, kept: bool) -> None:
    out = sys.stdout
    if not kept:
        why = "nothing was asked" if not len(cassette) else "the read failed (--keep-failed writes it all the same)"
        out.write(f"{place}: not written: {why}\n")
        return
    what = "interactions" if isinstance(cassette, Cassette) else "statements"
    out.write(f"{place}: {len(cassette)} {what} in {cassette.path}\n")
    if changes is not None:
        kinds = {"added": changes.added, "removed": changes.removed, "changed": changes.changed}
        told = ", ".join(f"{len(items)} {kind}" for kind, items in kinds.items() if items)
        out.write(f"  since it was recorded last: {told or 'nothing is different'}\n")
        for kind, items in kinds.items():
            _name(kind, items)


def _name(kind: str, items: Sequence[Interaction]) -> None:
    for item in items[:_SHOWN]:
        sys.stdout.write(f"    {kind}: {item.request}\n")
    if len(items) > _SHOWN:
        sys.stdout.write(f"    {kind}: {len(items) - _SHOWN} more\n")


def _tell_json(place: str, cassette: Cassette | SqlCassette, changes: Revision | None, *, kept: bool) -> None:
    document: dict[str, object] = {
        "stream": place,
        "file": str(cassette.path) if kept else None,
        "interactions": len(cassette),
    }
    if changes is not None:
        for kind in ("added", "removed", "changed"):
            document[kind] = [str(item.request) for item in getattr(changes, kind)]
    sys.stdout.write(json.dumps({"recorded": document}, ensure_ascii=False) + "\n")
