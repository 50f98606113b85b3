"""A recording made ready for twins: which of its answers are pages, and where in them what a contract says comes from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, TypeVar

from bartack.errors import BartackError, RecordingError
from bartack.paths import parse
from bartack.reading.account import nameless, payload_digest
from bartack.reading.replayed import Take, play
from bartack.reading.source import Feed
from bartack.recording import About, Cassette, Interaction
from bartack.recording.messages import header
from bartack.transports.base import Body
from bartack.twins.json_document import JsonDocument
from bartack.twins.nodes import Document, Node, at, plain, walk
from bartack.twins.watching import CANARY, Watched, stilled, with_canaries
from bartack.twins.xml_document import XmlDocument

__all__ = ["PageOf", "Place", "Subject", "Where", "read_document"]

T = TypeVar("T")

_FEW = 8

Where = tuple[str | int, ...]
"""Path from the root of a document: names, and numbers in lists."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A native value that contract fields are made of.

    ``page`` and ``row`` count from 0; ``id`` is the row's identity, ``path`` the native path, ``fields`` what is made of it
    (``emails[].address``), ``made`` the first of the values that are.
    """

    page: int
    row: int
    id: str
    path: str
    fields: tuple[str, ...]
    node: Node
    made: Any

    @property
    def value(self) -> Any:
        """The native value."""
        return plain(self.node)


@dataclass(frozen=True, slots=True, eq=False)
class PageOf:
    """An answer that holds rows: ``number`` among what the read was given, ``where`` its rows are, ``holder`` around them."""

    number: int
    interaction: Interaction
    document: Document
    where: Where
    holder: Node
    nodes: Sequence[Node]
    rows: Sequence[Any]
    ids: Sequence[str]
    kinds: Sequence[str]


@dataclass(frozen=True, eq=False)
class Subject:
    """A feed with the good take of its recording; ``given`` are the answers it rests on, in order, each once."""

    feed: Feed
    take: Take
    given: tuple[Interaction, ...]
    about: About

    @classmethod
    def of(cls, feed: Feed, cassette: Cassette) -> Subject:
        """Read a recording as it is.

        Raises
        ------
        RecordingError
            the feed cannot be read from it to the end.
        """
        for one in (with_canaries(feed), feed):  # some secrets must be real ones (keys that sign)
            watched = Watched(cassette.interactions, about=cassette.about)
            take = play(stilled(one), watched)
            if take.error is None:
                return cls(one, take, tuple({id(given): given for given in watched.given}.values()), cassette.about)
            message = f"{feed.name} cannot be read from it: {type(take.error).__name__}: {take.error.message}"
        raise RecordingError(
            message, where=str(cassette.path), next_step="name a stream that was recorded, or record it again"
        )

    @property
    def name(self) -> str:
        """``stream>contract``: the same whatever the source is called."""
        return f"{self.feed.stream.name}>{self.feed.contract}"

    @property
    def has_canary(self) -> bool:
        """True where a canary stands for the source's secrets."""
        return bool(self.feed.source.known_secrets().redactor().text(CANARY) != CANARY)

    @cached_property
    def documents(self) -> dict[int, Document]:
        """The answers that are JSON or XML, by number."""
        found = {number: read_document(one.response.body) for number, one in enumerate(self.given)}
        return {number: document for number, document in found.items() if document is not None}

    @cached_property
    def pages(self) -> tuple[PageOf, ...]:
        """The answers in which the rows could be found."""
        found = (self._page(number, one) for number, one in enumerate(self.given))
        return tuple(page for page in found if page is not None)

    @cached_property
    def places(self) -> dict[str, list[Place]]:
        """The native values of all rows, by the contract fields that are made of them, in the order of the mapping.

        Those of rows that became records come first, and values before nulls.
        """
        found: dict[str, list[tuple[bool, Place]]] = {}
        for number, page in enumerate(self.pages):
            for row in range(len(page.nodes)):
                for place in self._places(number, page, row):
                    is_good = page.kinds[row] == "record" and place.value not in (None, "", [], {})
                    found.setdefault(", ".join(place.fields), []).append((not is_good, place))
        return {name: [place for _, place in sorted(all_, key=lambda one: one[0])] for name, all_ in found.items()}

    def some_pages(self, dice: Random) -> list[PageOf]:
        """Return some pages, in order: what can happen to a page is tried on a few, however many were recorded."""
        return _some(self.pages, dice)

    def some_answers(self, dice: Random) -> list[int]:
        """Return the numbers of some answers, in order."""
        return _some(range(len(self.given)), dice)

    @property
    def is_countable(self) -> bool:
        """True where all rows of the good read were found in its answers."""
        return sum(len(page.rows) for page in self.pages) == self.take.report.rows

    @property
    def ids(self) -> frozenset[str]:
        """The identities of all rows."""
        return frozenset(one for page in self.pages for one in page.ids)

    def _page(self, number: int, one: Interaction) -> PageOf | None:
        document = self.documents.get(number)
        if document is None or one.failure is not None:
            return None
        rows: Sequence[Any] = ()
        with suppress(BartackError):
            rows = self.feed.stream.decode(_body(one)).rows
        found = _find(document, rows) if rows else None
        if found is None:
            return None
        where, holder, nodes = found
        outcomes = self.feed.mapping.page(rows, Counter())
        ids = [outcome.id or nameless(payload_digest(row)) for row, outcome in zip(rows, outcomes, strict=True)]
        return PageOf(number, one, document, where, holder, nodes, rows, ids, [one.kind for one in outcomes])

    def _places(self, number: int, page: PageOf, row: int) -> Iterator[Place]:
        fields: dict[int, tuple[str, Node, list[str], Any]] = {}
        for trace in self.feed.mapping.explain(page.rows[row]):
            node = None
            with suppress(ValueError):
                node = at(page.nodes[row], parse(trace.path))
            if node is not None and node is not page.nodes[row]:
                path, _, names, _ = fields.setdefault(id(node), (trace.path, node, [], trace.value))
                name = re.sub(r"\[\d+\]", "[]", trace.field)
                if name not in names:
                    names.append(name)
        for path, node, names, made in fields.values():
            yield Place(number, row, page.ids[row], path, tuple(names), node, made)


def _some(all_: Sequence[T], dice: Random) -> list[T]:
    chosen = sorted(dice.sample(range(len(all_)), min(len(all_), _FEW)))
    return [all_[number] for number in chosen]


def read_document(body: bytes) -> Document | None:
    """Return a body as JSON or XML; None for what is neither."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    with suppress(ValueError, RecursionError):
        return XmlDocument.of(text) if text.lstrip().startswith("<") else JsonDocument.of(text)
    return None


def _body(one: Interaction) -> Body:
    headers = {name.lower(): value for name, value in one.response.headers}
    return Body(one.response.body, header(one.response.headers, "Content-Type"), one.response.status, None, headers)


def _find(document: Document, rows: Sequence[Any]) -> tuple[Where, Node, Sequence[Node]] | None:
    """Find the rows that a stream has read by their content, so that nothing need be known of its declaration."""
    for where, node in walk(document.root):
        if isinstance(document, JsonDocument):
            if isinstance(node.value, list) and len(node.value) == len(rows) and plain(node) == list(rows):
                return where, node, node.value
        elif isinstance(node.value, dict):
            for name, inner in node.value.items():
                nodes = inner.value if isinstance(inner.value, list) else [inner]
                if len(nodes) == len(rows) and all(map(_alike, nodes, rows)):
                    return (*where, name), node, nodes
    return None


def _alike(node: Node, row: Any) -> bool:
    """Say whether an element became a row; attributes and the like are passed over."""
    if not isinstance(node.value, dict) or not isinstance(row, dict):
        return False
    texts = {name: value for name, value in row.items() if isinstance(value, str) and name[:1] not in "@#"}
    return set(texts) <= set(node.value) and all(plain(node.value[name]) == value for name, value in texts.items())
