"""An alarm: how a stream differs from what it usually looks like, for people and for programs."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["Alarm", "Judgement", "Kind", "Severity"]

Kind = Literal[
    "missing_field", "renamed_field", "new_field", "changed_type", "null_rate", "scale", "encoding", "new_code",
    "empty_field", "issues", "rejected", "duplicates", "tombstones", "skipped", "volume", "latency",
]  # fmt: skip
"""What changed: a native path (the first eight, see ``path``), a contract field (the next two), or the stream as a whole."""

Severity = Literal["hold", "warn"]
"""``hold``: the snapshot does not replace the last good one; ``warn``: it does, and people should know."""


class Alarm(BaseModel):
    """One difference.

    ``path``: the native path; ``fields``: the contract fields it feeds, or the one that the alarm is about. ``was`` and ``now``
    say in short what was usual and what is. None of it is personal.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    severity: Severity
    path: str | None = None
    fields: tuple[str, ...] = ()
    was: str
    now: str
    message: str
    next_step: str


class Judgement(BaseModel):
    """Whether a snapshot may replace the last good one, and all alarms, gravest first."""

    model_config = ConfigDict(frozen=True)

    publish: bool
    alarms: tuple[Alarm, ...] = ()
