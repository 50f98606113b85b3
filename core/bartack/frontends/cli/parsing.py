"""What the commands have in common on the command line. Only argparse is imported here."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

__all__ = ["Commands", "Parser", "command", "config", "machine", "moment", "positive", "step"]

_HOME = "bartack.frontends.cli"

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


class Parser(argparse.ArgumentParser):
    """A parser that takes options and arguments in any order, also where an argument may be left out.

    Argparse by itself gives up on a FILE that may be left out as soon as an option comes before it
    (https://github.com/python/cpython/issues/59317).
    """

    _mixes = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as argparse does; a command without commands below it in two passes, first options, then arguments."""
        if self._mixes or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._mixes = True  # each pass comes here again
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixes = False


def command(commands: Commands[argparse.ArgumentParser], name: str, run: str, about: str) -> argparse.ArgumentParser:
    """Add a command that calls ``module:function`` of this package with the parsed options."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=f"{_HOME}.{run}")
    return parser


def machine(parser: argparse.ArgumentParser) -> None:
    """Let a command speak JSON lines."""
    parser.add_argument("--json", action="store_true", help="JSON lines instead of tables")


def config(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which configuration it uses."""
    parser.add_argument(
        "--config", metavar="FILE", help="bartack.toml, or its folder (default: the nearest one upwards)"
    )


def step(steps: Commands[argparse.ArgumentParser], name: str, run: str, about: str) -> argparse.ArgumentParser:
    """Add a step of a command that has several, with its configuration and JSON."""
    parser = command(steps, name, run, about)
    config(parser)
    machine(parser)
    return parser


def positive(text: str) -> int:
    """Return a number above 0."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return int(text)


def moment(text: str) -> datetime:
    """Return an aware moment; one without an offset is in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date or moment (ISO 8601)") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
