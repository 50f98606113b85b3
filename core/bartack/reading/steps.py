"""Tells those who listen what a read of one feed does; see :mod:`bartack.events`."""

from __future__ import annotations

import secrets
from collections import Counter

from bartack.errors import BartackError
from bartack.events import Event
from bartack.reading.source import Feed
from bartack.transports.base import Page

__all__ = ["Steps"]

_COLUMNS = ("delivered", "rejected", "duplicates", "tombstones", "skipped")


class Steps:
    """The steps of one read or sync of a feed; ``trace`` is the word they have in common."""

    def __init__(self, feed: Feed) -> None:
        self.trace = secrets.token_hex(8)
        self._feed = feed
        self._runtime = feed.source.runtime
        self._began = self._runtime.monotonic()

    def page(self, page: Page, counts: Counter[str]) -> None:
        """Tell that a page was mapped, and how many of its rows stand in which column."""
        about = self._about(counts, rows=len(page.rows))
        self._runtime.emit(Event("page", page.fetched_at, *self._place, seconds=page.seconds, attributes=about))

    def read(self, counts: Counter[str], completeness: str, error: BartackError | None) -> None:
        """Tell that a read ended, and how."""
        about = self._about(counts, rows=counts.total(), completeness=completeness, freshness="live")
        outcome = "ok" if error is None else type(error).__name__
        seconds = self._runtime.monotonic() - self._began
        self._runtime.emit(Event("read", self._runtime.clock(), *self._place, outcome, seconds, about))

    @property
    def _place(self) -> tuple[str, str]:
        return self._feed.source.name, self._feed.stream.name

    def _about(self, counts: Counter[str], **more: str | int) -> dict[str, str | int | float | bool]:
        columns = {name: counts[name] for name in _COLUMNS}
        return {"connector": self._feed.source.connector.name, "trace": self.trace, **columns, **more}
