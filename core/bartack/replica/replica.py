"""The replica: the last good records of all sources, answered from the store. No source is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from bartack.errors import ConfigError, ConflictError
from bartack.reading.fallback import parse_age
from bartack.reading.source import Source
from bartack.replica.answers import Answer, Change, Changes, Standing, judged
from bartack.replica.asking import Asked, fetch, queried, searched
from bartack.replica.cursors import Cursors
from bartack.replica.indexing import bring_up_to_date
from bartack.replica.linking import Linking
from bartack.replica.links import Linked
from bartack.replica.reach import Reach, reach_of, readable, refuse_personal
from bartack.replica.standings import standings_of
from bartack.replica.text import phrases
from bartack.replica.where import conditions_of, orders_of
from bartack.store import changes as log
from bartack.store import records
from bartack.store.changes import Feed, Logged
from bartack.store.state import StateStore
from bartack.store.tables import replica
from bartack_contracts import Catalog, Contract, Ref

__all__ = ["Replica"]

_MOST = 1000
"""So many records in one answer."""


class Replica:
    """The snapshot of all sources, to be searched, filtered and followed. Safe to use from several threads.

    ``sources``: the names of the configured sources; ``source`` prepares one of them.
    """

    def __init__(
        self,
        store: StateStore,
        contracts: Catalog,
        sources: Sequence[str],
        source: Callable[[str], Source],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._contracts = contracts
        self._sources = tuple(sources)
        self._source = source
        self._clock = clock

    def query(
        self,
        model: type[Contract],
        *,
        source: str | Collection[str] | None = None,
        where: Mapping[str, Any] | None = None,
        order_by: str | Sequence[str] | None = None,
        limit: int = 20,
        cursor: str | None = None,
        max_age: str | float | None = None,
        masked: bool = False,
    ) -> Answer[Any]:
        """Return records of a contract that fulfil conditions; see :mod:`bartack.replica.where`.

        Raises
        ------
        ConfigError
            a field, value, source or cursor that is none; or a personal field is asked for where it is masked.
        StoreError
            the store cannot be used.
        """
        conditions, orders = conditions_of(model, where), orders_of(model, order_by)
        reach = self._reach(model, source, masked=masked)
        refuse_personal([*conditions, *orders], reach)
        with self._opened() as connection:
            asked_so = ("query", model.contract, _told(source), masked, where, order_by)
            cursors = Cursors(_key(connection), *asked_so)
            after = None if cursor is None else cursors.read(cursor)
            scope = reach.scope(model.contract)
            asked = queried(connection, scope, conditions, orders, limit=_most(limit), after=after)
            return self._answer(connection, model, asked, reach, cursors, max_age)

    def search(
        self,
        model: type[Contract],
        text: str,
        *,
        source: str | Collection[str] | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int = 20,
        cursor: str | None = None,
        max_age: str | float | None = None,
        masked: bool = False,
    ) -> Answer[Any]:
        """Return the records in which words are, the best ones first: all of them, and where no record has all, any.

        Raises
        ------
        ConfigError
            no word to search for, or as for :meth:`query`.
        StoreError
            the store cannot be used.
        """
        sought = phrases(text)
        if not sought:
            raise ConfigError("there is no word to search for", next_step="write letters or digits; query lists all")
        conditions = conditions_of(model, where)
        reach = self._reach(model, source, masked=masked)
        refuse_personal(conditions, reach)
        with self._opened() as connection:
            cursors = Cursors(_key(connection), "search", model.contract, _told(source), masked, where, sought)
            newest = log.last(connection)
            every, offset, index = (True, 0, newest) if cursor is None else cursors.read(cursor)
            scope = reach.scope(model.contract)

            def page(*, every: bool) -> Asked:
                return searched(connection, scope, sought, conditions, every=every, limit=_most(limit), offset=offset)

            found = page(every=every)
            if every and not found.total:
                every, found = False, page(every=False)
            asked = replace(found, following=found.following and (every, *found.following, index))
            answer = self._answer(connection, model, asked, reach, cursors, max_age)
            moved = "records changed since the first page: some may come twice, or not at all"
            return replace(
                answer,
                scores=tuple(row["score"] for row in found.rows) if len(answer.records) == len(found.rows) else (),
                matched="every" if every else "any",
                notices=(moved,) if index != newest else (),
            )

    def changes(
        self,
        model: type[Contract] | None = None,
        *,
        source: str | Collection[str] | None = None,
        cursor: str | None = None,
        limit: int = 100,
        masked: bool = False,
    ) -> Changes:
        """Return what has changed since a cursor; from the beginning, without one.

        Raises
        ------
        ConfigError
            no such source, or a cursor that is none of this question.
        ConflictError
            too much has happened since the cursor: begin anew, without one.
        StoreError
            the store cannot be used.
        """
        reach = self._reach(model, source, masked=masked)
        with self._opened() as connection:
            contract = None if model is None else model.contract
            cursors = Cursors(_key(connection), "changes", contract, _told(source), masked)
            after, known = (0, []) if cursor is None else cursors.read(cursor)
            if cursor is not None:
                _can_go_on(connection, after, [one for one in reach.feeds if _short(one) not in known])
            found = log.since(connection, after, limit=_most(limit) + 1, feeds=reach.feeds)
            page, more = found[:limit], len(found) > limit
            at = page[-1].change if more else max(log.last(connection), after)
            return Changes(
                self._told(connection, page, reach),
                cursors.write([at, [_short(one) for one in reach.feeds]]),
                more,
                (*self._standings(connection, reach.feeds), *reach.unready),
            )

    def get_many(self, refs: Sequence[Ref], *, masked: bool = False) -> Answer[Any]:
        """Return records by their refs, in that order; those that are not there are named in ``notices``.

        Raises
        ------
        ConfigError
            more than a thousand refs, or a source that is none.
        StoreError
            the store cannot be used.
        """
        wanted = tuple(dict.fromkeys(refs))
        _most(max(len(wanted), 1))
        reach = self._reach(None, tuple(dict.fromkeys(one.source for one in wanted)) or None, masked=masked)
        feeds = [one for one in reach.feeds if any(one[:2] == (ref.source, ref.stream) for ref in wanted)]
        with self._opened() as connection:
            standings = {one[:3]: told for one, told in zip(feeds, self._standings(connection, feeds), strict=True)}
            rows = [(*feed, ref.id) for ref in wanted for feed in feeds if feed[:2] == (ref.source, ref.stream)]
            there = records.find_all(connection, rows)
        found = {
            Ref(row[0], row[1], row[3]): readable(there[row], self._contracts.get(row[2]), standings[row[:3]], reach)
            for row in rows
            if row in there
        }
        delivered = tuple(record for ref in wanted if (record := found.get(ref)) is not None)
        told = (*standings.values(), *reach.unready)
        return Answer(
            delivered,
            told,
            len(delivered),
            None,
            judged(told, len(delivered), limited=False, lost=len(found) - len(delivered)),
            notices=tuple(f"there is no record {ref}" for ref in wanted if ref not in found),
        )

    def linked(self, ref: Ref, *, source: str | Collection[str] | None = None, masked: bool = False) -> Linked:
        """Return the records, of all contracts, that are of the same one as a record.

        Raises
        ------
        AccessError
            the store has no such record.
        ConfigError
            no such source.
        StoreError
            the store cannot be used.
        """
        reach = self._reach(None, source, masked=masked)
        hidden = masked or self._source(ref.source).config.keep.mask
        with self._opened() as connection:
            reached = reach.masked | ({ref.source} if hidden else set())
            found = Linking(connection, self._contracts, reach.feeds, reached).of(ref)
            told = (*self._standings(connection, found.feeds), *reach.unready)
            verdict = judged(told, len(found.links), limited=False)
            return Linked(ref, found.contract, found.links, found.ambiguous, told, verdict, found.notices)

    def standings(
        self,
        model: type[Contract] | None = None,
        *,
        source: str | Collection[str] | None = None,
        max_age: str | float | None = None,
    ) -> tuple[Standing, ...]:
        """Return how far each stream can be trusted: of all contracts, or of one."""
        reach = self._reach(model, source, masked=False)
        with self._opened() as connection:
            return (*self._standings(connection, reach.feeds, max_age), *reach.unready)

    def refresh(self) -> int:
        """Index what was synced since a question was asked last, so that the next one need not; return how much that was."""
        return bring_up_to_date(self._store, self._contracts)

    # -- what all questions have in common ----------------------------------------------------------------------------

    def _opened(self) -> Any:
        """Open the store for reading, with the index as new as the snapshot."""
        self.refresh()
        return self._store.read()

    def _reach(self, model: type[Contract] | None, source: str | Collection[str] | None, *, masked: bool) -> Reach:
        names = self._sources if source is None else (source,) if isinstance(source, str) else tuple(source)
        return reach_of(self._source, self._sources, names, model, masked=masked)

    def _standings(
        self, connection: Connection, feeds: Sequence[Feed], max_age: str | float | None = None
    ) -> list[Standing]:
        numbers = self._store.tally.of(connection)
        return standings_of(connection, feeds, numbers, now=self._clock(), max_age=parse_age(max_age))

    def _answer(
        self,
        connection: Connection,
        model: type[Contract],
        asked: Asked,
        reach: Reach,
        cursors: Cursors,
        max_age: str | float | None,
    ) -> Answer[Any]:
        standings = self._standings(connection, reach.feeds, max_age)
        by_stream = {(one.source, one.stream): one for one in standings}
        found = [
            readable(one, model, by_stream.get((one.row["source"], one.row["stream"])), reach)
            for one in fetch(connection, model.contract, asked.rows)
        ]
        delivered = tuple(record for record in found if record is not None)
        told = (*standings, *reach.unready)
        limited = asked.following is not None
        return Answer(
            delivered,
            told,
            asked.total,
            None if asked.following is None else cursors.write(asked.following),
            judged(told, len(delivered), limited=limited, lost=len(found) - len(delivered)),
        )

    def _told(self, connection: Connection, page: Sequence[Logged], reach: Reach) -> tuple[Change, ...]:
        there = records.find_all(connection, [one.row for one in page if not one.gone])
        told = []
        for one in page:
            stored = there.get(one.row)
            record = None if stored is None else readable(stored, self._contracts.get(one.contract), None, reach)
            told.append(Change("delete" if stored is None else "put", one.ref, one.contract, one.changed_at, record))
        return tuple(told)


def _can_go_on(connection: Connection, after: int, fresh: Sequence[Feed]) -> None:
    if after < log.forgotten(connection) or (fresh and log.any_before(connection, after, fresh)):
        raise ConflictError(
            "what has changed since the cursor is not known any more",
            next_step="begin anew without a cursor, and drop what is not among the changes then",
        )


def _key(connection: Connection) -> str:
    return str(connection.execute(select(replica.c.key)).scalar_one())


def _told(source: str | Collection[str] | None) -> Any:
    return source if source is None or isinstance(source, str) else sorted(source)


def _short(feed: Feed) -> str:
    return hashlib.sha256("\x1f".join(feed).encode("utf-8", "surrogatepass")).hexdigest()[:8]


def _most(limit: int) -> int:
    if not 1 <= limit <= _MOST:
        raise ConfigError(
            f"a limit of {limit}", next_step=f"from 1 to {_MOST} records an answer; the cursor asks for more"
        )
    return limit
