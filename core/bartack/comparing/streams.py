"""One stream on both sides: rows, what became of them, and how they came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bartack.comparing.consumers import Consumer, hit
from bartack.comparing.differences import differences
from bartack.comparing.findings import Difference, Finding, Undecided
from bartack.comparing.judging import Effects, judged
from bartack.comparing.outcomes import Remarked, remarked
from bartack.comparing.paging import paged, relies_on_order
from bartack.comparing.paired import PAIRS, unchanged
from bartack.comparing.sampling import Sample
from bartack.comparing.table import Pair, pair
from bartack.comparing.uses import Use, shown
from bartack.drift.odds import Share
from bartack.errors import AccessError, RecordingError

__all__ = ["Compared", "compare_samples", "unreadable"]

_LOST = (".unreadable", ".unknown", ".invalid", ".mojibake")
"""Remarks by which a value is lost, or is not what it was."""

_COPIES = (".raw", "_raw")
"""Fields that keep what was sent: they change with it, as its path tells."""


@dataclass(frozen=True)
class Compared:
    """A stream that was compared: so many rows on each side, ``common`` of which are on both."""

    name: str
    before: int
    after: int
    common: int
    mapped: bool
    pair: Pair | None = None


Result = tuple[Compared | None, list[Finding], list[Undecided]]


def compare_samples(before: Sample, after: Sample, consumers: Sequence[Consumer]) -> Result:
    """Compare two samples of one stream."""
    findings: list[Finding] = []
    if after.error is not None and before.error is None:
        findings.append(unreadable(before.name, before.contract, len(before.rows), after, consumers))
    if not before.rows or not after.rows:
        return None, findings, [] if findings else [_empty(before, after)]
    two = pair(before.native, after.native)
    mapped = bool(before.outcomes and after.outcomes)
    effects, inner = _effects(before, after) if mapped else (Effects(), [])
    undecided: list[Undecided] = []
    for one in differences(two):
        use = _use(before, after, one, known=mapped)
        if one.strength == "few":
            few = f"{one.was} before, {one.now} now; only {one.before.whole} and {one.after.whole} values"
            undecided.append(Undecided(before.name, one.path, few))
        else:
            found = judged(one, use, before.name, before.contract.partition("/")[0], effects, consumers)
            findings.append(_ordered_rows(found, before, after))
    findings += _unexplained(before, inner, effects, findings, consumers)
    findings += paged(before, after, hit(consumers, (before.contract.partition("/")[0],)))
    if len(two.common) < PAIRS:
        reason = f"{len(two.common)} records are on both sides; {PAIRS} would show a shift, a swap or another code"
        undecided.append(Undecided(before.name, "what became of each value", reason))
    compared = Compared(before.name, len(before.rows), len(after.rows), len(two.common), mapped, two)
    return compared, findings, undecided


def _use(before: Sample, after: Sample, one: Difference, *, known: bool) -> Use:
    shape = before.shape if before.shape.paths else after.shape
    if not before.contract:
        return Use()
    found = Use.of(before.contract, shape.at(one.path))
    if one.path == ".":
        found = Use((before.contract.partition("/")[0],), known=True, key=True)
    return replace(found, known=known)


def _effects(before: Sample, after: Sample) -> tuple[Effects, list[Difference]]:
    contract = before.contract.partition("/")[0]
    two = pair(before.mapped, after.mapped)
    inner = differences(two) if two.before.rows and two.after.rows else []
    told = [one for one in inner if one.kind not in ("new", "order", "key") and not one.path.endswith(_COPIES)]
    named = [replace(one, path=f"{contract}.{one.path}") for one in told]
    remarks = list(remarked(before.outcomes, after.outcomes))
    return Effects(named, remarks, lambda place: unchanged(two, place)), named


def _unexplained(
    sample: Sample,
    inner: Sequence[Difference],
    effects: Effects,
    findings: Sequence[Finding],
    consumers: Sequence[Consumer],
) -> list[Finding]:
    """Return what is different in the contract though no path feeding it is, or is rejected or remarked."""
    told = Use(tuple(field for one in findings for field in one.fields))
    contract = sample.contract.partition("/")[0]
    found = []
    for one in inner:
        place = one.path.replace("[]", "")
        if one.strength == "sure" and not told.meets([place]):
            use = Use((place,), known=True)
            made = judged(one, use, sample.name, contract, Effects(), consumers)
            found.append(replace(made, path=None))
    for remark in effects.remarks:
        fields = (f"{contract}.{remark.field}" if remark.field else contract,)
        if not told.meets(fields) or not remark.field:
            found.append(_remark(remark, sample.name, fields, consumers))
    return found


def _remark(remark: Remarked, stream: str, fields: tuple[str, ...], consumers: Sequence[Consumer]) -> Finding:
    one = remark.difference
    lost = remark.code.endswith(_LOST)
    return Finding(
        kind=one.kind,
        severity="BREAKING" if remark.rejects else "SILENT" if lost else "RISK",
        stream=stream,
        path=one.path,
        fields=fields,
        was=one.was,
        now=one.now,
        message=f"{fields[0]} meets {remark.code} more often than before",
        why="rows are rejected" if remark.rejects else "the value is lost" if lost else "it is remarked upon",
        next_step="look at the rows that carry it; correct the mapping where the source's form changed",
        before=one.before,
        after=one.after,
        example=shown(one.examples[1], personal=True),
        consumers=hit(consumers, fields if not remark.rejects else (fields[0].partition(".")[0],)),
    )


def _ordered_rows(found: Finding, before: Sample, after: Sample) -> Finding:
    """Judge an order by whether anything hangs on it: pages that follow one another do."""
    if found.kind != "order":
        return found
    if relies_on_order(before) or relies_on_order(after):
        why = "rows come in several pages: without an order some come twice, and others never"
        return replace(found, severity="SILENT", why=why, consumers=())
    return replace(found, severity="COMPATIBLE", why="all rows come in one page, in whatever order", consumers=())


def unreadable(stream: str, contract: str, before: int, after: Sample, consumers: Sequence[Consumer]) -> Finding:
    """Return the finding that a stream, of which ``before`` rows are known, cannot be read to its end any more."""
    error = after.error
    assert error is not None  # noqa: S101 - the caller has looked
    name = contract.partition("/")[0]
    return Finding(
        kind="auth" if isinstance(error, AccessError) else "read",
        severity="BREAKING",
        stream=stream,
        path=None,
        fields=(name,) if name else (),
        was=f"{before} rows",
        now=f"{type(error).__name__}: {error.message}",
        message=f"the stream cannot be read any more: {error.message}",
        why="the read fails" if not after.rows else f"the read fails after {len(after.rows)} rows",
        next_step=error.next_step or "look at what the source answers now",
        before=Share(before, before),
        after=Share(len(after.rows), max(before, len(after.rows))),
        consumers=hit(consumers, (name,)),
    )


def _empty(before: Sample, after: Sample) -> Undecided:
    side = "before" if not before.rows else "after"
    error = (before if side == "before" else after).error
    because = f": {error.message}" if error is not None and not isinstance(error, RecordingError) else ""
    return Undecided(before.name, "all its fields", f"there are no rows {side}{because}")
