"""Reads one feed to its end: pages in, records and rejects out, books kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bartack.errors import BartackError
from bartack.mapping.compiled import Outcome
from bartack.reading.account import Account, Memory, Seen, payload_digest
from bartack.reading.source import Feed
from bartack.reading.verdict import judge_stream
from bartack.transports.base import Page, Query, Session
from bartack_contracts import Contract, Issue, Provenance, Record, Ref, Reject

__all__ = ["Column", "Entry", "FeedRead", "Item", "Judge", "Limit"]

Item = Record[Any] | Reject
Judge = Callable[[Sequence[Any], Sequence[Outcome]], Sequence[Outcome]]
"""Looks at what a page's rows have become, in order, and may make something else of them."""

Column = Literal["delivered", "rejected", "duplicates", "tombstones", "skipped"]


class Limit:
    """How many more records the caller wants; shared by the feeds of one read."""

    def __init__(self, records: int | None) -> None:
        self._left = records

    @property
    def reached(self) -> bool:
        """True when no more records are wanted."""
        return self._left is not None and self._left <= 0

    def take(self) -> None:
        """Count one record."""
        if self._left is not None:
            self._left -= 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A row in the books: the column it stands in, its identity and digest, and the record or reject that it is."""

    column: Column
    row: Any
    id: str | None = None
    digest: str | None = None
    item: Item | None = None
    value: Contract | None = None


class FeedRead:
    """One read of one feed. Iterate it once; ``account``, ``error`` and ``completeness`` tell how it ended."""

    def __init__(self, feed: Feed, limit: Limit, memory: Memory | None = None, judges: Sequence[Judge] = ()) -> None:
        self.feed = feed
        self._judges = tuple(judges)
        if memory is None:
            memory = Seen(ordered=bool(getattr(feed.stream, "ordered_by_key", False)))
        self.account = Account(feed.source.name, feed.stream.name, feed.contract, memory)
        self.error: BartackError | None = None
        self.completeness = "failed"
        self._limit = limit
        self._record = Record[feed.mapping.model]  # type: ignore[name-defined]

    def run(self, session: Session, query: Query) -> Iterator[Item]:
        """Yield records and rejects, page by page. An error ends the iteration and is kept in ``error``."""
        pages = self.feed.stream.pages(session, query)
        yield from self.items(pages)

    def items(self, pages: Iterator[Page]) -> Iterator[Item]:
        """Yield what becomes of ``pages``."""
        last: Page | None = None
        limited = False
        try:
            for page in pages:
                last = page
                self.account.page(page)
                for item in self._page(page):
                    yield item
                    if isinstance(item, Record):
                        self._limit.take()
                    if self._limit.reached:
                        break
                if self._limit.reached:
                    limited = self._cut_short(page)
                    break
        except BartackError as error:
            self.error = error.at(self.feed.name)
        except GeneratorExit:
            self.completeness = judge_stream(self.account, limited=True, error=None, unread_pages=False)
            raise
        announced = last is not None and not limited and (last.next is not None or last.has_more is True)
        self.completeness = judge_stream(self.account, limited=limited, error=self.error, unread_pages=announced)

    def _cut_short(self, page: Page) -> bool:
        """Say whether the caller's limit left anything unread."""
        declared = self.account.declared_total
        done = page.next is None and page.has_more is not True and self._left_in_page == 0
        return not done or (declared is not None and declared > self.account.rows)

    def _page(self, page: Page) -> Iterator[Item]:
        self._left_in_page = len(page.rows)
        for entry in self.entries(page):
            self._left_in_page -= 1
            if entry.item is not None:
                yield entry.item

    def entries(self, page: Page) -> Iterator[Entry]:
        """Map a page and enter each of its rows into the books, in order."""
        outcomes: Sequence[Outcome] = self.feed.mapping.page(page.rows, self.account.unread)
        for judge in self._judges:
            outcomes = judge(page.rows, outcomes)
        self.account.expect([outcome.id for outcome in outcomes if outcome.id is not None])
        for number, (row, outcome) in enumerate(zip(page.rows, outcomes, strict=True)):
            entry = self._entry(row, outcome, page, number)
            self.account.counts[entry.column] += 1
            yield entry

    def _entry(self, row: Any, outcome: Outcome, page: Page, number: int) -> Entry:
        account = self.account
        if outcome.kind == "skipped":
            return Entry("skipped", row)
        digest = payload_digest(row)
        issues: Sequence[Issue] = outcome.issues
        if outcome.id is not None:
            again = account.seen(outcome.id, digest)
            if again == "same":
                return Entry("duplicates", row, outcome.id, digest)
            if again == "other":
                issues = (*issues, self._conflict(outcome.id))
        account.issues.update(issue.code for issue in issues)
        if outcome.kind == "tombstone":
            return Entry("tombstones", row, outcome.id, digest, value=outcome.value)
        item = self._item(row, digest, outcome._replace(issues=tuple(issues)), page, number)
        return Entry("delivered" if isinstance(item, Record) else "rejected", row, item.ref.id, digest, item)

    def _item(self, row: Any, digest: str, outcome: Outcome, page: Page, number: int) -> Item:
        identity = outcome.id or f"?payload={digest.removeprefix('sha256:')[:16]}"
        ref = Ref(self.feed.source.name, self.feed.stream.name, identity)
        provenance = Provenance(
            connector=self.feed.source.connector.name,
            mapping=self.feed.mapping.digest,
            payload=digest,
            fetched_at=page.fetched_at,
            request=page.request,
        )
        if outcome.kind == "record":
            return self._record(
                ref=ref, contract=self.feed.contract, value=outcome.value, issues=outcome.issues, provenance=provenance
            )
        return Reject(
            ref=ref,
            contract=self.feed.contract,
            issues=outcome.issues,
            payload=row,
            raw=page.raws[number] if page.raws is not None else None,
            provenance=provenance,
        )

    def _conflict(self, identity: str) -> Issue:
        message = f"the source sent {identity!r} twice in this read, with different content"
        return Issue(
            path=None, field=None, code="row.conflict", raw=None, message=message, rule=None, severity="warning"
        )
