"""How rows came: page by page, with a total or without."""

from __future__ import annotations

from collections.abc import Iterator

from bartack.comparing.findings import Finding, Severity
from bartack.comparing.sampling import Sample
from bartack.drift.odds import Share

__all__ = ["paged", "relies_on_order"]


def relies_on_order(sample: Sample) -> bool:
    """Say whether a read goes on from page to page, or by key, so that rows must not change places."""
    return sample.keyed or len(sample.pages) > 1 or any(page.next is not None for page in sample.pages)


def paged(before: Sample, after: Sample, consumers: tuple[str, ...]) -> Iterator[Finding]:
    """Yield what is different about the pages: rows that are left out, a total that is not told any more, other sizes."""
    totals = [sum(page.total is not None for page in side.pages) for side in (before, after)]
    sizes = [max((len(page.rows) for page in side.pages), default=0) for side in (before, after)]
    pages = Share(totals[0], len(before.pages)), Share(totals[1], len(after.pages))

    def finding(severity: Severity, was: str, now: str, message: str, why: str, next_step: str) -> Finding:
        return Finding(
            "paging",
            severity,
            before.name,
            None,
            (),
            was,
            now,
            message,
            why,
            next_step,
            *pages,
            consumers=consumers,
        )

    declared = after.pages[-1].total if after.pages else None
    if after.whole and after.error is None and declared is not None and declared > len(after.rows) and _held(before):
        yield finding(
            "SILENT",
            "all rows that were declared came",
            f"{len(after.rows)} of {declared} rows",
            f"the source declares {declared} rows, and the read ends after {len(after.rows)}",
            "rows are left out, and nothing fails",
            "look at how the next page is announced now",
        )
    if totals[0] and before.pages and totals[0] == len(before.pages) and not totals[1] and after.pages:
        yield finding(
            "RISK",
            "a total in each answer",
            "no total",
            "the source does not say any more how many rows there are",
            "whether a read is complete cannot be told by it any more",
            "look for another sign that rows are missing",
        )
    if _full(before) and _full(after) and sizes[0] != sizes[1]:
        yield finding(
            "COMPATIBLE",
            f"{sizes[0]} rows a page",
            f"{sizes[1]} rows a page",
            "pages are of another size",
            "the read follows whatever pages there are",
            "nothing",
        )


def _held(sample: Sample) -> bool:
    declared = sample.pages[-1].total if sample.pages else None
    return declared is None or not sample.whole or declared <= len(sample.rows)


def _full(sample: Sample) -> bool:
    return len(sample.pages) > 1
