"""One reject as a person looks at it: what was sent, all that is wrong with it, by which rules, and what can be done."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bartack.mapping.corrections import to_set
from bartack.masking import MASK, masked_issue, masked_request, masked_row
from bartack.reading.decisions import enclosing
from bartack.reading.source import Feed
from bartack.reviewing.proposing import Proposals
from bartack.store.history import Entry
from bartack.store.rejects import Decision, Waiting

__all__ = ["Case", "case_of", "masked_case", "masked_entry", "masked_reject"]


@dataclass(frozen=True, slots=True)
class Case:
    """A reject with its ``payload``, its text ``raw`` as it was sent (XML), and the ``decision`` over it, if there is one.

    ``places``: for each issue ``file:line`` of the rule that was at work, as the mapping is now; ``None`` where there is
    none. ``mapping_changed``: it is not the one that rejected the row. ``next_steps``: commands, the likeliest first.
    ``history``: all that was decided over it and taken back, the oldest first. ``proposals``: values for what is wrong,
    while it waits; of a source that is answered masked there are none.
    """

    reject: Waiting
    payload: Any
    raw: str | None
    places: tuple[str | None, ...]
    decision: Decision | None
    mapping_changed: bool
    next_steps: tuple[str, ...]
    history: tuple[Entry, ...]
    proposals: Proposals


def case_of(
    reject: Waiting,
    payload: Any,
    raw: str | None,
    feed: Feed | None,
    decision: Decision | None,
    *,
    history: Sequence[Entry],
    proposals: Proposals,
    masked_by_policy: bool,
) -> Case:
    """Put together what there is to know of a reject; ``feed`` is where it comes from, as it is configured now."""
    places = tuple(_places(reject, payload, feed))
    steps = tuple(_next_steps(reject, payload, feed, proposals)) if reject.state == "waiting" else ()
    changed = feed is not None and feed.mapping.digest != reject.mapping
    found = Case(reject, payload, raw, places, decision, changed, steps, tuple(history), proposals)
    return masked_case(found) if masked_by_policy else found


def masked_case(case: Case) -> Case:
    """Return a case without what may be personal in it: the form of its payload, and nothing that is proposed."""
    decision = case.decision
    return replace(
        case,
        reject=masked_reject(case.reject),
        payload=masked_row(case.payload),
        raw=None,
        decision=None if decision is None else replace(decision, **_without_words(decision)),
        history=tuple(map(masked_entry, case.history)),
        proposals=Proposals(),
    )


def masked_reject(reject: Waiting) -> Waiting:
    """Return a reject without what may be personal in it."""
    issues, request = tuple(map(masked_issue, reject.issues)), masked_request(reject.request)
    return replace(reject, issues=issues, request=request, payload=None, raw=None)


def masked_entry(entry: Entry) -> Entry:
    """Return what was decided without the values that may be personal in it, and without what somebody wrote about it."""
    return replace(entry, **_without_words(entry))


def _without_words(made: Decision | Entry) -> dict[str, Any]:
    return {"body": masked_row(made.body), "note": None if made.note is None else MASK}


def _places(reject: Waiting, payload: Any, feed: Feed | None) -> Iterator[str | None]:
    traces = {} if feed is None else {trace.field: trace.place for trace in feed.mapping.explain(payload)}
    for issue in reject.issues:
        field = issue.field or ""
        yield next((traces[one] for one in (field, *enclosing(field)) if one in traces), None)


def _next_steps(reject: Waiting, payload: Any, feed: Feed | None, proposals: Proposals) -> Iterator[str]:
    number = reject.number
    if proposals.complete:
        yield f"bartack review accept {number}"
    if feed is not None:
        (now,) = feed.mapping.page([payload], Counter())
        if now.kind != "reject":
            yield f"bartack review retry {number}"
        elif now.id is not None:
            wrong = dict.fromkeys(issue.field for issue in now.issues if issue.severity == "error" and issue.field)
            names = [name for field in wrong for name in to_set(feed.mapping.model, field)]
            settings = [part for name in names for part in ("--set", f"{name}=VALUE")]
            if settings:
                yield shlex.join(["bartack", "review", "fix", str(number), *settings])
            yield f"bartack review fix {number} --override rules.yaml"
            yield f"bartack review retry {number}"
    yield f"bartack review dismiss {number} --note WHY"
