"""The books of one contract in one run: what was read, what is kept of it, and how it looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bartack.errors import BartackError, SourceChangedError
from bartack.reading.fetch import Entry, FeedRead
from bartack.reading.watching import Watch
from bartack.store.counts import Counts
from bartack.syncing.keeping import Keeper
from bartack.transports.base import Page

__all__ = ["Book"]


@dataclass(frozen=True, slots=True)
class Book:
    """What a run knows of one contract."""

    read: FeedRead
    keeper: Keeper
    watch: Watch

    @property
    def contract(self) -> str:
        """The contract's id, as ``person/1``."""
        return self.read.feed.contract

    def enter(self, page: Page) -> tuple[list[Entry], BartackError | None]:
        """Enter a page; an error that comes when all of its rows are in is handed back.

        Raises
        ------
        SourceChangedError
            before that: nothing of this page may be kept.
        """
        self.read.account.page(page)
        entries: list[Entry] = []
        rows = self.read.entries(page)
        ends: BartackError | None = None
        try:
            while (entry := next(rows, None)) is not None:
                entries.append(entry)
        except SourceChangedError as error:
            if len(entries) != len(page.rows):
                raise
            ends = error
        self.watch.count(page, entries)
        return entries, ends

    def counts(self, before: Counts, queued: Mapping[str, int]) -> Counts:
        """Return what was counted so far, with the rejects that are new in the queue."""
        account = self.read.account
        return replace(
            before,
            rows=account.rows,
            delivered=account.counts["delivered"],
            rejected=account.counts["rejected"],
            duplicates=account.counts["duplicates"],
            tombstones=account.counts["tombstones"],
            skipped=account.counts["skipped"],
            queued=before.queued + queued.get(self.contract, 0),
            issues=dict(account.issues),
            unread=dict(account.unread),
            notes=account.notes(),
            facts=self.watch.facts.model_dump_json(),
        )
