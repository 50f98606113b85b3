"""What the cassettes of a stream never show: values, nulls and gaps of contract fields, words of vocabularies, failures.

A field that was never null in a recording is one whose null no test has seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from bartack.errors import BartackError
from bartack.mapping.compiled import CompiledMapping
from bartack.mapping.rules import Rule
from bartack.paths import ABSENT, is_blank, parse, resolve
from bartack.reading.guard import guarded
from bartack.reading.replayed import Take, recorded_query
from bartack.recording import Cassette, Interaction
from bartack.recording.sql import SqlCassette
from bartack_contracts.values import Coded

__all__ = ["FAILURES", "Coverage", "failures", "vocabulary"]

FAILURES = ("4xx", "429", "5xx", "fault", "timeout")
"""The kinds of failure that a connector should be seen with; ``fault``: of SOAP."""

_FAULT = re.compile(rb"<(?:[\w.-]+:)?Fault[\s/>]")
_TIMEOUTS = ("timeout", "connect-timeout")


@dataclass
class Coverage:
    """What was seen of one stream as it feeds one contract, over all its cassettes."""

    mapping: CompiledMapping
    seen: dict[str, set[str]] = field(default_factory=dict)
    words: dict[str, set[str]] = field(default_factory=dict)
    nullable: set[str] = field(default_factory=set)

    def add(self, take: Take, cassette: Cassette | SqlCassette) -> None:
        """Look at what came of a replay, and at the rows it came of."""
        for record in take.records:
            for name, words in self.words.items():
                words.add(str(_word(getattr(record.value, name))))
        for row in _rows(take, cassette):
            for trace in self.mapping.explain(row):
                name, _, element = trace.field.partition("[")
                simple = not element and trace.path != "."
                if simple:
                    self.nullable.add(name)
                if simple or not element or trace.value not in (None, ABSENT):
                    raw = (
                        resolve(row, parse(trace.path)) if simple else trace.raw
                    )  # a trace has null for all that is blank
                    self.seen.setdefault(name, set()).add(_state(raw, trace.value))

    def __post_init__(self) -> None:
        for name in self._rules():
            if vocabulary(self.mapping, name):
                self.words.setdefault(name, set())

    def gaps(self) -> Iterator[tuple[str, str]]:
        """Yield a code and what is never seen, for each kind of gap that there is."""
        rules = self._rules()
        plain = [name for name in rules if name in self.nullable]
        for code, state, said, names in (
            ("uncovered.value", "value", "never with a value", rules),
            ("uncovered.null", "null", "never null", plain),
            ("uncovered.absent", "absent", "never left out or blank", rules),
        ):
            missing = [name for name in names if state not in self.seen.get(name, ())]
            if missing:
                yield code, f"{self.mapping.model.contract}: {said}: {', '.join(missing)}"
        for name, words in self.words.items():
            unseen = [word for word in vocabulary(self.mapping, name) if word not in words]
            if unseen:
                yield "uncovered.word", f"{self.mapping.model.contract}: {name} is never {', '.join(unseen)}"

    def _rules(self) -> dict[str, Rule]:
        """Return the rules that read something of a row."""
        rules = self.mapping.loaded.mapping.fields
        return {name: rule for name, rule in rules.items() if "const" not in rule.model_fields_set}


def vocabulary(mapping: CompiledMapping, name: str) -> tuple[str, ...]:
    """Return the words that a field may become: those its rule knows, else those of its contract; none, where it has none."""
    model_field = mapping.model.model_fields.get(name)
    words = () if model_field is None else _words(model_field.annotation)
    table = mapping.loaded.mapping.fields[name].values
    if words and table:
        known = {str(one) for one in table.values()}
        return tuple(word for word in words if word in known)
    return tuple(word for word in words if word != "unknown")


def failures(interactions: Iterable[Interaction]) -> set[str]:
    """Return the kinds of failure among interactions; see :data:`FAILURES`."""
    found = set()
    for item in interactions:
        status = item.response.status
        if item.failure is not None:
            found |= {"timeout"} if item.failure.kind in _TIMEOUTS else set()
        elif status == 429:
            found.add("429")
        elif 400 <= status < 600:
            found.add(f"{status // 100}xx")
        if item.failure is None and b"Envelope" in item.response.body and _FAULT.search(item.response.body):
            found.add("fault")
    return found


def _rows(take: Take, cassette: Cassette | SqlCassette) -> Iterator[Any]:
    """Yield the native rows of a replay, as far as they come."""
    source = replace(take.feed.source, replay=cassette)
    query = recorded_query(cassette.about)
    try:
        with source.open() as session:
            for page in guarded(replace(take.feed, source=source).pages(session, query), query):
                yield from page.rows
    except BartackError:
        return  # the replay has told


def _state(raw: Any, value: Any) -> Literal["value", "null", "absent"]:
    if raw is None:
        return "null"
    if raw is ABSENT or raw in ((), []) or is_blank(raw):
        return "absent"
    return "absent" if value in (None, ABSENT) else "value"


def _word(value: Any) -> Any:
    return value.value if isinstance(value, Coded) else value


def _words(annotation: Any) -> tuple[str, ...]:
    """Return the words of a closed vocabulary, bare or coded; none for any other type."""
    origin, parts = get_origin(annotation), [part for part in get_args(annotation) if part is not NoneType]
    if origin in (Union, UnionType) and len(parts) == 1:
        return _words(parts[0])
    if origin is Literal:
        return tuple(map(str, parts))
    if isinstance(annotation, type) and issubclass(annotation, Coded):
        return _words(annotation.model_fields["value"].annotation)
    return ()
