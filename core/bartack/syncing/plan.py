"""Decides what a sync asks for: everything or what has changed, from the beginning or from where the last run was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bartack.policies import SyncPolicy
from bartack.store.runs import Run
from bartack.store.streams import Standing
from bartack.transports.base import Stream

__all__ = ["Plan", "plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sync does: goes on with the interrupted run, or begins one of a ``kind``, ``since`` a moment. ``reason`` why."""

    goes_on: bool
    kind: Literal["full", "incremental"]
    since: datetime | None
    reason: str


def plan(
    standing: Standing,
    unfinished: Run | None,
    stream: Stream,
    made_by: str,
    policy: SyncPolicy,
    now: datetime,
    *,
    full: bool,
) -> Plan:
    """Return what the next sync of a stream does.

    An incremental one asks from the last change that was seen, by the source's own clock, and ``lookback`` before: for
    changes that came late, and for those of the very same moment. A full one is due when the stream cannot tell what
    has changed, when connector or mapping are others than before, and every ``full_every``, for only that finds
    deletions nobody told of.
    """
    chosen = _fresh(standing, stream, made_by, policy, now, full=full)
    if unfinished is None:
        return chosen
    if full and unfinished.kind != "full":
        return _because(chosen, "a full sync was asked for")
    if unfinished.made_by != made_by:
        return _because(chosen, "connector or mapping have changed since it began")
    if not unfinished.at.done and unfinished.at.cursor is None and unfinished.at.pages:
        return _because(chosen, "the source gave no place to go on from")
    kind: Literal["full", "incremental"] = "full" if unfinished.kind == "full" else "incremental"
    return Plan(goes_on=True, kind=kind, since=unfinished.since, reason="it was interrupted")


def _fresh(standing: Standing, stream: Stream, made_by: str, policy: SyncPolicy, now: datetime, *, full: bool) -> Plan:
    def everything(reason: str) -> Plan:
        return Plan(goes_on=False, kind="full", since=None, reason=reason)

    if full:
        return everything("a full sync was asked for")
    if not getattr(stream, "incremental", False):
        return everything("the stream cannot tell what has changed")
    if standing.high_water is None or standing.full_at is None:
        return everything("nothing was synced before")
    if standing.made_by != made_by:
        return everything("connector or mapping are others than before")
    if now - standing.full_at >= policy.full_every:
        return everything(f"the last full sync was at {standing.full_at:%Y-%m-%d %H:%M} UTC")
    since = standing.high_water - policy.lookback
    return Plan(goes_on=False, kind="incremental", since=since, reason="what has changed since the last sync")


def _because(chosen: Plan, reason: str) -> Plan:
    return Plan(goes_on=False, kind=chosen.kind, since=chosen.since, reason=reason)
