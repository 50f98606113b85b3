"""The kinds of JSON lines Bartack speaks: record, reject, error, verdict."""

from __future__ import annotations

import json

from bartack.errors import BartackError
from bartack_contracts import Record, Reject, Report

__all__ = ["error_line", "item_line", "verdict_line"]


def item_line(item: object) -> str:
    """Return ``{"record": …}`` or ``{"reject": …}``."""
    if isinstance(item, Record):
        return f'{{"record": {item.model_dump_json()}}}'
    assert isinstance(item, Reject)  # noqa: S101 - a read yields nothing else
    return f'{{"reject": {item.model_dump_json()}}}'


def error_line(error: BartackError) -> str:
    """Return ``{"error": …}``."""
    return json.dumps({"error": error.told()}, ensure_ascii=False)


def verdict_line(report: Report) -> str:
    """Return ``{"verdict": …}`` with the books of every stream."""
    verdict = report.verdict.model_dump(mode="json")
    verdict["streams"] = [stream.model_dump(mode="json") for stream in report.streams]
    return json.dumps({"verdict": verdict}, ensure_ascii=False)
