"""The state as the rest of Bartack holds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Self, TypeVar

from bartack.policies import StoreSettings
from bartack.store import records
from bartack.store.database import Database
from bartack.store.opening import open_database
from bartack.store.records import Known
from bartack.store.tally import Tally
from bartack.transports.base import Runtime
from bartack_contracts import Contract, Record, Ref

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["StateStore"]

C = TypeVar("C", bound=Contract)


class StateStore:
    """Everything Bartack remembers: snapshots, checkpoints, the review queue, and how each run ended.

    One a hub; safe in threads. What changes it does so in :meth:`write`, one transaction for all that belongs together.
    ``tally``: how many records are indexed.
    """

    def __init__(self, database: Database, key: Callable[[], str | None] = lambda: None) -> None:
        self.database = database
        self.tally = Tally()
        self._key = key

    @property
    def key(self) -> str | None:
        """The key of encrypted payloads, looked up when it is needed: who opens none needs none.

        Raises
        ------
        ConfigError
            it is configured, and cannot be found.
        """
        return self._key()

    @classmethod
    def open(cls, settings: StoreSettings, runtime: Runtime) -> Self:
        """Open the state that a configuration names; made where there is none yet.

        Raises
        ------
        ConfigError
            the URL cannot be used.
        StoreError
            the state is damaged, of a newer Bartack, or cannot be reached or written.
        """
        key = settings.key
        database = open_database(runtime.reveal(settings.url), runtime.base_dir)
        return cls(database, lambda: None if key is None else runtime.reveal(key))

    def write(self) -> AbstractContextManager[Connection]:
        """Open a transaction that writes; see :meth:`Database.write`."""
        return self.database.write()

    def read(self) -> AbstractContextManager[Connection]:
        """Open a transaction that reads; see :meth:`Database.read`."""
        return self.database.read()

    def known(self, source: str, stream: str, contract: str) -> Known | None:
        """Return what is known of a stream; ``None`` where no sync of it has come to its end."""
        with self.read() as connection:
            return records.known(connection, source, stream, contract)

    def live(self, source: str, stream: str, contract: str) -> int | None:
        """Return how many live records there are of a stream; ``None`` where nothing is known of it. It counts them."""
        with self.read() as connection:
            return records.live(connection, source, stream, contract)

    def records(
        self, source: str, stream: str, contract: str, *, model: type[C], since: datetime | None = None
    ) -> Iterator[Record[C]]:
        """Yield the live records of a stream, in the order of their ids, all of one moment."""
        with self.read() as connection:
            for stored in records.stored(connection, source, stream, contract, since=since):
                yield stored.record(model)

    def record(self, ref: Ref, contract: str, *, model: type[C]) -> Record[C] | None:
        """Return one live record."""
        with self.read() as connection:
            found = records.find(connection, ref, contract)
        return None if found is None else found.record(model)

    def close(self) -> None:
        """Close all connections."""
        self.database.close()
