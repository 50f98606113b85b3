"""Reads a stream into the store, page by page, so that it can be killed anywhere and goes on where it was.

A run stages what it reads. Staged rows, rejects, counts and checkpoint of a page are one transaction, which also proves
that this process still holds the stream's lease. When the stream is read to its end and nothing is missing, the staged
rows replace the last good snapshot, again in one transaction; until then readers see the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from bartack.drift.alarms import Alarm
from bartack.errors import AccessError, BartackError, SourceRefusedError, StoreError
from bartack.events import Event
from bartack.reading.decisions import judge_of
from bartack.reading.fetch import FeedRead, Limit
from bartack.reading.guard import guarded
from bartack.reading.makers import made_by
from bartack.reading.source import Feed, Source
from bartack.reading.steps import Steps
from bartack.reading.verdict import judge_stream, worst_of
from bartack.reading.watching import Watch, baseline_of
from bartack.store import leases, rejects, runs, staging, streams
from bartack.store.counts import COUNTED, Counts
from bartack.store.leases import Lease
from bartack.store.payloads import Payloads
from bartack.store.runs import Checkpoint, Run
from bartack.store.state import StateStore
from bartack.syncing.books import Book
from bartack.syncing.keeping import Keeper, Kept, StagedMemory, allowed
from bartack.syncing.plan import plan
from bartack.syncing.publishing import publish_run
from bartack.syncing.synced import Synced
from bartack.transports.base import Page, Query, Session
from bartack_contracts import Completeness

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["StreamSync"]


class StreamSync:
    """The sync of one stream with all contracts it feeds. Belongs to one thread."""

    def __init__(
        self,
        source: Source,
        feeds: Sequence[Feed],
        store: StateStore,
        *,
        full: bool = False,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.source = source
        self.stream = feeds[0].stream
        self._feeds = tuple(feeds)
        self._store = store
        self._full = full
        self._stop = stop
        self._clock = source.runtime.clock
        self._made_by = made_by(source, feeds)
        self._pages_read = 0
        self._steps = Steps(feeds[0])

    @property
    def name(self) -> str:
        """``source/stream``."""
        return f"{self.source.name}/{self.stream.name}"

    def run(self, session: Session) -> Synced:
        """Sync the stream; what goes wrong at the source is in the result.

        Raises
        ------
        StoreError
            the store cannot be used, or another process syncs this stream.
        """
        lease = self._acquire()
        try:
            ended = self._attempt(session, lease)
            if ended is None:  # the place where the last run was interrupted is not known to the source any more
                ended = self._attempt(session, lease)
            assert ended is not None  # noqa: S101 - a run that has just begun has no such place
            return ended
        finally:
            self._release(lease)

    # -- a run --------------------------------------------------------------------------------------------------------

    def _attempt(self, session: Session, lease: Lease) -> Synced | None:
        run = self._begin(lease)
        books = self._books(run)
        at = run.at
        error: BartackError | None = None
        if not at.done:
            try:
                for page, last in self._pages(session, run):
                    at, error = self._commit(lease, run, at, page, books, last=last)
                    if error is not None:
                        break
                    if self._stop() and not last:
                        return self._interrupted(run, books, at)
            except StoreError:
                raise
            except BartackError as failure:
                error = failure.at(self.name)
        if error is not None and self._place_is_lost(session, run, error):
            with self._store.write() as connection:
                leases.renew(connection, lease, self._clock())
                runs.abandon(connection, run, now=self._clock(), reason=f"cannot go on: {error.message}")
            return None
        if error is None and not at.done:
            at = replace(at, done=True)
        return self._end(lease, run, books, at, error)

    def _begin(self, lease: Lease) -> Run:
        """Go on with the run that was interrupted, or begin one."""
        now = self._clock()
        place = (self.source.name, self.stream.name)
        with self._store.write() as connection:
            leases.renew(connection, lease, now)
            before = runs.unfinished(connection, *place)
            chosen = plan(
                streams.standing(connection, *place), before, self.stream, self._made_by, self.source.config.sync, now,
                full=self._full,
            )  # fmt: skip
            if before is not None and chosen.goes_on:
                runs.resumed(connection, before)
                return before
            if before is not None:
                runs.abandon(connection, before, now=now, reason=chosen.reason)
            held = runs.held(connection, *place)
            if held is not None:
                runs.abandon(connection, held, now=now, reason="held back, and read anew")
            return runs.begin(connection, *place, chosen.kind, now=now, since=chosen.since, made_by=self._made_by)

    def _pages(self, session: Session, run: Run) -> Iterator[tuple[Page, bool]]:
        """Yield pages with the word whether they are the last; a page that arrived is handed on before an error is raised."""
        query = Query(since=run.since, cursor=run.at.cursor, seen=run.at.rows if run.at.cursor is not None else None)
        waiting: Page | None = None
        failure: BartackError | None = None
        try:
            for page in guarded(self._feeds[0].pages(session, query), query):
                if waiting is not None:
                    yield waiting, False
                waiting = page
        except BartackError as error:
            failure = error
        if waiting is not None:
            yield waiting, failure is None
        if failure is not None:
            raise failure

    def _commit(
        self,
        lease: Lease,
        run: Run,
        at: Checkpoint,
        page: Page,
        books: Sequence[Book],
        *,
        last: bool,
    ) -> tuple[Checkpoint, BartackError | None]:
        """Map a page, and keep all of it in one transaction; also when it is the one that ends the run."""
        began = self.source.runtime.monotonic()
        kept: list[Kept] = []
        ended: BartackError | None = None
        for book in books:
            entries, ends = book.enter(page)
            ended = ended or ends
            kept.append(book.keeper.keep(entries, page.fetched_at, page.request))
        self._pages_read += 1
        changes = [one.high_water for one in kept if one.high_water is not None]
        after = Checkpoint(
            page.next,
            last,
            at.pages + 1,
            at.rows + len(page.rows),
            page.total if page.total is not None else at.declared_total,
            max([*changes, *([at.high_water] if at.high_water is not None else [])], default=None),
        )
        self._keep(lease, run, after, books, kept)
        seconds = self.source.runtime.monotonic() - began
        self.source.runtime.emit(
            Event("commit", self._clock(), self.source.name, self.stream.name, "ok", seconds, {"rows": len(page.rows)})
        )
        return after, ended

    def _keep(self, lease: Lease, run: Run, at: Checkpoint, books: Sequence[Book], kept: Sequence[Kept]) -> None:
        """Keep a page: its rows, its rejects, what was counted and the checkpoint, all or nothing."""
        with self._store.write() as connection:
            leases.renew(connection, lease, self._clock())
            kept = [allowed(connection, one) for one in kept]
            self._stage(connection, kept)
            queued = self._queue(connection, run, kept)
            self._advance(connection, run, at, books, queued)

    def _stage(self, connection: Connection, kept: Sequence[Kept]) -> None:
        staging.stage(connection, [row for one in kept for row in one.staged])

    def _queue(self, connection: Connection, run: Run, kept: Sequence[Kept]) -> dict[str, int]:
        now = self._clock()
        queued: dict[str, int] = {}
        for one in kept:
            for contract in {row.contract for row in one.queued}:
                rows = [row for row in one.queued if row.contract == contract]
                queued[contract] = queued.get(contract, 0) + rejects.queue(connection, rows, run.run, now)
        return queued

    def _advance(
        self, connection: Connection, run: Run, at: Checkpoint, books: Sequence[Book], queued: Mapping[str, int]
    ) -> None:
        before = runs.counted(connection, run.run)
        done = {one.contract: one.counts(before.get(one.contract, Counts()), queued) for one in books}
        runs.advance(connection, run.run, at, done)

    # -- how it ends -----------------------------------------------------------------------------------------------------

    def _end(self, lease: Lease, run: Run, books: Sequence[Book], at: Checkpoint, error: BartackError | None) -> Synced:
        completeness = self._judged(run, books, error)
        now = self._clock()
        with self._store.write() as connection:
            leases.renew(connection, lease, now)
            standing = streams.standing(connection, run.source, run.stream)
            alarms: list[Alarm] = []
            state: Literal["published", "held", "unfinished"] = "unfinished"
            if error is None:
                judged = [book.watch.judged(standing, full=run.kind == "full") for book in books]
                alarms = [alarm for one in judged for alarm in one.alarms]
                good = all(one.publish for one in judged) or not self.source.config.sync.gate
                state = "published" if completeness == "complete" and good else "held"
            if state == "published":
                publish_run(connection, replace(run, at=at), [book.watch for book in books], completeness, now)
            reasons = [*dict.fromkeys(reason for book in books for reason in book.read.account.reasons)]
            reasons += [f"degraded: {alarm.message}" for alarm in alarms if alarm.severity == "hold"]
            runs.finish(
                connection,
                run.run,
                state,
                now=now,
                completeness=completeness,
                reasons=reasons,
                error=None if error is None else error.told(),
                alarms=[alarm.model_dump(mode="json") for alarm in alarms],
            )
            done = runs.counted(connection, run.run)
        self._emit(state, completeness, done, error, alarms)
        reports = tuple(book.read.account.report(book.read.completeness) for book in books)
        return Synced(
            *(run.source, run.stream, state, _kind(run), run.run, completeness, tuple(reasons), reports),
            *(done, tuple(alarms), error, run.at.pages),
        )

    def _judged(self, run: Run, books: Sequence[Book], error: BartackError | None) -> Completeness:
        """Judge what was read of each contract; return the worst."""
        for book in books:
            place = (run.source, run.stream, book.contract)
            expected = self._store.live(*place) if run.kind == "full" else None
            book.read.error = error
            book.read.completeness = judge_stream(book.read.account, error=error, expected=expected)
        return worst_of({book.read.completeness for book in books})

    def _interrupted(self, run: Run, books: Sequence[Book], at: Checkpoint) -> Synced:
        reason = f"interrupted after {at.pages} pages; the next sync goes on there"
        reports = tuple(book.read.account.report("partial") for book in books)
        with self._store.read() as connection:
            done = runs.counted(connection, run.run)
        self._emit("unfinished", "partial", done)
        return Synced(
            *(run.source, run.stream, "unfinished", _kind(run), run.run, "partial", (reason,), reports, done),
            went_on_after=run.at.pages,
        )

    def _place_is_lost(self, session: Session, run: Run, error: BartackError) -> bool:
        """Tell whether a run cannot go on where it was interrupted: that is refused, and the beginning is not."""
        if run.at.cursor is None or self._pages_read or not isinstance(error, AccessError | SourceRefusedError):
            return False
        beginning = self.stream.pages(session, Query(since=run.since, page_size=1))
        try:
            next(beginning, None)
        except BartackError:
            return False
        return True

    # -- what it takes ----------------------------------------------------------------------------------------------------

    def _books(self, run: Run) -> list[Book]:
        """Return a book for each contract, with what an interrupted run has entered already."""
        with self._store.read() as connection:
            before = runs.counted(connection, run.run)
            standing = streams.standing(connection, run.source, run.stream)
        books = []
        for feed in self._feeds:
            counted = before.get(feed.contract)
            keeper = self._keeper(feed)
            watch = Watch(feed, None if counted is None else counted.facts)
            judges = (judge_of(feed, self._store), watch.look)
            memory = StagedMemory(self._store, feed)
            known = baseline_of(standing, feed.contract)
            read = FeedRead(feed, Limit(None), memory, judges, baseline=known, trace=self._steps.trace)
            if counted is not None:
                read.account.restore(counted, run.at.pages, run.at.declared_total, run.started_at)
            books.append(Book(read, keeper, watch))
        return books

    def _keeper(self, feed: Feed) -> Keeper:
        keep = self.source.config.keep
        key = self._store.key
        waiting = keep if keep.payload != "drop" else keep.model_copy(update={"payload": "keep"})
        return Keeper(feed, self._made_by, Payloads.for_policy(keep, key), Payloads.for_policy(waiting, key))

    def _acquire(self) -> Lease:
        with self._store.write() as connection:
            return leases.acquire(connection, self.source.name, self.stream.name, leases.me(), self._clock())

    def _release(self, lease: Lease) -> None:
        with self._store.write() as connection:
            leases.release(connection, lease)

    def _emit(
        self,
        state: str,
        completeness: str,
        done: Mapping[str, Counts],
        error: BartackError | None = None,
        alarms: Sequence[Alarm] = (),
    ) -> None:
        runtime, place = self.source.runtime, (self.source.name, self.stream.name)
        for alarm in alarms:
            about = {"kind": alarm.kind, "severity": alarm.severity, "field": alarm.path or ",".join(alarm.fields)}
            runtime.emit(Event("alarm", runtime.clock(), *place, attributes=about))
        counted = {name: sum(getattr(one, name) for one in done.values()) for name in COUNTED}
        with self._store.read() as connection:
            waiting = rejects.waiting_of(connection, *place)
        ended = {"completeness": completeness, "published": state == "published", "waiting": waiting, **counted}
        self._steps.ended("sync", error, ended)


def _kind(run: Run) -> Literal["full", "incremental"]:
    return "full" if run.kind == "full" else "incremental"
