"""A small retrieval pipeline: its own vector index follows the replica, and every answer says what it rests on, and how far.

Run: ``bartack demo --keep estate && python examples/retrieval.py estate``
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import bartack
from bartack_contracts import Record, Ref
from incidents import Days, a_poisoned_record_arrives, a_schema_drifts, a_source_dies, copied

CONTRACTS = ("person", "invoice")
NEAR = 0.15
REMARKED = ("text.cleaned",)


class VectorIndex:
    """Texts as vectors of their words, rare words longer; what is near to a question is found by the angle between them."""

    def __init__(self) -> None:
        self._words: dict[str, dict[Ref, Counter[str]]] = {contract: {} for contract in CONTRACTS}
        self._cursors: dict[str, str | None] = dict.fromkeys(CONTRACTS)

    def follow(self, hub: bartack.Hub) -> Counter[str]:
        """Take over what has changed since the last time, deletions too; return how much that was."""
        done: Counter[str] = Counter()
        for contract in CONTRACTS:
            while True:
                told = hub.changes(contract, cursor=self._cursors[contract])
                for change in told.changes:
                    if change.record is None:
                        self._words[contract].pop(change.ref, None)
                    else:
                        self._words[contract][change.ref] = _words(text_of(change.record))
                    done[change.kind] += 1
                self._cursors[contract] = told.next_cursor
                if not told.more:
                    break
        return done

    def near(self, contract: str, question: str, most: int = 2) -> list[tuple[Ref, float]]:
        """Return the records nearest to a question, with the cosine of the angle; words that no record has do not count."""
        rarity = self._rarity(contract)
        asked = _vector(_words(question), rarity)
        found = []
        for ref, words in self._words[contract].items():
            vector = _vector(words, rarity)
            found.append((ref, sum(weight * vector.get(word, 0.0) for word, weight in asked.items())))
        return sorted((one for one in found if one[1] > NEAR), key=lambda one: (-one[1], one[0]))[:most]

    def _rarity(self, contract: str) -> dict[str, float]:
        texts = self._words[contract].values()
        seen = Counter(word for words in texts for word in words)
        return {word: math.log(1 + len(texts) / count) for word, count in seen.items()}


def text_of(record: Record[Any]) -> str:
    """Return a record's values as a text."""
    return " ".join(_texts(record.value.model_dump(mode="json", exclude={"custom", "created_at", "updated_at"})))


def answer(hub: bartack.Hub, index: VectorIndex, contract: str, question: str) -> Iterator[str]:
    """Answer a question: with what was found and its citations, or with who has to decide first."""
    waiting = next((one for one in hub.review.list() if one.id in question), None)
    if waiting is not None:
        reason = next(one.message for one in waiting.issues if one.severity == "error")
        yield f"HANDED OVER  nobody knows yet: {waiting.ref.uri} waits for a person ({reason})"
        yield f"             bartack review show {waiting.number}"
        return
    near = dict(index.near(contract, question))
    found = hub.get_many(near)
    if not found.records:
        yield "UNKNOWN      nothing in the replica is near to that"
    for record in found.records:
        mark = {"cached": "FRESH", "stale": "STALE"}[record.freshness]
        yield f"{mark:<12} {_shortened(text_of(record))}"
        yield f"             {record.ref.uri}, as of {record.as_of:%Y-%m-%d}, nearness {near[record.ref]:.2f}"
        yield from (f"             remark: {one.field}: {one.message}" for one in record.issues if one.code in REMARKED)
    yield from (f"             because {reason}" for reason in found.verdict.reasons)


def story(estate: Path) -> Iterator[str]:
    """Tell how answers change while the systems behind them do."""
    index, days = VectorIndex(), Days()
    with copied(estate) as folder:

        def day(what: str) -> Iterator[str]:
            yield f"\n# {what}"
            with bartack.open(folder, clock=days) as hub:
                for ended in hub.sync(streams=["parties", "customers", "invoices"], full=True):
                    if ended.state != "published":
                        yield f"sync         {ended.source}/{ended.stream}: {ended.state}"
                done = index.follow(hub)
                yield f"index        {done['put']} records came or changed, {done['delete']} went"

        def ask(contract: str, question: str) -> Iterator[str]:
            yield f"? {question}"
            with bartack.open(folder, clock=days) as hub:
                yield from answer(hub, index, contract, question)

        yield from day("All systems are well.")
        yield from ask("person", "Where does Zoë Müller live?")
        yield from ask("invoice", "What is the total of invoice R-2025/002?")

        yield "\n# Somebody has asked billing, and corrects the amount in the review queue; no source is asked again."
        with bartack.open(folder, clock=days) as hub:
            number = next(one.number for one in hub.review.list() if one.id == "R-2025/002")
            hub.review.fix(number, {"total.amount": "1230.00", "total.currency": "PLN"}, by="ann", note="on the phone")
            index.follow(hub)
        yield from ask("invoice", "What is the total of invoice R-2025/002?")

        days.another()
        a_poisoned_record_arrives(folder)
        yield from day("A poisoned record arrives.")
        yield from ask("person", "Who is Mallory?")

        days.another()
        a_source_dies(folder)
        yield from day("The billing service dies.")
        yield from ask("invoice", "What is the total of invoice R-2025/003?")

        days.another()
        a_schema_drifts(folder)
        yield from day("Somebody renames a column of the legacy database.")
        yield from ask("person", "Who is Mallory?")


def _words(text: str) -> Counter[str]:
    return Counter(word.strip(".,;:?!\"'()") for word in text.casefold().split())


def _vector(words: Counter[str], rarity: dict[str, float]) -> dict[str, float]:
    found = {word: (1 + math.log(count)) * rarity[word] for word, count in words.items() if word in rarity}
    length = math.sqrt(sum(weight * weight for weight in found.values())) or 1.0
    return {word: weight / length for word, weight in found.items()}


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _shortened(text: str, most: int = 100) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


if __name__ == "__main__":
    for line in story(Path(sys.argv[1] if len(sys.argv) > 1 else "estate")):
        sys.stdout.write(f"{line}\n")
