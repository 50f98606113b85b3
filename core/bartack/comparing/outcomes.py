"""What became of the rows: rejects and remarks that are new, each with the field and the path it is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from bartack.comparing.findings import Difference
from bartack.drift.odds import Share, rise
from bartack.mapping.compiled import Outcome
from bartack_contracts import Issue

__all__ = ["Remarked", "remarked"]

_POINTS = 0.05


class Remarked(NamedTuple):
    """A remark that is made more often than before. ``field``: of the contract, without its name; blank: the whole row."""

    difference: Difference
    field: str
    code: str
    rejects: bool


def remarked(before: Sequence[Outcome], after: Sequence[Outcome]) -> Iterator[Remarked]:
    """Yield the remarks that became more frequent beyond chance, or that every row has now and none had before."""
    was, now = _counted(before), _counted(after)
    found = _examples(after)
    for spot in sorted(now):
        code, place, rejects = spot
        share, past = Share(now[spot], len(after)), Share(was[spot], len(before))
        every = share.part == share.whole and not past.part and past.whole > 0
        if not every and rise(share, [past], least=_POINTS, gross=_POINTS) is None:
            continue
        issue = found[spot]
        yield Remarked(
            Difference(
                "rejected" if rejects else "issues",
                _plain(issue.path or "."),
                f"{code} in {past.rate:.1%}",
                f"{code} in {share.rate:.1%}",
                past,
                share,
                examples=(None, issue.raw),
            ),
            place,
            code,
            rejects,
        )


Spot = tuple[str, str, bool]


def _counted(outcomes: Sequence[Outcome]) -> Counter[Spot]:
    return Counter(spot for one in outcomes for spot in {_spot(issue, one) for issue in one.issues if _counts(issue)})


def _examples(outcomes: Sequence[Outcome]) -> dict[Spot, Issue]:
    found: dict[Spot, Issue] = {}
    for one in outcomes:
        for issue in one.issues:
            found.setdefault(_spot(issue, one), issue)
    return found


def _counts(issue: Issue) -> bool:
    return issue.severity != "info"


def _spot(issue: Issue, outcome: Outcome) -> Spot:
    return issue.code, _plain(issue.field or ""), outcome.kind == "reject" and issue.severity == "error"


def _plain(path: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", path)
