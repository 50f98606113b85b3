"""The command line. ``bartack --help`` imports nothing but argparse; each command imports what it needs."""

from bartack.frontends.cli.main import main

__all__ = ["main"]
