"""Reads one record: from its source, or from the store where the source does not answer."""

from __future__ import annotations

from collections.abc import Sequence
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


def read_one(feeds: Sequence[Feed], ref: Ref, recall: Recall) -> Record[Any]:
    """Return one record of a stream, whichever of its ``feeds`` makes one of it; it says itself whether it is live.

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
    for at in range(len(feeds)):
        record = _found(feeds[at:], ref, recall)
        if record is not None:
            return record
    raise AccessError("no such record", where=str(ref), next_step="check the id; deleted records are not returned")


def _found(feeds: Sequence[Feed], ref: Ref, recall: Recall) -> Record[Any] | None:
    """Return the record as the first of the feeds makes it; where the source fails, as any of them last made it."""
    feed = feeds[0]
    stored = recall.at_once(feed)
    if stored is not None:
        record = stored.one(ref.id)
        if record is not None:
            return record
        if recall.mode == "cached":
            _say_why_not(stored, recall)
            return None
    found: Record[Any] | Reject | None = None
    read: Read[Any] = Read([feed], query_of(feed, ref.id), recall.clock, replace(recall, mode="live"))
    try:
        found = next((item for item in read.items() if item.ref.id == ref.id), None)
    except BartackError as failure:
        return _last_known(feeds, ref, recall, read.errors[0] if read.errors else failure)
    finally:
        read.close()
    if isinstance(found, Reject):
        reasons = "; ".join(f"{issue.code} at {issue.path}" for issue in found.issues)
        raise SourceChangedError(
            f"the record is there but is no {feed.contract}: {reasons}",
            where=str(ref),
            next_step=f"bartack explain {ref}",
        )
    return found


def _last_known(feeds: Sequence[Feed], ref: Ref, recall: Recall, error: BartackError) -> Record[Any]:
    """Return the stored record where the store may answer for the error; else raise the error."""
    try:
        stored = [one for feed in feeds if (one := recall.after(feed, error)) is not None]
        record = next((found for one in stored if (found := one.one(ref.id)) is not None), None)
    except BartackError:
        raise error from None  # that the store is damaged too is told by whatever asks it for its own sake
    if record is not None:
        return record
    for one in stored:
        _say_why_not(one, recall)
    raise error


def _say_why_not(stored: StoredRead, recall: Recall) -> None:
    """Raise why the store does not answer at all; do nothing where it only has no such record."""
    if stored.refused:
        report = sum_up([stored.report("failed")], recall.clock())
        raise IncompleteRead("; ".join(stored.reasons), report=report, next_step="allow more, or sync")
    if not stored.served and stored.error is not None:
        raise stored.error
