"""Two sides of one source, held against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bartack.comparing.answers import answered, tried_answers
from bartack.comparing.consumers import Consumer
from bartack.comparing.documents import endpoints, raw_sample
from bartack.comparing.findings import Finding, Undecided, ordered
from bartack.comparing.noise import Noise
from bartack.comparing.sampling import Sample
from bartack.comparing.selftest import SelfTest, tried
from bartack.comparing.streams import Compared, compare_samples
from bartack.errors import ComparisonError, RecordingError
from bartack.recording import Cassette

__all__ = ["Comparison", "Side", "compare"]


@dataclass(frozen=True)
class Side:
    """What one side holds. ``samples``: by a mapping; ``cassette``: the answers themselves, where they are HTTP."""

    label: str
    samples: Sequence[Sample] = ()
    cassette: Cassette | None = None

    @property
    def by_name(self) -> dict[str, Sample]:
        """Its samples, but for streams that were not recorded."""
        return {one.name: one for one in self.samples if not (isinstance(one.error, RecordingError) and not one.rows)}


@dataclass(frozen=True)
class Comparison:
    """How two sides differ. ``streams``: what was compared, with counts; ``self_test``: the proof that it would be seen."""

    before: str
    after: str
    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]
    streams: tuple[Compared, ...]
    self_test: SelfTest

    def at_least(self, severities: Sequence[str]) -> tuple[Finding, ...]:
        """Return the findings of some severities."""
        return tuple(one for one in self.findings if one.severity in severities)


@dataclass
class _Found:
    findings: list[Finding] = field(default_factory=list)
    undecided: list[Undecided] = field(default_factory=list)
    streams: list[Compared] = field(default_factory=list)


def compare(before: Side, after: Side, consumers: Sequence[Consumer] = (), noise: Noise | None = None) -> Comparison:
    """Compare two sides: stream by stream where a mapping reads both, else answer by answer.

    Raises
    ------
    ComparisonError
        nothing could be compared, or the drift that was put in on trial was not found.
    """
    found = _Found()
    failed = _streams(before.by_name, after.by_name, found, consumers)
    raw = bool(failed) or not found.streams
    if before.cassette is not None and after.cassette is not None:
        if raw:
            _answers(before.cassette, after.cassette, found, failed)
        for finding in answered(endpoints(before.cassette), endpoints(after.cassette), well=not raw):
            found.findings.append(finding)
    return _judged(before, after, found, noise)


def _judged(before: Side, after: Side, found: _Found, noise: Noise | None) -> Comparison:
    where = f"{before.label} and {after.label}"
    proof = tried((one.name, one.pair) for one in found.streams if one.pair is not None)
    if proof is None and before.cassette is not None and after.cassette is not None:
        proof = tried_answers(endpoints(before.cassette), endpoints(after.cassette))
    if proof is None:
        because = "".join(f"; {one.message}" for one in found.findings)
        fault = f"nothing was compared: no stream has rows, and no call is, on both sides{because}"
        raise ComparisonError(fault, where=where)
    if not proof.found:
        raise ComparisonError(
            f"a drift that was put in on trial was not found ({proof.stream}: {proof.injected})",
            where=where,
            next_step="compare more rows: --sample N, or a longer recording",
        )
    quiet = noise if noise is not None else Noise()
    findings = ordered({_place(one): quiet.on(one) for one in reversed(found.findings)}.values())
    undecided = tuple(sorted(set(found.undecided)))
    return Comparison(before.label, after.label, findings, undecided, tuple(found.streams), proof)


def _place(one: Finding) -> tuple[str, ...]:
    return one.stream, one.path or "", one.kind, one.was, one.now


def _streams(
    before: Mapping[str, Sample], after: Mapping[str, Sample], found: _Found, consumers: Sequence[Consumer]
) -> list[Sample]:
    """Compare what a mapping reads; return the samples of before whose counterpart cannot be read any more."""
    failed = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            side = "before" if was is None else "after"
            found.undecided.append(Undecided(name, "the whole stream", f"it was not recorded {side}"))
            continue
        compared, findings, undecided = compare_samples(was, now, consumers)
        found.findings += findings
        found.undecided += undecided
        if compared is not None:
            found.streams.append(compared)
        if now.error is not None and was.error is None:
            failed.append(was)
    return failed


def _answers(before: Cassette, after: Cassette, found: _Found, failed: Sequence[Sample]) -> None:
    """Compare the rows as they stand in the bodies, where no mapping reads both sides."""
    was, now = endpoints(before), endpoints(after)
    for name in sorted(was.keys() | now.keys()):
        if name not in was or name not in now:
            missing = "before" if name not in was else "after"
            found.undecided.append(Undecided(name, "its answers", f"it was not asked {missing}"))
            continue
        one, other = (_shaped(raw_sample(side[name]), failed) for side in (was, now))
        compared, findings, undecided = compare_samples(one, other, ())
        found.findings += findings
        found.undecided += undecided
        if compared is not None:
            found.streams.append(compared)


def _shaped(raw: Sample, failed: Sequence[Sample]) -> Sample:
    """Return rows with what is known of their paths: by the mapping of the stream that sent rows like them."""
    mine = raw.native.columns.keys()
    for one in failed:
        common = mine & one.native.columns.keys()
        if len(common) >= len(mine) / 2 and common:
            return replace(raw, contract=one.contract, shape=one.shape)
    return raw
