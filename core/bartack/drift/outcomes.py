"""What became of the rows: contract fields, remarks, columns of the report, volume and latency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bartack.drift.alarms import Alarm, Kind, Severity
from bartack.drift.baseline import Baseline
from bartack.drift.facts import Facts
from bartack.drift.odds import Share, level, ratio, rise

__all__ = ["changed_outcomes"]

_FIELD_POINTS = 0.05
_GRAVE_POINTS = 0.2
_ISSUE_POINTS = 0.02
_COLUMN_POINTS = {"rejected": 0.05, "duplicates": 0.1, "tombstones": 0.1, "skipped": 0.1}
_FEWER = 0.2
_RUNS = 8
"""How much the runs of changes vary is not known before so many of them."""

_SLOWER = 3


def changed_outcomes(facts: Facts, baseline: Baseline, *, full: bool, explained: frozenset[str]) -> Iterator[Alarm]:
    """Yield the alarms over what became of the rows; those at fields which an alarm over a path explains are left out.

    What other rules made of the rows is no measure for what these make of them.
    """
    windows = [one for one in baseline.like(full=full) if one.mapping == facts.mapping]
    yield from _columns(facts, windows, quiet=bool(explained))
    yield from _fields(facts, windows, explained)
    yield from _volume(facts, baseline, full=full)
    yield from _latency(facts, baseline)


def _columns(facts: Facts, windows: Sequence[Facts], *, quiet: bool) -> Iterator[Alarm]:
    kinds: tuple[Kind, ...] = ("rejected", "duplicates", "tombstones", "skipped")
    for kind in kinds:
        if quiet and kind == "rejected":  # rows are rejected for what is wrong at their paths
            continue
        before = [Share(one.counts[kind], one.rows) for one in windows]
        risen = rise(Share(facts.counts[kind], facts.rows), before, least=_COLUMN_POINTS[kind])
        if risen is not None:
            severity: Severity = "warn" if kind == "skipped" else "hold"
            yield Alarm(
                kind=kind,
                severity=severity,
                was=f"{risen.was:.1%} of rows",
                now=f"{risen.now:.1%} of rows",
                message=f"more rows than usual count as {kind}",
                next_step="bartack review list" if kind == "rejected" else "compare a few of them with the source",
            )


def _fields(facts: Facts, windows: Sequence[Facts], explained: frozenset[str]) -> Iterator[Alarm]:
    """Yield alarms over fields that lost their values though their paths look as before, and over remarks."""
    told = {*explained, "."} if explained else set()
    names = set().union(*(one.filled.keys() for one in windows))
    for field in sorted(names - told):
        before = [Share(one.valued - one.filled[field], one.valued) for one in windows]
        risen = rise(Share(facts.valued - facts.filled[field], facts.valued), before, least=_FIELD_POINTS)
        if risen is not None:
            told.add(field)
            yield Alarm(
                kind="empty_field",
                severity="hold" if risen.now - risen.was >= _GRAVE_POINTS else "warn",
                fields=(field,),
                was=f"without a value in {risen.was:.1%}",
                now=f"in {risen.now:.1%}",
                message=f"{field} has no value in more records than usual",
                next_step=f"bartack explain one of them: what is sent, and why {field} stays empty",
            )
    for spot in sorted(facts.issues):
        field, _, code = spot.partition(" ")
        if not told.isdisjoint((field, field.partition(".")[0])):
            continue
        before = [Share(min(one.issues[spot], one.rows), one.rows) for one in windows]
        risen = rise(Share(min(facts.issues[spot], facts.rows), facts.rows), before, least=_ISSUE_POINTS)
        if risen is not None:
            where = "the row" if field == "." else field
            yield Alarm(
                kind="issues",
                severity="warn",
                fields=() if field == "." else (field,),
                was=f"{code} in {risen.was:.1%}",
                now=f"{code} in {risen.now:.1%}",
                message=f"{where} meets {code} more often than it used to",
                next_step="look at the records that carry it; correct the mapping where the source's form changed",
            )


def _volume(facts: Facts, baseline: Baseline, *, full: bool) -> Iterator[Alarm]:
    """Yield an alarm over the number of rows. How many changes there are since the last run varies by nature: it never holds."""
    before = baseline.volumes(facts.began, full=full)
    if not full and len(before) < _RUNS:
        return
    found = level(facts.rows, before, least=_FEWER)
    if found is not None:
        fewer = found.now < found.usual
        yield Alarm(
            kind="volume",
            severity="hold" if fewer and full else "warn",
            was=f"about {found.usual:.0f} rows",
            now=f"{found.now} rows",
            message=f"{'fewer' if fewer else 'more'} rows than usual",
            next_step="check filters and permissions of the login: does it see all records?"
            if fewer
            else "check for an import, or for rows that come twice under other ids",
        )


def _latency(facts: Facts, baseline: Baseline) -> Iterator[Alarm]:
    times = ratio(facts.requests, [one.requests for one in baseline.windows], least=_SLOWER)
    if times is not None and times > 1:
        yield Alarm(
            kind="latency",
            severity="warn",
            was="answers as fast as usual",
            now=f"{times:.1f} times as slow",
            message="the source answers slower than it used to",
            next_step="ask whoever runs it, or ask less at once: [sources.NAME.limits] concurrency",
        )
