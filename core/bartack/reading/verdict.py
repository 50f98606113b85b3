"""Says how a read ended: the table of completeness."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from bartack.errors import BartackError
from bartack.policies import Surprises
from bartack.reading.account import Account
from bartack_contracts import Completeness, Report, StreamReport, Verdict

__all__ = ["Completeness", "flood_share", "judge_stream", "sum_up", "worst_of"]


def judge_stream(
    account: Account,
    *,
    limited: bool = False,
    error: BartackError | None = None,
    unread_pages: bool = False,
    expected: int | None = None,
    flooded: bool = False,
) -> Completeness:
    """Return the completeness of one stream. Why it is not complete is noted in its account.

    ``limited``: the caller asked for less than there was. ``unread_pages``: the source announced more pages than were
    read. ``expected``: records there were when the stream was last read as a whole. ``flooded``: too many rows were
    rejected, so that the read was ended.
    """
    if error is not None:
        account.doubt(f"{type(error).__name__}: {error.message}")
        return "partial" if account.rows and not flooded else "failed"
    if limited:
        return "limited"
    if unread_pages:
        account.doubt("more_pages: the source announced a next page that was not read")
    if account.repeating_pages:
        account.doubt(
            f"repeated_rows: {account.repeated} rows came again on later pages, most rows of"
            f" {account.repeating_pages} page(s): the paging repeats itself, and rows may be missing"
        )
    _hold_to_total(account)
    if _suspiciously_empty(account, expected):
        return "suspicious_empty"
    return "partial" if account.reasons else "complete"


def _hold_to_total(account: Account) -> None:
    declared, arrived = account.declared_total, account.arrived
    if declared is not None and arrived is not None and declared != arrived:
        again = f"; {account.repeated} came again on later pages" if account.repeated else ""
        account.doubt(f"total_mismatch: the source declared {declared} rows, {arrived} arrived{again}")


def _suspiciously_empty(account: Account, expected: int | None) -> bool:
    """Say whether nothing came where there was something: no row at all, or none that a rule lets through."""
    if account.pages == 0:
        account.doubt("no_page: the stream gave no page, not even an empty one")
        return True
    if expected and account.rows == account.counts["skipped"]:
        account.doubt(f"suspicious_empty: there were {expected} records, and now there is none")
        return True
    return account.arrived == 0 and bool(account.declared_total)


def flood_share(surprises: Surprises, stream: str) -> float | None:
    """Return the share of rejected rows that ends a read of ``stream``; None where none does."""
    return surprises.most_rejects(stream) if surprises.decided("too_many_rejects", stream).action == "stop" else None


_WORST: tuple[Completeness, ...] = ("failed", "partial", "suspicious_empty", "limited", "complete")


def worst_of(found: Collection[Completeness]) -> Completeness:
    """Return the worst of several; there is at least one."""
    return next(one for one in _WORST if one in found)


def sum_up(streams: Sequence[StreamReport], as_of: datetime, reasons: Sequence[str] = ()) -> Report:
    """Return the report of a whole read.

    A read of several streams of which some failed is partial; it failed when all did. It is as fresh as its least fresh
    stream, and as old as its oldest; ``as_of`` is said where no stream says how old it is.
    """
    found = {stream.completeness for stream in streams}
    worst: Completeness = worst_of(found) if found else "failed" if reasons else "complete"
    if (worst == "failed" and (found - {"failed"})) or (worst in ("complete", "limited") and reasons):
        worst = "partial"
    noted = [f"{stream.source}/{stream.stream}: {reason}" for stream in streams for reason in stream.reasons]
    oldest = min((stream.as_of for stream in streams if stream.as_of is not None), default=as_of)
    verdict = Verdict.over(streams, completeness=worst, as_of=oldest, reasons=(*noted, *reasons))
    return Report(streams=tuple(streams), verdict=verdict)
