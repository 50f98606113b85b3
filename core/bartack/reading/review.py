"""The review queue as people work on it: look at rejects, correct them, map them again, dismiss them.

Everything here works on payloads that are stored; no source is asked. What is decided is bound to the digest of the
payload, holds for it whenever the source sends it again, and is one transaction with the snapshot and the queue.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bartack.errors import BartackError, ConfigError, ConflictError, StoreError
from bartack.events import Event
from bartack.policies import Keep
from bartack.reading.account import payload_digest
from bartack.reading.case import Case, case_of, masked_reject
from bartack.reading.decisions import apply_decision, by_decision
from bartack.reading.plan import made_by
from bartack.reading.settling import Judged, finished_run, moved_on, settle
from bartack.reading.source import Feed, Source
from bartack.reading.who import current_user
from bartack.store import leases, rejects, runs
from bartack.store.counts import Counts
from bartack.store.payloads import Payloads
from bartack.store.records import EFFECTS, Effect
from bartack.store.rejects import Decision, RejectState, Waiting
from bartack.store.state import StateStore
from bartack.transports.base import Runtime
from bartack_contracts import Ref

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Retried", "Review", "Settled"]

_BATCH = 200
"""So many rejects are settled in one transaction."""

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


class Review:
    """The review queue of one configuration, at ``hub.review``. Safe to use from several threads."""

    def __init__(self, store: StateStore, source: Callable[[str], Source], runtime: Runtime) -> None:
        self._store = store
        self._source = source
        self._runtime = runtime

    def list(
        self, *, source: str | None = None, stream: str | None = None, state: RejectState | None = "waiting"
    ) -> tuple[Waiting, ...]:
        """Return rejects, the oldest first; ``state=None`` returns those that are settled, too."""
        with self._store.read() as connection:
            found = rejects.listed(connection, source=source, stream=stream, state=state)
        masked = {name for name in {one.source for one in found} if self._masks(name)}
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
        reject, decision = self._reject(number)
        try:
            feed = self._feed(reject)
        except ConfigError:  # its source is not configured any more: the reject can be looked at all the same
            feed = None
        raw = None if reject.raw is None else self._unpacked(reject.raw)
        return case_of(reject, self._row(reject), raw, feed, decision, masked_by_policy=self._masks(reject.source))

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
        reject, before = self._reject(number)
        feed = self._feed(reject)
        decision = self._decision(reject, action, _as_json(feed, values, override), by, note)
        if (made := _as_decided(reject, before, decision)) is not None:
            return _settled(reject, made, changed=False)
        row = self._row(reject)
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
            made = self._take(connection, reject, decision)
            if made is not None:
                return _settled(reject, made, changed=False)
            counts = self._settle(connection, feed, [Judged(reject, row, outcome)])
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
        reject, _ = self._reject(number)
        decision = self._decision(reject, "dismiss", {}, by, note)
        with self._store.write() as connection:
            made = self._take(connection, reject, decision)
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
            chosen = [self._waiting(number)]
        else:
            with self._store.read() as connection:
                chosen = rejects.listed(connection, source=source, stream=stream)
        total = Retried()
        for batch in _batches(chosen):
            total = _added(total, self._retried(batch))
        return total

    # -- how ------------------------------------------------------------------------------------------------------------

    def _retried(self, batch: Sequence[Waiting]) -> Retried:
        try:
            feed = self._feed(batch[0])
        except ConfigError as error:
            return Retried(examined=len(batch), waiting=len(batch), errors=(error,))
        with self._store.read() as connection:
            decided = rejects.decided(
                connection, feed.source.name, feed.stream.name, feed.contract, {one.id for one in batch}
            )
        judged = []
        for reject in batch:
            row = self._row(reject)
            (outcome,) = feed.mapping.page([row], Counter())
            for decision in decided.get(reject.id, ()):
                if decision.digest == reject.digest:
                    outcome = apply_decision(feed, row, outcome, decision)
            judged.append(Judged(reject, row, outcome))
        with self._store.write() as connection:
            leases.wait_for_turn(connection, feed.source.name, feed.stream.name)
            still = [one for one in judged if _waits(rejects.get(connection, one.reject.number))]
            counts = self._settle(connection, feed, still)
        self._emit(batch[0], "retry")
        waiting = counts.rejected
        return Retried(len(batch), counts.delivered, len(batch) - counts.delivered - waiting, waiting)

    def _settle(self, connection: Connection, feed: Feed, judged: Sequence[Judged]) -> Counts:
        payloads = Payloads.for_policy(feed.source.config.keep, self._store.key)
        by = made_by(feed.source, feed.source.feeds(stream=feed.stream.name))
        return settle(connection, feed, judged, payloads, made_by=by, now=self._runtime.clock())

    def _take(self, connection: Connection, reject: Waiting, decision: Decision) -> Decision | None:
        """Write a decision down, as the only one; where the very same was written down before, return that one.

        Raises
        ------
        ConflictError
            somebody else was faster, or the source was.
        """
        leases.wait_for_turn(connection, reject.source, reject.stream)
        now = rejects.get(connection, reject.number)
        if now is None:
            raise _gone(reject.number)
        if (made := _as_decided(now, rejects.decision_over(connection, now), decision)) is not None:
            return made
        newer = moved_on(connection, now) if decision.action != "dismiss" else None
        if newer is not None:
            raise ConflictError(
                f"{newer}; it is not overwritten by an older payload",
                where=str(reject.ref),
                next_step=f"bartack review dismiss {reject.number}",
            )
        rejects.decide(connection, decision)
        return None

    def _decision(
        self, reject: Waiting, action: _Action, body: Mapping[str, Any], by: str | None, note: str | None
    ) -> Decision:
        of = (reject.source, reject.stream, reject.contract, reject.id, reject.digest)
        return Decision(*of, action, body, note, by or current_user(), self._runtime.clock())

    def _reject(self, number: int) -> tuple[Waiting, Decision | None]:
        with self._store.read() as connection:
            found = rejects.get(connection, number)
            if found is None:
                raise _gone(number)
            return found, rejects.decision_over(connection, found)

    def _waiting(self, number: int) -> Waiting:
        reject, decision = self._reject(number)
        if not _waits(reject):
            raise _settled_before(reject, decision)
        return reject

    def _masks(self, source: str) -> bool:
        try:
            return self._source(source).config.keep.mask
        except ConfigError:  # it is not configured any more
            return False

    def _feed(self, reject: Waiting) -> Feed:
        """Return the feed a reject comes from, as it is configured now."""
        for feed in self._source(reject.source).feeds(stream=reject.stream):
            if feed.contract == reject.contract:
                return feed
        raise ConfigError(
            f"the stream does not feed {reject.contract} any more",
            where=f"{reject.source}/{reject.stream}",
            next_step=f"bartack review dismiss {reject.number}",
        )

    def _row(self, reject: Waiting) -> Any:
        """Return the native row of a reject: the very one that was rejected."""
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

    def _unpacked(self, text: str) -> Any:
        return Payloads.for_policy(Keep(), self._store.key).unpack(text)

    def _emit(self, reject: Waiting, action: str) -> None:
        with self._store.read() as connection:
            waiting = rejects.waiting_of(connection, reject.source, reject.stream)
        about: dict[str, str | int] = {"action": action, "waiting": waiting}
        self._runtime.emit(Event("review", self._runtime.clock(), reject.source, reject.stream, attributes=about))


def _as_decided(reject: Waiting, before: Decision | None, decision: Decision) -> Decision | None:
    """Return the decision that was made before, where it is the very same; ``None`` while the reject waits.

    Raises
    ------
    ConflictError
        it does not wait any more, for another reason.
    """
    if _waits(reject):
        return None
    if before is not None and (before.action, before.body) == (decision.action, decision.body):
        return before
    raise _settled_before(reject, before)


def _settled(reject: Waiting, decision: Decision, counts: Counts | None = None, *, changed: bool = True) -> Settled:
    effect = None if counts is None else next(name for name in EFFECTS if getattr(counts, name))
    return Settled(reject.number, reject.ref, reject.contract, changed, decision, effect)


def _waits(reject: Waiting | None) -> bool:
    return reject is not None and reject.state == "waiting"


def _settled_before(reject: Waiting, decision: Decision | None) -> ConflictError:
    at = f"{reject.settled_at:%Y-%m-%d %H:%M} UTC" if reject.settled_at is not None else "an unknown time"
    if reject.state == "superseded":
        what = f"the source has sent something else for this row since (noticed {at})"
    elif decision is None or (reject.state == "fixed" and decision.action == "dismiss"):
        what = f"the mapping covers it since {at}"
    else:
        verb = {"correct": "corrected", "override": "overridden", "dismiss": "dismissed"}[decision.action]
        names = ", ".join(decision.body) or "it"
        what = f"{decision.who} has {verb} {names} at {decision.decided_at:%Y-%m-%d %H:%M} UTC"
    return ConflictError(
        f"reject {reject.number} does not wait any more: {what}",
        where=str(reject.ref),
        next_step=f"bartack review show {reject.number}",
    )


def _gone(number: int) -> ConfigError:
    return ConfigError(f"there is no reject {number}", next_step="bartack review list")


def _as_json(feed: Feed, values: Mapping[str, Any] | None, override: Mapping[str, Any] | None) -> Mapping[str, Any]:
    from bartack.mapping.corrections import Corrections

    return Corrections.of(feed.mapping.model, values).written if values is not None else dict(override or {})


def _batches(chosen: Sequence[Waiting]) -> Iterator[Sequence[Waiting]]:
    """Cut rejects into pieces of one feed that fit into a transaction, the oldest payload first."""
    feeds: dict[tuple[str, str, str], list[Waiting]] = {}
    for one in sorted(chosen, key=lambda one: (one.fetched_at, one.number)):
        feeds.setdefault((one.source, one.stream, one.contract), []).append(one)
    for waiting in feeds.values():
        for start in range(0, len(waiting), _BATCH):
            yield waiting[start : start + _BATCH]


def _added(one: Retried, other: Retried) -> Retried:
    return Retried(
        one.examined + other.examined,
        one.covered + other.covered,
        one.moot + other.moot,
        one.waiting + other.waiting,
        (*one.errors, *other.errors),
    )
