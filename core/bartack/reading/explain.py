"""Re-derives one record with every step recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bartack.mapping.compiled import FieldTrace
from bartack.masking import MASK, masked_issue, masked_row, masked_value
from bartack.paths import ABSENT
from bartack.reading.source import Feed
from bartack_contracts import Contract, Issue, Ref

if TYPE_CHECKING:
    from bartack.store.rejects import Decision

__all__ = ["Explanation", "explain_row", "masked_explanation"]


@dataclass(frozen=True)
class Explanation:
    """One record, re-derived: each field with its native path, raw value, rule and issues.

    ``kind`` says what became of the row (``record``, ``reject``, ``tombstone``, ``skipped``); ``unread`` which native
    paths no rule reads; ``defaults`` what the source's configuration adds; ``overridden`` whether it also changed rules;
    ``decision`` what a person decided over this very payload: then fields and value are as decided.
    """

    ref: Ref
    contract: str
    kind: str
    value: Contract | None
    fields: tuple[FieldTrace, ...]
    issues: tuple[Issue, ...]
    unread: tuple[str, ...]
    defaults: Mapping[str, str]
    mapping: str
    overridden: bool
    decision: Decision | None = None


def explain_row(feed: Feed, row: Any, decision: Decision | None = None) -> Explanation:
    """Say how each contract field of one native row comes about, with what a person ``decision`` corrected."""
    ledger: Counter[str] = Counter()
    (outcome,) = feed.mapping.page([row], ledger)
    fields = tuple(feed.mapping.explain(row))
    if decision is not None:
        from bartack.reading.decisions import apply_decision, decided_fields  # here: SQLAlchemy comes with it

        outcome = apply_decision(feed, row, outcome, decision)
        fields = decided_fields(feed, row, fields, decision)
    locale = feed.source.settings.locale
    found = Explanation(
        ref=Ref(feed.source.name, feed.stream.name, outcome.id or "?"),
        contract=feed.contract,
        kind=outcome.kind,
        value=outcome.value,
        fields=fields,
        issues=outcome.issues,
        unread=tuple(ledger),
        defaults={name: value for name, value in locale.model_dump().items() if value is not None},
        mapping=feed.mapping.loaded.file,
        overridden=feed.stream.name in feed.source.overrides,
        decision=decision,
    )
    return masked_explanation(found) if feed.source.config.keep.mask else found


def masked_explanation(found: Explanation) -> Explanation:
    """Return an explanation that says how each field comes about, and not what is in it."""
    fields = tuple(
        replace(
            one,
            raw=one.raw if one.raw is ABSENT else MASK,
            value=one.value if one.value is ABSENT else MASK,
            issues=tuple(map(masked_issue, one.issues)),
        )
        for one in found.fields
    )
    value = None if found.value is None else masked_value(found.value)
    decision = None if found.decision is None else replace(found.decision, body=masked_row(found.decision.body))
    issues = tuple(map(masked_issue, found.issues))
    return replace(found, fields=fields, value=value, issues=issues, decision=decision)
