"""Rejects as they are stored, each with the row it was made of and the feed that it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bartack.errors import ConfigError, StoreError
from bartack.policies import Keep
from bartack.reading.account import payload_digest
from bartack.reading.source import Feed, Source
from bartack.reviewing.deciding import no_such_reject, settled_before, waits
from bartack.reviewing.proposing import Proposals, propose
from bartack.reviewing.spelling import Spellings
from bartack.store import history, records, rejects
from bartack.store.history import Entry
from bartack.store.payloads import Payloads
from bartack.store.reasons import corrections
from bartack.store.rejects import Decision, Waiting
from bartack.store.state import StateStore

__all__ = ["Shelf"]


class Shelf:
    """The rejects of a store, and the sources that they come from as these are configured now."""

    def __init__(self, store: StateStore, source: Callable[[str], Source]) -> None:
        self._store = store
        self._source = source
        self._spellings = Spellings()

    def reject(self, number: int) -> tuple[Waiting, Decision | None]:
        """Return a reject, and what was decided over its payload.

        Raises
        ------
        ConfigError
            there is none of that number.
        """
        with self._store.read() as connection:
            found = rejects.get(connection, number)
            if found is None:
                raise no_such_reject(number)
            return found, rejects.decision_over(connection, found)

    def waiting(self, number: int) -> Waiting:
        """Return a reject that waits.

        Raises
        ------
        ConfigError
            there is none of that number.
        ConflictError
            it does not wait any more.
        """
        reject, decision = self.reject(number)
        if not waits(reject):
            raise settled_before(reject, decision)
        return reject

    def feed(self, reject: Waiting) -> Feed:
        """Return the feed a reject comes from.

        Raises
        ------
        ConfigError
            its source, stream or contract is not configured any more.
        """
        for feed in self._source(reject.source).feeds(stream=reject.stream):
            if feed.contract == reject.contract:
                return feed
        raise ConfigError(
            f"the stream does not feed {reject.contract} any more",
            where=f"{reject.source}/{reject.stream}",
            next_step=f"bartack review dismiss {reject.number}",
        )

    def row(self, reject: Waiting) -> Any:
        """Return the native row of a reject: the very one that was rejected.

        Raises
        ------
        StoreError
            it cannot be read: damaged, or encrypted and there is no key.
        """
        if reject.payload is None:
            raise StoreError("the payload is not kept", where=str(reject.ref), next_step="sync the source again")
        row = self._unpacked(reject.payload)
        if payload_digest(row) != reject.digest:
            raise StoreError(
                "the stored payload is not the one that was rejected: the store is damaged",
                where=str(reject.ref),
                next_step="restore the store, or sync the source again in full",
            )
        return row

    def raw(self, reject: Waiting) -> str | None:
        """Return the row's text as it was sent, where that is not JSON."""
        return None if reject.raw is None else str(self._unpacked(reject.raw))

    def history(self, number: int) -> list[Entry]:
        """Return what was decided over a reject and taken back, the oldest first."""
        with self._store.read() as connection:
            return history.of(connection, number)

    def proposals(self, reject: Waiting, row: Any, feed: Feed | None) -> Proposals:
        """Return values for what is wrong in a reject that waits; nothing where its feed is not configured any more."""
        if feed is None or not waits(reject):
            return Proposals()
        with self._store.read() as connection:
            earlier = records.kept(connection, reject.ref, reject.contract)
            made = list(corrections(connection, reject.source, reject.stream, reject.contract))
        return propose(reject, row, feed, earlier, made, self._spellings)

    def masks(self, source: str) -> bool:
        """Tell whether what is personal in rows of a source is not shown."""
        try:
            return self._source(source).config.keep.mask
        except ConfigError:  # it is not configured any more
            return False

    def _unpacked(self, text: str) -> Any:
        return Payloads.for_policy(Keep(), self._store.key).unpack(text)
