"""Parses a command line, runs one command, and turns its end into an exit status.

0 good; 1 incomplete, rejects or findings; 2 usage or configuration; 3 the source or the wire failed.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Sequence

from bartack.errors import BartackError, ConfigError, ConflictError, ExportError, IncompleteRead
from bartack.frontends.cli.parser import build_parser
from bartack.frontends.cli.texts import shown

__all__ = ["main"]

INCOMPLETE, USAGE, FAILED = 1, 2, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``bartack`` with ``arguments`` (those of the process, if None); return the exit status."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if options.run is None:
        parser.print_help()
        return USAGE
    module, _, function = options.run.partition(":")
    try:
        status: int = getattr(importlib.import_module(module), function)(options)
        sys.stdout.flush()
    except BartackError as error:
        return _report(error, as_json=getattr(options, "json", False))
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more can be said there
        if not isinstance(error, BrokenPipeError):  # whoever read us has gone, and wants to hear no more
            sys.stderr.write(
                f"the output cannot be written: {error.strerror}\n  next step: make room, then run it again\n"
            )
        return INCOMPLETE  # what was not done or not told any more is no success
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return 130
    return status


def _report(error: BartackError, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps({"error": error.told()}, ensure_ascii=False) + "\n")
    else:
        print_error(error)
    return exit_status(error)


def print_error(error: BartackError) -> None:
    """Tell a person what happened, where, and what to do."""
    place = f" ({error.where})" if error.where else ""
    step = f"\n  next step: {error.next_step}" if error.next_step else ""
    sys.stderr.write(shown(f"{type(error).__name__}: {error.message}{place}{step}") + "\n")


def exit_status(error: BartackError) -> int:
    """Return the exit status of a command that ended with ``error``."""
    if isinstance(error, ConfigError):
        return USAGE
    return INCOMPLETE if isinstance(error, IncompleteRead | ConflictError | ExportError) else FAILED
