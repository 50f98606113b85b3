"""What can be typed to test integrations: cassettes, new connectors, drift, rehearsals."""

from __future__ import annotations

import argparse

from bartack.frontends.cli.parsing import Commands, machine

__all__ = ["add_kit"]


def add_kit(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the commands of the contract-testing kit."""
    _cassette(commands)


def _cassette(commands: Commands[argparse.ArgumentParser]) -> None:
    about = "recordings: look, record, replay, clean, scan, turn hostile, find what is stale"
    parser: argparse.ArgumentParser = commands.add_parser("cassette", help=about, description=about)
    steps = parser.add_subparsers(title="steps", metavar="STEP", required=True)
    shown = _cassette_step(steps, "show", "cassettes:show", "what was recorded, when and with what")
    shown.add_argument("file", metavar="FILE")


def _cassette_step(
    steps: Commands[argparse.ArgumentParser], name: str, run: str, about: str
) -> argparse.ArgumentParser:
    """Add a step of ``cassette``; most need no configuration."""
    parser: argparse.ArgumentParser = steps.add_parser(name, help=about, description=about)
    parser.set_defaults(run=f"bartack.frontends.cli.{run}")
    machine(parser)
    return parser
