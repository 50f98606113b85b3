"""How a read goes: straight through its feeds, or so that it can be left anywhere and gone on with.

A read asks its way at every feed. Whoever keeps places (an export, for one) brings a way of its own; what it is told in
:meth:`Way.asked` it must take at once, for the read has gone on when the next item comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from bartack.errors import BartackError
from bartack.reading.account import Memory
from bartack.reading.fallback import StoredRead
from bartack.reading.fetch import FeedRead, Item, Limit
from bartack.reading.source import Feed
from bartack.transports.base import Query, Session
from bartack_contracts import Completeness, Record, StreamReport

__all__ = ["STRAIGHT", "Finished", "Way"]


@dataclass(frozen=True)
class Finished:
    """A feed that was read to its end before; has what a :class:`~bartack.reading.fetch.FeedRead` has."""

    feed: Feed
    told: StreamReport
    error: BartackError | None = None

    @property
    def completeness(self) -> Completeness:
        """How that ended."""
        return self.told.completeness

    def report(self, completeness: Completeness) -> StreamReport:
        """Return the books as they were closed."""
        return self.told


class Way(Protocol):
    """What a read asks at every feed."""

    def finished(self, feed: Feed) -> Finished | None:
        """Return how a feed ended that need not be read any more."""

    def memory(self, feed: Feed) -> Memory | None:
        """Return what remembers the records of a feed; None for what usually does."""

    def begins(self, read: FeedRead) -> None:
        """Take note of a read that is to ask the source, before anything is open; it may take over its books."""

    def asked(self, read: FeedRead, session: Session, query: Query) -> Iterator[Item]:
        """Run a read that asks the source."""

    def stored(self, read: StoredRead, query: Query, limit: Limit) -> Iterator[Record[Any]]:
        """Run a read that is answered from the store."""

    def ended(self, read: FeedRead | StoredRead) -> None:
        """Take note that a feed is through, one way or the other."""


class _Straight:
    """From beginning to end."""

    def finished(self, feed: Feed) -> Finished | None:
        return None

    def memory(self, feed: Feed) -> Memory | None:
        return None

    def begins(self, read: FeedRead) -> None:
        """Begin at the beginning."""

    def asked(self, read: FeedRead, session: Session, query: Query) -> Iterator[Item]:
        return read.run(session, query)

    def stored(self, read: StoredRead, query: Query, limit: Limit) -> Iterator[Record[Any]]:
        return read.run(query, limit)

    def ended(self, read: FeedRead | StoredRead) -> None:
        """Nothing is kept."""


STRAIGHT: Way = _Straight()
