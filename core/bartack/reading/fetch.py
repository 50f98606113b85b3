"""Reads one feed to its end: pages in, records and rejects out, books kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from bartack.drift.baseline import Baseline
from bartack.errors import BartackError, SourceChangedError
from bartack.mapping.compiled import Outcome
from bartack.reading.account import Account, Memory, Seen, nameless, payload_digest
from bartack.reading.guard import guarded
from bartack.reading.source import Feed
from bartack.reading.steps import Steps
from bartack.reading.surprises import SurpriseJudge
from bartack.reading.verdict import flood_share, judge_stream
from bartack.store.counts import Counts
from bartack.transports.base import Page, Query, Session
from bartack_contracts import Completeness, Contract, Issue, Provenance, Record, Ref, Reject, StreamReport

__all__ = ["Column", "Entry", "FeedRead", "Item", "Judge", "Limit"]

Item = Record[Any] | Reject
Judge = Callable[[Sequence[Any], Sequence[Outcome]], Sequence[Outcome]]
"""Looks at what a page's rows have become, in order, and may make something else of them."""

Column = Literal["delivered", "rejected", "duplicates", "tombstones", "skipped"]

_FEWEST_JUDGED = 20
"""So many rows make a share of rejects mean something."""


class Limit:
    """How many more records the caller wants; shared by the feeds of one read."""

    def __init__(self, records: int | None) -> None:
        self._left = records

    @property
    def reached(self) -> bool:
        """True when no more records are wanted."""
        return self._left is not None and self._left <= 0

    def take(self, records: int = 1) -> None:
        """Count records; those that are given back count for less than nothing."""
        if self._left is not None:
            self._left -= records


@dataclass(frozen=True, slots=True)
class Entry:
    """A row in the books: the column it stands in, its identity and digest, and the record or reject that it is."""

    column: Column
    row: Any
    id: str | None = None
    digest: str | None = None
    item: Item | None = None
    value: Contract | None = None


def _goes_on(page: Page) -> None:
    """Nobody keeps the place."""


class FeedRead:
    """One read of one feed. Iterate it once; ``account``, ``error`` and ``completeness`` tell how it ended.

    ``baseline``: what the stream usually looks like, so that surprises are known as such; what the operator decided about
    them is done first. ``judges`` look at each page after that, before the books. ``expected`` tells how many records there
    were when the feed was last read as a whole, where that is known; it is asked only when none has come.
    ``stops_floods``: too many rejects end the read, as the operator decided.
    ``trace``: the word that the steps of this read share with those of other feeds. ``turned`` (attribute) is called with each
    page of which all is handed on and in the books, when the next one is wanted.
    """

    def __init__(
        self,
        feed: Feed,
        limit: Limit,
        memory: Memory | None = None,
        judges: Sequence[Judge] = (),
        *,
        baseline: Baseline | None = None,
        expected: Callable[[], int | None] | None = None,
        stops_floods: bool = True,
        trace: str | None = None,
    ) -> None:
        self.feed = feed
        self._judges: tuple[Judge, ...] = (SurpriseJudge(feed, baseline), *judges)
        ordered = bool(getattr(feed.stream, "ordered_by_key", False))
        if memory is None:
            memory = Seen(ordered=ordered)
        self.account = Account(feed.source.name, feed.stream.name, feed.contract, memory, ordered=ordered)
        self.error: BartackError | None = None
        self.completeness: Completeness = "failed"
        self._limit = limit
        self._expected = expected
        self._most_rejects = flood_share(feed.source.config.surprises, feed.stream.name) if stops_floods else None
        self._flooded = False
        self._left_in_page = 0
        self.steps = Steps(feed, trace)
        self._restored = False
        self.turned: Callable[[Page], None] = _goes_on
        self._record = Record[feed.mapping.model]  # type: ignore[name-defined]

    def restore(self, counted: Counts, pages: int, declared_total: int | None, oldest: datetime) -> None:
        """Take over the books of a read that was interrupted, before :meth:`run` goes on where that was."""
        self.account.restore(counted, pages, declared_total, oldest)
        self._restored = True

    def run(self, session: Session, query: Query) -> Iterator[Item]:
        """Yield records and rejects, page by page. An error ends the iteration and is kept in ``error``."""
        self.account.before = 0 if query.cursor is None or self._restored else query.seen
        if query.since is not None or query.id is not None or query.cursor is not None:
            self._expected = None  # a part of the feed may well be empty
        try:
            yield from self.items(guarded(self.feed.pages(session, query), query))
        finally:
            self.steps.read(self.account.counts, self.completeness, self.error)

    def items(self, pages: Iterator[Page]) -> Iterator[Item]:
        """Yield what becomes of ``pages``."""
        last: Page | None = None
        limited = False
        try:
            for page in pages:
                last = page
                self.account.page(page)
                found = self._page(page)
                for item in found:
                    yield item
                    if isinstance(item, Record):
                        self._limit.take()
                    if self._limit.reached:
                        break
                if self._limit.reached:
                    limited = self._cut_short(page, found, pages)
                    break
                self.turned(page)
        except BartackError as error:
            self.error = error.at(self.feed.name)
        except GeneratorExit:
            self.completeness = judge_stream(self.account, limited=True)
            raise
        announced = last is not None and not limited and (last.next is not None or last.has_more is True)
        self.completeness = judge_stream(
            self.account,
            limited=limited,
            error=self.error,
            unread_pages=announced,
            expected=self._known_before(),
            flooded=self._flooded,
        )

    def _known_before(self) -> int | None:
        """Ask how many records there were, if that matters."""
        account = self.account
        if self._expected is None or self.error is not None or account.rows != account.counts["skipped"]:
            return None
        try:
            return self._expected()
        except BartackError as error:
            account.doubt(f"nothing came, and what there was cannot be told: {type(error).__name__}: {error.message}")
            return None

    def fail(self, error: BartackError) -> None:
        """End the read before it began."""
        self.error = error
        self.completeness = judge_stream(self.account, error=error)
        self.steps.read(self.account.counts, self.completeness, error)

    def report(self, completeness: Completeness) -> StreamReport:
        """Return the books as they stand."""
        return self.account.report(completeness)

    def _cut_short(self, page: Page, found: Iterator[Item], pages: Iterator[Page]) -> bool:
        """Say whether the caller's limit left anything unread; streams need not announce a next page."""
        if page.next is not None or page.has_more is True or self._left_in_page:
            return True
        next(found, None)  # there is no further row: closes the books of the page
        declared, arrived = self.account.declared_total, self.account.arrived
        if declared is not None and arrived is not None and declared > arrived:
            return True
        return next(pages, None) is not None

    def _page(self, page: Page) -> Iterator[Item]:
        self._left_in_page = len(page.rows)
        for entry in self.entries(page):
            self._left_in_page -= 1
            if entry.item is not None:
                yield entry.item

    def entries(self, page: Page) -> Iterator[Entry]:
        """Map a page and enter each of its rows into the books, in order.

        Raises
        ------
        SourceChangedError
            after the last row: too many rows are rejected, or for many pages nothing new came.
        """
        outcomes: Sequence[Outcome] = self.feed.mapping.page(page.rows, self.account.unread)
        for judge in self._judges:
            outcomes = judge(page.rows, outcomes)
        self.account.expect([outcome.id for outcome in outcomes if outcome.id is not None])
        before = self.account.counts.copy()
        try:
            for number, (row, outcome) in enumerate(zip(page.rows, outcomes, strict=True)):
                entry = self._entry(row, outcome, page, number)
                self.account.counts[entry.column] += 1
                yield entry
        finally:
            self.steps.page(page, self.account.counts - before)
        self.account.page_done()
        self._stop_a_flood()

    def _stop_a_flood(self) -> None:
        """End a read of which too many rows are rejected: it would fill the review queue, and help nobody."""
        rejected, delivered = self.account.counts["rejected"], self.account.counts["delivered"]
        judged = rejected + delivered
        most = self._most_rejects
        if most is None or judged < _FEWEST_JUDGED or rejected <= most * judged:
            return
        self._flooded = True
        codes = ", ".join(f"{code} ({count})" for code, count in self.account.issues.most_common(3))
        raise SourceChangedError(
            f"too_many_rejects: {rejected} of {judged} rows cannot become {self.feed.contract}: {codes}",
            next_step="look at the rejects; correct the mapping, or set surprises.reject_share or too_many_rejects",
        )

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
        if number in page.replaced:
            issues = (*issues, Issue(code="secret.replaced", message="a secret of this source stood here: see ***"))
        account.issues.update(issue.code for issue in issues)
        if outcome.kind == "tombstone":
            return Entry("tombstones", row, outcome.id, digest, value=outcome.value)
        item = self._item(row, digest, outcome._replace(issues=tuple(issues)), page, number)
        return Entry("delivered" if isinstance(item, Record) else "rejected", row, item.ref.id, digest, item)

    def _item(self, row: Any, digest: str, outcome: Outcome, page: Page, number: int) -> Item:
        identity = outcome.id or nameless(digest)
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
