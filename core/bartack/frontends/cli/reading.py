"""read, get, explain, normalize."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from bartack.errors import BartackError, ConfigError, ConflictError, ExportError
from bartack.frontends.cli import lines
from bartack.frontends.cli.main import INCOMPLETE, exit_status, print_error
from bartack.frontends.cli.progress import watched
from bartack.frontends.cli.texts import json_shown
from bartack.hub import Hub, open_hub
from bartack.hub import normalize as normalize_offline
from bartack.paths import ABSENT
from bartack.reading.explain import Explanation
from bartack.reading.fallback import age_told
from bartack.reading.offline import normalize_with
from bartack.reading.read import Read
from bartack.transports.base import utcnow
from bartack_contracts import Record, Reject, Report

__all__ = ["explain", "get", "normalize", "read", "tell"]

SHOWN = 50
"""A table shows so many records; JSON lines are for all of them."""


def read(options: argparse.Namespace) -> int:
    """Read records of a contract from the sources that have some."""
    if options.out is None and (options.resume or options.format in ("csv", "parquet", "arrow")):
        raise ConfigError(f"{options.format or '--resume'} needs a place to write to", next_step="name it: --out FILE")
    with open_hub(options.config) as hub:
        found = hub.read(
            options.contract,
            source=options.source,
            stream=options.stream,
            since=options.since,
            limit=options.limit,
            allow_partial=True,
            **_freshness(options),
        )
        as_lines = options.json or options.format == "jsonl"
        if options.out:
            return _written(found, options)
        items: Iterable[Any] = found.items()
        if options.require or options.max_age:
            items = list(watched(items, _where))
            try:
                found.hold(complete=options.require == "complete", max_age=options.max_age)
            except BartackError as error:
                return _refused(error, found.report, as_lines=as_lines)
        if as_lines:
            _print_lines(items, sys.stdout)
            _print_end(found.errors, found.report, sys.stdout)
        else:
            _print_table(hub, options.contract, items)
            _print_errors(found.errors)
            _print_verdict(found.report)
        return _status(found.report, found.errors)


def _written(found: Read[Any], options: argparse.Namespace) -> int:
    """Read into a file, and tell how that ended."""
    from bartack.frontends.cli.exporting import told_errors, write_out

    try:
        manifest = write_out(found, options)
    except (ConfigError, ConflictError, ExportError):
        raise
    except BartackError as error:  # --require or --max-age: there is no file
        return _refused(error, found.report, as_lines=options.json)
    assert manifest.verdict is not None  # noqa: S101 - it has come to an end
    errors, report = told_errors(manifest), Report(streams=manifest.streams, verdict=manifest.verdict)
    if options.json:
        _print_end(errors, report, sys.stdout)
    else:
        _print_errors(errors)
        _print_verdict(report)
    return _status(report, errors) or (INCOMPLETE if manifest.state == "unfinished" else 0)


def get(options: argparse.Namespace) -> int:
    """Read one record."""
    with open_hub(options.config) as hub:
        record = hub.get(options.ref, **_freshness(options))
    if options.json:
        lines.write(sys.stdout, lines.item_line(record))
    else:
        sys.stdout.write(json_shown(record.model_dump(mode="json")) + "\n")
        if record.as_of is not None:
            why = f"; bartack check {record.ref.source} says why" if record.freshness == "stale" else ""
            sys.stderr.write(f"{record.freshness}: from the store, {age_told(record.as_of, utcnow())}{why}\n")
    return INCOMPLETE if record.freshness == "stale" else 0


def explain(options: argparse.Namespace) -> int:
    """Say where each field of one record comes from."""
    with open_hub(options.config) as hub:
        found = hub.explain(options.ref)
    if options.json:
        lines.write(sys.stdout, json.dumps({"explanation": explanation(found)}, ensure_ascii=False, default=str))
    else:
        print_explanation(found)
    return 0 if found.kind == "record" else INCOMPLETE


def normalize(options: argparse.Namespace) -> int:
    """Map a saved answer."""
    body = _body(options.file)
    how = {"contract": options.contract, "content_type": options.content_type, "status": options.status}
    if options.source is not None:
        with open_hub(options.config) as hub:
            source = hub.source(options.source)
            if source.connector.name != options.connector:
                fault = f"the source {options.source!r} is of connector {source.connector.name!r}"
                raise ConfigError(fault, next_step=f"bartack normalize {source.connector.name} {options.stream}")
            found = normalize_with(source, options.stream, body, utcnow, **how)
    else:
        found = normalize_offline(options.connector, options.stream, body, **how)
    errors = () if found.error is None else (found.error,)
    return tell(found.items, errors, found.report, as_lines=options.json or not sys.stdout.isatty())


def tell(
    items: Sequence[Record[Any] | Reject], errors: Sequence[BartackError], report: Report, *, as_lines: bool
) -> int:
    """Print what was read, and how that ended; return the exit status."""
    if as_lines:
        _print_lines(items, sys.stdout)
        _print_end(errors, report, sys.stdout)
    else:
        records = [item for item in items if isinstance(item, Record)]
        _print_items(records, [item for item in items if isinstance(item, Reject)])
        _print_errors(errors)
        _print_verdict(report)
    return _status(report, errors)


def _refused(error: BartackError, report: Report, *, as_lines: bool) -> int:
    """Tell why nothing is printed of a read that was made."""
    if as_lines:
        _print_end([error], report, sys.stdout)
    else:
        _print_errors([error])
        _print_verdict(report)
    return exit_status(error)


def _freshness(options: argparse.Namespace) -> dict[str, Any]:
    return {"live": options.live, "cached": options.cached, "max_age": options.max_age}


def _status(report: Report, errors: Iterable[BartackError]) -> int:
    verdict = report.verdict
    if verdict.completeness == "failed":
        return max((exit_status(error) for error in errors), default=INCOMPLETE)
    good = verdict.completeness in ("complete", "limited") and verdict.freshness != "stale"
    if good and verdict.rejected == 0:
        return 0
    return INCOMPLETE


def _body(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=file, next_step="check the path") from None


def _print_lines(items: Iterable[Record[Any] | Reject], out: TextIO) -> None:
    for item in watched(items, _where):
        lines.write(out, lines.item_line(item))


def _print_end(errors: Iterable[BartackError], report: Report, out: TextIO) -> None:
    for error in errors:
        lines.write(out, lines.error_line(error))
    lines.write(out, lines.verdict_line(report))


def _print_table(hub: Hub, contract: str, items: Iterable[Record[Any] | Reject]) -> None:
    records: list[Record[Any]] = []
    rejects: list[Reject] = []
    more = 0
    for item in watched(items, _where):
        if isinstance(item, Reject):
            rejects = [*rejects, item][:SHOWN]
        elif len(records) < SHOWN:
            records.append(item)
        else:
            more += 1
    _print_items(records, rejects, hub.contract(contract))
    if more:
        from bartack.frontends.cli.tables import console

        console().print(f"… and {more} more (--json prints all)")


def _print_items(records: Iterable[Record[Any]], rejects: Iterable[Reject], contract: Any = None) -> None:
    from bartack.frontends.cli.tables import console, records_table, rejects_table

    out = console()
    of: dict[Any, list[Record[Any]]] = {}
    for record in records:
        of.setdefault(contract or type(record.value), []).append(record)
    for model, found in of.items():
        out.print(records_table(model, found))
    if rejects := list(rejects):
        out.print(rejects_table(rejects))


def _print_verdict(report: Report) -> None:
    from bartack.frontends.cli.tables import console, verdict_text

    console().print(verdict_text(report))


def _print_errors(errors: Iterable[BartackError]) -> None:
    for error in errors:
        print_error(error)


def explanation(found: Explanation) -> dict[str, Any]:
    """Return an explanation as plain data."""
    from bartack_contracts import raw_to_json

    fields = [
        {
            "field": one.field,
            "path": one.path,
            "sent": one.raw is not ABSENT,
            "raw": None if one.raw is ABSENT else raw_to_json(one.raw),
            "rule": one.rule,
            "value": None if one.value is ABSENT else raw_to_json(one.value),
            "at": one.place,
            "issues": [issue.model_dump(mode="json") for issue in one.issues],
        }
        for one in found.fields
    ]
    return {
        "ref": str(found.ref),
        "contract": found.contract,
        "kind": found.kind,
        "mapping": found.mapping,
        "overridden": found.overridden,
        "defaults": dict(found.defaults),
        "fields": fields,
        "decision": _decision(found),
        "unread": list(found.unread),
        "issues": [issue.model_dump(mode="json") for issue in found.issues],
    }


def _decision(found: Explanation) -> dict[str, Any] | None:
    if found.decision is None:
        return None
    from bartack.frontends.cli.cases import decision_data  # here: SQLAlchemy comes with it

    return decision_data(found.decision)


def print_explanation(found: Explanation) -> None:
    """Print an explanation as a table."""
    from bartack.frontends.cli.tables import console, table

    rows = [
        [
            one.field,
            one.path,
            "(not sent)" if one.raw is ABSENT else repr(one.raw),
            one.rule,
            "" if one.value is ABSENT else repr(one.value),
            "; ".join(f"{issue.code}: {issue.message}" for issue in one.issues),
        ]
        for one in found.fields
    ]
    out = console()
    out.print(
        table(["field", "native path", "raw", "rule", "value", "issues"], rows, f"{found.ref} as {found.contract}")
    )
    defaults = ", ".join(f"{name} {value}" for name, value in found.defaults.items())
    if defaults or found.overridden:
        changed = "its configuration changes rules of this stream" if found.overridden else ""
        out.print(f"from the source's configuration: {', '.join(part for part in (defaults, changed) if part)}")
    if found.decision is not None:
        from bartack.frontends.cli.cases import decision_words

        out.print(f"decided over this very payload: {decision_words(found.decision)}", markup=False)
    if found.unread:
        out.print(f"not read by any rule: {', '.join(found.unread)}")
    for issue in found.issues:
        out.print(f"{issue.severity}: {issue.code} at {issue.path}: {issue.message}", markup=False)


def _where(item: Record[Any] | Reject) -> str:
    return f"{item.ref.source}/{item.ref.stream}"
