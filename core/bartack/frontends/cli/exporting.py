"""read --out: records into files, with a manifest."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

from bartack.export import Manifest, to_file, verify
from bartack.export.manifest import manifest_of
from bartack.frontends.cli.progress import watched
from bartack.reading.read import Read

__all__ = ["held", "write_out"]


def write_out(found: Read[Any], options: argparse.Namespace) -> Manifest:
    """Write a read into the file that ``--out`` names.

    Raises
    ------
    ConfigError, ExportError
        there can be no such file, or it cannot be written.
    BartackError
        what was read is not what is required.
    """
    return to_file(
        found,
        Path(options.out),
        format=options.format,
        spreadsheet=options.spreadsheet,
        asked=asked(options),
        needed=partial(found.hold, complete=options.require == "complete", max_age=options.max_age),
        watch=partial(watched, what=lambda item: f"{item.ref.source}/{item.ref.stream}"),
    )


def asked(options: argparse.Namespace) -> dict[str, Any]:
    """Return what was asked for, without what was left open."""
    told = {
        "contract": options.contract,
        "source": options.source,
        "stream": options.stream,
        "since": options.since.isoformat() if options.since is not None else None,
        "limit": options.limit,
        "require": options.require,
        "max_age": options.max_age,
        "live": options.live or None,
        "cached": options.cached or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def held(options: argparse.Namespace) -> int:
    """Hold an export against its manifest."""
    manifest = verify(options.file)
    if options.json:
        sys.stdout.write(manifest_of(Path(options.file)).read_text(encoding="utf-8"))
    else:
        verdict = manifest.verdict
        good = "unknown" if verdict is None else f"{verdict.completeness}, {verdict.freshness}"
        sys.stdout.write(f"as it was written: {manifest.records} records of {manifest.contract}, {good}\n")
    return 0
