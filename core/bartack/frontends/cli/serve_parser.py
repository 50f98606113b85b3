"""What can be typed to serve what is known."""

from __future__ import annotations

import argparse

from bartack.frontends.cli.parsing import Commands, config

__all__ = ["add_serve"]

_RUN = "bartack.frontends.cli.serve"


def add_serve(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add ``bartack serve``, with and without the name of a frontend."""
    about = "answer programs, people and agents: HTTP API, pages and MCP, until SIGINT or SIGTERM"
    parser: argparse.ArgumentParser = commands.add_parser("serve", help=about, description=about)
    parser.set_defaults(run=f"{_RUN}:everything")
    _address(parser)
    _common(parser)
    kinds = parser.add_subparsers(title="only one of them", metavar="KIND")
    _address(_kind(kinds, "web", "web", "the HTTP API and the pages"))
    mcp = _kind(kinds, "mcp", "mcp", "MCP for agents: over standard input and output, or over HTTP")
    how = mcp.add_mutually_exclusive_group()
    how.add_argument("--as", dest="token", metavar="NAME", help="answer as to this token of [serve.tokens]")
    how.add_argument("--http", type=_place, metavar="HOST:PORT", help="listen there, at /mcp; port 0: a free one")


def _kind(kinds: Commands[argparse.ArgumentParser], name: str, run: str, about: str) -> argparse.ArgumentParser:
    # What stands before the kind counts, unless it is said again: argparse would put the defaults in its place.
    parser: argparse.ArgumentParser = kinds.add_parser(
        name, help=about, description=about, argument_default=argparse.SUPPRESS
    )
    parser.set_defaults(run=f"{_RUN}:{run}")
    _common(parser)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    config(parser)
    parser.add_argument("--sync", metavar="5m", help="sync all sources so often in the background: 30s, 5m, 1h")
    parser.add_argument("--locked", action="store_true", help="only if all is as bartack.lock says")


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", metavar="HOST", help="where to listen (127.0.0.1: this machine)")
    parser.add_argument("--port", type=_port, metavar="N", help="where to listen (8765); 0: a free one")


def _place(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not host or not colon:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), _port(port)


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)
