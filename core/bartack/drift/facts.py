"""What can be counted of a window of rows: a page, a read, several reads. Facts add up, and go through JSON unchanged.

**What is kept, and what is not.** Facts are counts. The only words of the source that they hold are the names of its paths and
the words at paths which the mapping treats as codes (see :class:`~bartack.drift.shape.Shape`): short ASCII tokens of a closed
list, as a stage, a currency or a flag, never at a path that feeds a field the contract marks personal, never free text, never
a path no rule reads, for of those nobody can say what they hold. A path with more than 64 different words is no code, and
keeps none. Of all other texts only lengths and sorts of characters are counted, of numbers only their magnitude to an eighth
of a decade: enough to see that amounts became a hundred times as large, too little to tell a single one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from bartack.drift.columns import ROWS, Column, columns
from bartack.drift.measures import NUMBERS, TYPE_NAMES, bins, kind_of, magnitudes, measured, words
from bartack.drift.shape import Reading, Shape
from bartack.mapping.compiled import Outcome
from bartack_contracts import Issue

__all__ = ["Facts", "PathFacts"]

MOST_PATHS = 500
"""So many paths are looked at beside those which a rule reads."""

MOST_WORDS = 64

Tally = Counter[str]

_NO_ELEMENTS: tuple[
    ()
] = ()  # Python has but one empty tuple, so that `is` can tell it, which asks no model whether it is equal

_COLUMN = {"record": "delivered", "reject": "rejected", "tombstone": "tombstones", "skipped": "skipped"}


class _Counted(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PathFacts(_Counted):
    """What was sent at one native path.

    ``sent`` counts all values, null included; ``types`` their JSON types; ``blank`` texts that show nothing. ``texts``: how
    many of the other texts have which marks (see :mod:`.measures`); ``lengths``: by powers of two; ``numbers``: by eighths
    of a decade; ``codes``: the words of a closed list, None where none may be kept.
    """

    within: str = ROWS
    fields: tuple[str, ...] = ()
    sent: int = 0
    blank: int = 0
    types: Tally = Field(default_factory=Counter)
    texts: Tally = Field(default_factory=Counter)
    lengths: Counter[int] = Field(default_factory=Counter)
    numbers: Counter[int] = Field(default_factory=Counter)
    codes: Tally | None = None

    def take(self, column: Column, reading: Reading) -> None:
        """Count the values of a column."""
        values, kinds = column.values, column.kinds
        self.sent += len(values)
        by_type = {next(iter(kinds)): len(values)} if len(kinds) == 1 else Counter(map(type, values))
        for kind, count in by_type.items():
            self.types[TYPE_NAMES.get(kind, "other")] += count
        if str in kinds:
            texts = values if len(kinds) == 1 else [one for one in values if one.__class__ is str]
            self.blank += measured(texts, self.texts, self.lengths)
        if not reading.key and (reading.number or not kinds.isdisjoint(NUMBERS)):
            self.numbers.update(magnitudes(values, kinds, texts=reading.number))
        if self.codes is not None:
            self.codes.update(words(values))
            self._few_codes()

    def add(self, other: PathFacts) -> None:
        """Add the facts of another window."""
        self.sent += other.sent
        self.blank += other.blank
        self.fields = self.fields or other.fields
        for mine, its in (
            (self.types, other.types),
            (self.texts, other.texts),
            (self.lengths, other.lengths),
            (self.numbers, other.numbers),
        ):
            mine.update(its)  # type: ignore[arg-type]
        if self.codes is None or other.codes is None:
            self.codes = None
        else:
            self.codes.update(other.codes)
            self._few_codes()

    def _few_codes(self) -> None:
        if self.codes is not None and len(self.codes) > MOST_WORDS:
            self.codes = None

    @property
    def filled(self) -> int:
        """Values that are neither null nor blank."""
        return self.sent - self.types["null"] - self.blank

    @property
    def kinds(self) -> Tally:
        """Values by type: integer or decimal is ``number``; null and blank texts are of none."""
        found: Tally = Counter()
        for name, count in self.types.items():
            kind = kind_of(name)
            if kind is not None:
                found[kind] += count
        found["string"] -= self.blank
        return +found


class Facts(_Counted):
    """What was counted of one stream as it feeds one contract.

    ``counts`` are the columns of its report; ``filled`` and ``empty`` say for each contract field in how many of ``valued``
    records it had a value, or was sent empty; ``issues`` how often a field met a code (field and code with a blank between
    them; the field of a remark about the whole row is ``.``); ``requests`` how long answers took, in bins of seconds.
    ``mapping``: the digest of the rules, which what became of the rows hangs on. ``unlisted``: unread paths beyond the first
    500, which are not looked at.
    """

    source: str
    stream: str
    contract: str
    mapping: str = ""
    began: datetime | None = None
    pages: int = 0
    rows: int = 0
    objects: int = 0
    counts: Tally = Field(default_factory=Counter)
    paths: dict[str, PathFacts] = Field(default_factory=dict)
    valued: int = 0
    filled: Tally = Field(default_factory=Counter)
    empty: Tally = Field(default_factory=Counter)
    issues: Tally = Field(default_factory=Counter)
    requests: Counter[int] = Field(default_factory=Counter)
    unlisted: int = 0

    def page(
        self,
        rows: Sequence[Any],
        outcomes: Sequence[Outcome],
        shape: Shape,
        *,
        at: datetime | None = None,
        seconds: float | None = None,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Count a mapped page.

        ``at``: when it was fetched. ``seconds``: how long the source took to answer. ``counts``: what became of its rows,
        by the columns of a report, where somebody keeps books; left out, no row is a duplicate.
        """
        self.pages += 1
        self.rows += len(rows)
        self.began = self.began or at
        if seconds is not None:
            self.requests.update(bins([seconds]))
        found = columns(rows)
        self.objects += sum(isinstance(row, dict) for row in rows)
        self.counts.update(counts if counts is not None else (_COLUMN[outcome.kind] for outcome in outcomes))
        for path, column in found.items():
            known = self.paths.get(path)
            if known is None and not shape.ignores(path):
                known = self._listed(path, column, shape.at(path))
            if known is not None:
                known.take(column, shape.at(path))
        self._values([outcome.value for outcome in outcomes if outcome.value is not None])
        for outcome in outcomes:
            if outcome.issues:
                self.issues.update(map(_spot, outcome.issues))

    def add(self, other: Facts) -> Self:
        """Add the facts of another window of the same stream; return these."""
        self.began = self.began or other.began
        for name in ("pages", "rows", "objects", "valued", "unlisted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("counts", "filled", "empty", "issues", "requests"):
            getattr(self, name).update(getattr(other, name))
        for path, facts in other.paths.items():
            mine = self.paths.get(path)
            if mine is not None:
                mine.add(facts)
            elif facts.fields or not self._full():
                self.paths[path] = facts.model_copy(deep=True)
            else:
                self.unlisted += 1
        return self

    def around(self, path: str, within: str) -> int:
        """Return how many objects could have had a value at ``path``, which this window need not have.

        They are the rows, or the objects around it; each element of a list holds itself.
        """
        if path.endswith(("[]", "*")):
            facts = self.paths.get(path)
            return facts.sent if facts is not None else 0
        if within == ROWS:
            return self.objects
        around = self.paths.get(within)
        return around.types["object"] if around is not None else 0

    def _listed(self, path: str, column: Column, reading: Reading) -> PathFacts | None:
        if not reading.fields and not reading.key and self._full():
            self.unlisted += 1
            return None
        codes: Tally | None = Counter() if reading.code else None
        made = PathFacts(within=column.within, fields=reading.fields, codes=codes)
        self.paths[path] = made
        return made

    def _full(self) -> bool:
        return len(self.paths) >= MOST_PATHS and sum(not one.fields for one in self.paths.values()) >= MOST_PATHS

    def _values(self, values: Sequence[Any]) -> None:
        """Count which contract fields have a value, and which were sent empty."""
        self.valued += len(values)
        held = [value.__dict__ for value in values]
        sent = Counter(chain.from_iterable(value.__pydantic_fields_set__ for value in values))
        for name, count in sent.items():
            nothing = sum([one[name] is None or one[name] is _NO_ELEMENTS for one in held])
            filled = len(held) - nothing  # what was not fetched reads as nothing, too
            self.filled[name] += filled
            self.empty[name] += count - filled


def _spot(issue: Issue) -> str:
    field = issue.field or "."
    if "[" in field:
        field = field.partition("[")[0]
    return f"{field} {issue.code}"
