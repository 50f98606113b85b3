"""A read as the caller holds it: iterate the records, then look at the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from pydantic import JsonValue

from bartack.errors import BartackError, ConfigError, IncompleteRead
from bartack.reading.fallback import Recall, StoredRead, parse_age
from bartack.reading.fetch import FeedRead, Limit
from bartack.reading.source import Feed, Source
from bartack.reading.staged import Staged
from bartack.reading.verdict import sum_up
from bartack.reading.ways import STRAIGHT, Finished, Way
from bartack.transports.base import Clock, Query
from bartack_contracts import Contract, Record, Reject, Report, StreamReport

__all__ = ["Read"]

C = TypeVar("C", bound=Contract)

KEPT_REJECTS = 1000
"""So many rejects are kept for :attr:`Read.rejects`; all are counted, and :meth:`Read.items` hands each of them on."""


class Read(Generic[C]):
    """Records of one contract, from one or several sources, as they arrive.

    Iterating yields :class:`~bartack_contracts.Record`. After the last one :attr:`report` says what was counted and
    whether anything is missing; a read that ended incomplete raises :class:`~bartack.errors.IncompleteRead` there,
    unless ``allow_partial``. A read that failed before its first row raises the error itself. A read is iterated once.
    ``contract``: the class of its values, where one was asked for.
    """

    def __init__(
        self,
        feeds: Sequence[Feed],
        query: Query,
        clock: Clock,
        recall: Recall,
        *,
        limit: int | None = None,
        allow_partial: bool = False,
        unopened: Sequence[tuple[str, BartackError]] = (),
        contract: type[C] | None = None,
        way: Way = STRAIGHT,
    ) -> None:
        self._feeds = tuple(feeds)
        self.contract = contract
        self._query = query
        self._clock = clock
        self._recall = recall
        self._limit = Limit(limit)
        self._wanted = limit
        self._allow_partial = allow_partial
        self._unopened = tuple(unopened)
        self._way = way
        self._errors: list[BartackError] = [error for _, error in unopened]
        self._reasons = [f"{name}: {type(error).__name__}: {error.message}" for name, error in unopened]
        self._done: list[FeedRead | StoredRead | Finished] = []
        self._running: FeedRead | StoredRead | None = None
        self._iterator: Iterator[Record[C] | Reject] | None = None
        self.rejects: list[Reject] = []

    def __iter__(self) -> Iterator[Record[C]]:
        for item in self.items():
            if isinstance(item, Record):
                yield item

    def items(self) -> Iterator[Record[C] | Reject]:
        """Yield records and rejects, in the order the source sent them."""
        if self._iterator is not None:
            raise ConfigError("a read can be iterated once", next_step="call hub.read again for a fresh read")
        self._iterator = self._items()
        return self._iterator

    def parts(self) -> tuple[Read[C], ...]:
        """Return a read for each source, which share this read's limit; to be iterated instead of this one, in threads."""
        by_source: dict[str, list[Feed]] = {}
        for feed in self._feeds:
            by_source.setdefault(feed.source.name, []).append(feed)
        made = []
        for feeds in by_source.values():
            part: Read[C] = Read(feeds, self._query, self._clock, self._recall, allow_partial=True)
            part._limit = self._limit
            made.append(part)
        return tuple(made)

    def anew(self, way: Way, *, taken: int = 0) -> Read[C]:
        """Return the same read, not begun, that goes another way; ``taken`` records of its limit were handed on before.

        It raises nothing at its end: whoever goes such a way holds its report against :attr:`allow_partial` of this one.
        """
        return Read(
            self._feeds,
            self._query,
            self._clock,
            self._recall,
            limit=None if self._wanted is None else self._wanted - taken,
            allow_partial=True,
            unopened=self._unopened,
            contract=self.contract,
            way=way,
        )

    @property
    def allow_partial(self) -> bool:
        """Whether the caller takes a read that ends incomplete."""
        return self._allow_partial

    @property
    def asked(self) -> dict[str, JsonValue]:
        """What is read, as plain data: feeds as ``source/stream``, and the wishes of the caller that were made."""
        since, recall = self._query.since, self._recall
        wishes: dict[str, JsonValue] = {
            "since": None if since is None else since.isoformat(),
            "limit": self._wanted,
            "from": None if recall.mode == "fallback" else recall.mode,
            "max_age": recall.max_age,
        }
        feeds: list[JsonValue] = [feed.name for feed in self._feeds]
        return {"feeds": feeds, **{name: wish for name, wish in wishes.items() if wish is not None}}

    def gathered(self, parts: Sequence[Read[C]]) -> None:
        """Take over the books of the parts, which have been read, and raise what this read owes the caller."""
        for part in parts:
            self._done += part._done  # noqa: SLF001 - another object of this class
            self._errors += part.errors
            self.rejects = [*self.rejects, *part.rejects][:KEPT_REJECTS]
        self._settle()

    def close(self) -> None:
        """End the read here; what was not read makes it ``limited``."""
        if self._iterator is not None:
            close: Callable[[], None] = self._iterator.close  # type: ignore[attr-defined]
            close()

    @property
    def report(self) -> Report:
        """What was counted so far; final once the iteration has ended. A stream that was not asked is ``limited``."""
        reads = [*self._done, *([self._running] if self._running is not None else [])]
        streams = [one.report(one.completeness if one in self._done else "limited") for one in reads]
        asked = {id(one.feed) for one in reads}
        streams += [_not_asked(feed) for feed in self._feeds if id(feed) not in asked]
        return sum_up(streams, self._clock(), self._reasons)

    @property
    def errors(self) -> tuple[BartackError, ...]:
        """The errors that ended feeds, in order."""
        return tuple(self._errors)

    def require(self, *, complete: bool = False, max_age: str | float | None = None) -> Staged[C]:
        """Read everything now and hand it out only if it is good enough.

        ``complete``: every feed complete. ``max_age``: no value fetched longer ago than this when the last one arrives
        (``"1h"``, ``"30m"``, or seconds).

        Raises
        ------
        IncompleteRead
            the read is not complete, or too old; before the first record is handed out.
        """
        self._allow_partial = True
        records = list(self)
        self.hold(complete=complete, max_age=max_age)
        return Staged(records, self)

    def hold(self, *, complete: bool = False, max_age: str | float | None = None) -> None:
        """Hold a read that has ended against what the caller needs; see :meth:`require`.

        Raises
        ------
        IncompleteRead
            the read is not complete, or too old; a read that failed before its first row raises the error itself.
        """
        report = self.report
        if complete:
            self._raise_unless_complete(report)
        oldest = parse_age(max_age)
        as_of = min((one.as_of for one in report.streams if one.as_of is not None), default=None)
        if oldest is not None and as_of is not None and (age := (self._clock() - as_of).total_seconds()) > oldest:
            raise IncompleteRead(
                f"the oldest value is {age:.0f} s old, {oldest:.0f} s are allowed",
                report=report,
                next_step="allow more, or read less at once",
            )

    def _items(self) -> Iterator[Record[C] | Reject]:
        by_source: dict[str, list[Feed]] = {}
        for feed in self._feeds:
            by_source.setdefault(feed.source.name, []).append(feed)
        for feeds in by_source.values():
            if not self._limit.reached:
                yield from self._source(feeds[0].source, feeds)
        self._settle()

    def _source(self, source: Source, feeds: Sequence[Feed]) -> Iterator[Record[C] | Reject]:
        """Read the feeds of one source over one session; its failure does not touch the other sources."""
        to_ask: list[Feed] = []
        for feed in feeds:
            if (finished := self._way.finished(feed)) is not None:
                self._done.append(finished)
                continue
            stored = self._recall.at_once(feed)
            if stored is None:
                to_ask.append(feed)
            elif not self._limit.reached:
                yield from self._hand_on(stored)
        if to_ask:
            yield from self._ask(source, to_ask)

    def _ask(self, source: Source, feeds: Sequence[Feed]) -> Iterator[Record[C] | Reject]:
        reads = [self._prepared(feed) for feed in feeds]
        try:
            session = source.open()
        except BartackError as error:
            for read in reads:
                read.fail(error.at(source.name))
                yield from self._settled(read)
            return
        with session:
            for read in reads:
                if not self._limit.reached:
                    self._running = read
                    yield from self._noted(source, self._way.asked(read, session, self._query))
                    yield from self._settled(read)

    def _prepared(self, feed: Feed) -> FeedRead:
        """Return a read that is held against what the store knows; a store out of order does not hinder it."""
        remarks: list[str] = []
        try:
            baseline, judge = self._recall.baseline(feed), self._recall.judge(feed, remarks)
        except BartackError as error:
            baseline = judge = None
            remarks.append(f"surprises cannot be told from what is usual: {type(error).__name__}: {error.message}")
        if self._query.since is not None and not getattr(feed.stream, "incremental", False):
            remarks.append("since_ignored: the stream cannot tell what has changed; all of it was read")
        judges = () if judge is None else (judge,)
        read = FeedRead(
            *(feed, self._limit, self._way.memory(feed), judges),
            baseline=baseline,
            expected=partial(self._recall.expected, feed),
        )
        read.account.remarks = remarks
        self._way.begins(read)
        return read

    def _settled(self, read: FeedRead) -> Iterator[Record[C] | Reject]:
        """End a read that asked the source; where it failed, the store may answer in its place."""
        stored = self._recall.instead(read)
        if stored is None:
            self._finish(read)
        else:
            yield from self._hand_on(stored)

    def _hand_on(self, stored: StoredRead) -> Iterator[Record[C] | Reject]:
        self._running = stored
        yield from self._noted(stored.feed.source, self._way.stored(stored, self._query, self._limit))
        self._finish(stored)

    def _noted(self, source: Source, items: Iterator[Record[C] | Reject]) -> Iterator[Record[C] | Reject]:
        for item in map(source.shown, items):
            if isinstance(item, Reject) and len(self.rejects) < KEPT_REJECTS:
                self.rejects.append(item)
            yield item

    def _finish(self, read: FeedRead | StoredRead) -> None:
        self._running = None
        self._done.append(read)
        self._way.ended(read)
        if read.error is not None and read.error not in self._errors:
            self._errors.append(read.error)

    def _settle(self) -> None:
        """Raise what the end of the iteration owes the caller."""
        if not self._allow_partial:
            self._raise_unless_complete(self.report)

    def _raise_unless_complete(self, report: Report) -> None:
        completeness = report.verdict.completeness
        if completeness in ("complete", "limited"):
            return
        refused = any(isinstance(one, StoredRead) and one.refused for one in self._done)
        if completeness == "failed" and self._errors and not refused:
            raise self._errors[0]
        reasons = "; ".join(report.verdict.reasons) or completeness
        raise IncompleteRead(
            f"the read is {completeness}: {reasons}",
            report=report,
            next_step="read again, or pass allow_partial=True and look at .report",
        ) from (self._errors[0] if self._errors else None)


def _not_asked(feed: Feed) -> StreamReport:
    """Return the report of a stream that nobody asked: the caller has what he wanted, or has not begun."""
    return StreamReport(
        source=feed.source.name, stream=feed.stream.name, contract=feed.contract, completeness="limited"
    )


def moment(value: datetime | None) -> datetime | None:
    """Refuse a moment without a zone.

    Raises
    ------
    ConfigError
        ``value`` is naive.
    """
    if value is not None and value.tzinfo is None:
        raise ConfigError("since has no time zone", next_step="pass an aware datetime, as datetime(…, tzinfo=UTC)")
    return value
