"""The review queue as people work on it: look at rejects, correct them, map them again, dismiss them.

Everything here works on payloads that are stored; no source is asked. What is decided is bound to the digest of the
payload, holds for it whenever the source sends it again, and is one transaction with the snapshot and the queue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bartack.errors import ConfigError
from bartack.events import Event
from bartack.reading.decisions import by_decision
from bartack.reading.source import Feed, Source
from bartack.reviewing.case import Case, case_of, masked_reject
from bartack.reviewing.deciding import as_decided, take
from bartack.reviewing.retrying import Retried, batches, retried
from bartack.reviewing.settling import Judged, finished_run, settle
from bartack.reviewing.shelf import Shelf
from bartack.reviewing.who import current_user
from bartack.store import rejects, runs
from bartack.store.counts import Counts
from bartack.store.records import EFFECTS, Effect
from bartack.store.rejects import Decision, RejectState, Waiting
from bartack.store.state import StateStore
from bartack.transports.base import Runtime
from bartack_contracts import Ref

__all__ = ["Retried", "Review", "Settled"]

_Action = Literal["correct", "override", "dismiss"]


@dataclass(frozen=True, slots=True)
class Settled:
    """What was decided over one reject. ``changed``: false where the very same was decided before, and nothing was done.

    ``effect``: what became of the record; ``None`` where it was dismissed.
    """

    number: int
    ref: Ref
    contract: str
    changed: bool
    decision: Decision
    effect: Effect | None = None


class Review:
    """The review queue of one configuration, at ``hub.review``. Safe to use from several threads."""

    def __init__(self, store: StateStore, source: Callable[[str], Source], runtime: Runtime) -> None:
        self._store = store
        self._shelf = Shelf(store, source)
        self._runtime = runtime

    def list(
        self, *, source: str | None = None, stream: str | None = None, state: RejectState | None = "waiting"
    ) -> tuple[Waiting, ...]:
        """Return rejects, the oldest first; ``state=None`` returns those that are settled, too."""
        with self._store.read() as connection:
            found = rejects.listed(connection, source=source, stream=stream, state=state)
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
        return case_of(reject, row, raw, feed, decision, masked_by_policy=self._shelf.masks(reject.source))

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
            return _settled(reject, made, changed=False)
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
                return _settled(reject, made, changed=False)
            judged = [Judged(reject, row, outcome)]
            counts = settle(connection, feed, judged, self._store.key, now=decision.decided_at)
        self._emit(reject, "fix")
        return _settled(reject, decision, counts)

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
                return _settled(reject, made, changed=False)
            now = decision.decided_at
            rejects.settle(connection, number, "dismissed", now)
            run = runs.begin(
                connection, reject.source, reject.stream, "review", now=now, since=None, made_by=reject.made_by
            )
            finished_run(connection, run.run, {reject.contract: Counts(settled=1)}, now)
        self._emit(reject, "dismiss")
        return _settled(reject, decision)

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


def _settled(reject: Waiting, decision: Decision, counts: Counts | None = None, *, changed: bool = True) -> Settled:
    effect = None if counts is None else next(name for name in EFFECTS if getattr(counts, name))
    return Settled(reject.number, reject.ref, reject.contract, changed, decision, effect)


def _as_json(feed: Feed, values: Mapping[str, Any] | None, override: Mapping[str, Any] | None) -> Mapping[str, Any]:
    from bartack.mapping.corrections import Corrections

    return Corrections.of(feed.mapping.model, values).written if values is not None else dict(override or {})
