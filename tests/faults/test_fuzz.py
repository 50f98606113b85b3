"""Answers damaged at random, by the thousand: the rows or a typed error, in time; what was packed is right or refused.

The same seeds do the same damage. ``make test`` tries a few thousand, the slow tests twenty times as many.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack import Hub, config
from bartack.errors import BartackError
from bartack.reading.offline import normalize_body
from bartack.reading.source import Feed
from bartack.testing import Answer, FaultServer, Request
from bartack.testing.mutations import Mutating, mutated
from bartack.transports.base import OPEN, Body, Query
from bartack_contracts import Person
from support.fault_driving import ENVIRON, NOW
from support.fault_subjects import SUBJECTS, Subject
from support.fault_table import Tally

OVER_HTTP = {subject.name: subject for subject in SUBJECTS if subject.only is None}
PATIENCE = 10.0
"""Seconds for one read; the wire's own deadline is far below."""
SEED = 20261125
Where = Literal["wire", "gzip"]
ON_THE_WIRE: tuple[tuple[str, Where, int], ...] = (
    ("http", "gzip", 2_500),
    ("http", "wire", 1_000),
    ("soap", "gzip", 700),
    ("soap", "wire", 300),
)
BODIES = 800


@contextmanager
def hub_of(subject: Subject, url: str, folder: Path) -> Iterator[Hub]:
    folder.mkdir(exist_ok=True)
    given = {**subject.settings(url, folder), "timeout": 1.0, "deadline": 2.0, "max_body": 1_000_000}
    with Hub(config.parse({"sources": {"crm": given}}, folder), sleep=lambda _: None, environ=ENVIRON) as hub:
        yield hub


@dataclass
class Fuzz:
    """What became of the damaged answers."""

    ends: Counter[str] = field(default_factory=Counter)
    wrong: list[Any] = field(default_factory=list)
    slowest: float = 0.0

    def told(self, what: str, damaged: int) -> str:
        errors = self.ends.total() - self.ends["right"] - self.ends["different"]
        return (
            f"fuzz, {what}: {damaged} damaged, {self.ends['right']} right all the same, {errors} refused with a typed error, "
            f"{self.ends['different']} different, {len(self.wrong)} wrong, slowest {self.slowest:.1f} s"
        )


def on_the_wire(subject: Subject, where: Where, reads: int, folder: Path) -> tuple[Fuzz, int]:
    """Read a service again and again whose first page is damaged, the response as a whole."""
    found = Fuzz()
    with FaultServer(subject.answer, shape=subject.shape) as server, hub_of(subject, server.url, folder) as hub:
        source = hub.source("crm")
        stream = source.stream(subject.stream)
        with source.connector.open(replace(source.runtime, gate=OPEN)) as session:
            truth = [row for page in stream.pages(session, Query()) for row in page.rows]
            server.plan = Mutating(SEED, where, page=1)
            for _ in range(reads):
                began = time.monotonic()
                try:
                    rows = [row for page in stream.pages(session, Query()) for row in page.rows]
                    found.ends["right" if rows == truth else "different"] += 1
                    found.wrong += [rows] if where == "gzip" and rows != truth else []
                except BartackError as error:
                    found.ends[type(error).__name__] += 1
                except Exception as error:
                    found.wrong.append(error)
                found.slowest = max(found.slowest, time.monotonic() - began)
        return found, len(server.played)


@pytest.mark.parametrize(("name", "where", "reads"), ON_THE_WIRE)
@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_damaged_response_is_right_or_refused(
    name: str, where: Where, reads: int, times: int, tmp_path: Path, tally: Tally
) -> None:
    found, damaged = on_the_wire(OVER_HTTP[name], where, reads * times, tmp_path)
    tally.further.append(found.told(f"{name} responses, {'gzip' if where == 'gzip' else 'plain'}", damaged))
    assert found.wrong == []
    assert found.slowest < PATIENCE
    assert damaged > 0.9 * reads * times  # some end before they are answered: the connection was closed without a word
    assert found.ends["WireError"] > reads * times / 4
    assert found.ends["right"] > 0


def feeds_of(subject: Subject, folder: Path) -> Feed:
    with hub_of(subject, "http://127.0.0.1:9", folder) as hub:
        return hub.source("crm").feeds(Person, subject.stream)[0]


def good_page(subject: Subject, folder: Path) -> Answer:
    """Return the first page of a service, as it comes to whoever asks for it."""
    answers: list[Answer] = []

    def answer(request: Request) -> Answer:
        answers.append(subject.answer(request))
        return answers[-1]

    with FaultServer(answer) as server, hub_of(subject, server.url, folder) as hub:
        list(hub.read(Person, source="crm", stream=subject.stream))
    return next(one for one in answers if one.page == 1)


@pytest.mark.parametrize("name", OVER_HTTP)
@pytest.mark.parametrize("times", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_damaged_body_is_rows_and_rejects_or_an_error(name: str, times: int, tmp_path: Path, tally: Tally) -> None:
    subject, found = OVER_HTTP[name], Fuzz()
    feed, good = feeds_of(subject, tmp_path), good_page(subject, tmp_path)
    whole = normalize_body(feed, Body(good.content, good.content_type), lambda: NOW)
    assert len(whole.records) == 3
    for seed in range(BODIES * times):
        began = time.monotonic()
        body = Body(mutated(good.content, Random(f"{SEED}/{seed}")), good.content_type)
        try:
            end = normalize_body(feed, body, lambda: NOW)
            books = end.report.verdict
            counted = books.delivered + books.rejected + books.duplicates + books.tombstones + books.skipped
            if counted != books.rows or (end.error is None and books.completeness == "failed"):
                found.wrong.append(books)
            same = [one.value for one in end.records] == [one.value for one in whole.records]
            found.ends[type(end.error).__name__ if end.error else "right" if same else "different"] += 1
        except Exception as error:
            found.wrong.append(error)
        found.slowest = max(found.slowest, time.monotonic() - began)
    tally.further.append(found.told(f"{name} bodies", BODIES * times))
    assert found.wrong == []
    assert found.slowest < PATIENCE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def json_feeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Feed]:
    names = [name for name, subject in OVER_HTTP.items() if "json" in subject.content_type]
    return {name: feeds_of(OVER_HTTP[name], tmp_path_factory.mktemp(name)) for name in names}


@settings(max_examples=150, deadline=None)
@given(document=JSON, rows=st.lists(JSON, max_size=4), beside=st.booleans())
def test_any_document_is_rows_and_rejects_or_an_error(
    json_feeds: dict[str, Feed], document: Any, rows: list[Any], beside: bool
) -> None:
    for name, feed in json_feeds.items():
        place = OVER_HTTP[name].shape.rows
        whole = {**(document if beside and isinstance(document, dict) else {}), place: rows}
        for one in (document, whole):
            end = normalize_body(feed, Body(Answer.json(one).content, "application/json"), lambda: NOW)
            books = end.report.verdict
            assert books.delivered + books.rejected + books.duplicates + books.tombstones + books.skipped == books.rows
            assert (
                end.error is not None
                or books.rows == len(end.items) + books.duplicates + books.tombstones + books.skipped
            )
