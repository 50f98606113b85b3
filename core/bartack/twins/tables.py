"""Hostile twins of recordings of databases: one cell, column, row or statement is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from random import Random
from typing import Any

from bartack.reading.guard import guarded
from bartack.reading.replayed import Take, play, recorded_query
from bartack.reading.source import Feed
from bartack.recording.sql import Answer, SqlCassette, SqlError, Statement
from bartack.store.counts import COLUMNS
from bartack.twins.trial import Trial, Violation, by_id, core
from bartack.twins.watching import stilled

__all__ = ["TableTwin", "table_twins", "try_tables"]

Row = tuple[Any, ...]

_STRANGE = "Ångström Zoë 山田 \U0001f9f5 a\u0301 \u202e x"
_LOST = {"postgresql": "40P01", "mysql": "1213", "mariadb": "1213"}
"""What a deadlock is called."""


@dataclass(frozen=True, slots=True)
class TableTwin:
    """A recording of a database with one change.

    ``touched``: identities of the rows that may come out otherwise; None: any. ``doubtful``: the database contradicts itself,
    so that a read may not be called complete. ``make`` gives the answer that stands in the place of the rows.
    """

    name: str
    family: str
    seed: int
    said: str
    make: Callable[[], Answer] = field(repr=False, compare=False)
    original: SqlCassette = field(repr=False, compare=False)
    place: int = field(repr=False, compare=False)
    touched: frozenset[str] | None = None
    doubtful: bool = False

    @property
    def cassette(self) -> SqlCassette:
        """The recording, made anew with every call."""
        statements = list(self.original.statements)
        statements[self.place] = replace(statements[self.place], answer=self.make())
        original = self.original
        return SqlCassette(
            original.path, statements, database=original.database, about=original.about, allow_playback_repeats=True
        )


def table_twins(feed: Feed, cassette: SqlCassette, *, seed: int = 0) -> Iterator[TableTwin]:
    """Yield the twins of a recording, the kinds taking turns; the same seed gives the same ones.

    Nothing comes of a recording that holds no rows.
    """
    place = _rows_at(cassette.statements)
    if place is None:
        return
    answer = cassette.statements[place].answer
    ids = _ids(feed, cassette)
    dice = Random(seed)  # noqa: S311 - no secret, and the same each time
    changes = [_cells(answer, ids, dice), _rows(answer, dice), _statements(answer, cassette.database.dialect)]
    while changes:
        for kind in tuple(changes):
            change = next(kind, None)
            if change is None:
                changes.remove(kind)
                continue
            family, name, said, make, touched, doubtful = change
            yield TableTwin(f"{family}/{name}", family, seed, said, make, cassette, place, touched, doubtful)


def try_tables(feed: Feed, cassette: SqlCassette, seed: int = 0, count: int | None = None) -> Trial:
    """Read ``count`` hostile twins of a recording through ``feed`` (all there are, if None), and judge each read.

    Offline, without waiting; the same seed tries the same twins.
    """
    good = play(feed, cassette.repeating())
    tried: Counter[str] = Counter()
    ends: dict[str, Counter[str]] = {}
    violations: list[Violation] = []
    for twin in islice(table_twins(feed, cassette, seed=seed), count):
        made = twin.cassette
        tried[twin.family] += 1
        try:
            take = play(stilled(feed), made)
        except Exception as error:
            violations.append(Violation(twin, "crash", f"{type(error).__name__}: {str(error)[:200]}"))
            ends.setdefault(twin.family, Counter())["crash"] += 1
            continue
        end = take.report.completeness if take.error is None else type(take.error).__name__
        ends.setdefault(twin.family, Counter())[end] += 1
        violations += _judged(twin, take, good, len(made.statements[twin.place].answer.rows))
    return Trial(feed, tried, ends, tuple(violations))


Change = tuple[str, str, str, Callable[[], Answer], frozenset[str] | None, bool]


def _cells(answer: Answer, ids: Sequence[str | None], dice: Random) -> Iterator[Change]:
    """Yield changes of one cell: each kind in each column, in a row that the dice choose."""
    kinds: dict[tuple[str, str], Callable[[Any], Any]] = {
        ("presence", "null"): lambda _: None,
        ("types", "a text"): lambda value: f"{value}?",
        ("types", "a number"): lambda _: 7,
        ("types", "bytes"): lambda _: b"\xff\x00\xfe",
        ("texts", "strange"): lambda _: _STRANGE,
        ("texts", "huge"): lambda _: "9" * 70_000,
        ("texts", "padded"): lambda value: f"{value!s:<60}",
        ("texts", "mojibake"): lambda _: "MÃ¼ller",
        ("meaning", "hundredfold"): lambda value: value * 100 if isinstance(value, int) else value,
    }
    for (family, name), put in kinds.items():
        for number, (column, _) in enumerate(answer.columns):
            at = dice.randrange(len(answer.rows))
            make = partial(_with_cell, answer, at, number, put)
            identity = ids[at] if at < len(ids) else None
            touched = None if identity is None else frozenset((identity,))
            yield family, f"{name}/{column}", f"{name} at {column} of row {at + 1}", make, touched, False


def _rows(answer: Answer, dice: Random) -> Iterator[Change]:
    """Yield changes of rows and columns."""
    at = dice.randrange(len(answer.rows))
    rows, whole = answer.rows, partial(replace, answer)
    yield (
        "rows",
        "one less",
        "a row is missing that was counted",
        partial(whole, rows=rows[:at] + rows[at + 1 :]),
        None,
        True,
    )
    yield (
        "rows",
        "twice",
        "a row comes twice",
        partial(whole, rows=(*rows[: at + 1], rows[at], *rows[at + 1 :])),
        None,
        True,
    )
    yield "rows", "none", "no row comes, though some were counted", partial(whole, rows=()), None, True
    for number, (column, code) in enumerate(answer.columns):
        renamed = (*answer.columns[:number], (f"{column}_new", code), *answer.columns[number + 1 :])
        yield (
            "columns",
            f"renamed/{column}",
            f"{column} is called {column}_new",
            partial(whole, columns=renamed),
            None,
            False,
        )
        less = tuple(row[:number] + row[number + 1 :] for row in rows)
        kept = answer.columns[:number] + answer.columns[number + 1 :]
        yield (
            "columns",
            f"missing/{column}",
            f"{column} is missing",
            partial(whole, columns=kept, rows=less),
            None,
            False,
        )
    more = tuple((*row, "new") for row in rows)
    yield (
        "columns",
        "more",
        "there is a new column",
        partial(whole, columns=(*answer.columns, ("new", "")), rows=more),
        None,
        False,
    )


def _statements(answer: Answer, dialect: str) -> Iterator[Change]:
    """Yield changes of the statement as a whole."""
    half = answer.rows[: len(answer.rows) // 2]
    yield (
        "statements",
        "cut off",
        "the rows end in the middle",
        partial(replace, answer, rows=half, whole=False),
        None,
        True,
    )
    for kind, said, code in (
        ("OperationalError", "deadlock detected", _LOST.get(dialect, "")),
        ("OperationalError", "server closed the connection unexpectedly", ""),
        ("ProgrammingError", "permission denied", "42501" if dialect == "postgresql" else ""),
        ("DataError", "value out of range", ""),
    ):
        make = partial(Answer, error=SqlError(kind, said, code))
        yield "statements", said, f"the statement ends in {kind}: {said}", make, None, True


def _judged(twin: TableTwin, take: Take, good: Take, sent: int) -> Iterator[Violation]:
    report = take.report
    if report.rows != sum(getattr(report, name) for name in COLUMNS):
        yield Violation(twin, "books", f"{report.rows} rows, and the columns say something else")
    if report.completeness == "complete":
        if twin.doubtful:
            yield Violation(twin, "books", "the read is called complete, though the database contradicts itself")
        elif report.rows != sent:
            yield Violation(twin, "books", f"{sent} rows were sent, and {report.rows} are in the books")
    if twin.touched is None:
        return
    found = by_id(take)
    for identity, before in by_id(good).items():
        if identity in twin.touched:
            continue
        now = found.get(identity)
        if now is None and report.completeness == "complete":
            yield Violation(twin, "lost", f"row {identity} was not touched, and did not come")
        elif now is not None and core(now) != core(before):
            yield Violation(twin, "changed", f"row {identity} was not touched, and came out otherwise")


def _rows_at(statements: Iterable[Statement]) -> int | None:
    """Return which statement brought the rows: the widest of those with the most."""
    sizes = [(len(one.answer.columns) > 1, len(one.answer.rows), number) for number, one in enumerate(statements)]
    best = max(sizes, default=None)
    return best[2] if best is not None and best[0] and best[1] else None


def _ids(feed: Feed, cassette: SqlCassette) -> list[str | None]:
    """Return the identities of the recorded rows, in their order."""
    source = replace(feed.source, replay=cassette.repeating())
    query = recorded_query(cassette.about)
    found: list[str | None] = []
    with source.open() as session:
        for page in guarded(replace(feed, source=source).pages(session, query), query):
            found += [outcome.id for outcome in feed.mapping.page(page.rows, Counter())]
    return found


def _with_cell(answer: Answer, at: int, number: int, put: Callable[[Any], Any]) -> Answer:
    row = answer.rows[at]
    changed: Row = (*row[:number], put(row[number]), *row[number + 1 :])
    return replace(answer, rows=(*answer.rows[:at], changed, *answer.rows[at + 1 :]))
