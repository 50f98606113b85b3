"""Records as CSV (RFC 4180): UTF-8, one header that depends on the contract alone, and nothing changed on the way.

Text stands in quotes, so that an empty text and none can be told apart; lists and objects are JSON text, numbers with a
fraction the text they are everywhere. What a *spreadsheet* would take for a formula is only touched where that is asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from bartack_contracts import Contract, Record, to_row
from bartack_contracts.rows import FETCHED

__all__ = ["header", "line", "row_of", "tamed"]

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(E[+-]?\d+)?", re.ASCII)
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What begins a formula in Excel, LibreOffice or Google Sheets, or is skipped before one; also in full width."""


def header(contract: type[Contract]) -> tuple[str, ...]:
    """Return the columns: the same and in the same order as in a table, without those for tables only."""
    before, after = (
        ("_ref", "_source", "_stream", "_id", "_contract"),
        ("_issues", "_freshness", "_as_of", "_provenance"),
    )
    return (*before, *contract.model_fields, FETCHED, *after)


def row_of(record: Record[Any]) -> dict[str, Any]:
    """Return one cell a column: text, whole numbers, booleans, None."""
    ref = record.ref
    about = _envelope(record)
    named = {"_ref": str(ref), "_source": ref.source, "_stream": ref.stream, "_id": ref.id}
    return {**named, "_contract": record.contract, **to_row(record.value), **about}


def _envelope(record: Record[Any]) -> dict[str, Any]:
    """Return the cells behind the fields."""
    issues = "[" + ",".join(issue.model_dump_json() for issue in record.issues) + "]"
    as_of = None if record.as_of is None else record.as_of.isoformat().replace("+00:00", "Z")
    provenance = record.provenance.model_dump_json()
    return {"_issues": issues, "_freshness": record.freshness, "_as_of": as_of, "_provenance": provenance}


def line(cells: Iterable[Any]) -> str:
    r"""Return one line with its end (CRLF, as RFC 4180 has it).

    >>> line(["", 'a "b" c', None, True, 7])
    '"","a ""b"" c",,true,7\r\n'
    """
    return ",".join(map(_cell, cells)) + "\r\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return '"' + value.replace('"', '""') + '"' if isinstance(value, str) else str(value)


def tamed(row: dict[str, Any], changed: Counter[str]) -> dict[str, Any]:
    """Return a row no spreadsheet finds a formula in: such a text gets an apostrophe before it, and so does one that has one.

    Whoever takes one apostrophe away from the cells that begin with one has the row again. Numbers stay. What was changed is
    counted by column. See https://owasp.org/www-community/attacks/CSV_Injection.

    >>> tamed({"a": "=1+1", "b": "-1.50", "c": "'x", "d": "x"}, Counter())
    {'a': "'=1+1", 'b': '-1.50', 'c': "''x", 'd': 'x'}
    """
    found = dict(row)
    for name, value in row.items():
        if isinstance(value, str) and value.startswith((*_FORMULA, "'")) and not _NUMBER.fullmatch(value):
            found[name] = f"'{value}"
            changed[name] += 1
    return found
