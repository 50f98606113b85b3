"""Changes rows where they are on the wire: inside of JSON answers, so that the connector itself has to deal with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from bartack.recording import RecordedResponse
from bartack.testing.conformance.stage import Plan, Turn, with_body
from bartack.transports.base import Page

__all__ = ["row_plan"]


def row_plan(pages: Sequence[Page], change: Callable[[list[Any]], list[Any]]) -> Plan:
    """Return a plan in which the rows of each answer that is one of ``pages`` are changed."""

    def plan(turn: Turn) -> RecordedResponse | None:
        answer = turn.answer
        try:
            document = json.loads(answer.body, parse_float=Decimal)
        except ValueError:
            return None
        for page in pages:
            if page.rows:
                changed, found = _put(document, list(page.rows), change)
                if found:
                    return with_body(answer, json.dumps(changed, default=_number, ensure_ascii=False).encode())
        return None

    return plan


def _put(value: Any, rows: list[Any], change: Callable[[list[Any]], list[Any]]) -> tuple[Any, bool]:
    """Put changed rows in the place of the list that holds them, wherever it stands."""
    if isinstance(value, list):
        if _is(value, rows):
            return change(value), True
        for number, one in enumerate(value):
            changed, found = _put(one, rows, change)
            if found:
                return [*value[:number], changed, *value[number + 1 :]], True
    if isinstance(value, dict):
        for name, one in value.items():
            changed, found = _put(one, rows, change)
            if found:
                return {**value, name: changed}, True
    return value, False


def _is(value: list[Any], rows: list[Any]) -> bool:
    """Tell whether a list on the wire is that of a page; connectors may have added to its rows, or made values of texts."""
    return len(value) == len(rows) and all(_alike(one, row) for one, row in zip(value, rows, strict=True))


def _alike(one: Any, row: Any) -> bool:
    if isinstance(one, dict) and isinstance(row, dict):
        shared = one.keys() & row.keys()
        return bool(shared) and any(_same(one[name], row[name]) for name in shared) and len(shared) * 2 >= len(row)
    return _same(one, row)


def _same(one: Any, other: Any) -> bool:
    return str(one) == str(other)


def _number(number: Any) -> Any:
    return float(number)
