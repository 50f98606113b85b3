"""Says how a read ended: the table of completeness."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from bartack.errors import BartackError
from bartack.reading.account import Account
from bartack_contracts import Report, StreamReport, Verdict

__all__ = ["Completeness", "judge_stream", "sum_up"]

Completeness = Literal["complete", "limited", "partial", "suspicious_empty", "failed"]


def judge_stream(account: Account, *, limited: bool, error: BartackError | None, unread_pages: bool) -> Completeness:
    """Return the completeness of one stream.

    ``limited``: the caller asked for less than there was. ``unread_pages``: the source announced more pages than were
    read. Why a stream is not complete is noted in its account.
    """
    if error is not None:
        account.doubt(f"{type(error).__name__}: {error.message}")
        return "partial" if account.rows else "failed"
    if limited:
        return "limited"
    declared = account.declared_total
    if unread_pages:
        account.doubt("more_pages: the source announced a next page that was not read")
    if declared is not None and declared != account.rows:
        account.doubt(f"total_mismatch: the source declared {declared} rows, {account.rows} arrived")
        if account.rows == 0:
            return "suspicious_empty"
    return "partial" if account.reasons else "complete"


_WORST: tuple[Completeness, ...] = ("failed", "partial", "suspicious_empty", "limited", "complete")


def sum_up(streams: Sequence[StreamReport], as_of: datetime, reasons: Sequence[str] = ()) -> Report:
    """Return the report of a whole read.

    A read of several streams of which some failed is partial; it failed when all did. ``as_of`` is when its oldest page
    was fetched.
    """
    found = {stream.completeness for stream in streams}
    worst: Completeness = next((one for one in _WORST if one in found), "failed" if reasons else "complete")
    if (worst == "failed" and (found - {"failed"})) or (worst in ("complete", "limited") and reasons):
        worst = "partial"
    noted = [f"{stream.source}/{stream.stream}: {reason}" for stream in streams for reason in stream.reasons]
    verdict = Verdict(
        completeness=worst,
        freshness="live",
        as_of=as_of,
        rows=sum(stream.rows for stream in streams),
        delivered=sum(stream.delivered for stream in streams),
        rejected=sum(stream.rejected for stream in streams),
        duplicates=sum(stream.duplicates for stream in streams),
        tombstones=sum(stream.tombstones for stream in streams),
        skipped=sum(stream.skipped for stream in streams),
        reasons=(*noted, *reasons),
    )
    return Report(streams=tuple(streams), verdict=verdict)
