"""Pages that come again, are skipped or lead in circles; rows that come twice or not; totals that contradict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bartack.twins.json_document import JsonDocument
from bartack.twins.mutant import Change, Edits, answered, on_pages
from bartack.twins.nodes import Document, Edit, Node, plain, walk, without, written
from bartack.twins.subject import PageOf, Subject, Where, read_document

__all__ = ["paging"]

Pairs = Sequence[tuple[PageOf, PageOf]]
"""Pages that follow each other."""


def paging(subject: Subject, dice: Random) -> Iterator[Change]:
    """All that can be wrong about where a page ends and the next one begins."""
    pairs = dice.sample(list(pairwise(subject.pages)), min(8, max(0, len(subject.pages) - 1)))
    yield from _pages(subject, pairs)
    yield from _cursors(subject, pairs)
    yield from _rows(subject, dice)
    yield from _totals(subject)
    yield from _flags(subject, dice)


def _pages(subject: Subject, pairs: Pairs) -> Iterator[Change]:
    pages, is_counted = subject.pages, subject.take.report.declared_total is not None
    for one, other in pairs:
        both = frozenset({*one.ids, *other.ids})
        yield _swapped(
            "page again", f"page {one.number + 1} again in the place of the next", other, one, both, doubtful=True
        )
        yield _swapped("page skipped", f"page {one.number + 1} left out", one, other, both, doubtful=is_counted)
    if len(pages) > 2:
        first, last = pages[0], pages[-1]
        ids = frozenset({*first.ids, *last.ids})
        yield _swapped("first page again", "the first page in the place of the last", last, first, ids, doubtful=True)


def _swapped(name: str, said: str, page: PageOf, by: PageOf, touched: frozenset[str], *, doubtful: bool) -> Change:
    def edit() -> Edits:
        return {page.number: (answered(page.interaction, by.interaction.response.body),)}

    return Change(name, said, edit, touched=touched, doubtful=doubtful)


def _cursors(subject: Subject, pairs: Pairs) -> Iterator[Change]:
    """Let a page lead back to itself: it says the cursor that led to it."""
    for before, page in pairs:
        for where, node in _cursor_nodes(before, page):
            same = _at(page.document, where)
            if same is not None and plain(same) != plain(node):
                edit = on_pages([(page, [page.document.put(same, plain(node))])])
                said = f"page {page.number + 1} leads to itself: {_told(where)} again"
                yield Change("loop", said, edit, touched=None, doubtful=True)
            elif same is None:
                body = _with_rows_of(before, page)
                said = f"page {page.number + 1} leads to itself, with {_told(where)} of the page before"
                yield Change("loop", said, _whole(page, body), touched=None, doubtful=True)
            ended = on_pages([(before, [without(node)])])
            said = f"page {before.number + 1} does not lead on: {_told(where)} is missing"
            later = frozenset(id_ for one in subject.pages if one.number > before.number for id_ in one.ids)
            doubtful = subject.take.report.declared_total is not None
            yield Change("cursor missing", said, ended, touched=later, doubtful=doubtful)


def _whole(page: PageOf, body: bytes) -> Any:
    return lambda: {page.number: (answered(page.interaction, body),)}


def _with_rows_of(before: PageOf, page: PageOf) -> bytes:
    start, end = before.holder.span
    inner = page.document.text[slice(*page.holder.span)]
    return (before.document.text[:start] + inner + before.document.text[end:]).encode()


def _cursor_nodes(page: PageOf, following: PageOf) -> Iterator[tuple[Where, Node]]:
    """Yield what the page says beside its rows and the next request repeats: by that it was led there."""
    asked = _said(following) - _said(page)
    for where, node in _beside_rows(page):
        text = str(plain(node)) if node.is_leaf else ""
        if len(text) > 1 and (text in asked or dict(parse_qsl(urlsplit(text).query)).items() & asked_pairs(following)):
            yield where, node


def asked_pairs(page: PageOf) -> set[tuple[str, str]]:
    """Return the query parameters by which a page was asked for."""
    return set(parse_qsl(urlsplit(page.interaction.request.uri).query))


def _said(page: PageOf) -> set[str]:
    """Return all values in the request for a page."""
    request = page.interaction.request
    document = read_document(request.body or b"")
    leaves = set() if document is None else {str(plain(node)) for _, node in walk(document.root) if node.is_leaf}
    return leaves | {value for _, value in asked_pairs(page)} | {request.uri}


def _beside_rows(page: PageOf) -> Iterator[tuple[Where, Node]]:
    for where, node in walk(page.document.root):
        if where[: len(page.where)] != page.where:
            yield where, node


def _at(document: Document, where: Where) -> Node | None:
    return next((node for path, node in walk(document.root) if path == where), None)


def _told(where: Where) -> str:
    return ".".join(map(str, where))


def _rows(subject: Subject, dice: Random) -> Iterator[Change]:
    is_counted = subject.take.report.declared_total is not None
    for page in subject.some_pages(dice):
        number = subject.pages.index(page)
        row = dice.randrange(len(page.nodes))
        node, id_ = page.nodes[row], page.ids[row]
        touched = frozenset({id_})
        told = f"row {id_} of page {page.number + 1}"
        document = page.document
        again = document.again(node)
        yield Change(
            "row lost", f"{told} is missing", on_pages([(page, [without(node)])]), touched=touched, doubtful=is_counted
        )
        yield Change("row twice", f"{told} comes twice", on_pages([(page, [again])]), touched=touched)
        changed = _changed_again(subject, page, row)
        if changed is not None:
            said = f"{told} comes twice, with another payload"
            yield Change("row twice, changed", said, on_pages([(page, [changed])]), touched=touched)
        if number + 1 < len(subject.pages):
            later = subject.pages[number + 1]
            text = document.text[slice(*node.outer)].strip().strip(",")
            moved = [later.document.again(later.nodes[0], text)]
            yield Change(
                "row on the next page again", f"{told} comes again", on_pages([(later, moved)]), touched=touched
            )
        emptied = _emptied(page)
        yield Change(
            "page emptied", f"page {page.number + 1} has no rows", on_pages([(page, emptied)]),
            touched=None, doubtful=is_counted,
        )  # fmt: skip


def _emptied(page: PageOf) -> Sequence[Edit]:
    if isinstance(page.document, JsonDocument):
        return [page.document.put(page.holder, [])]
    return [without(node) for node in page.nodes]


def _changed_again(subject: Subject, page: PageOf, row: int) -> Edit | None:
    """Return the edit by which a row comes again with another value in one of its texts."""
    node = page.nodes[row]
    key = {id(one.node) for places in subject.places.values() for one in places if "id" in one.fields}
    for _, leaf in walk(node):
        if isinstance(leaf.value, str) and leaf.value and id(leaf) not in key and leaf.span != (0, 0):
            start, end = leaf.span
            outer = node.outer if not isinstance(page.document, JsonDocument) else node.span
            edit = page.document.put(leaf, "Somebody Else")
            text = page.document.text[outer[0] : start] + edit.text + page.document.text[end : outer[1]]
            return page.document.again(node, text)
    return None


def _totals(subject: Subject) -> Iterator[Change]:
    total = subject.take.report.declared_total
    if total is None or total < 2:
        return
    found = {number: list(_leaves(document, total)) for number, document in subject.documents.items()}
    paths = {where for leaves in found.values() for where, _ in leaves if not _in_rows(subject, where)}
    if len(paths) != 1:
        return  # which of them is the total cannot be told
    (path,) = paths
    for name, value, doubtful in (
        ("total more", total + 7, True),
        ("total less", total - 1, True),
        ("total zero", 0, True),
        ("total negative", -5, False),
        ("total a word", "many", False),
        ("total null", None, False),
    ):
        yield Change(
            name,
            f"{_told(path)} says {value}, not {total}",
            _told_total(subject, found, path, value),
            touched=None,
            doubtful=doubtful,
        )


def _told_total(subject: Subject, found: dict[int, list[tuple[Where, Node]]], path: Where, value: Any) -> Any:
    def edit() -> Edits:
        made = {}
        for number, leaves in found.items():
            document = subject.documents[number]
            edits = [document.put(node, value) for where, node in leaves if where == path]
            if edits:
                made[number] = (answered(subject.given[number], _written(document, edits)),)
        return made

    return edit


def _written(document: Document, edits: Sequence[Edit]) -> bytes:
    return written(document.text, edits).encode()


def _leaves(document: Document, total: int) -> Iterator[tuple[Where, Node]]:
    for where, node in walk(document.root):
        value = node.value
        if not isinstance(value, bool) and isinstance(value, int | Decimal | str) and str(value) == str(total):
            yield where, node


def _in_rows(subject: Subject, where: Where) -> bool:
    return any(where[: len(page.where)] == page.where and len(where) > len(page.where) for page in subject.pages)


def _flags(subject: Subject, dice: Random) -> Iterator[Change]:
    """Turn whatever is true or false beside the rows: one of them may say whether there is more."""
    for page in subject.some_pages(dice):
        for where, node in _beside_rows(page):
            value = _TURNED.get(node.value) if isinstance(node.value, bool | str) else None
            if value is not None:
                said = f"page {page.number + 1}: {_told(where)} says {str(value).lower()}"
                edit = on_pages([(page, [page.document.put(node, value)])])
                yield Change("flag turned", said, edit, touched=None)


_TURNED: dict[bool | str, bool] = {True: False, False: True, "true": False, "false": True}
