"""Tells those who listen what a read of one feed does; see :mod:`bartack.events`."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping
from typing import Literal

from bartack.errors import BartackError
from bartack.events import Emit, Event
from bartack.reading.source import Feed
from bartack.store.counts import COLUMNS
from bartack.transports.base import Page
from bartack_contracts import Freshness

__all__ = ["Steps"]

Attributes = Mapping[str, str | int | float | bool]


class Steps:
    """The steps of one read or sync of a feed; ``trace`` is the word they have in common."""

    def __init__(self, feed: Feed, trace: str | None = None) -> None:
        self.trace = trace or secrets.token_hex(8)
        self._feed = feed
        self._runtime = feed.source.runtime
        self._began = self._runtime.monotonic()

    def page(self, page: Page, counts: Counter[str]) -> None:
        """Tell that a page was mapped, and how many of its rows stand in which column."""
        about = self._about({**_columns(counts), "rows": len(page.rows), "contract": self._feed.contract})
        self._emit(Event("page", page.fetched_at, *self._place, seconds=page.seconds, attributes=about))

    def fallback(self, age: float, error: BartackError) -> None:
        """Tell that the store answers instead of the source, and why."""
        kind = type(error).__name__
        about = self._about({"age": age, "error": kind})
        self._emit(Event("fallback", self._runtime.clock(), *self._place, kind, attributes=about))

    def read(
        self, counts: Counter[str], completeness: str, error: BartackError | None, freshness: Freshness = "live"
    ) -> None:
        """Tell that a read ended, and how."""
        ended: Attributes = {"rows": counts.total(), "completeness": completeness, "freshness": freshness}
        self.ended("read", error, {**_columns(counts), **ended, "contract": self._feed.contract})

    def ended(self, step: Literal["read", "sync"], error: BartackError | None, about: Attributes) -> None:
        """Tell that a read or sync ended; ``about`` says how."""
        outcome = "ok" if error is None else type(error).__name__
        seconds = self._runtime.monotonic() - self._began
        self._emit(Event(step, self._runtime.clock(), *self._place, outcome, seconds, self._about(about)))

    @property
    def _emit(self) -> Emit:
        return self._runtime.emit

    @property
    def _place(self) -> tuple[str, str]:
        return self._feed.source.name, self._feed.stream.name

    def _about(self, more: Attributes) -> Attributes:
        return {"connector": self._feed.source.connector.name, "trace": self.trace, **more}


def _columns(counts: Counter[str]) -> Attributes:
    return {name: counts[name] for name in COLUMNS}
