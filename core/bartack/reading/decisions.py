"""What a person decided over a payload, applied to the row that it was decided over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bartack.errors import ConfigError
from bartack.mapping.compiled import FieldTrace, Outcome, compile_mapping
from bartack.mapping.corrections import Corrections
from bartack.paths import ABSENT
from bartack.reading.account import nameless, payload_digest
from bartack.reading.fetch import Judge
from bartack.reading.source import Feed
from bartack.store import erasures, rejects
from bartack.store.rejects import Decision
from bartack.store.state import StateStore
from bartack_contracts import ISSUE_CODES, Issue

__all__ = ["apply_decision", "by_decision", "decided_fields", "decision_over", "enclosing", "judge_of", "with_rules"]


def judge_of(feed: Feed, store: StateStore) -> Judge:
    """Return what keeps erased rows out, and applies again what people decided over payloads that come again."""
    place = (feed.source.name, feed.stream.name)

    def judge(rows: Sequence[Any], outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        named = [_identity(row, outcome) for row, outcome in zip(rows, outcomes, strict=True)]
        ids = {identity for identity in named if identity is not None}
        with store.read() as connection:
            barred = erasures.erased(connection, *place, ids)
            decided = rejects.decided(connection, *place, feed.contract, ids)
        if not barred and not decided:
            return outcomes
        return [
            _SKIPPED if identity in barred else _decided(feed, row, outcome, decided.get(identity or "", ()))
            for row, outcome, identity in zip(rows, outcomes, named, strict=True)
        ]

    return judge


def apply_decision(feed: Feed, row: Any, outcome: Outcome, decision: Decision) -> Outcome:
    """Return what a row becomes when what was decided over this very payload is applied to it again.

    What the source deleted, a rule leaves out, or a person dismissed stays as it is. Where mapping or contract have
    changed so that the decision does not fit any more, a record stays what the rules make of it, and says so; a reject
    waits again.
    """
    if decision.action == "dismiss" or outcome.kind in ("skipped", "tombstone"):
        return outcome
    try:
        decided = by_decision(feed, row, decision)
    except ConfigError:
        decided = None
    if decided is not None and (decided.kind == "record" or outcome.kind == "reject"):
        return decided
    return outcome._replace(issues=(*outcome.issues, _remark("row.uncorrected")))


def by_decision(feed: Feed, row: Any, decision: Decision) -> Outcome:
    """Return what a row becomes by a correction or an override.

    Raises
    ------
    ConfigError
        the decision does not fit mapping or contract.
    """
    if decision.action == "correct":
        outcome = feed.mapping.corrected(row, Corrections.of(feed.mapping.model, decision.body))
    else:
        (outcome,) = with_rules(feed, decision.body, "the override").mapping.page([row], Counter())
    if outcome.kind != "record":
        return outcome
    return outcome._replace(issues=(*outcome.issues, _remark("row.corrected")))


def with_rules(feed: Feed, rules: Mapping[str, Any], place: str) -> Feed:
    """Return a feed with rules laid over its mapping; written as in ``[sources.NAME.overrides.STREAM]``.

    Raises
    ------
    ConfigError
        the rules are no part of a mapping of this contract.
    """
    now = feed.mapping
    loaded = now.loaded.overridden(rules, place)
    return replace(feed, mapping=compile_mapping(loaded, now.model, now.key, now.registry, now.locale))


def decision_over(store: StateStore, feed: Feed, identity: str, row: Any) -> Decision | None:
    """Return what was decided over this very payload of a row, where it makes something else of it."""
    with store.read() as connection:
        found = rejects.decided(connection, feed.source.name, feed.stream.name, feed.contract, {identity})
    made = [one for one in found.get(identity, ()) if one.action != "dismiss"]
    return next((one for one in made if one.digest == payload_digest(row)), None)


def decided_fields(feed: Feed, row: Any, fields: tuple[FieldTrace, ...], decision: Decision) -> tuple[FieldTrace, ...]:
    """Return how the fields of a row come about when a person has corrected some, or laid other rules over the mapping."""
    place = f"review, {decision.decided_at:%Y-%m-%d %H:%M} UTC"
    if decision.action == "override":
        try:
            return tuple(with_rules(feed, decision.body, place).mapping.explain(row))
        except ConfigError:
            return fields
    traces = {trace.field: trace for trace in fields}
    for name, value in decision.body.items():
        around = next((traces[one] for one in (name, *enclosing(name)) if one in traces), None)
        path, raw = (around.path, around.raw) if around is not None else ("", ABSENT)
        traces[name] = FieldTrace(name, path, raw, f"corrected by {decision.who}", value, place)
    return tuple(traces.values())


def enclosing(field: str) -> Iterator[str]:
    """Yield the fields around one, the nearest first: of ``a[0].b`` these are ``a[0]`` and ``a``."""
    while (cut := max(field.rfind("."), field.rfind("["))) > 0:
        field = field[:cut]
        yield field


def _remark(code: str) -> Issue:
    known = ISSUE_CODES[code]
    return Issue(path=None, field=None, code=code, raw=None, message=known.meaning, rule=None, severity=known.severity)


_SKIPPED = Outcome("skipped", None, None, ())


def _identity(row: Any, outcome: Outcome) -> str | None:
    return nameless(payload_digest(row)) if outcome.id is None and outcome.kind == "reject" else outcome.id


def _decided(feed: Feed, row: Any, outcome: Outcome, decisions: Sequence[Decision]) -> Outcome:
    if decisions:
        digest = payload_digest(row)
        for decision in decisions:
            if decision.digest == digest:
                return apply_decision(feed, row, outcome, decision)
    return outcome
