"""Tables for people: what a terminal shows of records, rejects and verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bartack.frontends.cli.texts import shown
from bartack_contracts import (
    Coded,
    Contract,
    EmailAddress,
    Money,
    PersonName,
    PhoneNumber,
    PostalAddress,
    Record,
    Reference,
    Reject,
    Report,
    RichText,
    StreamReport,
    Verdict,
)

__all__ = ["COLUMNS", "brief", "console", "records_table", "rejects_table", "table", "verdict_text"]

COLUMNS = {
    "person/1": ("name", "emails", "phones", "addresses", "organizations"),
    "organization/1": ("name", "domains", "phones", "addresses", "tax_ids"),
    "deal/1": ("title", "status", "amount", "expected_close", "organization"),
    "ticket/1": ("number", "subject", "status", "priority", "requester"),
    "invoice/1": ("number", "kind", "status", "total", "issue_date", "party"),
    "product/1": ("name", "sku", "list_price", "active"),
    "activity/1": ("kind", "subject", "starts_at", "status", "about"),
    "user/1": ("name", "email", "active"),
}
"""Fields a table shows of the shared contracts; of others it shows the first five."""


_CELL = 200
"""A table of records shows so many characters of a value; JSON lines have all."""


_WORD = 11
"""A column no wider than that is never folded, however narrow the terminal is."""


class _Console(Console):
    """A console on which all of a text is seen, whoever wrote it."""

    def render_str(self, text: str, **how: Any) -> Text:
        return super().render_str(shown(text), **how)


def console(*, stderr: bool = False) -> Console:
    """Return a console: coloured and fitted on a terminal, plain and wide in a pipe."""
    found = _Console(stderr=stderr, highlight=False, soft_wrap=False)
    if not found.is_terminal:
        found.width = 200
    return found


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> Table:
    """Return a plain table; cells are shown as they are, never read as markup."""
    made = Table(
        title=None if title is None else Text(shown(title)),
        title_justify="left",
        box=None,
        header_style="bold",
        pad_edge=False,
    )
    cells = [[cell if isinstance(cell, Text) else Text(shown(cell)) for cell in row] for row in rows]
    for number, header in enumerate(headers):
        longest = max((row[number].cell_len for row in cells), default=0)
        made.add_column(Text(header), overflow="fold", no_wrap=max(longest, len(header)) <= _WORD)
    for row in cells:
        made.add_row(*row)
    return made


def records_table(contract: type[Contract], records: Iterable[Record[Any]]) -> Table:
    """Return a table of records: ref, the contract's telling fields, and how old each is where one is not live."""
    records = tuple(records)
    names = COLUMNS.get(contract.contract) or tuple(contract.model_fields)[:5]
    rows = [[str(one.ref), *(_short(brief(getattr(one.value, name, None))) for name in names)] for one in records]
    if all(one.freshness == "live" for one in records):
        return table(["ref", *names], rows)
    aged = [[*row, f"{one.freshness} {brief(one.as_of)}".rstrip()] for row, one in zip(rows, records, strict=True)]
    return table(["ref", *names, "freshness"], aged)


def rejects_table(rejects: Iterable[Reject]) -> Table:
    """Return a table of rejects: every reason a line of its own."""
    rows = []
    for reject in rejects:
        for number, issue in enumerate(reject.issues):
            rows.append(
                [reject.ref if number == 0 else "", issue.field or "", issue.path or "", issue.code, issue.message]
            )
    return table(["rejected", "field", "native path", "code", "why"], rows)


def verdict_text(report: Report) -> Text:
    """Return the verdict in one line a stream, and its reasons."""
    verdict = report.verdict
    colour = {"complete": "green", "limited": "cyan"}.get(verdict.completeness, "red")
    text = Text.assemble((verdict.completeness, f"bold {colour}"), ", ", _age(verdict), f": {_counts(verdict)}")
    for stream in report.streams:
        if len(report.streams) > 1:
            told = (
                f"\n  {stream.source}/{stream.stream}: {stream.completeness}, ",
                _age(stream),
                f": {_counts(stream)}",
            )
            text.append_text(Text.assemble(*told))
        for what, counted in (("issues", stream.issues), ("not read by any rule", stream.unread)):
            if counted:
                text.append(f"\n  {stream.source}/{stream.stream}: {what}: {_most(counted)}", style="yellow")
    for reason in verdict.reasons:
        text.append(f"\n  {reason}", style="red")
    return text


def _most(counted: Mapping[str, int]) -> str:
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    some = ", ".join(f"{name} ({count})" for name, count in ordered[:8])
    return f"{some} and {len(ordered) - 8} more" if len(ordered) > 8 else some


def _age(one: StreamReport | Verdict) -> tuple[str, str]:
    """Return a freshness with its moment, and a style that shows what is old."""
    if one.freshness == "live":
        return one.freshness, ""
    return f"{one.freshness} as of {brief(one.as_of)}", "yellow" if one.freshness == "stale" else "cyan"


def _counts(one: Any) -> str:
    parts = [f"{one.rows} rows", f"{one.delivered} delivered"]
    parts += [
        f"{count} {name}"
        for name in ("rejected", "duplicates", "tombstones", "skipped")
        if (count := getattr(one, name))
    ]
    return ", ".join(parts)


def _short(text: str) -> str:
    return text if len(text) <= _CELL else f"{text[:_CELL]}…"


def brief(value: Any) -> str:
    """Return a contract value in a few characters, for one cell of a table."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        more = f" (+{len(value) - 1})" if len(value) > 1 else ""
        return brief(value[0]) + more if value else ""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return _brief_value(value)


def _brief_value(value: Any) -> str:
    match value:
        case PersonName():
            return value.full
        case EmailAddress():
            return value.address or value.raw
        case PhoneNumber():
            return value.e164 or value.raw
        case PostalAddress():
            lines = value.lines or ()
            return ", ".join(part for part in (*lines, value.postal_code, value.city, value.country_code) if part)
        case Money():
            return f"{value.amount} {value.currency or '?'}"
        case Coded():
            return str(value.value)
        case Reference():
            return value.name or f"{value.contract.partition('/')[0]} {value.id}"
        case RichText():
            return value.text[:60]
    inner = getattr(value, "ref", None) or getattr(value, "value", None) or getattr(value, "name", None)
    return brief(inner) if inner is not None else str(value)
