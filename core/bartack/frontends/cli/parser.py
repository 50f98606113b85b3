"""What can be typed. Only argparse is imported here; a command is named by ``module:function``."""

from __future__ import annotations

import argparse

from bartack.frontends.cli.asking_parser import add_asking
from bartack.frontends.cli.export_parser import add_export, add_lock, add_verify
from bartack.frontends.cli.kit_parser import add_kit
from bartack.frontends.cli.parsing import Commands, Parser, command, config, machine, moment, positive
from bartack.frontends.cli.review_parser import add_review
from bartack.frontends.cli.serve_parser import add_serve

__all__ = ["build_parser"]


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser: argparse.ArgumentParser = Parser(
        prog="bartack",
        description="Reads CRMs, SOAP services and databases into shared contracts, and says what it did.",
        epilog="exit status: 0 good, 1 incomplete, rejects or findings, 2 usage or configuration, 3 source or wire failure",
    )
    parser.add_argument("--version", action="version", version=_version())
    parser.set_defaults(run=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _demo(commands)
    _init(commands)
    _connectors(commands)
    _contracts(commands)
    _check(commands)
    _read(commands)
    _get(commands)
    _linked(commands)
    _explain(commands)
    _normalize(commands)
    _sync(commands)
    add_review(commands)
    _erase(commands)
    _status(commands)
    add_verify(commands)
    add_lock(commands)
    add_asking(commands)
    add_kit(commands)
    add_serve(commands)
    return parser


def _version() -> str:
    from bartack import __version__

    return f"bartack {__version__}"


def _freshness(parser: argparse.ArgumentParser) -> None:
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--live", action="store_true", help="never answer from the store")
    either.add_argument("--cached", action="store_true", help="answer from the store only; no source is asked")
    parser.add_argument(
        "--max-age", metavar="1h", help="answer from the store if it is as young as that; nothing older is printed"
    )


def _demo(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "demo", "demo:demo", "the story on a laptop: offline, in under a minute")
    parser.add_argument("--keep", metavar="FOLDER", help="leave the demo's estate here, to play with")


def _init(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "init", "setup:init", "start a configuration")
    parser.add_argument("--from", dest="url", metavar="URL", help="reflect a database: sqlite:///x.db, postgresql://…")
    parser.add_argument("--name", default=None, help="name of the source (default: from the URL)")
    parser.add_argument("--folder", default=".", help="where to write (default: here)")


def _connectors(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "connectors", "listing:connectors", "connectors; with NAME: settings and streams")
    parser.add_argument("name", nargs="?", metavar="NAME")
    machine(parser)


def _contracts(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "contracts", "listing:contracts", "contracts; with NAME: its fields")
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema (2020-12) of what is delivered")
    machine(parser)


def _check(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "check", "setup:check", "try configuration, reach, credentials and every stream")
    parser.add_argument("source", nargs="?", metavar="SOURCE")
    config(parser)
    machine(parser)


def _read(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "read", "reading:read", "read the records of a contract")
    parser.add_argument("contract", metavar="CONTRACT", help="person, organization/1, …")
    parser.add_argument("--source", action="append", metavar="S", help="only this source (may be repeated)")
    parser.add_argument("--stream", metavar="STREAM", help="only this stream")
    parser.add_argument(
        "--since", type=moment, metavar="T", help="only what changed since: 2026-11-23 or 2026-11-23T10:00:00Z"
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="at most so many records")
    parser.add_argument("--require", choices=["complete"], help="print nothing unless all that was asked for came")
    _freshness(parser)
    add_export(parser)
    config(parser)
    machine(parser)


def _get(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "get", "reading:get", "read one record")
    parser.add_argument("ref", metavar="REF", help="source/stream/id, or its citation bartack://…")
    _freshness(parser)
    config(parser)
    machine(parser)


def _linked(commands: Commands[argparse.ArgumentParser]) -> None:
    about = "which records of the store are of the same person or organization as one, and by what that is known"
    parser = command(commands, "linked", "linked:linked", about)
    parser.add_argument("ref", metavar="REF", help="source/stream/id")
    parser.add_argument("--source", action="append", metavar="S", help="only records of this source (may be repeated)")
    config(parser)
    machine(parser)


def _explain(commands: Commands[argparse.ArgumentParser]) -> None:
    parser = command(commands, "explain", "reading:explain", "where each field of one record comes from")
    parser.add_argument("ref", metavar="REF", help="source/stream/id")
    config(parser)
    machine(parser)


def _normalize(commands: Commands[argparse.ArgumentParser]) -> None:
    about = "map a saved answer, exactly as the source sent it; asks nobody"
    parser = command(commands, "normalize", "reading:normalize", about)
    parser.add_argument("connector", metavar="CONNECTOR")
    parser.add_argument("stream", metavar="STREAM")
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="the answer's body (default: standard input)"
    )
    parser.add_argument("--source", metavar="S", help="as this configured source: its streams, defaults and overrides")
    parser.add_argument("--contract", metavar="C", help="where the stream feeds several")
    parser.add_argument("--status", type=int, default=200, metavar="N", help="HTTP status of the answer (default: 200)")
    parser.add_argument("--content-type", metavar="TYPE", help="content type of the answer")
    config(parser)
    machine(parser)


def _sync(commands: Commands[argparse.ArgumentParser]) -> None:
    about = "bring the store up to date: incremental, resumable; a sync that was interrupted goes on where it was"
    parser = command(commands, "sync", "syncing:sync", about)
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="default: all")
    parser.add_argument("--stream", action="append", default=[], metavar="STREAM", help="only this one (repeatable)")
    parser.add_argument("--full", action="store_true", help="read everything, which also finds deletions")
    parser.add_argument("--accept", action="store_true", help="publish what was held back: you have looked at it")
    config(parser)
    machine(parser)


def _erase(commands: Commands[argparse.ArgumentParser]) -> None:
    about = "take a person out of the store for good, and keep them out; lists what there is until you say --yes"
    parser = command(commands, "erase", "governance:erase", about)
    parser.add_argument("refs", nargs="*", metavar="REF", help="source/stream/id")
    parser.add_argument(
        "--match", action="append", metavar="KIND=TEXT", help="wherever somebody is: email=…, phone=… or id=…"
    )
    parser.add_argument("--reason", metavar="TEXT", help="why; kept with the stub, so without personal data")
    parser.add_argument("--by", metavar="WHO", help="who erases (default: the user of this process)")
    parser.add_argument("--yes", action="store_true", help="erase")
    parser.add_argument("--lift", action="store_true", help="let REF in again")
    config(parser)
    machine(parser)


def _status(commands: Commands[argparse.ArgumentParser]) -> None:
    about = "how every source stands, and what to do next"
    parser = command(commands, "status", "status:status", about)
    parser.add_argument("--audit", action="store_true", help="hold the store against its own books, over all runs")
    config(parser)
    machine(parser)
