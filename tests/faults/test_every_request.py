"""A fault in passing at the first request, at the second, at each: and again while the read recovers from it. No row is lost.

Random faults are weak evidence; here every request of every connector is hit exactly once. The random ones come on top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

import pytest

from bartack.testing import FAULTS, Answer, Fault, FaultServer, Nth, Request, Share, fault
from bartack.testing.plans import Turn
from support.fault_driving import CALM, LIMITS, promises_of, read_at
from support.fault_subjects import SUBJECTS, Subject
from support.fault_table import Tally

IN_PASSING = ("fin_before_response", "rst_mid_headers", "cl_fin_mid_body", "gzip_bad_crc", "s503")
PATIENT = {**CALM, "limits": {**LIMITS["limits"], "attempts": 4}}


@dataclass(frozen=True)
class Both:
    """Two plans, the first that has a fault counts."""

    plans: Sequence[Nth]

    def fault(self, turn: Turn) -> Fault | None:
        return next((found for plan in self.plans if (found := plan.fault(turn)) is not None), None)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda one: one.name)
@pytest.mark.parametrize("name", IN_PASSING)
def test_whichever_request_is_hit_every_row_comes(subject: Subject, name: str, tally: Tally) -> None:
    with FaultServer(subject.answer, shape=subject.shape) as server:
        for number in count(1):
            server.forget()
            server.plan = Nth(fault(name), number)
            ended = read_at(subject, server.url, **PATIENT)
            problems = promises_of(subject, ended)
            if (ended.completeness, dict(ended.delivered)) != ("complete", subject.truth):
                problems.append(f"request {number}: {ended.completeness}, {ended.errors}")
            tally.count(subject.name, "T", problems)
            assert problems == []
            if not server.played:
                assert number == subject.prelude + 4  # there is no such request: all that there are were hit
                return


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda one: one.name)
def test_a_second_fault_during_the_recovery_costs_nothing_either(subject: Subject, tally: Tally) -> None:
    with FaultServer(subject.answer, shape=subject.shape) as server:
        for number in range(1, subject.prelude + 4):
            server.plan = Both((Nth(fault("cl_fin_mid_body"), number), Nth(fault("s503"), number + 1)))
            ended = read_at(subject, server.url, **PATIENT)
            problems = promises_of(subject, ended)
            if (ended.completeness, dict(ended.delivered)) != ("complete", subject.truth):
                problems.append(f"requests {number} and {number + 1}: {ended.completeness}, {ended.errors}")
            tally.count(subject.name, "T", problems)
            assert problems == []


PAGES = 250
PASSING = [one for one in FAULTS if one.transient and one.family == "T" and one.form != "xml" and not one.needs]
QUICK = [one for one in PASSING if one.code not in {"T10", "T11", "T12"} and not one.name.endswith("hangs")]


@pytest.mark.parametrize("seed", range(4))
def test_with_faults_at_a_tenth_of_all_pages_every_row_comes_once(seed: int) -> None:
    (tool,) = [one for one in SUBJECTS if one.name == "http"]

    def answer(request: Request) -> Answer:
        page = int(request.query.get("cursor", "1"))
        rows = [{"id": 4 * page + n, "name": "Zoë Müller"} for n in range(4)]
        return Answer.json(
            {"items": rows, "next": str(page + 1) if page < PAGES else None, "total": 4 * PAGES}, page=page
        )

    with FaultServer(answer, Share(QUICK, 0.1, seed)) as server:
        ended = read_at(tool, server.url, **PATIENT)
    assert len(set(server.played)) >= 10
    assert (ended.completeness, ended.rejected, ended.errors) == ("complete", 0, ())
    assert [int(identity) for identity, _ in ended.delivered] == list(range(4, 4 * PAGES + 4))
    assert len(server.requests) <= PAGES * 1.2  # what was asked again is a small share
