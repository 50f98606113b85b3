"""The judge: a connector reads a twin, and it is said what it must not have done."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from bartack.errors import BartackError
from bartack.reading.replayed import Take, play
from bartack.reading.source import Feed
from bartack.recording import Cassette, Interaction
from bartack.secrets import KnownSecrets
from bartack.store.counts import COLUMNS
from bartack.twins.breeding import bred
from bartack.twins.counting import rows_sent
from bartack.twins.mutant import Twin
from bartack.twins.subject import Subject
from bartack.twins.watching import CANARY, EndlessReadError, stilled, within
from bartack_contracts import Record, Reject

if TYPE_CHECKING:
    from bartack.twins.tables import TableTwin

__all__ = ["Trial", "Violation", "by_id", "core", "judged", "try_twin", "try_twins"]

Kind = Literal["crash", "hang", "leak", "books", "lost", "changed", "silent", "invalid"]

_DEADLINE = 60.0
"""Seconds after which a read of a twin hangs; of what takes milliseconds, and has nothing to wait for."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What a connector must not do, and did.

    ``kind``: ``crash`` an error that is none of Bartack's left it; ``hang`` it did not end; ``leak`` a secret came out;
    ``books`` rows are not accounted for; ``lost`` a good row did not come out of a read called complete; ``changed`` it
    came out otherwise; ``silent`` a damaged value went missing, and nothing says so; ``invalid`` a record or reject that
    cannot be written down or breaks its contract.
    """

    twin: Twin | TableTwin
    kind: Kind
    said: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.twin.name} (seed {self.twin.seed}): {self.said}. What was wrong: {self.twin.said}"


@dataclass(frozen=True, slots=True)
class Trial:
    """The twins of one feed, and what became of them. ``tried`` and ``ends`` count by family, and by how the reads ended."""

    feed: Feed
    tried: Mapping[str, int]
    ends: Mapping[str, Mapping[str, int]]
    violations: tuple[Violation, ...]

    @property
    def survived(self) -> bool:
        """True when no twin was too much."""
        return not self.violations

    @property
    def count(self) -> int:
        """How many twins were read."""
        return sum(self.tried.values())


def try_twins(
    feed: Feed,
    cassette: Cassette,
    seed: int = 0,
    count: int | None = None,
    *,
    families: Iterable[str] | None = None,
    deadline: float = _DEADLINE,
) -> Trial:
    """Read ``count`` hostile twins of a recording through ``feed`` (all there are, if None), and judge each read.

    Offline, without waiting; the same seed tries the same twins. ``deadline``: seconds after which a read hangs.

    Raises
    ------
    RecordingError
        the feed cannot be read from the recording as it is.
    ConfigError
        there is no such family.
    """
    subject = Subject.of(feed, cassette)
    tried: Counter[str] = Counter()
    ends: dict[str, Counter[str]] = {}
    violations: list[Violation] = []
    for twin in islice(bred(subject, seed=seed, families=families), count):
        found, end = try_twin(subject, twin, deadline)
        tried[twin.family] += 1
        ends.setdefault(twin.family, Counter())[end] += 1
        violations += found
    return Trial(feed, tried, ends, tuple(violations))


def try_twin(subject: Subject, twin: Twin, deadline: float = _DEADLINE) -> tuple[list[Violation], str]:
    """Read one twin; return what was wrong, and in a word how the read ended."""
    cassette = twin.cassette
    try:
        take = within(deadline, lambda: play(stilled(subject.feed), cassette))
    except (EndlessReadError, TimeoutError) as error:
        return [Violation(twin, "hang", f"the read does not end: {error}")], "hang"
    except Exception as error:
        return [Violation(twin, "crash", f"{type(error).__name__}: {str(error)[:200]}")], "crash"
    end = take.report.completeness if take.error is None else type(take.error).__name__
    return list(judged(subject, twin, take, cassette.given)), end


def judged(subject: Subject, twin: Twin, take: Take, given: Iterable[Interaction]) -> Iterator[Violation]:
    """Yield what is wrong with the read of a twin."""
    yield from (Violation(twin, "books", said) for said in _books(subject, twin, take, list(given)))
    yield from (Violation(twin, kind, said) for kind, said in _untouched(subject, twin, take))
    yield from (Violation(twin, "invalid", said) for said in _invalid(take))
    yield from (Violation(twin, "silent", said) for said in _silent(subject, twin, take))
    if subject.has_canary and _shows_secret(take):
        yield Violation(twin, "leak", "a secret of the source came out")


def _books(subject: Subject, twin: Twin, take: Take, given: list[Interaction]) -> Iterator[str]:
    report = take.report
    if report.rows != sum(getattr(report, name) for name in COLUMNS):
        yield f"{report.rows} rows, and the columns say {[getattr(report, name) for name in COLUMNS]}"
    if len(take.items) != report.delivered + report.rejected:
        yield f"{len(take.items)} items came, the books say {report.delivered} delivered and {report.rejected} rejected"
    if report.completeness != "complete":
        return
    sent = rows_sent(subject, given) if subject.is_countable else report.rows
    if sent is None:
        yield f"the read is called complete with {report.rows} rows, though an answer cannot be read for certain"
    elif sent != report.rows:
        yield f"the read is called complete, {sent} rows were sent, and {report.rows} are in the books"
    elif twin.change.doubtful:
        yield "the read is called complete, though the source contradicts itself"


def _untouched(subject: Subject, twin: Twin, take: Take) -> Iterator[tuple[Literal["lost", "changed"], str]]:
    """Hold what came of the rows that nobody touched against what came of them before."""
    touched = twin.change.touched
    if touched is None:
        return
    good = by_id(subject.take)
    found = by_id(take)
    for id_, before in good.items():
        if id_ in touched:
            continue
        now = found.get(id_)
        if now is None:
            if take.report.completeness == "complete":
                yield "lost", f"row {id_} was not touched, and did not come"
        elif core(now) != core(before):
            yield "changed", f"row {id_} was not touched, and came out otherwise: {_difference(before, now)}"


def _silent(subject: Subject, twin: Twin, take: Take) -> Iterator[str]:
    """Say where a record lost a value that nobody can have meant, without an issue, a reject or a line in the ledger."""
    place = twin.change.place
    if not twin.change.loud or place is None or all(name.startswith("custom.") for name in place.fields):
        return  # what is kept as it was sent is not lost, whatever it is
    before, now = by_id(subject.take).get(place.id), by_id(take).get(place.id)
    if not isinstance(before, Record) or not isinstance(now, Record) or now.issues != before.issues:
        return
    if take.report.unread == subject.take.report.unread and _leaves(now.value.model_dump()) < _leaves(
        before.value.model_dump()
    ):
        yield f"row {place.id} lost a value, and no issue says so"


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_leaves, value))
    return value is not None


def by_id(take: Take) -> dict[str, Record[Any] | Reject]:
    """Return the items by identity; those whose identity comes twice tell nothing."""
    often = Counter(item.ref.id for item in take.items)
    return {item.ref.id: item for item in take.items if often[item.ref.id] == 1}


def core(item: Record[Any] | Reject) -> Any:
    """Return what an item says, without where it comes from."""
    if isinstance(item, Record):
        return item.value, item.issues
    return item.payload, item.issues


def _difference(before: Record[Any] | Reject, now: Record[Any] | Reject) -> str:
    if type(before) is not type(now):
        return f"a {type(now).__name__} and no {type(before).__name__}"
    one, other = before.model_dump(exclude={"provenance"}), now.model_dump(exclude={"provenance"})
    return ", ".join(sorted(name for name in one if one[name] != other[name]))[:100]


def _invalid(take: Take) -> Iterator[str]:
    for item in take.items:
        try:
            text = item.model_dump_json(warnings=False)
            json.loads(text.encode("utf-8").decode("utf-8"), parse_constant=_no_number)
            if isinstance(item, Record):
                type(item.value).model_validate_json(item.value.model_dump_json(warnings=False))
            else:
                Reject.model_validate_json(text)
        except (ValidationError, ValueError, TypeError) as error:
            yield f"row {item.ref.id!r:.80}: {type(item).__name__} that cannot be written and read: {str(error)[:200]}"


def _no_number(word: str) -> Any:
    msg = f"{word} is no JSON"
    raise ValueError(msg)


def _shows_secret(take: Take) -> bool:
    redactor = KnownSecrets([CANARY]).redactor()
    texts = [repr(item) for item in take.items]
    texts += [str(take.report), json.dumps(take.error.told()) if isinstance(take.error, BartackError) else ""]
    return any(redactor.text(text) != text for text in texts)
