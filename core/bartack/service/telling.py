"""Turns what the hub answers into what is served: cleaned, cut to what was chosen, and with a citation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

from bartack.mapping.compiled import FieldTrace
from bartack.paths import ABSENT
from bartack.replica.answers import Change, Standing, judged
from bartack.replica.links import Link
from bartack.service.answers import (
    Altered,
    ChangeItem,
    ExplainedField,
    LinkItem,
    OversizedItem,
    ProvenanceItem,
    RecordItem,
    Remark,
    StandingItem,
    VerdictItem,
)
from bartack.service.choosing import Choice
from bartack.service.cleaning import Cleaner
from bartack.service.failures import safe_reason
from bartack_contracts import Freshness, Issue, Record, Verdict, raw_to_json

__all__ = [
    "altered_notices",
    "change_item",
    "explained_field",
    "link_item",
    "notices_over",
    "oversized_change",
    "oversized_record",
    "record_item",
    "remark",
    "standing_item",
    "verdict_item",
    "verdict_over",
]


def verdict_item(verdict: Verdict) -> VerdictItem:
    """Return a verdict without its counts, and without words of the source."""
    return VerdictItem(
        completeness=verdict.completeness,
        freshness=None if verdict.as_of is None else verdict.freshness,  # the replica is never live
        as_of=verdict.as_of,
        reasons=_safe(verdict.reasons),
    )


def verdict_over(standings: Sequence[Standing], *, limited: bool = False) -> VerdictItem:
    """Return the verdict over what is said of streams that stand so."""
    return verdict_item(judged(standings, 0, limited=limited))


def standing_item(standing: Standing) -> StandingItem:
    """Return how a stream stands, without words of the source."""
    return StandingItem(
        source=standing.source,
        stream=standing.stream,
        contract=standing.contract,
        records=standing.records,
        waiting=standing.waiting,
        as_of=standing.as_of,
        age=None if standing.age is None else round(standing.age, 1),
        completeness=standing.completeness,
        freshness=standing.freshness,
        reasons=_safe(standing.reasons),
    )


def record_item(
    record: Record[Any], choice: Choice, *, score: float | None = None, freshness: Freshness | None = None
) -> RecordItem:
    """Return one record as it is answered; ``freshness``: where its stream stands worse than the record says."""
    full = choice.detail == "full"
    clean = Cleaner()
    value = clean.value(choice.of(record.value.model_dump(mode="json")), "value")
    told = [one for one in record.issues if choice.about(one.field)]
    issues = tuple(remark(one, clean, f"issues[{at}]", full=full) for at, one in enumerate(told))
    made = record.provenance
    return RecordItem(
        citation=record.ref.uri,
        contract=record.contract,
        freshness=freshness or record.freshness,
        as_of=record.as_of,
        value=value,
        issues=issues,
        altered=clean.altered,
        score=None if score is None else round(score, 4),
        provenance=ProvenanceItem(
            connector=made.connector, mapping=made.mapping, payload=made.payload, fetched_at=made.fetched_at
        )
        if full
        else None,
    )


def link_item(link: Link, clean: Cleaner) -> LinkItem:
    """Return another record of the same one as it is answered."""
    return LinkItem(
        citation=link.ref.uri,
        contract=link.contract,
        key=link.key,
        value=None if link.value is None else clean.text(link.value, f"linked.{link.ref.uri}.value"),
        here=link.here,
        there=link.there,
    )


def oversized_record(item: RecordItem, characters: int) -> OversizedItem:
    """Return what stands for a record that is too large."""
    return OversizedItem(citation=item.citation, contract=item.contract, characters=characters)


def change_item(change: Change, choice: Choice) -> ChangeItem:
    """Return one change as it is answered."""
    return ChangeItem(
        kind=change.kind,
        citation=change.ref.uri,
        contract=change.contract,
        at=change.at,
        record=None if change.record is None else record_item(change.record, choice),
    )


def oversized_change(item: ChangeItem, characters: int) -> ChangeItem:
    """Return what stands for the change of a record that is too large."""
    return item.model_copy(update={"record": None, "characters": characters})


def explained_field(trace: FieldTrace, clean: Cleaner) -> ExplainedField:
    """Return how a field came about; of the rule's file only the name, for its folder is nobody's business."""
    here = f"fields.{trace.field}"
    sent = {name: one for name, one in (("raw", trace.raw), ("value", trace.value)) if one is not ABSENT}
    return ExplainedField(
        field=trace.field,
        path=trace.path or None,
        rule=clean.text(trace.rule, f"{here}.rule"),
        place=PurePath(trace.place).name or None,
        issues=tuple(remark(one, clean, f"{here}.issues[{at}]", full=True) for at, one in enumerate(trace.issues)),
        **{name: clean.value(raw_to_json(one), f"{here}.{name}") for name, one in sent.items()},
    )


def remark(issue: Issue, clean: Cleaner, place: str, *, full: bool) -> Remark:
    """Return an issue; its words and its raw value, which are the source's, only where all is wanted."""
    return Remark(
        code=issue.code,
        field=issue.field,
        severity=issue.severity,
        remark=clean.text(issue.message, f"{place}.remark") if full else None,
        raw=clean.value(raw_to_json(issue.raw), f"{place}.raw") if full else None,
    )


def notices_over(records: Iterable[RecordItem], *, oversized: int = 0) -> tuple[str, ...]:
    """Return what to know before using an answer, in words that hold nothing of its data."""
    altered = [one for record in records for one in record.altered]
    found = altered_notices(altered)
    if oversized:
        found.append(
            f"{oversized} records are too large for an answer: get each by its citation, with some of its fields"
        )
    return tuple(found)


def altered_notices(altered: Sequence[Altered]) -> list[str]:
    """Return what to know of texts that were changed."""
    cut = sum(one.characters is not None for one in altered)
    found = [f"{cut} long texts were cut; altered says which, and how long they are"] if cut else []
    if cut < len(altered) or any(one.removed for one in altered):
        found.append("control or invisible characters were taken out of some texts; altered says which")
    return found


def _safe(reasons: Iterable[str]) -> tuple[str, ...]:
    return tuple(safe_reason(reason) for reason in reasons)
