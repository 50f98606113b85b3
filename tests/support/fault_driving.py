"""Drives a connector through a fault as a user would, ``Hub.read``, and holds the end against what is true."""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bartack import Hub, config
from bartack.errors import BartackError
from bartack.testing import Fault, FaultServer, Nth, OnPage, Plan
from bartack_contracts import Report
from support.fault_subjects import Person, Subject

__all__ = ["Case", "Ended", "Play", "drive", "plays", "verdict_on"]

PATIENCE = 15.0
"""Seconds after which a read hangs; the wire's own deadline is far below."""

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ENVIRON = {"TOKEN": "tok-example-0123456789", "USER_NAME": "zoe"}
QUICK: Mapping[str, Any] = {"timeout": 0.5, "deadline": 1.0, "max_body": 1_000_000, "limits": {"attempts": 2}}


class FastClock:
    """Time as it passes, but sleep takes none of it: the clocks jump ahead instead."""

    def __init__(self) -> None:
        self._skipped = 0.0
        self._began = time.monotonic()

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        self._skipped += seconds

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.monotonic() - self._began)


@dataclass(frozen=True, slots=True)
class Play:
    """One way a fault is played: by a plan, on a page (0: on what is asked before the pages), once or for good."""

    plan: Plan
    page: int
    once: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A connector and a fault."""

    subject: Subject
    fault: Fault

    def __str__(self) -> str:
        return f"{self.subject.name}-{self.fault.name}"


@dataclass(slots=True)
class Ended:
    """How a read ended."""

    delivered: list[tuple[str, Person]] = field(default_factory=list)
    conflicts: set[str] = field(default_factory=set)
    rejected: int = 0
    report: Report | None = None
    errors: Sequence[BartackError] = ()
    foreign: BaseException | None = None
    seconds: float = 0.0
    hangs: bool = False
    requests: int = 0
    played: int = 0

    @property
    def completeness(self) -> str:
        """The verdict's word; ``none`` where there is no verdict."""
        return "none" if self.report is None else self.report.verdict.completeness


def plays(case: Case) -> tuple[Play, ...]:
    """Return the ways a fault is played: in passing on a page in the middle, for good there, and for good from the start."""
    fault, prelude = case.fault, case.subject.prelude
    found = [Play(OnPage(fault, 2), 2, once=True), Play(OnPage(fault, 2, None), 2, once=False)]
    if not fault.needs:
        found.append(Play(OnPage(fault, 1, None), 1, once=False))
        found += [Play(Nth(fault, number), 0, once=True) for number in range(1, prelude + 1) if fault.family == "T"]
    return tuple(found)


def drive(subject: Subject, plan: Plan | None) -> Ended:
    """Read everything of a subject while its server follows a plan; never longer than :data:`PATIENCE`."""
    ended = Ended()
    with tempfile.TemporaryDirectory() as folder, FaultServer(subject.answer, plan, shape=subject.shape) as server:
        started = time.monotonic()
        thread = threading.Thread(target=_read, args=(subject, server.url, Path(folder), ended), daemon=True)
        thread.start()
        thread.join(PATIENCE)
        ended.hangs = thread.is_alive()
        ended.seconds = time.monotonic() - started
        ended.requests, ended.played = len(server.requests), len(server.played)
    return ended


def _read(subject: Subject, url: str, folder: Path, ended: Ended) -> None:
    settings = {**QUICK, **subject.settings(url, folder)}
    try:
        clock = FastClock()
        hub = Hub(
            config.parse({"sources": {"crm": settings}}, folder),
            clock=clock.now,
            monotonic=clock.monotonic,
            sleep=clock.sleep,
            environ=ENVIRON,
        )
        people = hub.read("person", source="crm", stream=subject.stream, allow_partial=True)
        for record in people:
            value = record.value
            number = int(
                "".join(filter(str.isdecimal, record.ref.id.removeprefix("003D00000").removesuffix("AAA"))) or 0
            )
            mail = value.emails[0].address if getattr(value, "emails", None) else None
            if any(issue.code == "row.conflict" for issue in record.issues):
                ended.conflicts.add(record.ref.id)
            ended.delivered.append((record.ref.id, Person(number, value.name.full, mail or f"p{number}@example.org")))
        ended.rejected = len(people.rejects)
        ended.report, ended.errors = people.report, people.errors
    except BaseException as error:
        ended.foreign = error


def verdict_on(subject: Subject, ended: Ended) -> list[str]:
    """Return what is wrong with a read whatever the fault was: the promises that always hold."""
    if ended.hangs:
        return ["hangs"]
    if ended.foreign is not None:
        return [f"untyped: {ended.foreign!r}"]
    assert ended.report is not None
    wrong = [
        f"wrong value: {who}"
        for identity, who in ended.delivered
        if subject.truth.get(identity) != who and identity not in ended.conflicts  # where two differ, an issue says so
    ]
    counts = Counter(identity for identity, _ in ended.delivered)
    missing = len(set(subject.truth) - set(counts))
    report = ended.report.verdict
    if report.completeness == "complete" and missing > ended.rejected:
        wrong.append(f"silent loss: {missing} rows are not delivered, {ended.rejected} are rejected")
    sums = report.delivered + report.rejected + report.duplicates + report.tombstones + report.skipped
    if sums != report.rows or report.delivered != len(ended.delivered):
        wrong.append(f"the books do not add up: {report}")
    if any(not isinstance(error, BartackError) for error in ended.errors):
        wrong.append(f"untyped: {ended.errors}")
    return wrong


def outcome_of(case: Case, play: Play, ended: Ended, expected: Any) -> list[str]:
    """Return in what a read differs from the outcome that is listed for its fault."""
    subject, fault = case.subject, case.fault
    if ended.played == 0:
        return ["the fault was not played"]
    ids = [identity for identity, _ in ended.delivered]
    every, whole = list(subject.ids), ended.completeness == "complete"
    if expected == "accounted":
        return []
    if expected == "partial":
        return ["complete"] if whole else []
    if expected == "rejects":
        left = [one for one in every if one != subject.pages[play.page - 1][0]]
        return (
            []
            if whole and ids == left and ended.rejected == 1
            else [f"{ended.completeness}, {ended.rejected} rejected"]
        )
    transient = replace(fault, expected=expected).transient
    if expected == "rows" or (play.once and transient):
        good = whole and sorted(ids) == sorted(every)
        return [] if good else [f"{ended.completeness}, {len(ids)} of {len(every)}: {[*map(str, ended.errors)]}"]
    if play.page == 0:
        return [] if not whole else ["complete"]
    before = [identity for page in subject.pages[: play.page - 1] for identity in page]
    kinds = [type(error) for error in ended.errors]
    problems = [] if kinds == [expected] else [f"{[*map(repr, ended.errors)]} instead of {expected.__name__}"]
    if ended.completeness != ("partial" if before else "failed"):
        problems.append(ended.completeness)
    if ids[: len(before)] != before:
        problems.append(f"delivered {ids}")
    return problems
