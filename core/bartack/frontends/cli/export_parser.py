"""What can be typed to get records into files, and to hold what is read. Only argparse is imported here."""

from __future__ import annotations

import argparse

from bartack.frontends.cli.parsing import Commands, command, config, machine

__all__ = ["add_export", "add_lock", "add_verify"]


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
        "--resume",
        action="store_true",
        help="--out names a folder: write parts into it, and go on where an earlier try was interrupted",
    )
    parser.add_argument(
        "--spreadsheet", action="store_true", help="CSV for Excel: an apostrophe before what would be a formula"
    )


def add_verify(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command that holds an export against its manifest."""
    parser = command(commands, "verify", "exporting:held", "hold an export against its manifest, byte by byte")
    parser.add_argument("file", metavar="FILE", help="what read --out wrote")
    machine(parser)


def add_lock(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command that writes down what is read, and holds it."""
    about = "write down contracts, connectors, mappings and settings in bartack.lock, or hold them against it"
    parser = command(commands, "lock", "locking:run", about)
    parser.add_argument("--check", action="store_true", help="only say what is not as it was locked: exit status 1")
    config(parser)
    machine(parser)
