"""Maps rejects that wait once more, as the configuration is now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bartack.errors import BartackError
from bartack.reading.decisions import apply_decision
from bartack.reading.source import Feed
from bartack.reviewing.deciding import waits
from bartack.reviewing.settling import Judged, settle
from bartack.reviewing.shelf import Shelf
from bartack.store import leases, rejects
from bartack.store.rejects import Waiting
from bartack.store.state import StateStore

__all__ = ["Retried", "batches", "retried"]

_BATCH = 200
"""So many rejects are settled in one transaction."""


@dataclass(frozen=True, slots=True)
class Retried:
    """What mapping rejects again did: of ``examined``, how many are ``covered`` now, ``moot``, or still ``waiting``.

    ``moot``: the source has something newer by now, has deleted the record, or a rule leaves the row out.
    ``errors``: sources whose rejects could not be mapped.
    """

    examined: int = 0
    covered: int = 0
    moot: int = 0
    waiting: int = 0
    errors: tuple[BartackError, ...] = ()

    def __add__(self, other: Retried) -> Retried:
        return Retried(
            self.examined + other.examined,
            self.covered + other.covered,
            self.moot + other.moot,
            self.waiting + other.waiting,
            (*self.errors, *other.errors),
        )


def batches(chosen: Sequence[Waiting]) -> Iterator[Sequence[Waiting]]:
    """Cut rejects into pieces of one feed that fit into a transaction, the oldest payload first."""
    feeds: dict[tuple[str, str, str], list[Waiting]] = {}
    for one in sorted(chosen, key=lambda one: (one.fetched_at, one.number)):
        feeds.setdefault((one.source, one.stream, one.contract), []).append(one)
    for waiting in feeds.values():
        for start in range(0, len(waiting), _BATCH):
            yield waiting[start : start + _BATCH]


def retried(store: StateStore, shelf: Shelf, feed: Feed, batch: Sequence[Waiting]) -> Retried:
    """Map rejects of one feed again, with what was decided over their payloads, and settle what is covered now."""
    with store.read() as connection:
        decided = rejects.decided(
            connection, feed.source.name, feed.stream.name, feed.contract, {one.id for one in batch}
        )
    judged = []
    for reject in batch:
        row = shelf.row(reject)
        (outcome,) = feed.mapping.page([row], Counter())
        for decision in decided.get(reject.id, ()):
            if decision.digest == reject.digest:
                outcome = apply_decision(feed, row, outcome, decision)
        judged.append(Judged(reject, row, outcome))
    with store.write() as connection:
        leases.wait_for_turn(connection, feed.source.name, feed.stream.name)
        still = [one for one in judged if waits(rejects.get(connection, one.reject.number))]
        counts = settle(connection, feed, still, store.key, now=feed.source.runtime.clock())
    moot = len(batch) - counts.delivered - counts.rejected
    return Retried(len(batch), counts.delivered, moot, counts.rejected)
