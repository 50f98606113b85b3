"""review problems, review settle: what agents and people reported of records, and that somebody has looked at it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import Any

from bartack.frontends.cli.cases import write
from bartack.frontends.cli.tables import console, table
from bartack.frontends.cli.texts import shown
from bartack.hub import open_hub
from bartack.store.problems import Problem

__all__ = ["problems", "settle"]


def problems(options: argparse.Namespace) -> int:
    """List what was reported."""
    with open_hub(options.config) as hub:
        state = None if options.state == "all" else options.state
        found = hub.review.problems.list(source=options.source, state=state)
    if options.json:
        for one in found:
            write({"problem": _data(one)})
    elif found:
        rows = [
            [
                one.number,
                shown(one.ref),
                one.contract,
                one.field or "",
                shown(one.words),
                one.who,
                one.times,
                _state(one),
            ]
            for one in found
        ]
        console().print(table(["no", "ref", "contract", "field", "problem", "by", "times", "state"], rows))
    else:
        sys.stdout.write("nothing is reported\n")
    return 0


def settle(options: argparse.Namespace) -> int:
    """Write down that somebody has looked at a problem."""
    with open_hub(options.config) as hub:
        done = hub.review.problems.settle(options.number, by=options.by, note=options.note)
    if options.json:
        write({"problem": _data(done)})
    else:
        sys.stdout.write(f"problem {done.number} with {shown(done.ref)} is settled\n")
    return 0


def _data(one: Problem) -> dict[str, Any]:
    plain = {
        name: value if not hasattr(value, "isoformat") else value.isoformat() for name, value in asdict(one).items()
    }
    return {"ref": str(one.ref), **plain}


def _state(one: Problem) -> str:
    if one.settled_at is None:
        return one.state
    note = f": {one.note}" if one.note else ""
    return shown(f"settled by {one.settled_by}, {one.settled_at:%Y-%m-%d %H:%M} UTC{note}")
