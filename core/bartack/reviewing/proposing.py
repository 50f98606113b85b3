"""Values for what is wrong in a reject, each found somewhere and none invented; with where it was found.

In this order: what a person decided before over the same raw value, what the raw value says when it is spelled in another
known way, and what the last good version of the row had. A raw value that says nothing (``N/A``) is worth no comparison
with that of another row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from bartack.errors import ConfigError
from bartack.mapping.corrections import Corrections, to_set
from bartack.paths import ABSENT, is_blank, parse, resolve
from bartack.reading.source import Feed
from bartack.reviewing.spelling import Reading, Spellings
from bartack.store.reasons import Corrected
from bartack.store.records import Stored
from bartack.store.rejects import Waiting
from bartack_contracts import Issue

__all__ = ["Proposal", "Proposals", "propose"]

_SAYS_NOTHING = frozenset(
    "n/a na none null nil unknown unbekannt tbd tba test xxx k.a. ? - -- --- . #n/v #n/a ***".split()
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value, as JSON, for a contract field that is wrong, and ``why``: where it was found."""

    field: str
    value: Any
    why: str


@dataclass(frozen=True, slots=True)
class Proposals:
    """What is proposed for a reject, the likeliest first for each field; ``complete``: with that it becomes a record."""

    each: tuple[Proposal, ...] = ()
    complete: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """The likeliest value of each field."""
        found: dict[str, Any] = {}
        for one in self.each:
            found.setdefault(one.field, one.value)
        return found


def propose(
    reject: Waiting,
    row: Any,
    feed: Feed,
    earlier: Stored | None,
    corrections: Sequence[Corrected],
    spellings: Spellings,
) -> Proposals:
    """Look for values; ``earlier``: what the snapshot has of the row, ``corrections``: those that are in force."""
    (now,) = feed.mapping.page([row], Counter())
    if now.kind != "reject" or now.id is None:
        return Proposals()  # there is nothing to correct, or nothing that could be corrected
    wrong = {one.field: one for one in now.issues if one.severity == "error" and one.field}
    found: list[Proposal] = []
    for field, issue in wrong.items():
        names = to_set(feed.mapping.model, field)
        places = (
            _decided(reject, issue, names, corrections),
            _respelled(spellings.read(feed, row, field), field, names),
            _earlier(reject, earlier, names),
        )
        found += [one for place in places for one in place if _fits(feed, one)]
    proposed = Proposals(tuple(dict.fromkeys(_apart(found))))
    return Proposals(proposed.each, _makes_a_record(feed, row, proposed.values))


def _decided(
    reject: Waiting, issue: Issue, names: Sequence[str], corrections: Sequence[Corrected]
) -> Iterator[Proposal]:
    """Yield what was decided for the same raw value of the same field, where all who did so agree."""
    alike = [
        one
        for one in corrections
        if (one.id == reject.id or _says_something(issue.raw))
        and any((other.field, other.raw) == (issue.field, issue.raw) for other in one.issues)
    ]
    for name in names:
        made = [one for one in alike if name in one.values]
        if made and all(one.values[name] == made[0].values[name] for one in made):
            newest = made[0]
            where = "an earlier payload of this row" if newest.id == reject.id else "the same value"
            more = f", as {len(made) - 1} more" if len(made) > 1 else ""
            at = f"{newest.decided_at:%Y-%m-%d}"
            yield Proposal(
                name, newest.values[name], f"{newest.who} set it for {where} (reject {newest.number}, {at}{more})"
            )


def _respelled(reading: Reading | None, field: str, names: Sequence[str]) -> Iterator[Proposal]:
    """Yield what a raw value says that is spelled otherwise than declared."""
    if reading is None:
        return
    value = to_jsonable_python(reading.value, fallback=str)
    for name in names:
        inner = (
            value if name == field else value.get(name.removeprefix(f"{field}.")) if isinstance(value, dict) else None
        )
        if inner is not None:
            yield Proposal(name, inner, reading.why)


def _earlier(reject: Waiting, earlier: Stored | None, names: Sequence[str]) -> Iterator[Proposal]:
    """Yield what the last good version of the row had."""
    if earlier is None or earlier.row["deleted_at"] is not None or earlier.row["digest"] == reject.digest:
        return
    value = earlier.value()
    for name in names:
        had = resolve(value, parse(name)) if "[" not in name else ABSENT  # who knows which element is which
        if had is not ABSENT and had is not None:
            yield Proposal(
                name, had, f"the last good version of this row has it ({earlier.row['fetched_at']:%Y-%m-%d %H:%M} UTC)"
            )


def _apart(found: Sequence[Proposal]) -> Iterator[Proposal]:
    """Yield proposals without those that propose again what was proposed already."""
    seen: list[tuple[str, Any]] = []
    for one in found:
        if (one.field, one.value) not in seen:
            seen.append((one.field, one.value))
            yield one


def _fits(feed: Feed, one: Proposal) -> bool:
    try:
        Corrections.of(feed.mapping.model, {one.field: one.value})
    except ConfigError:
        return False
    return True


def _makes_a_record(feed: Feed, row: Any, values: Mapping[str, Any]) -> bool:
    if not values:
        return False
    try:
        return feed.mapping.corrected(row, Corrections.of(feed.mapping.model, values)).kind == "record"
    except ConfigError:
        return False


def _says_something(raw: Any) -> bool:
    if isinstance(raw, str):
        return not is_blank(raw) and raw.strip().casefold() not in _SAYS_NOTHING
    return isinstance(raw, int | float) and not isinstance(raw, bool)
