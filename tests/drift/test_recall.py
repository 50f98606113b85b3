"""The proof: drifts that are injected are found and named, clean windows raise no alarm.

Each of eight drifts is injected twenty times, over different streams, fields and seeds, into a window of 1,000 rows that goes
through the connectors' own mappings. An alarm is right if its kind and its path are those of the drift.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest

from bartack.drift.alarms import Alarm, Judgement
from bartack.drift.baseline import Baseline
from bartack.drift.facts import Facts
from bartack.drift.gate import judge
from support.drifting import DAMAGE, KINDS, NOW, Kind, changed, flipped, grown

ROWS, WINDOWS, TIMES = 1000, 8, 20
Rows = list[dict[str, Any]]


@cache
def baseline(kind: Kind) -> Baseline:
    rng = Random(f"baseline of {kind.stream}")
    found = Baseline()
    for _ in range(WINDOWS):
        found = found.learn(kind.facts(kind.rows(rng, round(rng.gauss(ROWS, 15)))), full=True)
    return found


def missing(rows: Rows, kind: Kind, rng: Random) -> tuple[Rows, str]:
    path = rng.choice(kind.usual)
    return changed(rows, path, lambda owner, name: owner.pop(name)), path


def renamed(rows: Rows, kind: Kind, rng: Random) -> tuple[Rows, str]:
    path = rng.choice(kind.usual)
    new = rng.choice(["{}_v2", "new_{}", "{}Value", "x"]).format(path.rpartition(".")[2])
    return changed(rows, path, lambda owner, name: owner.update({new: owner.pop(name)})), path


def type_flip(rows: Rows, kind: Kind, rng: Random) -> tuple[Rows, str]:
    path = rng.choice(kind.usual)
    return changed(rows, path, lambda owner, name: owner.update({name: flipped(owner[name])})), path


def nulls(rows: Rows, kind: Kind, rng: Random) -> tuple[Rows, str]:
    path = rng.choice(kind.rarely_empty)
    how = rng.choice(["null", "blank", "absent"])

    def empty(owner: dict[str, Any], name: str) -> None:
        if rng.random() < 0.04:
            owner[name] = "" if how == "blank" else None
            if how == "absent":
                del owner[name]

    return changed(rows, path, empty), path


def volume(rows: Rows, kind: Kind, rng: Random) -> tuple[Rows, None]:
    return rng.sample(rows, round(len(rows) * 0.7)), None


def scale(rows: Rows, kind: Kind, rng: Random) -> tuple[Rows, str]:
    path = rng.choice(kind.amounts)
    return changed(rows, path, lambda owner, name: owner.update({name: grown(owner[name])})), path


def new_code(rows: Rows, kind: Kind, rng: Random) -> tuple[Rows, str]:
    path = rng.choice(kind.codes)
    word = rng.choice(["on_hold", "SEK", "Stalled", "Needs Review"])
    return changed(rows, path, lambda o, n: o.update({n: word}) if rng.random() < 0.03 else None), path


def encoding(rows: Rows, kind: Kind, rng: Random) -> tuple[Rows, str]:
    path = rng.choice(kind.texts)
    damage = rng.choice(DAMAGE)
    return changed(rows, path, lambda o, n: o.update({n: damage(o[n])}) if o[n] else None), path


DRIFTS: dict[str, Callable[[Rows, Kind, Random], tuple[Rows, str | None]]] = {
    "missing_field": missing,
    "renamed_field": renamed,
    "changed_type": type_flip,
    "null_rate": nulls,
    "volume": volume,
    "scale": scale,
    "new_code": new_code,
    "encoding": encoding,
}


@dataclass
class Score:
    """How often a drift was found, and which alarms were wrong."""

    found: int = 0
    held: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)

    def judge(self, name: str, path: str | None, alarms: tuple[Alarm, ...], where: str) -> None:
        right = [one for one in alarms if (one.kind, one.path) == (name, path)]
        self.found += bool(right)
        self.held += any(one.severity == "hold" for one in right)
        self.right += len(right)
        self.wrong += [f"{where}: {one.kind} {one.path or one.fields}" for one in alarms if one not in right]
        if not right:
            self.wrong.append(f"{where}: not found at {path}")


def injected(name: str) -> Score:
    score = Score()
    for number in range(TIMES):
        rng = Random(f"{name} {number}")
        kinds = [kind for kind in KINDS if name != "scale" or kind.amounts]
        kind = kinds[number % len(kinds)]
        rows, path = DRIFTS[name](kind.rows(rng, round(rng.gauss(ROWS, 15))), kind, rng)
        judgement = judge(baseline(kind), kind.facts(rows), full=True)
        score.judge(name, path, judgement.alarms, f"{name} {number} {kind.stream}")
    return score


@pytest.mark.slow
def test_injected_drifts_are_found_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    scores = {name: injected(name) for name in DRIFTS}
    with capsys.disabled():
        print(f"\n{'drift':15} {'found':>6} {'held':>6} {'right':>6} {'wrong':>6}")
        for name, score in scores.items():
            wrong = sum("not found" not in one for one in score.wrong)
            print(f"{name:15} {score.found:4}/{TIMES} {score.held:6} {score.right:6} {wrong:6}")
        print("\n".join(one for score in scores.values() for one in score.wrong))
    right = sum(score.right for score in scores.values())
    wrong = sum("not found" not in one for score in scores.values() for one in score.wrong)
    assert all(score.found / TIMES >= 0.95 for score in scores.values())
    assert right / (right + wrong) >= 0.95


@cache
def pages(kind: Kind, rows: int = 50) -> list[Facts]:
    """Facts of clean pages; windows are drawn from them, which is as good as drawing rows, and fast."""
    rng = Random(f"pages of {kind.stream}")
    return [kind.facts(kind.rows(rng, rows)) for _ in range(300)]


def nothing(kind: Kind, began: datetime | None = None) -> Facts:
    return kind.facts([]).model_copy(update={"began": began})


def window(kind: Kind, rng: Random, rows: int, began: datetime | None = None, page: int = 50) -> Facts:
    facts = nothing(kind, began)
    for one in rng.choices(pages(kind, page), k=max(1, rows // page)):
        facts.add(one)
    return facts


def of_a_thousand(kind: Kind, rng: Random) -> Iterator[Judgement]:
    """Windows of 1,000 rows against the eight windows before."""
    for _ in range(40):
        known = Baseline()
        for _ in range(WINDOWS):
            known = known.learn(window(kind, rng, ROWS), full=True)
        for _ in range(20):
            yield judge(known, window(kind, rng, ROWS), full=True)


def of_any_size(kind: Kind, rng: Random) -> Iterator[Judgement]:
    """Runs of 50 to 5,000 rows, learned one after the other as a sync does, from the first one on."""
    for _ in range(10):
        known = Baseline()
        for _ in range(40):
            facts = window(kind, rng, round(50 * 100 ** rng.random()))
            yield judge(known, facts, full=False)
            known = known.learn(facts, full=False)


def of_five_rows(kind: Kind, rng: Random) -> Iterator[Judgement]:
    """An hourly run that finds a handful of changes, or one, or none."""
    for _ in range(3):
        known = Baseline()
        for _ in range(150):
            facts = window(kind, rng, rng.choice([0, 1, 5, 5, 10]), page=5) if rng.random() < 0.9 else kind.facts([])
            yield judge(known, facts, full=False)
            known = known.learn(facts, full=False)


def of_a_working_week(kind: Kind, rng: Random) -> Iterator[Judgement]:
    """A daily run that finds a fifth of the changes on Saturdays and Sundays; judged once it has seen two weeks."""
    for _ in range(5):
        known = Baseline()
        for day in range(90):
            at = NOW + timedelta(days=day)
            rows = rng.gauss(1000, 40) if at.weekday() < 5 else rng.gauss(200, 15)
            facts = window(kind, rng, round(rows), at)
            if day >= 14:
                yield judge(known, facts, full=False)
            known = known.learn(facts, full=False)


def of_other_records(kind: Kind, rng: Random) -> Iterator[Judgement]:
    """Runs of what changed, which are other records than most, first beside snapshots alone, then beside their like."""
    changing = [kind.facts([row for row in kind.rows(rng, 40) if _changing(row)]) for _ in range(60)]
    for _ in range(5):
        known = Baseline()
        for _ in range(3):
            known = known.learn(window(kind, rng, ROWS), full=True)
        for _ in range(60):
            facts = nothing(kind)
            for one in rng.choices(changing, k=rng.randrange(1, 9)):
                facts.add(one)
            yield judge(known, facts, full=False)
            known = known.learn(facts, full=False)


def _changing(row: dict[str, Any]) -> bool:
    properties = row.get("properties", row)
    closed = properties.get("hs_is_closed") == "true" or properties.get("IsClosed") is True
    return not closed and properties.get("lifecyclestage") not in ("customer", "opportunity")


CLEAN = (of_a_thousand, of_any_size, of_five_rows, of_a_working_week, of_other_records)


@pytest.mark.slow
def test_clean_windows_raise_no_alarm(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{'clean windows':20} {'windows':>8} {'with an alarm':>14}")
        for draw in CLEAN:
            judged = [one for kind in KINDS for one in draw(kind, Random(f"{draw.__name__} {kind.stream}"))]
            alarmed = [one for one in judged if one.alarms]
            print(f"{draw.__name__:20} {len(judged):8} {len(alarmed):14}")
            for one in alarmed:
                print("   ", [(a.kind, a.path or a.fields, a.was, a.now) for a in one.alarms])
            assert len(alarmed) <= len(judged) / 1000
