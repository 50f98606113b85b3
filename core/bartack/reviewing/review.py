"""The review queue as people work on it: look at rejects, correct them, map them again, dismiss them.

Everything here works on payloads that are stored; no source is asked. What is decided is bound to the digest of the
payload, holds for it whenever the source sends it again, and is one transaction with the snapshot and the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar

from bartack.errors import ConfigError
from bartack.events import Event
from bartack.reading.decisions import by_decision
from bartack.reading.source import Feed, Source
from bartack.reviewing.case import Case, case_of, masked_entry, masked_reject
from bartack.reviewing.causes import Bulk, Cause, causes_of, each, no_such_cause
from bartack.reviewing.deciding import as_decided, take
from bartack.reviewing.problems import Problems
from bartack.reviewing.retrying import Retried, batches, retried
from bartack.reviewing.settled import Settled
from bartack.reviewing.settling import Judged, finished_run, settle
from bartack.reviewing.shelf import Shelf
from bartack.reviewing.undoing import Undone, undo
from bartack.reviewing.who import current_user
from bartack.store import history, records, rejects, runs
from bartack.store.counts import Counts
from bartack.store.history import Before, Entry
from bartack.store.reasons import reasons
from bartack.store.rejects import Decision, RejectState, Waiting
from bartack.store.state import StateStore
from bartack.transports.base import Runtime

__all__ = ["Bulk", "Cause", "Retried", "Review", "Settled", "Undone"]

T = TypeVar("T")

_Action = Literal["correct", "override", "dismiss"]


class Review:
    """The review queue of one configuration, at ``hub.review``. Safe to use from several threads."""

    def __init__(self, store: StateStore, source: Callable[[str], Source], runtime: Runtime) -> None:
        self._store = store
        self._shelf = Shelf(store, source)
        self._runtime = runtime

    @property
    def problems(self) -> Problems:
        """What those who are served reported of records."""
        return Problems(self._store, self._shelf, self._runtime)

    def list(
        self,
        *,
        source: str | None = None,
        stream: str | None = None,
        state: RejectState | None = "waiting",
        after: int = 0,
        limit: int | None = None,
    ) -> tuple[Waiting, ...]:
        """Return rejects, the oldest first; ``state=None`` returns those that are settled, too.

        ``after``: only those whose numbers come after this one; ``limit``: so many of them.
        """
        with self._store.read() as connection:
            found = rejects.listed(connection, source=source, stream=stream, state=state, after=after, limit=limit)
        masked = {name for name in {one.source for one in found} if self._shelf.masks(name)}
        return tuple(masked_reject(one) if one.source in masked else one for one in found)

    def show(self, number: int) -> Case:
        """Return everything there is to know of one reject.

        Raises
        ------
        ConfigError
            there is no such reject.
        StoreError
            its payload cannot be read: damaged, or encrypted and there is no key.
        """
        reject, decision = self._shelf.reject(number)
        try:
            feed = self._shelf.feed(reject)
        except ConfigError:  # its source is not configured any more: the reject can be looked at all the same
            feed = None
        row, raw = self._shelf.row(reject), self._shelf.raw(reject)
        return case_of(
            reject,
            row,
            raw,
            feed,
            decision,
            history=self._shelf.history(number),
            proposals=self._shelf.proposals(reject, row, feed),
            masked_by_policy=self._shelf.masks(reject.source),
        )

    def row(self, number: int) -> tuple[Waiting, Feed, Any]:
        """Return a reject, the feed that it comes from, and its native row: the very one that was rejected, not masked.

        Raises
        ------
        ConfigError
            there is no such reject, or its stream is not configured any more.
        StoreError
            its payload cannot be read: damaged, or encrypted and there is no key.
        """
        reject, _ = self._shelf.reject(number)
        return reject, self._shelf.feed(reject), self._shelf.row(reject)

    def fix(
        self,
        number: int,
        values: Mapping[str, Any] | None = None,
        *,
        override: Mapping[str, Any] | None = None,
        by: str | None = None,
        note: str | None = None,
    ) -> Settled:
        """Correct a reject, so that it becomes a record: ``values`` by contract field, or mapping rules as ``override``.

        The same decision again changes nothing. ``by``: who decides; the user of this process where it is left out.

        Raises
        ------
        ConfigError
            no such reject, field or rule, a value of another type, or the row is rejected still.
        ConflictError
            it does not wait any more, or the source has something newer by now.
        """
        if (values is None) == (override is None):
            raise ConfigError("a fix is made of values or of an override", next_step="give one of them")
        action: _Action = "correct" if override is None else "override"
        reject, before = self._shelf.reject(number)
        feed = self._shelf.feed(reject)
        decision = self._decision(reject, action, _as_json(feed, values, override), by, note)
        if (made := as_decided(reject, before, decision)) is not None:
            return Settled.of(reject, made, changed=False)
        row = self._shelf.row(reject)
        outcome = by_decision(feed, row, decision)
        if outcome.kind != "record":
            grave = [one for one in outcome.issues if one.severity == "error"]
            reasons = "; ".join(f"{one.field or one.path or 'row'}: {one.message}" for one in grave)
            raise ConfigError(
                f"with that it still is no {reject.contract}: {reasons or outcome.kind}",
                where=str(reject.ref),
                next_step=f"bartack review show {number}",
            )
        with self._store.write() as connection:
            made = take(connection, reject, decision)
            if made is not None:
                return Settled.of(reject, made, changed=False)
            was = Before.of(records.kept(connection, reject.ref, reject.contract), rejects.older(connection, reject))
            judged = [Judged(reject, row, outcome)]
            counts = settle(connection, feed, judged, self._store.key, now=decision.decided_at)
            history.add(connection, number, decision, was)
        self._emit(reject, "fix")
        return Settled.of(reject, decision, counts)

    def dismiss(self, number: int, *, by: str | None = None, note: str | None = None) -> Settled:
        """Take a reject out of the queue for good: the same payload does not come back into it.

        Raises
        ------
        ConfigError
            there is no such reject.
        ConflictError
            it does not wait any more.
        """
        reject, _ = self._shelf.reject(number)
        decision = self._decision(reject, "dismiss", {}, by, note)
        with self._store.write() as connection:
            made = take(connection, reject, decision)
            if made is not None:
                return Settled.of(reject, made, changed=False)
            now = decision.decided_at
            rejects.settle(connection, number, "dismissed", now)
            history.add(connection, number, decision, Before())
            run = runs.begin(
                connection, reject.source, reject.stream, "review", now=now, since=None, made_by=reject.made_by
            )
            finished_run(connection, run.run, {reject.contract: Counts(settled=1)}, now)
        self._emit(reject, "dismiss")
        return Settled.of(reject, decision)

    def accept(self, number: int, *, by: str | None = None, note: str | None = None) -> Settled:
        """Correct a reject by the values that are proposed for it; see :class:`Proposals`.

        Raises
        ------
        ConfigError
            there is no such reject, or nothing is proposed that makes it a record.
        ConflictError
            it does not wait any more, or the source has something newer by now.
        """
        reject = self._shelf.waiting(number)
        proposed = self._shelf.proposals(reject, self._shelf.row(reject), self._shelf.feed(reject))
        if not proposed.complete or self._shelf.masks(reject.source):
            raise ConfigError(
                f"nothing is proposed for reject {number} that makes it a {reject.contract}",
                where=str(reject.ref),
                next_step=f"bartack review show {number}",
            )
        return self.fix(number, proposed.values, by=by, note=note)

    def undo(self, number: int, *, by: str | None = None, note: str | None = None) -> Undone:
        """Take back what was decided over a reject: it waits again, and the record is as it was before.

        Raises
        ------
        ConfigError
            there is no such reject.
        ConflictError
            nothing was decided over it, or the source or somebody else has gone on since.
        """
        reject, _ = self._shelf.reject(number)
        with self._store.write() as connection:
            done = undo(connection, reject, who=by or current_user(), note=note, now=self._runtime.clock())
        self._emit(reject, "undo")
        return done

    def causes(self, *, source: str | None = None, stream: str | None = None) -> tuple[Cause, ...]:
        """Return what waits, grouped by what is wrong with it, the largest group first."""
        with self._store.read() as connection:
            return causes_of(reasons(connection, source=source, stream=stream), self._shelf.masks)

    def cause(self, key: str) -> Cause:
        """Return one group of :meth:`causes`.

        Raises
        ------
        ConfigError
            nothing waits (any more) that has this cause.
        """
        found = next((one for one in self.causes() if one.key == key), None)
        if found is None:
            raise no_such_cause(key)
        return found

    def each(self, numbers: Iterable[int], do: Callable[[int], T]) -> Bulk[T]:
        """Take one decision over several rejects, or take it back: each by itself, so that who was faster is told.

        >>> hub.review.each(cause.numbers, lambda n: hub.review.dismiss(n, by="zoe"))  # doctest: +SKIP
        """
        return each(numbers, do)

    def history(
        self,
        number: int | None = None,
        *,
        source: str | None = None,
        stream: str | None = None,
        limit: int | None = None,
    ) -> tuple[Entry, ...]:
        """Return who decided what, when and why, and who took it back: over one reject in order, else the newest first."""
        with self._store.read() as connection:
            if number is not None:
                found = history.of(connection, number)
            else:
                found = history.listed(connection, source=source, stream=stream, limit=limit)
        masked = {name for name in {one.source for one in found} if self._shelf.masks(name)}
        return tuple(masked_entry(one) if one.source in masked else one for one in found)

    def retry(self, number: int | None = None, *, source: str | None = None, stream: str | None = None) -> Retried:
        """Map rejects that wait once more, as the configuration is now: one, those of a stream, or all.

        Raises
        ------
        ConfigError
            there is no such reject.
        ConflictError
            the one that was named does not wait any more.
        """
        if number is not None:
            chosen = [self._shelf.waiting(number)]
        else:
            with self._store.read() as connection:
                chosen = rejects.listed(connection, source=source, stream=stream)
        total = Retried()
        for batch in batches(chosen):
            try:
                feed = self._shelf.feed(batch[0])
            except ConfigError as error:
                total += Retried(examined=len(batch), waiting=len(batch), errors=(error,))
                continue
            total += retried(self._store, self._shelf, feed, batch)
            self._emit(batch[0], "retry")
        return total

    def _decision(
        self, reject: Waiting, action: _Action, body: Mapping[str, Any], by: str | None, note: str | None
    ) -> Decision:
        of = (reject.source, reject.stream, reject.contract, reject.id, reject.digest)
        return Decision(*of, action, body, note, by or current_user(), self._runtime.clock())

    def _emit(self, reject: Waiting, action: str) -> None:
        with self._store.read() as connection:
            waiting = rejects.waiting_of(connection, reject.source, reject.stream)
        about: dict[str, str | int] = {"action": action, "waiting": waiting}
        self._runtime.emit(Event("review", self._runtime.clock(), reject.source, reject.stream, attributes=about))


def _as_json(feed: Feed, values: Mapping[str, Any] | None, override: Mapping[str, Any] | None) -> Mapping[str, Any]:
    from bartack.mapping.corrections import Corrections

    return Corrections.of(feed.mapping.model, values).written if values is not None else dict(override or {})
