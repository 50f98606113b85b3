"""Erasing a person from the store on request: find all that is kept, take it out, keep it out, and leave proof."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bartack.config import Config
from bartack.errors import ConfigError, StoreError
from bartack.events import Event
from bartack.policies import Keep
from bartack.reviewing.persons import Wanted, places, wanted
from bartack.reviewing.settling import finished_run
from bartack.reviewing.who import current_user
from bartack.store import erasures, leases, runs
from bartack.store.counts import Counts
from bartack.store.erasures import Erased, KeptRow, Stub
from bartack.store.payloads import Payloads
from bartack.store.state import StateStore
from bartack.store.words import squeeze
from bartack.transports.base import Runtime
from bartack_contracts import Ref

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Erasure", "Found", "Governance", "Search"]


@dataclass(frozen=True, slots=True)
class Found:
    """A row, what is kept of it (``where``: record, staged, reject 7, decision), and at which paths a person is in it.

    ``told_by_id``: the id itself is what was looked for; a stub of it keeps a digest.
    """

    ref: Ref
    contract: str
    where: tuple[str, ...]
    paths: tuple[str, ...]
    told_by_id: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What was found. ``sealed``: so many payloads are encrypted, and there is no key: they were not looked into."""

    found: tuple[Found, ...]
    sealed: int = 0


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure took out: ``records`` that were live, ``rejects`` that waited, of ``refs``.

    ``rewritten``: nothing of it is left in the files of the state either; false for a server, or where another process
    had the file open. ``beyond_reach``: what may hold the person still, in words.
    """

    refs: tuple[Ref, ...]
    records: int
    rejects: int
    rewritten: bool
    beyond_reach: tuple[str, ...]


class Governance:
    """What the store keeps of persons, at ``hub.governance``. Safe to use from several threads."""

    def __init__(self, store: StateStore, config: Config, runtime: Runtime) -> None:
        self._store = store
        self._config = config
        self._runtime = runtime

    def find(self, match: Mapping[str, str]) -> Search:
        """Find every row of any source and contract that a person is in, by ``email``, ``phone`` or ``id``.

        Values and raw payloads are looked into, of records, also deleted ones, rejects, decisions and staged rows. With
        several kinds, a row counts that one of them is found in.

        Raises
        ------
        ConfigError
            nothing to look for, or not in the form of its kind.
        """
        if not match:
            raise ConfigError("nobody is named", next_step="--match email=zoe@example.org")
        sought = [wanted(kind, text) for kind, text in match.items()]
        look = _Look(sought, Payloads.for_policy(Keep(), self._store.key))
        with self._store.read() as connection:
            for row in erasures.everything(connection):
                look.at(row)
        return Search(tuple(look.found()), look.sealed)

    def kept(self, rows: Iterable[Ref | str]) -> tuple[Found, ...]:
        """Return what is kept of rows, whoever is in them; nothing of a row that the store does not have.

        Raises
        ------
        ConfigError
            a ref that is none.
        """
        refs = dict(_named(one) for one in rows)
        found: dict[tuple[Ref, str], Found] = {}
        with self._store.read() as connection:
            for row in erasures.everything(connection):
                if row.ref in refs:
                    one = found.get((row.ref, row.contract), Found(row.ref, row.contract, (), ()))
                    found[row.ref, row.contract] = replace(one, where=(*one.where, row.where))
        return tuple(found[place] for place in sorted(found))

    def erase(self, rows: Iterable[Found | Ref | str], *, reason: str | None = None, by: str | None = None) -> Erasure:
        """Erase all that is kept of rows, in one transaction, and keep them out of later syncs.

        A row that is not in the store (yet) is kept out, too. ``by``: who erases; the user of this process, if left out.

        Raises
        ------
        ConfigError
            a ref that is none, or no row at all.
        """
        refs = dict(_named(one) for one in rows)
        if not refs:
            raise ConfigError("nothing is named", next_step="bartack erase REF, or --match email=…")
        now, who = self._runtime.clock(), by or current_user()
        places = sorted({(ref.source, ref.stream) for ref in refs})
        total: Counter[str] = Counter()
        with self._store.write() as connection:
            for source, stream in places:
                leases.wait_for_turn(connection, source, stream)
            for source, stream in places:
                mine = {ref: hidden for ref, hidden in refs.items() if (ref.source, ref.stream) == (source, stream)}
                total.update(_erased(connection, source, stream, mine, who, reason, now))
            squeeze(connection)
        for source, stream in places:
            self._runtime.emit(Event("review", now, source, stream, attributes={"action": "erase"}))
        return Erasure(
            tuple(refs), total["records"], total["rejects"], self._store.database.tidy(), tuple(self._beyond_reach())
        )

    def lift(self, ref: Ref | str) -> bool:
        """Let a row in again, with the next full sync at the latest; false where nothing kept it out."""
        (parsed, _) = _named(ref)
        with self._store.write() as connection:
            return erasures.lift(connection, parsed, self._runtime.clock())

    def stubs(self) -> tuple[Stub, ...]:
        """Return what is left of everything that was erased, the oldest first."""
        with self._store.read() as connection:
            return tuple(erasures.stubs(connection))

    def _beyond_reach(self) -> Iterator[str]:
        for source in self._config.sources.values():
            for path in (source.replay, source.record):
                if path is not None and (Path(self._config.folder) / path).exists():
                    yield f"the cassette {path} of {source.name}: record it anew, or delete it"
        if self._store.database.engine.dialect.name == "postgresql":
            yield "the server's own files: VACUUM FULL on the tables bartack_*; its write-ahead log and replicas"
        yield "backups of the state, and files written by bartack read --out or review export"
        yield "the sources themselves"


class _Look:
    """Goes through what is kept, and gathers rows that a person is in."""

    def __init__(self, sought: Sequence[Wanted], payloads: Payloads) -> None:
        self._sought = sought
        self._payloads = payloads
        self._found: dict[tuple[Ref, str], Found] = {}
        self.sealed = 0

    def at(self, row: KeptRow) -> None:
        paths: list[str] = []
        told_by_id = any(one.holds(row.ref.id) for one in self._sought)
        if told_by_id:
            paths.append("id")
        for number, text in enumerate(row.plain):
            paths += self._in(json.loads(text), "" if number == 0 else "issues")
        for text in row.packed:
            try:
                paths += self._in(self._payloads.unpack(text), "payload")
            except StoreError:
                self.sealed += 1
        if paths:
            found = self._found.get((row.ref, row.contract), Found(row.ref, row.contract, (), (), told_by_id))
            self._found[row.ref, row.contract] = replace(
                found,
                where=(*found.where, row.where),
                paths=tuple(dict.fromkeys((*found.paths, *paths))),
            )

    def found(self) -> list[Found]:
        return sorted(self._found.values(), key=lambda one: (one.ref, one.contract))

    def _in(self, value: object, path: str) -> Iterator[str]:
        for one in self._sought:
            yield from places(value, one, path)


def _named(row: Found | Ref | str) -> tuple[Ref, bool]:
    if isinstance(row, Found):
        return row.ref, row.told_by_id
    try:
        return Ref.parse(str(row)), False
    except ValueError as error:
        raise ConfigError(str(error), next_step="write source/stream/id") from None


def _erased(
    connection: Connection,
    source: str,
    stream: str,
    refs: Mapping[Ref, bool],
    who: str,
    reason: str | None,
    now: datetime,
) -> dict[str, int]:
    """Erase rows of one stream as a run of its own; return what that was."""
    run = runs.begin(connection, source, stream, "erasure", now=now, since=None, made_by=f"erased by {who}")
    done: dict[str, Erased] = {}
    for ref, hidden in refs.items():
        for contract, one in erasures.erase(connection, ref, who=who, reason=reason, now=now, hidden=hidden).items():
            before = done.get(contract, Erased(0, 0))
            done[contract] = Erased(before.records + one.records, before.rejects + one.rejects)
    counts = {name: Counts(removed=one.records, settled=one.rejects) for name, one in done.items()}
    finished_run(connection, run.run, counts, now)
    return {
        "records": sum(one.records for one in done.values()),
        "rejects": sum(one.rejects for one in done.values()),
    }
