"""Reads one record: from its source, or from the store where the source does not answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bartack.errors import AccessError, BartackError, IncompleteRead, SourceChangedError
from bartack.reading.fallback import Recall, StoredRead
from bartack.reading.read import Read
from bartack.reading.source import Feed
from bartack.reading.verdict import sum_up
from bartack.transports.base import Query
from bartack_contracts import Record, Ref, Reject

__all__ = ["query_of", "read_one"]


def query_of(feed: Feed, identity: str) -> Query:
    """Ask for one record where the stream can be asked for one; else all of them are looked through."""
    return Query(id=identity) if getattr(feed.stream, "one", True) is not None else Query()


def read_one(feed: Feed, ref: Ref, recall: Recall) -> Record[Any]:
    """Return one record; it says itself whether it is live.

    Raises
    ------
    AccessError
        there is no such record, or the source refuses who is asking; the store does not answer for that.
    SourceChangedError
        the record is there but cannot become its contract.
    IncompleteRead
        it is not among the rows that came, and some are missing; or what the store has is too old.
    BartackError
        the source fails, and the store has no such record.
    """
    stored = recall.at_once(feed)
    if stored is not None:
        record = stored.one(ref.id)
        if record is not None:
            return record
        if recall.mode == "cached":
            _say_why_not(stored, recall)
            raise _not_there(ref)
    found: Record[Any] | Reject | None = None
    read: Read[Any] = Read([feed], query_of(feed, ref.id), recall.clock, replace(recall, mode="live"))
    try:
        found = next((item for item in read.items() if item.ref.id == ref.id), None)
    except BartackError as failure:
        return _last_known(feed, ref, recall, read.errors[0] if read.errors else failure)
    finally:
        read.close()
    if found is None:
        raise _not_there(ref)
    if isinstance(found, Reject):
        reasons = "; ".join(f"{issue.code} at {issue.path}" for issue in found.issues)
        raise SourceChangedError(
            f"the record is there but is no {feed.contract}: {reasons}",
            where=str(ref),
            next_step=f"bartack explain {ref}",
        )
    return found


def _last_known(feed: Feed, ref: Ref, recall: Recall, error: BartackError) -> Record[Any]:
    """Return the stored record where the store may answer for the error; else raise the error."""
    try:
        stored = recall.after(feed, error)
        record = None if stored is None else stored.one(ref.id)
    except BartackError:
        raise error from None  # that the store is damaged too is told by whatever asks it for its own sake
    if record is not None:
        return record
    if stored is not None:
        _say_why_not(stored, recall)
    raise error


def _say_why_not(stored: StoredRead, recall: Recall) -> None:
    """Raise why the store does not answer at all; do nothing where it only has no such record."""
    if stored.refused:
        report = sum_up([stored.report("failed")], recall.clock())
        raise IncompleteRead("; ".join(stored.reasons), report=report, next_step="allow more, or sync")
    if not stored.served and stored.error is not None:
        raise stored.error


def _not_there(ref: Ref) -> AccessError:
    return AccessError("no such record", where=str(ref), next_step="check the id; deleted records are not returned")
