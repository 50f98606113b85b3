"""What may hold personal data, without it: structure stays, values go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bartack_contracts import ISSUE_CODES, Issue

__all__ = ["MASK", "masked", "masked_issue"]

MASK = "•••"
"""Stands where a personal value stood."""


def masked(value: Any) -> Any:
    """Return a JSON-like value with each text, number and date in it masked; what is null or empty can be told."""
    if isinstance(value, Mapping):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked(item) for item in value]
    return value if value is None or value == "" or isinstance(value, bool) else MASK


def masked_issue(issue: Issue) -> Issue:
    """Return an issue without the value it is about, which its message may quote."""
    known = ISSUE_CODES.get(issue.code)
    message = known.meaning if known is not None else issue.code
    return issue.model_copy(update={"raw": masked(issue.raw), "message": message})
