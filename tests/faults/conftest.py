"""Runs the cases of the fault matrix side by side, most of their time being waited, and prints the table at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from bartack.testing import Fault
from support.fault_driving import Case, Ended, Play, drive, outcome_of, plays, promises_of
from support.fault_subjects import Subject
from support.fault_table import Tally

TALLY = pytest.StashKey[Tally]()
AT_ONCE = 4
WAITING_AT_ONCE = 16


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TALLY] = Tally()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    tally = config.stash[TALLY]
    if tally.cases or tally.further:
        terminalreporter.section("faults")
        for line in tally.lines():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    """The table that is printed at the end."""
    return pytestconfig.stash[TALLY]


@pytest.fixture(scope="session")
def problems(request: pytest.FixtureRequest, tally: Tally) -> Iterator[Callable[[Case], list[str]]]:
    """Return what is wrong with a case. All cases that were selected are begun with the first one."""
    selected: list[Any] = [getattr(item, "callspec", None) for item in request.session.items]
    given = [one.params.get("case") for one in selected if one is not None]
    cases = [one for one in given if isinstance(one, Case)]
    with ThreadPoolExecutor(AT_ONCE) as working, ThreadPoolExecutor(WAITING_AT_ONCE) as waiting:
        begun: dict[str, Future[list[str]]] = {
            str(case): (waiting if case.waits else working).submit(_problems, case) for case in cases
        }

        def result(case: Case) -> list[str]:
            found = begun[str(case)].result()
            tally.count(case.subject.name, case.fault.family, found, len(plays(case)))
            return found

        yield result
        for future in begun.values():
            future.cancel()


def _problems(case: Case) -> list[str]:
    found = []
    for play in plays(case):
        ended = _played(case.subject, case.fault, play, hasty=case.waits)
        wrong = promises_of(case.subject, ended) or outcome_of(case, play, ended)
        found += [f"{problem} (page {play.page}, {'once' if play.once else 'for good'})" for problem in wrong]
    return found


def _played(subject: Subject, fault: Fault, play: Play, *, hasty: bool) -> Ended:
    """Drive the read; once more where a busy machine let it end before the fault came."""
    attempts = 4 if play.once else 2  # what passes may meet a busy machine's own delays behind it
    ended = drive(subject, play.plan, hasty=hasty, attempts=attempts)
    return drive(subject, play.plan, hasty=hasty, attempts=attempts) if hasty and ended.played == 0 else ended
