"""read --out: records into files, with a manifest."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any

from bartack import errors
from bartack.errors import BartackError, ConfigError
from bartack.export import Manifest, to_file, to_folder, verify
from bartack.export.manifest import manifest_of
from bartack.frontends.cli.progress import watched
from bartack.reading.read import Read

__all__ = ["held", "told_errors", "write_out"]


def write_out(found: Read[Any], options: argparse.Namespace) -> Manifest:
    """Write a read into the file or folder that ``--out`` names.

    Raises
    ------
    ConfigError, ConflictError, ExportError
        there can be no such file, or it cannot be written.
    BartackError
        what was read is not what is required.
    """
    how: dict[str, Any] = {"format": options.format, "spreadsheet": options.spreadsheet}
    how["watch"] = partial(watched, what=lambda item: f"{item.ref.source}/{item.ref.stream}")
    if options.resume:
        if options.require or options.max_age:
            raise ConfigError(
                "--resume writes what there is, part by part: nothing can be required of it before",
                next_step="leave --require and --max-age out, and look at the manifest",
            )
        return to_folder(found, Path(options.out), **how)
    needed = partial(found.hold, complete=options.require == "complete", max_age=options.max_age)
    return to_file(found, Path(options.out), needed=needed, **how)


def told_errors(manifest: Manifest) -> tuple[BartackError, ...]:
    """Return the errors that a manifest tells of."""
    made = []
    for told in manifest.errors:
        kind = getattr(errors, str(told["type"]), errors.BartackError)
        usual = kind is not errors.IncompleteRead and issubclass(kind, errors.BartackError)
        about = {name: told[name] for name in ("where", "next_step", "retry_after")}
        made.append((kind if usual else errors.BartackError)(told["message"], **about))
    return tuple(made)


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
