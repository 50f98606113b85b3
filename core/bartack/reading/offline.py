"""Maps an answer that is already there: no source is asked, nothing is configured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bartack.errors import BartackError, ConfigError
from bartack.events import silent
from bartack.reading.fetch import FeedRead, Limit
from bartack.reading.source import Feed, Source
from bartack.reading.verdict import sum_up
from bartack.transports.base import Body, Clock, Page
from bartack_contracts import Record, Reject, Report

__all__ = ["Normalized", "normalize_body", "normalize_with"]


@dataclass(frozen=True)
class Normalized:
    """What one answer holds: its rows, each as a record or a reject, and the books.

    ``items`` are in the order of the rows. ``error`` is set when the body is no answer with rows (an error body, an HTML
    page, a renamed envelope).
    """

    items: tuple[Record[Any] | Reject, ...]
    report: Report
    error: BartackError | None = None

    @property
    def records(self) -> tuple[Record[Any], ...]:
        """The rows that became records, in order."""
        return tuple(item for item in self.items if isinstance(item, Record))

    @property
    def rejects(self) -> tuple[Reject, ...]:
        """The rows that did not, in order."""
        return tuple(item for item in self.items if isinstance(item, Reject))


def normalize_body(feed: Feed, body: Body, clock: Clock) -> Normalized:
    """Read one answer as the source sent it. Bad input ends in ``error``, never in an exception."""

    def pages() -> Iterator[Page]:
        yield feed.decode(body)

    read = FeedRead(feed, Limit(None), stops_floods=False)  # there is nothing to stop
    items = tuple(map(feed.source.shown, read.items(pages())))
    report = sum_up([read.account.report(read.completeness)], clock())
    return Normalized(items, report, read.error)


def normalize_with(
    source: Source,
    stream: str,
    body: bytes | str,
    clock: Clock,
    *,
    contract: str | None = None,
    content_type: str | None = None,
    status: int = 200,
) -> Normalized:
    """Map one answer as ``source`` would; see :func:`bartack.normalize`. It is no read, so nobody hears of it."""
    source = replace(source, runtime=replace(source.runtime, emit=silent))
    try:
        model = source.catalog.get(contract) if contract is not None else None
    except LookupError as error:
        raise ConfigError(str(error), next_step="bartack contracts lists them") from None
    feeds = source.feeds(model, stream)
    if not feeds:
        raise ConfigError(
            f"{source.name}/{stream} does not feed {contract}", next_step=f"bartack connectors {source.name}"
        )
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    return normalize_body(feeds[0], Body(content, content_type, status), clock)
