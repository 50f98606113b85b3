"""How grave a difference is: by its kind, by what the mapping makes of it, and by who reads that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bartack.comparing.consumers import Consumer, hit
from bartack.comparing.findings import Difference, Finding, Severity, interval
from bartack.comparing.outcomes import Remarked
from bartack.comparing.uses import Use, shown

__all__ = ["Effects", "judged"]

_GONE = frozenset({"missing", "renamed", "type"})
_FORM = frozenset({"type", "format", "cardinality"})
"""Kinds of which nothing comes if the mapping reads the one as well as the other."""

_MOSTLY = 0.5
"""Where so many more values are empty, the field is as good as gone."""

_STEPS = {
    "missing": "ask whoever runs the source; if it is gone for good, correct the mapping",
    "renamed": "if it is the same under a new name, write the new one in the mapping",
    "new": "map it, or leave it out on purpose: ignore",
    "type": "correct the mapping where the new form is meant",
    "empty": "look at rows without it in the source: a form, an import or a permission changed",
    "values": "say in the mapping's table what the new word means",
    "constant": "look at a record in the source's own screen: is that its value?",
    "recoded": "ask what the new words mean; correct the table in the mapping",
    "format": "tell the mapping the new format",
    "length": "ask whether a column became narrower; what is cut off is lost",
    "range": "look at such rows in the source",
    "scale": "compare one record with the source's own screen; scale it in the mapping where the unit changed",
    "precision": "ask whether the source rounds now; what is lost cannot be had back",
    "zone": "compare one moment with the source's own screen; tell the mapping the zone",
    "encoding": "check the character set of the source's API or export",
    "cardinality": "check whether the mapping takes the right element",
    "order": "ask for an order in the request, or read by a key",
    "key": "ask what identifies a record now; correct the stream's key",
    "identity": "ask whether identities are given away again; read the stream anew",
    "rejected": "bartack rehearse shows what another mapping would make of these rows",
    "issues": "look at the rows that carry it; correct the mapping where the source's form changed",
}


@dataclass(frozen=True)
class Effects:
    """What came of the rows in the contract: ``same`` tells by the records of both sides whether a field is untouched."""

    differences: Sequence[Difference] = ()
    remarks: Sequence[Remarked] = ()
    same: Callable[[str], bool] = lambda _: False

    def on(self, use: Use) -> list[Difference]:
        """Return the differences of the contract fields that a path feeds."""
        return [one for one in self.differences if use.meets([one.path.replace("[]", "")])]

    def remarks_on(self, use: Use, contract: str) -> list[Remarked]:
        """Return the remarks about them, those that reject rows first."""
        found = [one for one in self.remarks if one.field and use.meets([f"{contract}.{one.field}"])]
        return sorted(found, key=lambda one: not one.rejects)

    def hit(self, use: Use, contract: str) -> tuple[str, ...]:
        """Return the fields that a difference is known to have reached; all of those that it may, where none is."""
        spots = [one.path.replace("[]", "") for one in self.on(use)]
        spots += [f"{contract}.{one.field}" for one in self.remarks_on(use, contract)]
        reached = [field for field in use.fields if Use((field,)).meets(spots)]
        may = [field for field in use.fields if not self.same(field.partition(".")[2])]
        return tuple(reached or may)

    def untouched(self, use: Use) -> bool:
        """Say whether all fields that a path feeds are the same in the records of both sides."""
        return bool(use.fields) and all(self.same(field.partition(".")[2]) for field in use.fields)


def judged(
    one: Difference, use: Use, stream: str, contract: str, effects: Effects, consumers: Sequence[Consumer]
) -> Finding:
    """Make a finding of a difference."""
    severity, why = _grade(one, use, contract, effects)
    reading = hit(consumers, effects.hit(use, contract))
    if consumers and severity in ("BREAKING", "SILENT") and use.known and not use.key and not reading:
        if not any(remark.rejects for remark in effects.remarks_on(use, contract)):
            severity, why = "RISK", f"{why}; no declared consumer reads it"
        else:
            reading = hit(consumers, (contract,))
    elif consumers and not reading and use.known:
        why = f"{why}; no declared consumer reads it"
    examples = [shown(value, personal=use.personal) for value in one.examples]
    return Finding(
        kind=one.kind,
        severity=severity,
        stream=stream,
        path=one.path,
        fields=use.fields,
        was=one.was,
        now=one.now,
        message=_message(one),
        why=why,
        next_step=_STEPS.get(one.kind, "look at what the source answers now"),
        before=one.before,
        after=one.after,
        example=_example(examples),
        consumers=reading if severity in ("BREAKING", "SILENT", "RISK") else (),
    )


def _grade(one: Difference, use: Use, contract: str, effects: Effects) -> tuple[Severity, str]:
    if one.kind == "new":
        return "COMPATIBLE", "nothing reads it yet"
    if use.known and not use.fields and not use.key:
        return "COMPATIBLE", "no rule of the mapping reads it"
    remarks = effects.remarks_on(use, contract)
    if remarks and remarks[0].rejects:
        first = remarks[0]
        return "BREAKING", f"rows are rejected: {first.code} at {first.field} in {first.difference.after.rate:.0%}"
    if effects.untouched(use):
        return "COMPATIBLE", "the records that both sides have are the same"
    if one.strength != "sure":
        low, high = interval(one.after)
        return "RISK", f"few values were compared: it may be so in {low:.0%} to {high:.0%} of all"
    if use.key and one.kind in _FORM:
        return "SILENT", "each record gets another identity: what is stored under the old one is not found again"
    changed = bool(effects.on(use) or remarks)
    if one.kind in _FORM and use.known and not changed and not _ambiguous(one):
        return "COMPATIBLE", "the mapping reads both forms alike"
    if one.kind in _GONE:
        return "BREAKING", "what feeds the contract is gone" if use.known else "a reader of it finds nothing, or fails"
    if one.kind == "empty":
        if one.after.rate - one.before.rate >= _MOSTLY:
            return "SILENT", "the field loses most of its values, and nothing fails"
        return "RISK", "the field has fewer values"
    if one.kind == "values" and one.before.part == 0 and not remarks:
        return "RISK", "a word that no reader has met"
    if one.kind in ("range", "cardinality", "values") and not remarks:
        return "RISK", "it reads as before; whether it means the same nobody can tell"
    return "SILENT", "it reads as before, and means something else"


def _ambiguous(one: Difference) -> bool:
    """Say whether a form can be read as the other one, and wrongly."""
    return one.kind == "format" and one.now.startswith(("date", "day and month"))


def _message(one: Difference) -> str:
    if one.kind == "renamed":
        return f"{one.path} is not sent any more; {one.other} is new and holds values like it"
    if one.kind == "missing":
        return f"{one.path} is {'empty in every record' if one.now == 'always empty' else 'not sent any more'}"
    return f"{one.path}: {one.was} before, {one.now} now"


def _example(examples: Sequence[str | None]) -> str | None:
    match examples:
        case [was, now] if was is not None and now is not None and was != now:
            return f"{was} → {now}"
        case [*_, now] if now is not None:
            return now
        case [was, *_] if was is not None:
            return f"{was} → nothing"
    return None
