"""What the commands have in common on the command line. Only argparse is imported here."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime

__all__ = ["Commands", "command", "config", "machine", "moment", "positive", "step"]

_HOME = "bartack.frontends.cli"

Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


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
