"""What can be typed to serve what is known."""

from __future__ import annotations

import argparse

from bartack.frontends.cli.parsing import Commands, config

__all__ = ["add_serve"]

_RUN = "bartack.frontends.cli.serve"


def add_serve(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add ``bartack serve``, with and without the name of a frontend."""
    about = "answer programs, people and agents: HTTP API and pages, until SIGINT or SIGTERM"
    parser: argparse.ArgumentParser = commands.add_parser("serve", help=about, description=about)
    parser.set_defaults(run=f"{_RUN}:web")
    _address(parser)
    config(parser)
    kinds = parser.add_subparsers(title="only one of them", metavar="KIND")
    _address(_kind(kinds, "web", "web", "the HTTP API and the pages"))
    mcp = _kind(kinds, "mcp", "mcp", "MCP for agents: over standard input and output, or over HTTP")
    how = mcp.add_mutually_exclusive_group()
    how.add_argument("--as", dest="token", metavar="NAME", help="answer as to this token of [serve.tokens]")
    how.add_argument("--http", type=_place, metavar="HOST:PORT", help="listen there, at /mcp; port 0: a free one")


def _kind(kinds: Commands[argparse.ArgumentParser], name: str, run: str, about: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = kinds.add_parser(name, help=about, description=about)
    parser.set_defaults(run=f"{_RUN}:{run}")
    config(parser)
    return parser


def _address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", metavar="HOST", help="where to listen (127.0.0.1: this machine)")
    parser.add_argument("--port", type=_port, default=8765, metavar="N", help="where to listen (8765); 0: a free one")


def _place(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not host or not colon:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), _port(port)


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)
