"""Answers about one record: itself, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bartack.mapping.loader import near
from bartack.reading.explain import Explanation
from bartack.replica.answers import Standing
from bartack.replica.links import Linked
from bartack.service import telling
from bartack.service.answers import ExplainAnswer, ExplainedField, RecordAnswer, VerdictItem
from bartack.service.budget import fit, size
from bartack.service.choosing import Choice
from bartack.service.cleaning import Cleaner
from bartack.service.failures import QuestionError, safe_reason
from bartack.service.pages import NOTICES
from bartack_contracts import Freshness, Record

__all__ = ["explain_answer", "record_answer"]


def record_answer(
    record: Record[Any], choice: Choice, standings: Sequence[Standing], linked: Linked | None, budget: int
) -> RecordAnswer:
    """Return one record, and as many of those it is ``linked`` with as fit.

    Where it is too large for an answer, its size and what to do instead.
    """
    verdict = _verdict(record, standings)
    item, clean = telling.record_item(record, choice, freshness=verdict.freshness), Cleaner()
    own = {(one.source, one.stream, one.contract) for one in standings}
    sought = () if linked is None else linked.standings
    others = [one for one in sought if (one.source, one.stream, one.contract) not in own]
    shell = RecordAnswer(verdict=verdict, standings=tuple(map(telling.standing_item, (*standings, *others))))
    notices = [] if linked is None else list(linked.notices)
    if linked is not None and linked.ambiguous:
        notices.append(f"{len(linked.ambiguous)} values of its keys are not its own alone, and link nothing")
    room = budget - size(shell) - NOTICES
    if (needed := size(item)) > room:
        instead = telling.oversized_record(item, needed)
        notices.append(f"the record has {needed} characters: ask for some of its fields; its contract lists them")
        shell, room = shell.model_copy(update={"oversized": instead}), room - size(instead)
    else:
        notices += telling.notices_over([item])
        shell, room = shell.model_copy(update={"record": item}), room - needed
    links = [telling.link_item(one, clean) for one in (linked.links if linked is not None else ())]
    fitted = [one for one in links if (room := room - size(one) - 1) >= 0]
    if len(fitted) < len(links):
        notices.append(f"{len(links) - len(fitted)} of {len(links)} linked records have no place in the answer")
    return shell.model_copy(update={"linked": tuple(fitted), "notices": tuple(notices)})


def explain_answer(found: Explanation, fields: Sequence[str] | None, budget: int) -> ExplainAnswer:
    """Return how the fields of a record came about, of those that were chosen; as many as fit.

    Raises
    ------
    QuestionError
        a field that the record does not have.
    """
    clean = Cleaner()
    traces = [one for one in found.fields if fields is None or _chosen(one.field, fields)]
    known = [one.field for one in found.fields]
    for name in fields or ():
        if not any(_chosen(one, [name]) for one in known):
            raise QuestionError(f"no field {name!r} came about{near(name, known)}", next_step="ask without fields")
    shell = ExplainAnswer(
        verdict=VerdictItem(completeness="complete", freshness="live"),
        citation=found.ref.uri,
        contract=found.contract,
        kind=found.kind,
        fields=(),
        issues=tuple(telling.remark(one, clean, f"issues[{at}]", full=True) for at, one in enumerate(found.issues)),
        unread=tuple(clean.text(one, "unread") for one in found.unread),
        defaults=dict(found.defaults),
        corrected_by=None if found.decision is None else found.decision.who,
        total=len(traces),
        truncated=False,
    )
    items = [telling.explained_field(one, clean) for one in traces]
    fitted = fit(items, budget - size(shell) - NOTICES - sum(map(size, clean.altered)), _without_values)
    truncated = len(fitted) < len(items)
    notices = telling.altered_notices(clean.altered)
    if truncated:
        notices.append("the answer was kept short: ask for some of the fields")
    changed = {"fields": tuple(fitted), "altered": clean.altered, "truncated": truncated, "notices": tuple(notices)}
    return shell.model_copy(update=changed)


def _verdict(record: Record[Any], standings: Sequence[Standing]) -> VerdictItem:
    """Judge one record: it is there as a whole, and as fresh as itself says, unless its stream stands worse."""
    reasons = [reason for one in standings for reason in one.reasons]
    freshness: Freshness = record.freshness
    if freshness == "stale":
        reasons = ["the source does not answer now: this is what the replica has of it", *reasons]
    elif freshness == "cached" and any(one.freshness == "stale" for one in standings):
        freshness = "stale"
    return VerdictItem(
        completeness="complete",
        freshness=freshness,
        as_of=record.as_of,
        reasons=tuple(map(safe_reason, reasons)) if freshness != "live" else (),
    )


def _chosen(field: str, names: Sequence[str]) -> bool:
    return any(field == name or field.startswith((f"{name}.", f"{name}[")) for name in names)


def _without_values(field: ExplainedField, characters: int) -> ExplainedField:
    """Return what stands for a field that alone is too large."""
    words = f"its values have {characters} characters, too many for an answer"
    return ExplainedField(field=field.field, path=field.path, rule=field.rule, place=field.place, value=words)
