"""erase: take a person out of the store, and keep them out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from bartack.errors import ConfigError
from bartack.frontends.cli.cases import write
from bartack.frontends.cli.main import INCOMPLETE
from bartack.frontends.cli.tables import console, table
from bartack.hub import Hub, open_hub
from bartack.reviewing.governance import Erasure, Found, Search
from bartack_contracts import Ref

__all__ = ["erase"]


def erase(options: argparse.Namespace) -> int:
    """List what is kept of a person; with ``--yes`` erase it."""
    if bool(options.refs) == bool(options.match):
        raise ConfigError("name rows, or somebody to look for", next_step="bartack erase REF, or --match email=…")
    if options.lift and options.match:
        raise ConfigError("what was erased cannot be searched", next_step="bartack erase --lift REF")
    with open_hub(options.config) as hub:
        if options.lift:
            return _lift(hub, options.refs, as_json=options.json)
        search = (
            hub.governance.find(_match(options.match)) if options.match else Search(hub.governance.kept(options.refs))
        )
        if options.json:
            for one in search.found:
                write({"found": _found(one)})
        else:
            _print_found(search, options.refs)
        if options.match and not search.found:
            return 0
        rows: Sequence[Found | str] = options.refs or search.found
        if not options.yes:
            sys.stderr.write("nothing was erased; say --yes to erase all of this, for good\n")
            return INCOMPLETE
        done = hub.governance.erase(rows, reason=options.reason, by=options.by)
    _tell(done, as_json=options.json)
    return 0


def _match(given: Sequence[str]) -> dict[str, str]:
    found = dict(one.partition("=")[::2] for one in given)
    if len(found) < len(given):
        raise ConfigError("one of each kind is looked for at a time", next_step="run it once for each")
    return found


def _lift(hub: Hub, refs: Sequence[str], *, as_json: bool) -> int:
    lifted = {ref: hub.governance.lift(ref) for ref in refs}
    for ref, done in lifted.items():
        if as_json:
            write({"lifted": {"ref": ref, "changed": done}})
        else:
            what = "is let in again, with the next full sync at the latest" if done else "was not kept out"
            sys.stdout.write(f"{ref} {what}\n")
    return 0


def _print_found(search: Search, refs: Sequence[str]) -> None:
    if search.found:
        rows = [[one.ref, one.contract, ", ".join(one.where), ", ".join(one.paths)] for one in search.found]
        console().print(table(["ref", "contract", "kept as", "found at"], rows))
    elif not refs:
        sys.stdout.write("nothing is kept of this person\n")
    there = {one.ref for one in search.found}
    for ref in refs:
        if Ref.parse(ref) not in there:
            sys.stdout.write(f"{ref}: nothing is kept of it; it would be kept out from now on\n")
    if search.sealed:
        sys.stdout.write(f"{search.sealed} payloads are encrypted and there is no key: they were not looked into\n")


def _tell(done: Erasure, *, as_json: bool) -> None:
    if as_json:
        told = {
            "refs": [str(ref) for ref in done.refs],
            "records": done.records,
            "rejects": done.rejects,
            "rewritten": done.rewritten,
            "beyond_reach": list(done.beyond_reach),
        }
        write({"erased": told})
        return
    sys.stdout.write(f"erased {len(done.refs)} rows: {done.records} records, {done.rejects} rejects that waited\n")
    if done.rewritten:
        sys.stdout.write("the file of the state was rewritten: nothing of it is left there\n")
    else:
        sys.stdout.write("its bytes may be left in the files of the state until they are rewritten\n")
    sys.stdout.write("beyond reach of this command:\n")
    sys.stdout.writelines(f"  {one}\n" for one in done.beyond_reach)


def _found(one: Found) -> dict[str, object]:
    return {"ref": str(Ref(*one.ref)), "contract": one.contract, "where": list(one.where), "paths": list(one.paths)}
