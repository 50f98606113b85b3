"""status: how every source stands, what to do next, and the accounting over the store."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bartack.frontends.cli.main import INCOMPLETE
from bartack.frontends.cli.tables import console, table
from bartack.hub import open_hub
from bartack.reading.fallback import age_in_words
from bartack.reading.surprises import Policy
from bartack.store.audit import Audit
from bartack.syncing.status import StreamStatus

__all__ = ["status"]


def status(options: argparse.Namespace) -> int:
    """Show the status of all streams; with ``--audit`` also the books of the store."""
    with open_hub(options.config) as hub:
        found = hub.status()
        audited = hub.audit() if options.audit else None
        policies = hub.policies()
    if options.json:
        for one in found:
            _line("status", status_data(one))
        for source, decided in policies.items():
            for policy in decided:
                _line("policy", {"source": source, **policy._asdict()})
        if audited is not None:
            _line("audit", audit_data(audited))
    else:
        _print(found, audited)
        _print_policies(policies)
    well = all(one.state == "published" and not one.waiting and not one.alarms for one in found)
    return 0 if well and (audited is None or not audited.findings) else INCOMPLETE


def status_data(one: StreamStatus) -> dict[str, Any]:
    """Return a stream's status as plain data."""
    last = one.last_run
    return {
        "source": one.source,
        "stream": one.stream,
        "state": one.state,
        "as_of": None if one.as_of is None else one.as_of.isoformat(),
        "age": one.age,
        "completeness": one.completeness,
        "records": one.records,
        "waiting": one.waiting,
        "run": None if last is None else last.run,
        "pages": None if last is None else last.at.pages,
        "resumed": None if last is None else last.resumed,
        "reasons": list(one.reasons),
        "error": None if last is None or one.state == "published" else last.error,
        "alarms": list(one.alarms),
        "next_steps": list(one.next_steps),
    }


def audit_data(found: Audit) -> dict[str, Any]:
    """Return an audit as plain data."""
    balances = [
        {**asdict(one), "expected": one.expected, "lost": one.lost, "doubled": one.doubled} for one in found.balances
    ]
    return {"lost": found.lost, "doubled": found.doubled, "findings": list(found.findings), "balances": balances}


def _print(found: list[StreamStatus], audited: Audit | None) -> None:
    out = console()
    rows = [
        [
            f"{one.source}/{one.stream}",
            one.state,
            "" if one.age is None else f"{age_in_words(one.age)} ago",
            str(one.records),
            str(one.waiting),
            "\n".join(_why(one)),
            "\n".join(one.next_steps),
        ]
        for one in found
    ]
    out.print(table(["stream", "state", "as of", "records", "waiting", "why", "next"], rows))
    if audited is not None:
        rows = [
            [
                *(f"{one.source}/{one.stream}", one.contract, f"{one.accounted} of {one.rows}"),
                *(f"{one.live} of {one.expected}", f"{one.waiting} of {one.queued - one.settled}"),
                *(str(one.lost), str(one.doubled)),
            ]
            for one in audited.balances
        ]
        heads = ["stream", "contract", "rows accounted for", "records there", "rejects waiting", "lost", "doubled"]
        out.print(table(heads, rows, "the books over all runs"))
        for finding in audited.findings:
            out.print(finding, markup=False)
        out.print(f"{audited.lost} lost, {audited.doubled} doubled")


def _why(one: StreamStatus) -> list[str]:
    """Return the reasons, and of the alarms those that are no reason already."""
    told = "\n".join(one.reasons)
    return [
        *one.reasons,
        *(f"{alarm['kind']}: {alarm['message']}" for alarm in one.alarms if alarm["message"] not in told),
    ]


def _print_policies(policies: Mapping[str, Sequence[Policy]]) -> None:
    """Print what a surprise does where the operator has decided it; the defaults are in docs/surprises.md."""
    rows = [
        [*(f"{source}/{one.stream or '*'}", one.path or "", one.kind, one.action, one.origin)]
        for source, decided in policies.items()
        for one in decided
        if one.origin != "default"
    ]
    if rows:
        heads = ["stream", "field", "surprise", "what it does", "decided for the"]
        console().print(table(heads, rows, "surprises"))


def _line(kind: str, data: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({kind: data}, ensure_ascii=False) + "\n")
