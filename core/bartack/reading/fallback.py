"""Answers from the last good snapshot where the source does not, or need not: never without saying so, record for record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Self

from bartack.errors import (
    AccessError,
    BartackError,
    ConfigError,
    SourceChangedError,
    SourceRefusedError,
    SourceUnavailableError,
    StoreError,
    WireError,
)
from bartack.mapping.compiled import Outcome
from bartack.reading.fetch import FeedRead, Judge, Limit
from bartack.reading.source import Feed
from bartack.reading.steps import Steps
from bartack.transports.base import Clock, Query
from bartack_contracts import Completeness, Freshness, Record, Ref, StreamReport

if TYPE_CHECKING:
    from bartack.drift.baseline import Baseline
    from bartack.store.records import Known
    from bartack.store.state import StateStore

__all__ = ["Recall", "StoredRead", "age_in_words", "age_told", "parse_age"]

_OUTAGES = (SourceUnavailableError, WireError, SourceChangedError, SourceRefusedError)
"""What the store may answer for. Not AccessError: whoever lost the right to see a record must not get it from a copy."""


@dataclass(frozen=True, slots=True)
class Recall:
    """How a read may use the store.

    ``fallback``: where the source fails before its first row; with ``max_age`` (s) also at once, where the snapshot is
    that young, and never where it is older. ``cached``: only the store. ``live``: never. ``store`` returns None where
    there is none. What the store knows is in all of them the measure of what the source says.
    """

    store: Callable[[], StateStore | None]
    clock: Clock
    mode: Literal["fallback", "cached", "live"] = "fallback"
    max_age: float | None = None

    @classmethod
    def wanted(
        cls,
        store: Callable[[], StateStore | None],
        clock: Clock,
        *,
        live: bool = False,
        cached: bool = False,
        max_age: str | float | None = None,
    ) -> Self:
        """Return what a caller's words mean.

        Raises
        ------
        ConfigError
            they contradict each other, or ``max_age`` is no age.
        """
        if live and (cached or max_age is not None):
            raise ConfigError(
                f"live asks the source, {'cached' if cached else 'max_age'} lets the store answer: they exclude each other",
                next_step="take one of them",
            )
        return cls(store, clock, "live" if live else "cached" if cached else "fallback", parse_age(max_age))

    def at_once(self, feed: Feed) -> StoredRead | None:
        """Return the answer that needs no source; None where the source is to be asked.

        Raises
        ------
        StoreError
            the store cannot be read.
        """
        if self.mode == "live" or (self.mode == "fallback" and self.max_age is None):
            return None
        known = self._known(feed)
        if self.mode == "fallback" and (known is None or self.too_old(known)):
            return None
        return StoredRead(feed, self, known, "cached")

    def instead(self, failed: FeedRead) -> StoredRead | None:
        """Return the answer in place of a read that failed; None where there is none, or the failure must be seen.

        A read that has handed on a row is never gone on with from the store: the two would be mixed.
        """
        if failed.error is None or failed.account.rows:
            return None
        try:
            return self.after(failed.feed, failed.error)
        except BartackError as trouble:
            failed.account.doubt(f"no answer from the store either: {type(trouble).__name__}: {trouble.message}")
            return None

    def after(self, feed: Feed, error: BartackError) -> StoredRead | None:
        """Return the answer after an error; None where there is none, or the error is not one the store answers for.

        Raises
        ------
        StoreError
            the store cannot be read.
        """
        if self.mode != "fallback" or not isinstance(error, _OUTAGES):
            return None
        known = self._known(feed)
        return None if known is None else StoredRead(feed, self, known, "stale", error)

    def expected(self, feed: Feed) -> int | None:
        """Return how many live records the store knows of a feed; None where it knows nothing."""
        store = self.store()
        return None if store is None else store.live(feed.source.name, feed.stream.name, feed.contract)

    def judge(self, feed: Feed, remarks: list[str]) -> Judge | None:
        """Return what applies the decisions of people to a read; None where there is no store.

        A store that cannot be read does not hinder it: that is remarked, and rows stay what the rules make of them.
        """
        store = self.store()
        if store is None:
            return None
        from bartack.reading.decisions import judge_of  # here: a read without a store needs no SQLAlchemy

        judge = judge_of(feed, store)

        def judged(rows: Sequence[Any], outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
            try:
                return judge(rows, outcomes)
            except StoreError as error:
                words = f"what people decided cannot be looked up: {error.message}"
                if words not in remarks:
                    remarks.append(words)
                return outcomes

        return judged

    def baseline(self, feed: Feed) -> Baseline | None:
        """Return what a feed usually looks like; None where the store does not know."""
        store = self.store()
        if store is None:
            return None
        from bartack.reading.watching import baseline_of  # here: a read without a store needs no SQLAlchemy
        from bartack.store.streams import standing

        with store.read() as connection:
            return baseline_of(standing(connection, feed.source.name, feed.stream.name), feed.contract)

    def _known(self, feed: Feed) -> Known | None:
        store = self.store()
        return None if store is None else store.known(feed.source.name, feed.stream.name, feed.contract)

    def too_old(self, known: Known) -> bool:
        """Say whether a snapshot is older than is wanted."""
        return self.max_age is not None and self.age(known.as_of) > self.max_age

    def age(self, as_of: datetime) -> float:
        """Return how many seconds ago a moment was."""
        return _seconds(as_of, self.clock())


class StoredRead:
    """One feed, answered from the store; has what a :class:`~bartack.reading.fetch.FeedRead` has.

    ``error``: why it cannot answer, or why the source did not. ``served``: it does answer; ``refused``: it could, but not
    young enough.
    """

    def __init__(
        self,
        feed: Feed,
        recall: Recall,
        known: Known | None,
        freshness: Literal["cached", "stale"],
        error: BartackError | None = None,
    ) -> None:
        self.feed = feed
        self.freshness: Freshness = freshness
        self.error = error
        self.completeness: Completeness = "failed"
        self.refused = False
        self.reasons: list[str] = []
        self._recall = recall
        self._known = known
        self._steps = Steps(feed)
        self._rows = 0
        self._undated = 0
        self.served = False

    @property
    def run_known(self) -> int | None:
        """The run whose snapshot answers where the caller wanted that; None where it only stands in for the source."""
        return self._known.run if self._known is not None and self._recall.mode == "cached" else None

    def run(self, query: Query, limit: Limit) -> Iterator[Record[Any]]:
        """Yield the stored records, each marked with its age."""
        known = self._usable()
        if known is None:
            return
        self.completeness = "limited"  # until it is read to its end
        try:
            for record in self._records(query):
                if limit.reached:
                    return
                self._rows += 1
                self._undated += query.since is not None and record.value.updated_at is None
                limit.take()
                yield self._marked(record, known)
            self.completeness = known.completeness
        except BartackError as error:
            self._fail(error)
            self.completeness = "partial" if self._rows else "failed"
        finally:
            counts = Counter(delivered=self._rows)
            self._steps.read(counts, self.completeness, self.error, self.freshness)
        if self._undated:
            self.reasons.append(
                f"since: {self._undated} stored records do not say when they were changed, and came too"
            )

    def one(self, identity: str) -> Record[Any] | None:
        """Return one stored record, marked with its age; None where the snapshot has none."""
        known = self._usable()
        store = self._recall.store()
        if known is None or store is None:
            return None
        ref = Ref(self.feed.source.name, self.feed.stream.name, identity)
        record = store.record(ref, self.feed.contract, model=self.feed.mapping.model)
        return None if record is None else self._marked(record, known)

    def report(self, completeness: Completeness) -> StreamReport:
        """Return the books as they stand."""
        return StreamReport(
            source=self.feed.source.name,
            stream=self.feed.stream.name,
            contract=self.feed.contract,
            rows=self._rows,
            delivered=self._rows,
            reasons=tuple(self.reasons),
            completeness=completeness,
            freshness=self.freshness if self.served else "live",
            as_of=self._known.as_of if self._known is not None and self.served else None,
        )

    def _usable(self) -> Known | None:
        """Return the snapshot where it may be answered from; note why it may not, or how old it is."""
        known, recall = self._known, self._recall
        if known is None:
            nothing = AccessError("nothing of it is in the store", next_step=f"bartack sync {self.feed.source.name}")
            self._fail(nothing)
            return None
        age, told = recall.age(known.as_of), age_told(known.as_of, recall.clock())
        why = "as asked" if self.error is None else f"{type(self.error).__name__}: {self.error.message}"
        if recall.too_old(known):
            self.refused = True
            most = age_in_words(recall.max_age or 0)
            self.reasons.append(f"too_old: the store could answer {told}, and {most} is allowed: {why}")
            return None
        self.served = True
        self.reasons.append(f"{self.freshness}: served from the store {told}: {why}")
        if self.error is not None:
            self._steps.fallback(age, self.error)
        return known

    def _fail(self, error: BartackError) -> None:
        self.error = error.at(self.feed.name)
        self.reasons.append(f"{type(error).__name__}: {error.message}")

    def _records(self, query: Query) -> Iterator[Record[Any]]:
        store = self._recall.store()
        assert store is not None  # noqa: S101 - what is known is known from it
        place = (self.feed.source.name, self.feed.stream.name, self.feed.contract)
        return store.records(*place, model=self.feed.mapping.model, since=query.since)

    def _marked(self, record: Record[Any], known: Known) -> Record[Any]:
        return record.model_copy(update={"freshness": self.freshness, "as_of": known.as_of})


def _seconds(as_of: datetime, now: datetime) -> float:
    return max((now - as_of).total_seconds(), 0.0)


def age_told(as_of: datetime, now: datetime) -> str:
    """Return a moment with its age, for people: ``as of 2026-11-22 20:00:00Z (14 h old)``."""
    return f"as of {as_of:%Y-%m-%d %H:%M:%S}Z ({age_in_words(_seconds(as_of, now))} old)"


def age_in_words(seconds: float) -> str:
    """Return an age as people say it, rounded down.

    >>> [age_in_words(age) for age in (12.9, 90, 3600 * 14.5, 86400 * 3)]
    ['12 s', '1 min', '14 h', '3 days']
    """
    for unit, length, most in (("s", 1, 60), ("min", 60, 60), ("h", 3600, 48)):
        if seconds < length * most:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds // 86400)} days"


def parse_age(age: str | float | None) -> float | None:
    """Return seconds of ``"90s"``, ``"30m"``, ``"1h"`` or ``"2d"``; a number is seconds already.

    >>> parse_age("1h")
    3600.0

    Raises
    ------
    ConfigError
        it is no age.
    """
    if age is None:
        return None
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    try:
        seconds = float(age[:-1]) * units[age[-1]] if isinstance(age, str) else float(age)
    except (KeyError, ValueError, IndexError):
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ConfigError(f"{age!r} is no age", next_step="write it like 90s, 30m, 1h or 2d")
    return seconds
