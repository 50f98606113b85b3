"""Rejects on paper: tables for people, JSON lines for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bartack.frontends.cli.tables import console, table
from bartack.frontends.cli.texts import shown
from bartack.reviewing.case import Case
from bartack.reviewing.causes import Cause
from bartack.store.history import Entry
from bartack.store.rejects import Decision, Waiting
from bartack_contracts import raw_to_json

__all__ = [
    "as_data",
    "case_data",
    "cause_data",
    "decision_data",
    "decision_words",
    "entry_data",
    "entry_words",
    "print_case",
    "print_causes",
    "print_history",
    "print_list",
    "write",
]


def print_list(found: Iterable[Waiting], nothing: str) -> None:
    """Print rejects, one a row."""
    rows = [
        [one.number, one.ref, one.contract, one.state, _reasons(one), _when(one.first_seen), _when(one.last_seen), one.times]
        for one in found
    ]  # fmt: skip
    heads = ["no", "ref", "contract", "state", "reasons", "first seen", "last seen", "times"]
    console().print(table(heads, rows) if rows else nothing)


def print_case(case: Case) -> None:
    """Print one reject: where it comes from, what was sent, all reasons, and what can be done."""
    one, out = case.reject, sys.stdout
    out.write(f"reject {one.number}: {shown(one.ref)} as {one.contract}, {one.state}\n")
    out.write(
        f"  seen      {one.times} times, first {_when(one.first_seen)}, last {_when(one.last_seen)}; run {one.run}\n"
    )
    out.write(f"  by        {one.made_by}, {one.mapping}\n")
    if case.mapping_changed:
        out.write("            the mapping is another one by now\n")
    out.write(f"  asked     {shown(one.request) or 'unknown'}, at {_when(one.fetched_at)}\n")
    for number, made in enumerate(case.history):
        out.write(f"  {'' if number else 'decided':8}  {entry_words(made)}\n")
    out.write("\nwhat is wrong\n")
    for issue, place in zip(one.issues, case.places, strict=True):
        out.write(f"  {issue.field or 'row'}: {issue.code}: {shown(issue.message)}\n")
        out.write(f"    path {issue.path or '.'}   raw {shown(repr(issue.raw))}\n")
        if issue.rule is not None:
            out.write(f"    rule {issue.rule}{f'   at {place}' if place else ''}\n")
    if case.proposals.each:
        out.write("\nwhat is proposed\n")
    for proposal in case.proposals.each:
        out.write(f"  {proposal.field} = {shown(json.dumps(proposal.value, ensure_ascii=False))}\n")
        out.write(f"    {shown(proposal.why)}\n")
    out.write("\nwhat was sent\n")
    sent = case.raw if case.raw is not None else json.dumps(raw_to_json(case.payload), indent=2, ensure_ascii=False)
    out.write(f"{shown(sent)}\n")
    if case.next_steps:
        out.write("\nwhat you can do\n")
        out.writelines(f"  {step}\n" for step in case.next_steps)


def print_causes(found: Iterable[Cause]) -> None:
    """Print groups of rejects, one a row."""
    rows = [
        [one.key, f"{one.source}/{one.stream}", one.contract, len(one.numbers), "; ".join(map(str, one.faults)),
         one.example.message, _when(one.first_seen), _when(one.last_seen)]
        for one in found
    ]  # fmt: skip
    heads = ["cause", "stream", "contract", "waiting", "what is wrong", "such as", "first seen", "last seen"]
    console().print(table(heads, rows) if rows else "nothing waits")


def print_history(found: Iterable[Entry]) -> None:
    """Print what was decided, one a row."""
    rows = [[one.number or "", shown(one.ref), one.contract, shown(entry_words(one))] for one in found]
    console().print(table(["no", "ref", "contract", "decided"], rows) if rows else "nothing was decided")


def as_data(one: Waiting) -> dict[str, Any]:
    """Return a reject without its payload as plain data."""
    return {
        "number": one.number,
        "ref": str(one.ref),
        "contract": one.contract,
        "state": one.state,
        "issues": [issue.model_dump(mode="json") for issue in one.issues],
        "first_seen": one.first_seen.isoformat(),
        "last_seen": one.last_seen.isoformat(),
        "settled_at": None if one.settled_at is None else one.settled_at.isoformat(),
        "times": one.times,
        "run": one.run,
        "digest": one.digest,
        "made_by": one.made_by,
        "mapping": one.mapping,
        "fetched_at": one.fetched_at.isoformat(),
        "request": one.request,
    }


def case_data(case: Case) -> dict[str, Any]:
    """Return a reject with everything there is to know of it as plain data."""
    return {
        **as_data(case.reject),
        "payload": raw_to_json(case.payload),
        "raw": case.raw,
        "places": list(case.places),
        "mapping_changed": case.mapping_changed,
        "decision": None if case.decision is None else decision_data(case.decision),
        "history": [entry_data(one) for one in case.history],
        "proposals": {
            "complete": case.proposals.complete,
            "each": [{"field": one.field, "value": one.value, "why": one.why} for one in case.proposals.each],
        },
        "next_steps": list(case.next_steps),
    }


def cause_data(one: Cause) -> dict[str, Any]:
    """Return a group of rejects as plain data."""
    return {
        "key": one.key,
        "source": one.source,
        "stream": one.stream,
        "contract": one.contract,
        "faults": [{"field": fault.field, "code": fault.code} for fault in one.faults],
        "waiting": len(one.numbers),
        "numbers": list(one.numbers),
        "first_seen": one.first_seen.isoformat(),
        "last_seen": one.last_seen.isoformat(),
        "example": one.example.model_dump(mode="json"),
    }


def entry_data(made: Entry) -> dict[str, Any]:
    """Return one line of the history as plain data."""
    return {
        "entry": made.entry,
        "number": made.number,
        "ref": str(made.ref),
        "contract": made.contract,
        "action": made.action,
        "body": dict(made.body),
        "note": made.note,
        "by": made.who,
        "at": made.at.isoformat(),
        "erased_at": None if made.erased_at is None else made.erased_at.isoformat(),
    }


def entry_words(made: Entry) -> str:
    """Return what somebody decided, or took back, in one line."""
    body = f" {json.dumps(dict(made.body), ensure_ascii=False)}" if made.body else ""
    note = f": {made.note}" if made.note else ""
    erased = "" if made.erased_at is None else f" (erased {_when(made.erased_at)})"
    return f"{made.action}{body} by {made.who}, {_when(made.at)}{note}{erased}"


def write(line: dict[str, Any]) -> None:
    """Write one JSON line."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def decision_data(made: Decision) -> dict[str, Any]:
    """Return what a person decided as plain data."""
    at = made.decided_at.isoformat()
    return {"action": made.action, "body": dict(made.body), "note": made.note, "by": made.who, "at": at}


def decision_words(made: Decision) -> str:
    """Return what a person decided in one line."""
    body = f" {json.dumps(dict(made.body), ensure_ascii=False)}" if made.body else ""
    note = f": {made.note}" if made.note else ""
    return f"{made.action}{body} by {made.who}, {_when(made.decided_at)}{note}"


def _reasons(one: Waiting) -> str:
    grave = [issue for issue in one.issues if issue.severity == "error"] or list(one.issues)
    return "; ".join(f"{issue.field or issue.path or 'row'}: {issue.message}" for issue in grave)


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
