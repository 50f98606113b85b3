"""From the books to the store: what is staged and queued of a mapped page, and what keeps rows out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bartack.reading.account import mark_of
from bartack.reading.fetch import Entry
from bartack.reading.source import Feed
from bartack.store import erasures, staging
from bartack.store.payloads import Payloads
from bartack.store.rejects import QueuedRow
from bartack.store.staging import StagedRow
from bartack.store.state import StateStore
from bartack_contracts import Record, Reject

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Keeper", "Kept", "StagedMemory", "allowed", "issues_json"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a page leaves in the store: staged rows, rejects for the queue, and the last change that it tells of."""

    staged: tuple[StagedRow, ...]
    queued: tuple[QueuedRow, ...]
    high_water: datetime | None


@dataclass(frozen=True, slots=True)
class Keeper:
    """Turns entries of one feed into rows of the store. ``payloads`` packs raw rows by policy; rejects keep theirs."""

    feed: Feed
    made_by: str
    payloads: Payloads
    reject_payloads: Payloads

    def keep(self, entries: Iterable[Entry], fetched_at: datetime, request: str | None) -> Kept:
        """Return what a page's entries leave in the store."""
        staged: list[StagedRow] = []
        queued: list[QueuedRow] = []
        latest: datetime | None = None
        for entry in entries:
            if entry.column in ("skipped", "duplicates") or entry.id is None:
                continue
            common = self._common(entry, fetched_at, request)
            if isinstance(entry.item, Record):
                value = entry.item.value
                latest = _later(latest, value.updated_at)
                corrected = any(issue.code == "row.corrected" for issue in entry.item.issues)
                issues = [issue for issue in entry.item.issues if issue.code != "row.corrected"]
                row = {"value": value.model_dump_json(), "updated_at": value.updated_at, "corrected": corrected}
                payload = self.payloads.pack(entry.row)
                staged.append(StagedRow(**common, **row, kind="record", issues=issues_json(issues), payload=payload))
            elif isinstance(entry.item, Reject):
                issues_text = issues_json(entry.item.issues)
                staged.append(StagedRow(**common, kind="reject"))
                raw = None if entry.item.raw is None else self.reject_payloads.pack(entry.item.raw)
                payload = self.reject_payloads.pack(entry.row)
                queued.append(QueuedRow(**common, issues=issues_text, payload=payload, raw=raw, made_by=self.made_by))
            else:
                latest = _later(latest, getattr(entry.value, "updated_at", None))
                staged.append(StagedRow(**common, kind="tombstone"))
        return Kept(tuple(staged), tuple(queued), latest)

    def _common(self, entry: Entry, fetched_at: datetime, request: str | None) -> dict[str, Any]:
        return {
            "source": self.feed.source.name,
            "stream": self.feed.stream.name,
            "contract": self.feed.contract,
            "id": entry.id,
            "digest": entry.digest,
            "connector": self.feed.source.connector.name,
            "mapping": self.feed.mapping.digest,
            "fetched_at": fetched_at,
            "request": request,
        }


def allowed(connection: Connection, kept: Kept) -> Kept:
    """Return what may be kept of a page, in the transaction that keeps it: a row may have been erased since it was judged."""
    if not kept.staged:
        return kept
    first = kept.staged[0]
    barred = erasures.erased(connection, first.source, first.stream, {row.id for row in kept.staged})
    if not barred:
        return kept
    staged = tuple(row for row in kept.staged if row.id not in barred)
    return replace(kept, staged=staged, queued=tuple(row for row in kept.queued if row.id not in barred))


class StagedMemory:
    """Remembers which records an unfinished run has seen by looking at what it has staged: across restarts, too."""

    def __init__(self, store: StateStore, feed: Feed) -> None:
        self._store = store
        self._place = (feed.source.name, feed.stream.name, feed.contract)
        self._marks: dict[str, bytes] = {}

    def expect(self, identities: Sequence[str]) -> None:
        """Look up the next page's identities."""
        with self._store.read() as connection:
            found = staging.seen(connection, *self._place, identities)
        self._marks = {identity: mark_of(digest) for identity, digest in found.items()}

    def recall(self, identity: str, mark: bytes) -> bytes | None:
        """Return the mark that an identity was seen with before, else remember this one and return ``None``."""
        before = self._marks.get(identity)
        if before is None:
            self._marks[identity] = mark
        return before


def issues_json(issues: Iterable[Any]) -> str:
    """Return issues as one JSON text."""
    return json.dumps([issue.model_dump(mode="json") for issue in issues], ensure_ascii=False)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
