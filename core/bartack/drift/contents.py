"""What a path holds: its types, how often it is empty, sizes, characters and codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

from bartack.drift.alarms import Alarm, Kind
from bartack.drift.baseline import Baseline
from bartack.drift.facts import Facts, PathFacts
from bartack.drift.odds import Rise, Share, ratio, rise

__all__ = ["changed_contents"]

_TYPE_POINTS = 0.05
_NULL_POINTS = 0.02
_ENCODING_POINTS = 0.005
_VANISHED = 0.2
_SCALE = 5
_CLOSED = 20
"""Values of a closed list come so often each, on average, that a new one is news."""


def changed_contents(facts: Facts, baseline: Baseline, known: dict[str, PathFacts], *, full: bool) -> list[Alarm]:
    """Return the alarms over paths that are still there. A path of another type is not looked at any further."""
    alarms: list[Alarm] = []
    for path in sorted(facts.paths.keys() & known.keys()):
        at = _Path(path, facts, baseline, full=full)
        flipped = list(at.type())
        alarms += flipped or [*at.nulls(), *at.scale(), *at.encoding(), *at.codes(known[path])]
    return alarms


class _Path:
    """One path in a window, beside the same path in the windows of the baseline."""

    def __init__(self, path: str, facts: Facts, baseline: Baseline, *, full: bool) -> None:
        self.path = path
        self.facts = facts
        self.now = facts.paths[path]
        self.like = baseline.like(full=full)
        self.before = [window.paths[path] for window in baseline.windows if path in window.paths]

    def type(self) -> Iterator[Alarm]:
        """Values of a type that was rare: the one that gained most."""
        now, before = self.now.kinds, [one.kinds for one in self.before]
        found: list[tuple[Rise, str]] = []
        for name in sorted(now):
            shares = [Share(types[name], types.total()) for types in before]
            risen = rise(Share(now[name], now.total()), shares, least=_TYPE_POINTS)
            if risen is not None:
                found.append((risen, name))
        if found:
            risen, name = max(found, key=lambda one: one[0].now - one[0].was)
            usual = sum(before, Counter[str]()).most_common(1)[0][0]
            yield self.alarm(
                "changed_type",
                f"{usual}; {name} in {risen.was:.1%}",
                f"{name} in {risen.now:.1%}",
                f"{self.path} holds {name} where it held {usual}",
                "ask whoever runs the source; correct the mapping where the new form is meant",
            )

    def nulls(self) -> Iterator[Alarm]:
        """More objects without a value: absent, null or blank."""
        shares = [_empty(window, self.path, self.now.within) for window in self.like]
        risen = rise(_empty(self.facts, self.path, self.now.within), shares, least=_NULL_POINTS)
        if risen is not None:
            yield self.alarm(
                "null_rate",
                f"empty in {risen.was:.1%}",
                f"empty in {risen.now:.1%}",
                f"{self.path} is empty more often than it used to be",
                "look at rows without it in the source: a form, an import or a permission changed",
            )

    def scale(self) -> Iterator[Alarm]:
        """Numbers of another magnitude."""
        times = ratio(self.now.numbers, [one.numbers for one in self.before], least=_SCALE)
        if times is not None:
            shown = f"{times:.0f} times" if times > 1 else f"1/{1 / times:.0f}"
            yield self.alarm(
                "scale",
                "numbers of the usual size",
                f"{shown} as large",
                f"the numbers at {self.path} are about {shown} as large as before: another unit?",
                "compare one record with the source's own screen; scale it in the mapping where the unit changed",
            )

    def encoding(self) -> Iterator[Alarm]:
        """Texts that were decoded wrongly, or whose letters beyond ASCII are gone."""
        wrong = self.marked("mojibake", self.before)
        if wrong is not None:
            yield self.encoded(f"texts that look decoded wrongly in {wrong.was:.1%}", f"in {wrong.now:.1%}")
            return
        plain = self.marked("ascii", [one.paths[self.path] for one in self.like if self.path in one.paths])
        if plain is not None and 1 - plain.now <= _VANISHED * (1 - plain.was):
            yield self.encoded(f"letters beyond ASCII in {1 - plain.was:.1%}", f"in {1 - plain.now:.1%}")

    def marked(self, mark: Literal["mojibake", "ascii"], before: Sequence[PathFacts]) -> Rise | None:
        """Return by how much texts of that mark became more frequent."""
        now, *shares = (
            Share(texts["mojibake"] if mark == "mojibake" else texts["texts"] - texts["non_ascii"], texts["texts"])
            for texts in (one.texts for one in (self.now, *before))
        )
        return rise(now, shares, least=_ENCODING_POINTS)

    def encoded(self, was: str, now: str) -> Alarm:
        """Return an alarm over the encoding."""
        return self.alarm(
            "encoding",
            was,
            now,
            f"the texts at {self.path} come in another encoding than before",
            "check the character set of the source's export or API, and the stream's encoding setting",
        )

    def codes(self, known: PathFacts) -> Iterator[Alarm]:
        """Words that are not on the list: more of them than a list that is still growing would bring."""
        if not known.codes or self.now.codes is None:
            return
        seen, total = known.codes, known.codes.total()
        if total < _CLOSED * len(seen):
            return
        rare = sum(count == 1 for count in seen.values())  # Good and Turing: so many of `total` would be new again
        new = {word: count for word, count in self.now.codes.items() if word not in seen}
        risen = rise(Share(sum(new.values()), self.now.codes.total()), [Share(rare, total)], least=0.0, gross=0.0)
        if risen is not None:
            shown = ", ".join(repr(word) for word in sorted(new, key=lambda one: (-new[one], one))[:5])
            yield self.alarm(
                "new_code",
                f"{len(seen)} codes",
                f"{shown} in {risen.now:.1%}",
                f"{self.path} holds a code that was never there before: {shown}",
                "say in the mapping's table what it means",
            )

    def alarm(self, kind: Kind, was: str, now: str, message: str, next_step: str) -> Alarm:
        """Return an alarm at this path: it holds a snapshot back where a rule reads the path, a new code never does."""
        return Alarm(
            kind=kind,
            severity="hold" if self.now.fields and kind != "new_code" else "warn",
            path=self.path,
            fields=self.now.fields,
            was=was,
            now=now,
            message=message,
            next_step=next_step,
        )


def _empty(facts: Facts, path: str, within: str) -> Share:
    around = facts.around(path, within)
    filled = facts.paths[path].filled if path in facts.paths else 0
    return Share(max(0, around - filled), around)
