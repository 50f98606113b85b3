"""The commands that ask the store, declared: search, query, changes."""

from __future__ import annotations

import argparse

from bartack.frontends.cli.parsing import Commands, command, config, machine, positive

__all__ = ["add_asking"]


def add_asking(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the commands that are answered from the store."""
    searched = command(commands, "search", "asking:search", "find records by words, in the store; no source is asked")
    searched.add_argument("contract", metavar="CONTRACT", help="person, organization/1, …")
    searched.add_argument("text", metavar="TEXT", help='words; "two words" in quotes stand together')
    queried = command(commands, "query", "asking:query", "list records by their fields, from the store")
    queried.add_argument("contract", metavar="CONTRACT", help="person, organization/1, …")
    queried.add_argument(
        "--order-by", action="append", default=[], metavar="FIELD", help="by this field, or 'FIELD desc' (repeatable)"
    )
    for one in (searched, queried):
        one.add_argument(
            "--where",
            action="append",
            default=[],
            metavar="CONDITION",
            help="FIELD=VALUE, != > >= < <=, FIELD^=BEGINNING, FIELD? (has a value) or FIELD! (has none); repeatable",
        )
        one.add_argument("--max-age", metavar="1h", help="what is older is marked stale")
    changed = command(commands, "changes", "asking:changes", "what came, changed or went in the store since a cursor")
    changed.add_argument("contract", nargs="?", metavar="CONTRACT", help="only of this contract")
    for one in (searched, queried, changed):
        one.add_argument("--source", action="append", metavar="S", help="only this source (may be repeated)")
        one.add_argument("--limit", type=positive, default=20, metavar="N", help="so many at a time (default: 20)")
        one.add_argument("--cursor", metavar="CURSOR", help="go on where the last answer ended")
        config(one)
        machine(one)
