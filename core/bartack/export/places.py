"""The way of a read that an interrupted export goes: past what is finished, and on where a feed was left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from bartack.errors import AccessError, BartackError, ConflictError, SourceRefusedError
from bartack.export.journal import Journal, Place, Step
from bartack.reading.account import Memory, Seen
from bartack.reading.fallback import StoredRead
from bartack.reading.fetch import FeedRead, Item, Limit
from bartack.reading.makers import made_by
from bartack.reading.source import Feed
from bartack.reading.ways import Finished
from bartack.store.counts import Counts
from bartack.transports.base import Page, Query, Session
from bartack_contracts import Record, StreamReport

__all__ = ["Known", "PlacedWay", "known_of"]


@dataclass
class Known:
    """What the journal knows of one feed."""

    made_by: str
    place: Place | None = None
    ended: StreamReport | None = None
    records: int = 0
    seen: dict[str, str] = field(default_factory=dict)


def known_of(journal: Journal) -> dict[str, Known]:
    """Return what the journal knows, by feed."""
    found: dict[str, Known] = {}
    for step in journal.steps():
        known = found.setdefault(step.feed, Known(step.made_by))
        known.place, known.ended = step.place, step.ended
        known.records += sum(part.records for part in step.parts)
        known.seen |= step.seen
    return found


class PlacedWay:
    """See :class:`bartack.reading.ways.Way`.

    ``pass_place`` is called at each place the read passes, with the step that leads there: all items before it are handed on,
    and nothing is asked for that is behind it. From the store, which has no pages, one comes ``every`` so many records.

    ``lost``: feeds that cannot go on, for their source does not know the place any more, and does know the beginning.
    """

    def __init__(self, known: dict[str, Known], every: int, pass_place: Callable[[Step], None]) -> None:
        self.lost: list[str] = []
        self._known = known
        self._every = every
        self._pass = pass_place
        self._memories: dict[str, _Memory] = {}

    def finished(self, feed: Feed) -> Finished | None:
        known = self._known.get(feed.name)
        if known is None:
            return None
        if known.made_by != _maker(feed):
            raise ConflictError(
                f"{feed.name}: connector or mapping have changed since the export began",
                next_step="remove the export, and begin anew",
            )
        return None if known.ended is None else Finished(feed, known.ended)

    def memory(self, feed: Feed) -> Memory | None:
        known = self._known.get(feed.name)
        ordered = bool(getattr(feed.stream, "ordered_by_key", False))
        memory = _Memory(known.seen if known is not None else {}, ordered=ordered)
        self._memories[feed.name] = memory
        return memory

    def begins(self, read: FeedRead) -> None:
        read.turned = partial(self._turned, read)
        place = self._place(read.feed)
        if place is not None:
            books: dict[str, Any] = {**place.counts, **place.model_dump(include={"issues", "unread", "notes"})}
            since = place.oldest or read.feed.source.runtime.clock()
            read.restore(Counts(**books), place.pages, place.declared_total, since)

    def asked(self, read: FeedRead, session: Session, query: Query) -> Iterator[Item]:
        place = self._place(read.feed)
        if place is None:
            yield from read.run(session, query)
            return
        yield from read.run(session, replace(query, cursor=place.cursor, seen=read.account.rows))
        if _is_lost(read, place, session, query):
            self.lost.append(read.feed.name)

    def _turned(self, read: FeedRead, page: Page) -> None:
        """Take the place behind a page, as it is now; a page that leads nowhere is no place to go on from."""
        if page.next is None:
            return
        account = read.account
        place = Place(
            cursor=page.next,
            pages=account.pages,
            declared_total=account.declared_total,
            oldest=account.oldest,
            counts={"rows": account.rows, **account.counts},
            issues=dict(account.issues),
            unread=dict(account.unread),
            notes={**account.notes(), "reasons": list(account.reasons)},  # the account goes on with its own
        )
        self._pass(self._step(read.feed, place=place))

    def stored(self, read: StoredRead, query: Query, limit: Limit) -> Iterator[Record[Any]]:
        """Answer from the store. There are places on the way only where that was asked for: else it is the source next time."""
        place = self._place(read.feed)
        if place is not None and place.run is None:
            raise ConflictError(
                f"{read.feed.name}: its first part is from the source, and the store would answer for the rest",
                next_step="ask the source (live), or begin anew in another folder",
            )
        before = 0 if place is None else place.records
        limit.take(-before)
        at = 0
        for at, record in enumerate(read.run(query, limit), 1):
            if at > before:
                yield record
                if at % self._every == 0 and read.run_known is not None:
                    behind = Place(run=read.run_known, records=at, last=record.ref.id)
                    self._pass(self._step(read.feed, place=behind))
            elif at == before and place is not None and (read.run_known, record.ref.id) != (place.run, place.last):
                raise _moved(read)
        if at < before and read.error is None:
            raise _moved(read)

    def ended(self, read: FeedRead | StoredRead) -> None:
        served = isinstance(read, StoredRead) and read.served and read.completeness not in ("partial", "failed")
        if read.error is None or served:
            self._pass(self._step(read.feed, ended=read.report(read.completeness)))

    def _place(self, feed: Feed) -> Place | None:
        known = self._known.get(feed.name)
        return None if known is None else known.place

    def _step(self, feed: Feed, **how: Any) -> Step:
        memory = self._memories.get(feed.name)
        return Step(feed=feed.name, made_by=_maker(feed), seen=memory.taken() if memory is not None else {}, **how)


def _is_lost(read: FeedRead, place: Place, session: Session, query: Query) -> bool:
    """Tell whether a read cannot go on where it was: that is refused, and the beginning is not."""
    if read.account.pages != place.pages or not isinstance(read.error, AccessError | SourceRefusedError):
        return False
    beginning = read.feed.stream.pages(session, replace(query, page_size=1))
    try:
        next(beginning, None)
    except BartackError:
        return False
    return True


def _moved(read: StoredRead) -> ConflictError:
    return ConflictError(
        f"{read.feed.name}: the snapshot in the store is another one than when the export began",
        next_step="remove the export, and begin anew",
    )


def _maker(feed: Feed) -> str:
    return made_by(feed.source, [feed])


class _Memory:
    """Remembers what was seen, and what of it is new since it was last taken."""

    def __init__(self, seen: dict[str, str], *, ordered: bool) -> None:
        self._all = Seen(ordered=ordered)
        self._ordered = ordered
        self._fresh: dict[str, str] = {}
        for identity, mark in seen.items():
            self._all.recall(identity, bytes.fromhex(mark))

    def expect(self, identities: Any) -> None:
        self._all.expect(identities)

    def recall(self, identity: str, mark: bytes) -> bytes | None:
        before = self._all.recall(identity, mark)
        if before is None:
            if self._ordered:
                self._fresh.clear()
            self._fresh[identity] = mark.hex()
        return before

    def taken(self) -> dict[str, str]:
        """Return what is new."""
        fresh, self._fresh = self._fresh, {}
        return fresh
