"""What can be typed to get records into files. Only argparse is imported here."""

from __future__ import annotations

import argparse

from bartack.frontends.cli.parsing import Commands, command, machine

__all__ = ["add_export", "add_verify"]


def add_export(parser: argparse.ArgumentParser) -> None:
    """Add to ``read`` where its records go, and how."""
    parser.add_argument(
        "--format",
        choices=["table", "jsonl", "csv", "parquet", "arrow"],
        help="default: table, with --out by the file's ending, else jsonl; --json is jsonl",
    )
    parser.add_argument(
        "--out", metavar="FILE", help="write to this file, whole or not at all, and FILE.manifest.json beside it"
    )
    parser.add_argument(
        "--spreadsheet", action="store_true", help="CSV for Excel: an apostrophe before what would be a formula"
    )


def add_verify(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command that holds an export against its manifest."""
    parser = command(commands, "verify", "exporting:held", "hold an export against its manifest, byte by byte")
    parser.add_argument("file", metavar="FILE", help="what read --out wrote")
    machine(parser)
