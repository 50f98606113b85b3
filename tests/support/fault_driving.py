"""Drives a connector through a fault as a user would, ``Hub.read``, and holds the end against what is true."""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from bartack import Hub, config, registry
from bartack.errors import BartackError
from bartack.testing import Fault, FaultServer, Nth, OnPage, Plan
from bartack_contracts import Report
from support.fault_subjects import Person, Subject

__all__ = ["Case", "Ended", "FastClock", "Play", "drive", "outcome_of", "plays", "promises_of", "read_at"]

PATIENCE = 40.0
"""Seconds after which a read hangs; the wire's own deadline is far below."""

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ENVIRON = {"TOKEN": "tok-example-0123456789", "USER_NAME": "zoe"}
LIMITS: Mapping[str, Any] = {"max_body": 1_000_000, "limits": {"attempts": 2}}
HASTY: Mapping[str, Any] = {"timeout": 0.4, "deadline": 0.8}
"""For faults that only time ends."""
CALM: Mapping[str, Any] = {"timeout": 15.0, "deadline": 20.0}
"""For all others, so that a busy machine is not taken for a fault."""


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
    """A connector and a fault, with the outcome that is listed for the two."""

    subject: Subject
    fault: Fault

    def __str__(self) -> str:
        return f"{self.subject.name}-{self.fault.name}"

    @property
    def waits(self) -> bool:
        """True where only time ends the fault."""
        return self.fault.code in {"T10", "T11", "T12"} or self.fault.name.endswith("hangs")


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
    played: int = 0

    @property
    def completeness(self) -> str:
        """The verdict's word; ``none`` where there is no verdict."""
        return "none" if self.report is None else self.report.verdict.completeness


def plays(case: Case) -> tuple[Play, ...]:
    """Return how a fault is played: in passing on a page in the middle, for good there, and where else it makes a difference."""
    fault, subject = case.fault, case.subject
    found = [Play(OnPage(fault, 2), 2, once=True), Play(OnPage(fault, 2, None), 2, once=False)]
    if fault.family == "T" and not fault.needs:
        if subject.from_start:
            found.append(Play(OnPage(fault, 1, None), 1, once=False))
        if subject.prelude and fault.transient:
            found.append(Play(Nth(fault, subject.prelude), 0, once=True))
    return tuple(found)


def drive(subject: Subject, plan: Plan | None, *, hasty: bool = False, attempts: int = 2) -> Ended:
    """Read everything of a subject while its server follows a plan; never longer than :data:`PATIENCE`."""
    with FaultServer(subject.answer, plan, shape=subject.shape) as server:
        ended = read_at(subject, server.url, **(HASTY if hasty else CALM), limits={"attempts": attempts})
        ended.played = len(server.played)
    return ended


def read_at(subject: Subject, url: str, **settings: Any) -> Ended:
    """Read everything of a subject at an address."""
    ended = Ended()
    with tempfile.TemporaryDirectory() as folder:
        given = {**LIMITS, **subject.settings(url, Path(folder)), **settings}
        started = time.monotonic()
        thread = threading.Thread(target=_read, args=(subject.stream, given, Path(folder), ended), daemon=True)
        thread.start()
        thread.join(PATIENCE)
        ended.hangs = thread.is_alive()
        ended.seconds = time.monotonic() - started
    return ended


@cache
def _plugins(connector: str) -> registry.Plugins:
    """Return the plugins, listed once for all reads."""
    return registry.load({connector})


def _read(stream: str, settings: Mapping[str, Any], folder: Path, ended: Ended) -> None:
    clock = FastClock()
    try:
        hub = Hub(
            config.parse({"sources": {"crm": settings}}, folder),
            clock=clock.now,
            monotonic=clock.monotonic,
            sleep=clock.sleep,
            plugins=_plugins(settings["connector"]),
            environ=ENVIRON,
        )
        people = hub.read("person", source="crm", stream=stream, allow_partial=True)
        for record in people:
            if any(issue.code == "row.conflict" for issue in record.issues):
                ended.conflicts.add(record.ref.id)
            emails = tuple(email.address for email in record.value.emails or ())
            ended.delivered.append((record.ref.id, Person(record.value.name.full, emails)))
        ended.rejected = people.report.verdict.rejected
        ended.report, ended.errors = people.report, people.errors
    except BaseException as error:
        ended.foreign = error


def promises_of(subject: Subject, ended: Ended) -> list[str]:
    """Return which promises a read breaks that always hold, whatever the fault was."""
    if ended.hangs:
        return ["hangs"]
    if ended.foreign is not None:
        return [f"untyped: {ended.foreign!r}"]
    assert ended.report is not None
    broken = [
        f"wrong value: {who}"
        for identity, who in ended.delivered
        if subject.truth.get(identity) != who and identity not in ended.conflicts  # where two differ, an issue says so
    ]
    counts = Counter(identity for identity, _ in ended.delivered)
    missing = len(set(subject.truth) - set(counts))
    books = ended.report.verdict
    if books.completeness == "complete" and missing > ended.rejected:
        broken.append(f"silent loss: {missing} rows are not delivered, {ended.rejected} are rejected")
    if books.delivered + books.rejected + books.duplicates + books.tombstones + books.skipped != books.rows:
        broken.append(f"silent loss: the books do not add up: {books}")
    if books.delivered != len(ended.delivered):
        broken.append(f"silent loss: {books.delivered} are counted, {len(ended.delivered)} came")
    if any(not isinstance(error, BartackError) for error in ended.errors):
        broken.append(f"untyped: {ended.errors}")
    return broken


def outcome_of(case: Case, play: Play, ended: Ended) -> list[str]:
    """Return in what a read differs from the outcome that is listed for its fault."""
    fault, every = case.fault, list(case.subject.ids)
    if ended.played == 0:
        return ["the fault was not played"]
    ids, whole = [identity for identity, _ in ended.delivered], ended.completeness == "complete"
    told = f"{ended.completeness}, {len(ids)} of {len(every)}, {ended.rejected} rejected: {[*map(repr, ended.errors)]}"
    if fault.expected == "rows" or (play.once and fault.transient):
        return [] if whole and sorted(ids) == sorted(every) else [told]
    if fault.expected == "rejects":
        left = [one for one in every if one != case.subject.pages[play.page - 1][0]]
        return [] if whole and ids == left and ended.rejected == 1 else [told]
    if not isinstance(fault.expected, type) or play.page == 0:
        return [told] if whole and fault.expected != "accounted" else []
    before = [identity for page in case.subject.pages[: play.page - 1] for identity in page]
    as_listed = (
        [type(error) for error in ended.errors] == [fault.expected]
        and ended.completeness == ("partial" if before else "failed")
        and ids[: len(before)] == before
    )
    return [] if as_listed else [f"{told} instead of {fault.expected.__name__}"]
