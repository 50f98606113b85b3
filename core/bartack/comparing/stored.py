"""A source as it is now, held against what the store knows of its streams: counts of the last good runs, no values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bartack.comparing.comparison import Comparison
from bartack.comparing.consumers import Consumer, hit
from bartack.comparing.findings import Finding, Kind, Severity, Undecided, ordered
from bartack.comparing.sampling import Sample
from bartack.comparing.selftest import SelfTest
from bartack.comparing.streams import Compared, unreadable
from bartack.comparing.table import without
from bartack.comparing.uses import Use, shown
from bartack.drift.alarms import Alarm
from bartack.drift.alarms import Kind as Noticed
from bartack.drift.baseline import Baseline
from bartack.drift.columns import ROWS
from bartack.drift.facts import Facts
from bartack.drift.gate import judge
from bartack.drift.odds import Share
from bartack.errors import ComparisonError
from bartack.mapping.compiled import Outcome

__all__ = ["compare_with_baselines"]

_GRADES: dict[Noticed, tuple[Kind, Severity, str]] = {
    "missing_field": ("missing", "BREAKING", "what feeds the contract is gone"),
    "renamed_field": ("renamed", "BREAKING", "what feeds the contract is gone"),
    "changed_type": ("type", "BREAKING", "it is of another type than it ever was"),
    "rejected": ("rejected", "BREAKING", "rows are rejected"),
    "scale": ("scale", "SILENT", "it reads as before, and means something else"),
    "encoding": ("encoding", "SILENT", "it reads as before, and means something else"),
    "duplicates": ("key", "SILENT", "records take each other's place"),
    "null_rate": ("empty", "RISK", "the field has fewer values"),
    "empty_field": ("empty", "RISK", "the field has fewer values"),
    "new_code": ("values", "RISK", "a word that no reader has met"),
    "issues": ("issues", "RISK", "it is remarked upon"),
    "tombstones": ("values", "RISK", "more records are deleted"),
    "skipped": ("values", "RISK", "more rows are left out by a rule"),
    "new_field": ("new", "COMPATIBLE", "nothing reads it yet"),
}
"""What the sync's gate notices, and how grave it is. Volume and latency say nothing of a sample."""


def compare_with_baselines(
    label: str, samples: Sequence[Sample], baselines: Mapping[str, Baseline], consumers: Sequence[Consumer] = ()
) -> Comparison:
    """Compare samples with baselines, which are known by the samples' names.

    Raises
    ------
    ComparisonError
        nothing could be compared, or the drift that was put in on trial was not found.
    """
    findings: list[Finding] = []
    undecided = []
    streams = []
    proof: SelfTest | None = None
    for sample in sorted(samples, key=lambda one: one.name):
        baseline = baselines.get(sample.name)
        if baseline is None or not baseline.rows:
            undecided.append(Undecided(sample.name, "the whole stream", "no good run of it is known: bartack sync"))
            continue
        if sample.error is not None:
            findings.append(unreadable(sample.name, sample.contract, baseline.rows, sample, consumers))
        if not sample.rows:
            undecided.append(Undecided(sample.name, "all its fields", "no rows came"))
            continue
        facts = _facts(sample)
        alarms = [one for one in judge(baseline, facts, full=True).alarms if one.kind in _GRADES]
        findings += [_finding(alarm, sample, facts, baseline, consumers) for alarm in alarms]
        proof = proof or _tried(sample, baseline)
        streams.append(Compared(sample.name, baseline.rows, len(sample.rows), 0, mapped=True))
        undecided.append(Undecided(sample.name, "single values", "the store keeps counts of good runs, no values"))
    if proof is None and not findings:
        raise ComparisonError("nothing was compared: the store knows no good run, or no rows came", where=label)
    proof = proof or SelfTest("", "nothing: no rows came", found=True)
    if not proof.found:
        raise ComparisonError(f"a drift put in on trial was not found ({proof.stream}: {proof.injected})", where=label)
    return Comparison("the store", label, ordered(findings), tuple(sorted(undecided)), tuple(streams), proof)


def _facts(sample: Sample, rows: Sequence[object] | None = None) -> Facts:
    """Return the facts of a sample; of changed ``rows``, what became of them is not looked at."""
    outcomes: Sequence[Outcome] = sample.outcomes if rows is None else ()
    facts = Facts(source="", stream=sample.stream, contract=sample.contract, mapping=sample.mapping)
    facts.page(sample.rows if rows is None else rows, outcomes, sample.shape)
    return facts


def _finding(alarm: Alarm, sample: Sample, facts: Facts, baseline: Baseline, consumers: Sequence[Consumer]) -> Finding:
    kind, severity, why = _GRADES[alarm.kind]
    contract = sample.contract.partition("/")[0]
    use = Use(tuple(f"{contract}.{field}" for field in alarm.fields), known=True)
    if alarm.path is not None:
        use = Use.of(sample.contract, sample.shape.at(alarm.path))
        if not use.fields and not use.key:
            severity, why = "COMPATIBLE", "no rule of the mapping reads it"
    readers = hit(consumers, use.fields or (contract,))
    if consumers and not readers and severity in ("BREAKING", "SILENT"):
        severity, why = "RISK", f"{why}; no declared consumer reads it"
    column = sample.native.columns.get(alarm.now if kind == "renamed" else alarm.path or "")
    values = [one for one in column.values if one not in (None, "")] if column is not None else []
    return Finding(
        kind,
        severity,
        sample.name,
        alarm.path,
        use.fields,
        alarm.was,
        alarm.now,
        alarm.message,
        why,
        alarm.next_step,
        Share(_sent(alarm.path, baseline), baseline.rows),
        Share(facts.paths[alarm.path].filled if alarm.path in facts.paths else 0, facts.rows),
        shown(values[0], personal=use.personal) if values else None,
        readers if severity in ("BREAKING", "SILENT", "RISK") else (),
    )


def _sent(path: str | None, baseline: Baseline) -> int:
    return sum(window.paths[path].filled for window in baseline.windows if path in window.paths)


def _tried(sample: Sample, baseline: Baseline) -> SelfTest | None:
    """Take a field out that rows always had, and judge anew; None where no field can be taken."""
    known = baseline.paths()
    for path in sorted(known.keys() & sample.native.columns.keys()):
        facts = known[path]
        always = facts.within == ROWS and facts.sent >= baseline.rows
        if always and sample.shape.at(path).fields and not sample.shape.at(path).key:
            alarms = judge(baseline, _facts(sample, without(sample.native, path).rows), full=True).alarms
            found = any(one.path == path and one.kind in ("missing_field", "renamed_field") for one in alarms)
            return SelfTest(sample.name, f"{path} left out", found)
    return None
