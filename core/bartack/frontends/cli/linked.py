"""linked: which records of other sources are of the same one."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from bartack.frontends.cli.main import INCOMPLETE
from bartack.frontends.cli.tables import brief, console, table
from bartack.frontends.cli.texts import shown
from bartack.hub import open_hub
from bartack.replica.links import Ambiguous, Linked

__all__ = ["linked"]


def linked(options: argparse.Namespace) -> int:
    """Show what is linked with one record, and by what that is known."""
    with open_hub(options.config) as hub:
        found = hub.linked(options.ref, source=options.source)
    if options.json:
        for line in _lines(found):
            sys.stdout.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
    else:
        _show(found)
    verdict = found.verdict
    return 0 if verdict.completeness == "complete" and verdict.freshness == "cached" else INCOMPLETE


def _lines(found: Linked) -> Iterator[dict[str, Any]]:
    for link in found.links:
        yield {"link": {**asdict(link), "ref": str(link.ref)}}
    for one in found.ambiguous:
        yield {"ambiguous": asdict(one)}
    for notice in found.notices:
        yield {"notice": notice}
    yield {"verdict": found.verdict.model_dump(mode="json")}


def _show(found: Linked) -> None:
    out = console()
    rows = [(one.ref, one.contract, one.key, _told(one.value), one.here, one.there) for one in found.links]
    if rows:
        out.print(table(["linked with", "contract", "key", "value", "here", "there"], rows))
    else:
        out.print(f"{shown(found.ref)} is linked with no record", markup=False)
    for one in found.ambiguous:
        out.print(_why_not(one), markup=False)
    for notice in found.notices:
        out.print(notice, markup=False)
    verdict = found.verdict
    since = f" as of {brief(verdict.as_of)}" if verdict.as_of else ""
    out.print(f"{verdict.completeness}, {verdict.freshness}{since}", markup=False)
    for reason in verdict.reasons:
        out.print(f"  {reason}", markup=False)


def _why_not(one: Ambiguous) -> str:
    carried = ", ".join(f"{number} records of {source}" for source, number in one.sources.items())
    return f"{one.key} {_told(one.value)} ({one.here}) links nothing: {one.why} ({carried})"


def _told(value: str | None) -> str:
    return "***" if value is None else shown(value)
