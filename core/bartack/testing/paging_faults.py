"""P1 to P13: how rows are split into pages. Circles, pages that shrink, totals that do not add up, ways that lead elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bartack.errors import AccessError, SourceChangedError
from bartack.testing.fault import STAY, Fault, Scene, Step
from bartack.testing.papers import Paper, on_paper

__all__ = ["PAGING_FAULTS"]


def _page_before(scene: Scene) -> Sequence[Step]:
    return (scene.earlier[-1] if scene.earlier else scene.answer).wire(), STAY


def _first_page(scene: Scene) -> Sequence[Step]:
    return (scene.earlier[0] if scene.earlier else scene.answer).wire(), STAY


def _without_last(paper: Paper, _: Scene) -> None:
    paper.rows = paper.rows[:-1]


def _without_rows(paper: Paper, _: Scene) -> None:
    paper.rows = []


def _with_a_row_twice(paper: Paper, _: Scene) -> None:
    paper.rows = [*paper.rows, paper.copied(paper.rows[0])]


def _with_a_row_twice_and_changed(paper: Paper, _: Scene) -> None:
    again = paper.copied(paper.rows[0])
    paper.write_in(again, paper.shape.required or "", "Somebody Else")
    paper.rows = [*paper.rows, again]


def _turned_round(paper: Paper, _: Scene) -> None:
    paper.rows = paper.rows[::-1]


def _total(change: int) -> Fault:
    word = "more" if change > 0 else "fewer"

    def counted(paper: Paper, _: Scene) -> None:
        path = paper.shape.total or ""
        paper.write(path, int(paper.value(path) or 0) + change)

    return Fault(
        f"total_{word}",
        "P5",
        f"the total says {abs(change)} rows {word} than there are",
        on_paper(counted),
        "partial",
        needs=("total",),
    )


def _total_word(paper: Paper, _: Scene) -> None:
    paper.write(paper.shape.total or "", "many")


def _ended(paper: Paper, _: Scene) -> None:
    paper.drop(paper.shape.next or "")


def _leads_to(address: str) -> Fault:
    def led(paper: Paper, _: Scene) -> None:
        paper.write(paper.shape.next or "", address)

    name = address.partition("://")[0] if "://" in address else "backslash"
    return Fault(
        f"next_elsewhere_{name}",
        "P8",
        f"the next page lies at {address}",
        on_paper(led),
        SourceChangedError,
        needs=("next_is_url",),
    )


PAGING_FAULTS: Final = (
    Fault("same_page_again", "P1", "the page before comes again, with its cursor",
        _page_before, SourceChangedError, needs=("next",)),
    Fault("first_page_again", "P2", "the first page comes again: the walk turns in a circle",
        _first_page, SourceChangedError,
          needs=("next",)),
    Fault("row_twice", "P3", "a row comes twice", on_paper(_with_a_row_twice), "accounted", needs=("rows",)),
    Fault("row_twice_changed", "J28", "a row comes twice, with different content", on_paper(_with_a_row_twice_and_changed),
          "accounted", needs=("rows", "required")),
    Fault("row_lost", "P4", "a page has a row less than it should", on_paper(_without_last), "partial", needs=("total",)),
    Fault("page_emptied", "P6", "a page has no rows", on_paper(_without_rows), "partial", needs=("total",)),
    _total(+7),
    _total(-1),
    Fault("total_word", "P5", "the total is a word", on_paper(_total_word), SourceChangedError, needs=("total",)),
    Fault("next_missing", "P7", "a page that is not the last announces no next one", on_paper(_ended), "partial",
          needs=("next", "total")),
    _leads_to("http://127.0.0.2:9/steal"),
    _leads_to("https://evil.test/steal"),
    _leads_to("file:///etc/passwd"),
    _leads_to("//evil.test\\@127.0.0.1/"),
    Fault("order_turned", "P11", "the rows of a page come the other way round",
        on_paper(_turned_round), "rows", needs=("rows",)),
    Fault("cursor_expired", "P9", "404: the cursor is not known any more",
          lambda _: (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", STAY), AccessError, needs=("next",)),
)  # fmt: skip
