"""search, query, changes: what the store answers."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterable
from typing import Any

from bartack.errors import ConfigError
from bartack.frontends.cli import lines
from bartack.frontends.cli.main import INCOMPLETE
from bartack.hub import Hub, open_hub
from bartack.reading.fallback import age_in_words
from bartack.replica.answers import Answer, Change, Changes, Standing
from bartack_contracts import Verdict

__all__ = ["changes", "query", "search"]

_CONDITION = re.compile(r"([A-Za-z_][^=<>!^?]*?)(!=|>=|<=|\^=|=|>|<|\?|!)(.*)", re.DOTALL)
_OPERATORS = {"=": "eq", "!=": "ne", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte", "^=": "prefix"}


def search(options: argparse.Namespace) -> int:
    """Find records by words."""
    with open_hub(options.config) as hub:
        answer = hub.search(options.contract, options.text, **_asked(hub, options))
        return _tell(hub, options, answer)


def query(options: argparse.Namespace) -> int:
    """List records by their fields."""
    with open_hub(options.config) as hub:
        order = [f"-{one[:-5].strip()}" if one.endswith(" desc") else one for one in options.order_by]
        answer = hub.query(options.contract, order_by=order, **_asked(hub, options))
        return _tell(hub, options, answer)


def changes(options: argparse.Namespace) -> int:
    """Tell what has changed since a cursor."""
    with open_hub(options.config) as hub:
        told = hub.changes(options.contract, source=options.source, cursor=options.cursor, limit=options.limit)
    if options.json:
        for one in told.changes:
            lines.write(sys.stdout, json.dumps({"change": _change(one)}, ensure_ascii=False))
        end = {"next_cursor": told.next_cursor, "more": told.more, "standings": _standings(told.standings)}
        lines.write(sys.stdout, json.dumps({"changes": end}, ensure_ascii=False))
    else:
        _print_changes(told)
    return 0


def conditions(written: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return conditions as a query takes them.

    >>> conditions(["status=open", "total.amount>=100", "total.amount<200", "owner.id!"])
    {'status': {'eq': 'open'}, 'total.amount': {'gte': '100', 'lt': '200'}, 'owner.id': {'exists': False}}

    Raises
    ------
    ConfigError
        it is none, or says the same twice.
    """
    where: dict[str, dict[str, Any]] = {}
    for one in written:
        match = _CONDITION.fullmatch(one)
        if match is None or (match[2] in "?!" and match[3]):
            raise ConfigError(f"{one!r} is no condition", next_step='write FIELD=VALUE, as --where "total.amount>=100"')
        name, value = ("exists", match[2] == "?") if match[2] in "?!" else (_OPERATORS[match[2]], match[3])
        tests = where.setdefault(match[1].strip(), {})
        if name in tests:
            raise ConfigError(f"{match[1]} is compared twice with {match[2]}", next_step="leave one of them out")
        tests[name] = value
    return where


def _asked(hub: Hub, options: argparse.Namespace) -> dict[str, Any]:
    typed = conditions(options.where)
    where = {
        path: {name: _value(hub, options, path, one) for name, one in tests.items()} for path, tests in typed.items()
    }
    asked = ("source", "limit", "cursor", "max_age")
    return {"where": where} | {name: getattr(options, name) for name in asked}


def _value(hub: Hub, options: argparse.Namespace, path: str, value: Any) -> Any:
    """Return what somebody has typed: true and false for a boolean, a number for a custom field that looks like one."""
    from bartack.replica.fields import field_of

    field = field_of(hub.contract(options.contract), path)
    if field is not None and field.kind != "boolean":
        return value
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _tell(hub: Hub, options: argparse.Namespace, answer: Answer[Any]) -> int:
    if options.json:
        for record in answer.records:
            lines.write(sys.stdout, lines.item_line(record))
        end = answer.verdict.model_dump(mode="json") | {
            "total": answer.total,
            "next_cursor": answer.next_cursor,
            "matched": answer.matched,
            "notices": list(answer.notices),
            "standings": _standings(answer.standings),
        }
        lines.write(sys.stdout, json.dumps({"verdict": end}, ensure_ascii=False))
    else:
        _print(hub, options, answer)
    return _status(answer.verdict)


def _print(hub: Hub, options: argparse.Namespace, answer: Answer[Any]) -> None:
    from bartack.frontends.cli.tables import console, records_table

    out = console()
    if answer.records:
        out.print(records_table(hub.contract(options.contract), answer.records))
    out.print(f"{len(answer.records)} of {answer.total}", markup=False)
    if answer.matched == "any":
        out.print("no record has all of these words; these have some", markup=False)
    for notice in answer.notices:
        out.print(notice, markup=False)
    _print_standings(answer.standings)
    if answer.next_cursor is not None:
        out.print(f"more with --cursor {answer.next_cursor}", markup=False, soft_wrap=True)


def _print_changes(told: Changes) -> None:
    from bartack.frontends.cli.tables import console, table

    out = console()
    rows = [[f"{one.at:%Y-%m-%d %H:%M:%S}", one.kind, str(one.ref), one.contract] for one in told.changes]
    out.print(table(["when", "what", "record", "contract"], rows, "changes"))
    out.print(
        f"{'more' if told.more else 'what comes after that'} with --cursor {told.next_cursor}",
        markup=False,
        soft_wrap=True,
    )


def _print_standings(standings: Iterable[Standing]) -> None:
    from bartack.frontends.cli.tables import console, table

    rows = [
        [
            f"{one.source}/{one.stream}",
            one.completeness or "nothing",
            one.freshness or "",
            "" if one.age is None else f"{age_in_words(one.age)} old",
            str(one.records),
            "; ".join(one.reasons),
        ]
        for one in standings
    ]
    console().print(table(["stream", "snapshot", "fresh", "age", "records", "why"], rows, "answered from the store"))


def _change(one: Change) -> dict[str, Any]:
    record = None if one.record is None else one.record.model_dump(mode="json")
    return {"kind": one.kind, "ref": str(one.ref), "contract": one.contract, "at": one.at.isoformat(), "record": record}


def _standings(standings: Iterable[Standing]) -> list[dict[str, Any]]:
    return [
        {
            "source": one.source,
            "stream": one.stream,
            "contract": one.contract,
            "records": one.records,
            "waiting": one.waiting,
            "as_of": None if one.as_of is None else one.as_of.isoformat(),
            "age": one.age,
            "completeness": one.completeness,
            "freshness": one.freshness,
            "reasons": list(one.reasons),
        }
        for one in standings
    ]


def _status(verdict: Verdict) -> int:
    good = verdict.completeness in ("complete", "limited") and verdict.freshness != "stale"
    return 0 if good else INCOMPLETE
