"""What a change of connector, mapping or contract would make of payloads that are there, beside what they are today."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from bartack.rehearsing.told import Told

__all__ = ["Change", "Pair", "Rehearsal", "rehearse"]

Kind = Literal["changed", "lost", "gained"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One row before and after; ``None`` where it is neither record nor reject (deleted, skipped, a duplicate, not there)."""

    before: Told | None
    after: Told | None


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one contract field, in ``rows`` records, with one of them as an example."""

    field: str
    kind: Kind
    rows: int
    ref: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a rehearsal of one stream ended.

    ``compared`` rows: ``same`` ones, those whose values ``changed``, records that become ``rejected``, rejects that become
    records (``accepted``), rows that are ``gone`` or have ``come``. ``reasons``: why rows are rejected that were records,
    with the number and an example. Remarks on rows that stay records are in ``remarks``: new ones ``+``, old ones ``-``.
    """

    stream: str
    contract: str
    compared: int = 0
    same: int = 0
    changed: int = 0
    rejected: int = 0
    accepted: int = 0
    gone: int = 0
    come: int = 0
    changes: tuple[Change, ...] = ()
    reasons: tuple[tuple[str, int, str], ...] = ()
    remarks: tuple[tuple[str, int, str], ...] = ()

    @property
    def unchanged(self) -> bool:
        """True where the change makes no difference to anybody."""
        return self.same == self.compared and not self.remarks


@dataclass(slots=True)
class _Tally:
    """Counts while pairs go by; keeps one example of each kind of difference, so memory does not grow with the rows."""

    shown: Callable[[Pair], Pair]
    counts: dict[str, int] = field(default_factory=dict)
    changes: dict[tuple[str, Kind], Change] = field(default_factory=dict)
    reasons: dict[str, tuple[int, str]] = field(default_factory=dict)
    remarks: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, pair: Pair) -> None:
        before, after = pair.before, pair.after
        self._count("compared")
        if before is None or after is None:
            self._count("same" if before is after else "come" if before is None else "gone")
        elif before.kind == after.kind == "record":
            self._records(pair, before, after)
        elif before.kind == "record":
            self._count("rejected")
            self._note(self.reasons, after.reasons, after.ref)
        elif after.kind == "record":
            self._count("accepted")
        else:
            self._count("same" if before.reasons == after.reasons else "changed")
            self._note(self.reasons, sorted(set(after.reasons) - set(before.reasons)), after.ref)

    def _records(self, pair: Pair, before: Told, after: Told) -> None:
        self._note(self.remarks, [f"+ {one}" for one in sorted(set(after.reasons) - set(before.reasons))], after.ref)
        self._note(self.remarks, [f"- {one}" for one in sorted(set(before.reasons) - set(after.reasons))], after.ref)
        differing = [
            name
            for name in sorted({*before.fields, *after.fields})
            if before.fields.get(name) != after.fields.get(name)
        ]
        self._count("changed" if differing else "same")
        for name in differing:
            kind: Kind = "gained" if name not in before.fields else "lost" if name not in after.fields else "changed"
            known = self.changes.get((name, kind))
            self.changes[name, kind] = (
                self._example(pair, name, kind)
                if known is None
                else Change(known.field, kind, known.rows + 1, known.ref, known.before, known.after)
            )

    def _example(self, pair: Pair, name: str, kind: Kind) -> Change:
        shown = self.shown(pair)
        before, after = shown.before, shown.after
        assert before is not None and after is not None  # noqa: S101, PT018 - both are records
        return Change(name, kind, 1, after.ref, before.fields.get(name), after.fields.get(name))

    def _count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    @staticmethod
    def _note(notes: dict[str, tuple[int, str]], found: Iterable[str], ref: str) -> None:
        for one in found:
            times, example = notes.get(one, (0, ref))
            notes[one] = (times + 1, example)


def rehearse(
    stream: str, contract: str, pairs: Iterable[Pair], shown: Callable[[Pair], Pair] = lambda pair: pair
) -> Rehearsal:
    """Compare rows before and after a change; ``shown`` makes of a pair what may be printed as an example."""
    tally = _Tally(shown)
    for pair in pairs:
        tally.add(pair)
    changes = sorted(tally.changes.values(), key=lambda one: (-one.rows, one.field, one.kind))
    return Rehearsal(
        stream,
        contract,
        **tally.counts,
        changes=tuple(changes),
        reasons=_sorted(tally.reasons),
        remarks=_sorted(tally.remarks),
    )


def _sorted(notes: dict[str, tuple[int, str]]) -> tuple[tuple[str, int, str], ...]:
    found = ((name, times, ref) for name, (times, ref) in notes.items())
    return tuple(sorted(found, key=lambda one: (-one[1], one[0])))
