"""Rows to rehearse on: those in the store beside what they are there, or two readings of the same recordings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from bartack.mapping.compiled import Outcome
from bartack.reading.decisions import judge_of
from bartack.reading.source import Feed
from bartack.rehearsing.rehearsal import Pair
from bartack.rehearsing.told import Told, stated
from bartack.store import records, rejects
from bartack.store.payloads import Payloads
from bartack.store.rejects import Waiting
from bartack.store.state import StateStore
from bartack_contracts import Ref

__all__ = ["recorded_pairs", "stored_pairs"]

_NOT_OF_RULES = ("row.corrected", "row.outdated", "row.uncorrected", "row.conflict", "secret.", "surprise.")
"""Remarks of reads and people. They depend on more than the row, so a rehearsal leaves them out."""

_BATCH = 500
"""So many rows of the store are mapped at once."""


def recorded_pairs(before: Iterable[Told], after: Iterable[Told]) -> Iterator[Pair]:
    """Yield the rows of two readings, by their refs; of one that was read twice the last counts."""
    earlier = {one.ref: one for one in before}
    for one in {one.ref: one for one in after}.values():
        yield Pair(earlier.pop(one.ref, None), one)
    for one in earlier.values():
        yield Pair(one, None)


def stored_pairs(store: StateStore, feed: Feed, contract: str | None = None) -> Iterator[Pair]:
    """Yield each row that is kept of a stream, as it is in the store and as ``feed`` makes it now; no source is asked.

    Records whose payload is not kept are passed over. ``contract``: what the store has them as, where that is another one.

    Raises
    ------
    StoreError
        a payload cannot be read: damaged, or encrypted and there is no key.
    """
    payloads = Payloads.for_policy(feed.source.config.keep, store.key)
    judge = judge_of(feed, store)

    def mapped(batch: Sequence[tuple[Told, Any]]) -> Iterator[Pair]:
        rows = [row for _, row in batch]
        outcomes = judge(rows, feed.mapping.page(rows, Counter()))
        for (before, _), outcome in zip(batch, outcomes, strict=True):
            yield Pair(before, _of_outcome(before.ref, outcome))

    waiting: list[tuple[Told, Any]] = []
    for before, payload in _kept(store, feed, contract or feed.contract):
        waiting.append((before, payloads.unpack(payload)))
        if len(waiting) == _BATCH:
            yield from mapped(waiting)
            waiting = []
    yield from mapped(waiting)


def _kept(store: StateStore, feed: Feed, contract: str) -> Iterator[tuple[Told, str]]:
    """Yield what the store has of a stream, with its packed payload: live records, then the rejects that wait."""
    source, stream = feed.source.name, feed.stream.name
    with store.read() as connection:
        for kept in records.stored(connection, source, stream, contract):
            row = kept.row
            if row["payload"] is not None:
                ref = str(Ref(source, stream, row["id"]))
                yield _stated(ref, "record", json.loads(row["issues"]), json.loads(row["value"])), row["payload"]
        queued = rejects.listed(connection, source=source, stream=stream)
    for one in queued:
        if one.contract == contract and one.payload is not None:
            yield _of_reject(one), one.payload


def _of_reject(one: Waiting) -> Told:
    return _stated(str(one.ref), "reject", [issue.model_dump(mode="json") for issue in one.issues])


def _of_outcome(ref: str, outcome: Outcome) -> Told | None:
    issues = [issue.model_dump(mode="json") for issue in outcome.issues]
    match outcome.kind:
        case "record":
            assert outcome.value is not None  # noqa: S101 - a record has one
            return _stated(ref, "record", issues, outcome.value.model_dump(mode="json"))
        case "reject":
            return _stated(ref, "reject", issues)
        case _:
            return None


def _stated(
    ref: str, kind: Literal["record", "reject"], issues: Iterable[Mapping[str, Any]], value: Any = None
) -> Told:
    of_rules = [one for one in issues if not str(one["code"]).startswith(_NOT_OF_RULES)]
    return stated({"ref": ref, "value": value, "issues": of_rules}, kind)
