"""The front door: the sources of one configuration, and everything that can be asked of them."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from bartack import config as configuration
from bartack import registry
from bartack.config import Config, SourceConfig
from bartack.errors import AccessError, ConfigError
from bartack.events import Emit, Listeners
from bartack.otel import Telemetry
from bartack.reading.check import Checked, check_source
from bartack.reading.choosing import chosen
from bartack.reading.explain import Explanation, explain_row
from bartack.reading.fallback import Recall
from bartack.reading.offline import Normalized, normalize_with
from bartack.reading.one import query_of, read_one
from bartack.reading.read import Read, moment
from bartack.reading.recorded import Recorder, recorder_of
from bartack.reading.replayed import about_source
from bartack.reading.source import Feed, Source, offline, prepare
from bartack.recording import Cassette
from bartack.recording.sql import SqlCassette
from bartack.replica.text import is_sayable
from bartack.settings import Secret
from bartack.store.presence import is_there
from bartack.transports.base import Clock, Query, Runtime, utcnow
from bartack_contracts import Catalog, Contract, Record, Ref

if TYPE_CHECKING:
    from bartack.reading.surprises import Policy
    from bartack.replica.answers import Answer, Changes, Standing
    from bartack.replica.links import Linked
    from bartack.replica.replica import Replica
    from bartack.reviewing.governance import Governance
    from bartack.reviewing.review import Review
    from bartack.store.audit import Audit
    from bartack.store.rejects import Decision
    from bartack.store.state import StateStore
    from bartack.syncing.status import StreamStatus
    from bartack.syncing.synced import Synced

__all__ = ["Hub", "normalize", "open_hub"]

C = TypeVar("C", bound=Contract)


class Hub:
    """The sources of one configuration. Holds no connection: each read opens what it needs, and closes it.

    Made by :func:`bartack.open`. Safe to use from several threads. ``listener`` is called with every step of a read (see
    :mod:`bartack.events`), in the thread that reads. ``replay``: recordings that answer in the place of sources, by name.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock = utcnow,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        plugins: registry.Plugins | None = None,
        environ: Mapping[str, str] | None = None,
        listener: Emit | None = None,
        replay: Mapping[str, Path | Cassette | SqlCassette] = MappingProxyType({}),
    ) -> None:
        self.config = config
        self._replay = replay
        self._clock = clock
        wanted = {*config.allow, *(source.connector for source in config.sources.values())}
        self.plugins = plugins if plugins is not None else registry.load(wanted)
        own = () if listener is None else (("Hub(listener=…)", listener),)
        self._runtime = Runtime(
            clock=clock,
            sleep=sleep,
            monotonic=monotonic,
            base_dir=str(config.folder),
            environ=dict(os.environ if environ is None else environ),
            providers=self.plugins.secret_provider,
            emit=Listeners((*self.plugins.listeners, *own, ("opentelemetry", Telemetry()))),
        )
        self._prepared: dict[str, Source] = {}
        self._preparing = threading.Lock()  # two gates of one source would let twice as much through
        self._recorders: list[Recorder] = []
        self._store: StateStore | None = None
        self._opening = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._recorders.clear()  # half a recording must not replace a whole one
        self.close()

    def reveal(self, secret: Secret) -> str:
        """Return a secret of the configuration, as its environment, files and providers know it.

        Raises
        ------
        BartackError
            it cannot be looked up.
        """
        return self._runtime.reveal(secret)

    def close(self) -> None:
        """Save what was recorded, and forget prepared sources. Reads that are under way keep theirs.

        Raises
        ------
        RecordingError
            a recording cannot be written.
        """
        for recorder in self._recorders:
            recorder.cassette.save()
        self._recorders.clear()
        self._prepared.clear()
        if self._store is not None:
            self._store.close()
            self._store = None

    @property
    def store(self) -> StateStore:
        """Bartack's own state; opened, and where there is none made, when it is first asked for.

        Raises
        ------
        ConfigError
            ``[store]`` cannot be used.
        StoreError
            the state is damaged, of a newer Bartack, or cannot be reached or written.
        """
        with self._opening:
            if self._store is None:
                from bartack.store.state import StateStore  # here: a read without a store needs no SQLAlchemy

                self._store = StateStore.open(self.config.store, self._runtime)
            return self._store

    @property
    def contracts(self) -> Catalog:
        """The contracts records can be read as."""
        return self.plugins.catalog()

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the configured sources, in the order of the configuration."""
        return tuple(self.config.sources)

    def source(self, name: str) -> Source:
        """Return a source, its settings checked and its connector imported.

        Raises
        ------
        ConfigError
            no such source, or a configuration its connector does not accept.
        """
        found = self.config.sources.get(name)
        if found is None:
            known = ", ".join(self.sources) or "none"
            raise ConfigError(f"no source named {name!r}", where=self.config.file, next_step=f"sources: {known}")
        with self._preparing:
            if name not in self._prepared:
                source = prepare(found, self.plugins, self._runtime, self.config.file)
                if name in self._replay:
                    source = replace(source, replay=self._replay[name])
                self._prepared[name] = self._recorded(source, found)
            return self._prepared[name]

    @overload
    def read(
        self,
        contract: type[C],
        *,
        source: str | Sequence[str] | None = ...,
        stream: str | None = ...,
        since: datetime | None = ...,
        limit: int | None = ...,
        allow_partial: bool = ...,
        live: bool = ...,
        cached: bool = ...,
        max_age: str | float | None = ...,
    ) -> Read[C]: ...

    @overload
    def read(
        self,
        contract: str,
        *,
        source: str | Sequence[str] | None = ...,
        stream: str | None = ...,
        since: datetime | None = ...,
        limit: int | None = ...,
        allow_partial: bool = ...,
        live: bool = ...,
        cached: bool = ...,
        max_age: str | float | None = ...,
    ) -> Read[Any]: ...

    def read(
        self,
        contract: type[Contract] | str,
        *,
        source: str | Sequence[str] | None = None,
        stream: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
        allow_partial: bool = False,
        live: bool = False,
        cached: bool = False,
        max_age: str | float | None = None,
    ) -> Read[Any]:
        """Read the records of a contract from ``source`` (all sources that have some, when none is named).

        ``since``: only what changed at or after this aware moment, where the source can tell. ``limit``: at most so many
        records; the verdict is then ``limited``. Nothing is asked before the iteration begins.

        A source that fails before its first row is answered for by the store, if it has a snapshot: the records, the
        stream and the verdict then say ``stale`` and ``as_of``. ``live``: never the store. ``cached``: only the store,
        nothing is asked. ``max_age`` (``"1h"``, or seconds): a snapshot as young as that answers at once, an older one
        not at all.

        Raises
        ------
        ConfigError
            no such contract, source or stream, no stream that feeds the contract, or wishes that exclude each other.
        """
        model = self.contract(contract)
        feeds, unready = chosen(self.source, self._names(source), model, stream, named=source is not None)
        recall = self._recall(live=live, cached=cached, max_age=max_age)
        query = Query(since=moment(since))
        wishes: dict[str, Any] = {"limit": limit, "allow_partial": allow_partial, "unopened": unready}
        return Read(feeds, query, self._clock, recall, **wishes, contract=model)

    def get(
        self, ref: Ref | str, *, live: bool = False, cached: bool = False, max_age: str | float | None = None
    ) -> Record[Any]:
        """Return one record: read now, or from the store, as :meth:`read` does; the record says which.

        Raises
        ------
        AccessError
            there is no such record, or the source refuses who is asking.
        SourceChangedError
            the record is there but cannot become its contract.
        IncompleteRead
            it is not among the rows that came, and some are missing; or what the store has is too old.
        BartackError
            the source fails, and the store has no such record.
        """
        parsed = self._ref(ref)
        feeds = self._feeds(parsed)
        recall = self._recall(live=live, cached=cached, max_age=max_age)
        return feeds[0].source.shown(read_one(feeds, parsed, recall))

    def get_many(self, refs: Iterable[Ref | str], *, masked: bool = False) -> Answer[Any]:
        """Return records of the store by their refs, in that order: what an index of one's own has found.

        The answer names those that are not there. ``masked``: as if every source masked what is personal.

        Raises
        ------
        ConfigError
            what is no ref, a source that is none, or more than a thousand.
        StoreError
            the store cannot be used.
        """
        return self.replica.get_many([self._ref(one) for one in refs], masked=masked)

    def query(
        self,
        contract: type[Contract] | str,
        *,
        source: str | Sequence[str] | None = None,
        where: Mapping[str, Any] | None = None,
        order_by: str | Sequence[str] | None = None,
        limit: int = 20,
        cursor: str | None = None,
        max_age: str | float | None = None,
        masked: bool = False,
    ) -> Answer[Any]:
        """Return records of the store that fulfil conditions on contract fields, a page at a time; no source is asked.

        ``where``: ``{"status": "open", "total.amount": {"gte": "100.00"}}``, see :mod:`bartack.replica.where`.
        ``order_by``: a field, or ``-field`` for the last first; several in a list. ``cursor``: of the page before.
        ``max_age``: what is older is marked stale. ``masked``: as if every source masked what is personal.

        Raises
        ------
        ConfigError
            a contract, field, value, source or cursor that is none; or what is masked is asked for.
        StoreError
            the store cannot be used.
        """
        asked: dict[str, Any] = {
            "where": where,
            "order_by": order_by,
            "limit": limit,
            "cursor": cursor,
            "max_age": max_age,
        }
        return self.replica.query(self.contract(contract), source=source, masked=masked, **asked)

    def search(
        self,
        contract: type[Contract] | str,
        text: str,
        *,
        source: str | Sequence[str] | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int = 20,
        cursor: str | None = None,
        max_age: str | float | None = None,
        masked: bool = False,
    ) -> Answer[Any]:
        """Return records of the store in which words are, the best ones first; otherwise as :meth:`query`.

        A word fits where one begins so; ``"two words"`` in quotes, and an e-mail address, stand together. Case and accents
        do not count. Where no record has all words, those with any of them come, and the answer says ``matched="any"``.

        Raises
        ------
        ConfigError
            no word to search for, or as for :meth:`query`.
        StoreError
            the store cannot be used.
        """
        asked: dict[str, Any] = {"where": where, "limit": limit, "cursor": cursor, "max_age": max_age}
        return self.replica.search(self.contract(contract), text, source=source, masked=masked, **asked)

    def changes(
        self,
        contract: type[Contract] | str | None = None,
        *,
        source: str | Sequence[str] | None = None,
        cursor: str | None = None,
        limit: int = 100,
        masked: bool = False,
    ) -> Changes:
        """Return which records of the store came, changed or went since a cursor: what an index of one's own follows.

        Raises
        ------
        ConfigError
            no such contract or source, or a cursor that is none of this question.
        ConflictError
            what has changed since is not known any more: begin anew, without a cursor.
        StoreError
            the store cannot be used.
        """
        model = None if contract is None else self.contract(contract)
        return self.replica.changes(model, source=source, cursor=cursor, limit=limit, masked=masked)

    def linked(self, ref: Ref | str, *, source: str | Sequence[str] | None = None, masked: bool = False) -> Linked:
        """Return the records of the store that are of the same person or organization as one, and by what that is known.

        Contracts declare the keys (:class:`~bartack_contracts.LinkKey`). ``source``: only records of these.

        Raises
        ------
        AccessError
            the store has no such record.
        ConfigError
            no such source, or no ref.
        StoreError
            the store cannot be used.
        """
        return self.replica.linked(self._ref(ref), source=source, masked=masked)

    def standings(
        self,
        contract: type[Contract] | str | None = None,
        *,
        source: str | Sequence[str] | None = None,
        max_age: str | float | None = None,
    ) -> tuple[Standing, ...]:
        """Return how far each stream of the store can be trusted: complete or not, fresh or stale, since when, and why.

        Raises
        ------
        ConfigError
            no such contract or source.
        StoreError
            the store cannot be used.
        """
        model = None if contract is None else self.contract(contract)
        return self.replica.standings(model, source=source, max_age=max_age)

    @property
    def replica(self) -> Replica:
        """The last good records of all sources, answered from the store.

        Raises
        ------
        StoreError
            the store cannot be used.
        """
        from bartack.replica.replica import Replica

        return Replica(self.store, self.contracts, self.sources, self.source, self._clock)

    def explain(self, ref: Ref | str) -> Explanation:
        """Read one record again and say how each of its fields came about.

        Raises
        ------
        AccessError
            the source has no such record.
        """
        parsed = self._ref(ref)
        left_out: Explanation | None = None
        for feed in self._feeds(parsed):
            found = self._explained(feed, parsed)
            if found is not None and found.kind != "skipped":
                return found
            left_out = left_out or found  # a rule says that the row is another contract's
        if left_out is not None:
            return left_out
        raise AccessError("no such record", where=str(ref), next_step="check the id; deleted records are not returned")

    def sync(
        self,
        source: str | Sequence[str] | None = None,
        *,
        streams: Sequence[str] = (),
        full: bool = False,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Synced]:
        """Bring the store up to date with sources (all, when none is named); yield how each stream ended, as it ends.

        The sources are synced at the same time, the streams of each one after the other: incremental where a stream can
        tell what has changed. A sync that was interrupted goes on where it was. A snapshot with something missing, or one
        that looks degraded, is held back: readers keep the last good one. ``full``: read everything. ``stop`` is asked
        after each page, whether to end here.

        Raises
        ------
        ConfigError
            no such source or stream.
        StoreError
            the store cannot be used.
        """
        from bartack.syncing.source import not_ready
        from bartack.syncing.together import sync_all

        ready: list[Source] = []
        for name in self._names(source):
            try:
                ready.append(self.source(name))
            except ConfigError as error:
                if source is not None:
                    raise
                yield not_ready(name, error)
        yield from sync_all(ready, self.store, streams=streams, full=full, stop=stop)

    def accept(
        self, source: str, streams: Sequence[str] = (), *, by: str | None = None, seen: int | None = None
    ) -> Iterator[Synced]:
        """Publish the snapshots of a source that were held back: a person says that they are right.

        ``by``: who says so; ``seen``: the run that was looked at.

        Raises
        ------
        ConflictError
            another one than ``seen`` is held back by now, or none.
        """
        from bartack.syncing.source import accept_held

        yield from accept_held(self.source(source), self.store, streams, by=by, seen=seen)

    @property
    def review(self) -> Review:
        """The review queue: rows that could not become records, for people to decide over.

        Raises
        ------
        StoreError
            the store cannot be used.
        """
        from bartack.reviewing.review import Review

        return Review(self.store, self.source, self._runtime)

    @property
    def governance(self) -> Governance:
        """What is kept of persons: find it, erase it, keep it out.

        Raises
        ------
        StoreError
            the store cannot be used.
        """
        from bartack.reviewing.governance import Governance

        return Governance(self.store, self.config, self._runtime)

    def status(self) -> list[StreamStatus]:
        """Return how each stream stands that is synced, and what to do next; a source that is not ready says why.

        Raises
        ------
        ConfigError
            ``[store]`` cannot be used.
        StoreError
            the store cannot be read.
        """
        from bartack.syncing.status import statuses, unready

        store = self.store
        found: list[StreamStatus] = []
        for name in self._names(None):
            try:
                found += statuses([self.source(name)], store)
            except ConfigError as error:
                found.append(unready(name, error))
        return found

    def policies(self) -> dict[str, list[Policy]]:
        """Return what a surprise does, by source: as it is decided now, and where that comes from."""
        from bartack.reading.surprises import policy_rows

        return {name: policy_rows(found.surprises) for name, found in self.config.sources.items()}

    def audit(self) -> Audit:
        """Hold the store against its own books: every row, record and reject of all runs.

        Raises
        ------
        StoreError
            the store cannot be read.
        """
        from bartack.store.audit import audit

        return audit(self.store.database)

    def check(self, source: str | None = None) -> list[Checked]:
        """Ask every stream of a source (of all, when none is named) for its first page; say what works and what to do."""
        names = self._names(source)
        return [result for name in names for result in check_source(name, self.source)]

    def _names(self, source: str | Sequence[str] | None) -> tuple[str, ...]:
        if not self.sources:
            raise ConfigError(
                "no source is configured", where=self.config.file, next_step="write a table [sources.NAME]"
            )
        return self.sources if source is None else (source,) if isinstance(source, str) else tuple(source)

    def contract(self, contract: type[Contract] | str) -> type[Contract]:
        """Return the class of a contract: by class, ``person/1``, or ``person``.

        Raises
        ------
        ConfigError
            no such contract.
        """
        try:
            return self.contracts.get(contract)
        except LookupError as error:
            raise ConfigError(str(error), next_step="bartack contracts lists them") from None

    def normalize(self, source: str, stream: str, body: bytes | str, **how: Any) -> Normalized:
        """Map an answer of a configured source that is already there; as :func:`bartack.normalize`."""
        return normalize_with(self.source(source), stream, body, self._clock, **how)

    def _recorded(self, source: Source, config: SourceConfig) -> Source:
        """Return the source so that what it answers is recorded on the way, if the configuration says so."""
        if config.record is None:
            return source
        recorder = recorder_of(source, Path(self.config.folder) / config.record, about_source(source))
        self._recorders.append(recorder)
        return replace(source, runtime=recorder.beside(source.runtime))

    def _ref(self, ref: Ref | str) -> Ref:
        try:
            parsed = Ref.parse(str(ref))
        except ValueError as error:
            raise ConfigError(str(error), next_step="write source/stream/id") from None
        if not all(map(is_sayable, parsed)):
            raise ConfigError("a ref with NUL or half of a character", next_step="no record has one: correct it")
        return parsed

    def _feeds(self, ref: Ref) -> list[Feed]:
        return self.source(ref.source).feeds(stream=ref.stream)

    def _explained(self, feed: Feed, ref: Ref) -> Explanation | None:
        with feed.source.open() as session:
            for page in feed.pages(session, query_of(feed, ref.id)):
                for row, outcome in zip(page.rows, feed.mapping.page(page.rows, Counter()), strict=True):
                    if outcome.id == ref.id:
                        return explain_row(feed, row, self._decided(feed, ref.id, row))
        return None

    def _decided(self, feed: Feed, identity: str, row: Any) -> Decision | None:
        """Return what a person decided over a row as it is now, where there is a store."""
        store = self._stored()
        if store is None:
            return None
        from bartack.reading.decisions import decision_over

        return decision_over(store, feed, identity, row)

    def _recall(self, **wishes: Any) -> Recall:
        return Recall.wanted(self._stored, self._clock, **wishes)

    def _stored(self) -> StateStore | None:
        """Return the state, if there is one already: reading makes none."""
        return self.store if self._store is not None or is_there(self.config.store, self._runtime) else None


def open_hub(
    path: str | Path | None = None,
    *,
    clock: Clock = utcnow,
    listener: Emit | None = None,
    lock: bool | str | Path = False,
) -> Hub:
    """Open the hub of a configuration: the file or folder at ``path``, else the nearest ``bartack.toml`` upwards.

    ``listener`` is called with every step of a read; see :mod:`bartack.events`. ``lock``: only if contracts, connectors,
    mappings and settings are those of ``bartack.lock`` beside the configuration, or of the lock at this path.

    Raises
    ------
    ConfigError
        there is no configuration, or it cannot be read.
    LockError
        something is not as it was locked.
    """
    start = Path(path) if path is not None else Path.cwd()
    if not start.exists():
        raise ConfigError("there is no such file or folder", where=str(start), next_step="check the path")
    file = start if start.is_file() else configuration.find(start)
    hub = Hub(configuration.load(file), clock=clock, listener=listener)
    if lock is not False:
        from bartack.locking import beside, hold

        hold(beside(file) if lock is True else Path(lock), map(hub.source, hub.sources), hub.plugins)
    return hub


def normalize(
    connector: str,
    stream: str,
    body: bytes | str,
    *,
    contract: str | None = None,
    content_type: str | None = None,
    status: int = 200,
    clock: Clock = utcnow,
) -> Normalized:
    """Map one answer exactly as the source sent it, without a configuration and without asking anybody.

    ``body`` may be a list answer, a bare list of rows, a single object, an error body, an HTML page, or rubbish: what is
    no answer with rows ends in ``.error``. A body that announces a next page is ``partial``.

    Raises
    ------
    ConfigError
        no such connector, stream or contract.
    """
    plugins = registry.load({connector})
    source = offline(plugins.connector(connector), connector, plugins, Runtime(clock=clock))
    return normalize_with(source, stream, body, clock, contract=contract, content_type=content_type, status=status)
