"""How many records are indexed of each stream: counted once for each state of the index, however many ask."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection, func, select

from bartack.store.changes import Feed
from bartack.store.tables import changes, documents, replica

__all__ = ["Tally"]


class Tally:
    """Counts, and remembers what it counted last. Safe in threads; belongs to one store.

    Counting looks at every record there is, which a question about one of them must not cost.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: tuple[object, ...] | None = None
        self._numbers: Mapping[Feed, int] = MappingProxyType({})

    def of(self, connection: Connection) -> Mapping[Feed, int]:
        """Return the number of indexed records by source, stream and contract."""
        state = _state(connection)
        with self._lock:
            if state == self._state:
                return self._numbers
        numbers = _counted(connection)
        with self._lock:
            self._state, self._numbers = state, numbers
        return numbers

    def forget(self) -> None:
        """Count anew the next time: the index was made again, because it was not what it should be."""
        with self._lock:
            self._state = None


def _state(connection: Connection) -> tuple[object, ...]:
    """Return what names the state of the index.

    It is another one whenever a record comes or goes: indexing moves ``indexed``; an erasure, which does not wait for that,
    logs a change, and the number of a change is never given twice; and where changes are forgotten, ``forgotten`` moves.
    """
    newest = select(func.max(changes.c.change)).scalar_subquery()
    asked = select(replica.c.indexed, replica.c.forgotten, replica.c.made_by, newest)
    return tuple(connection.execute(asked).one())


def _counted(connection: Connection) -> Mapping[Feed, int]:
    of = (documents.c.source, documents.c.stream, documents.c.contract)
    asked = select(*of, func.count()).group_by(documents.c.contract, documents.c.source, documents.c.stream)
    return MappingProxyType({(row[0], row[1], row[2]): int(row[3]) for row in connection.execute(asked)})
