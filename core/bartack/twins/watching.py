"""How a twin is read: no time passes, no secret is a real one, and a read that does not end is ended."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from bartack.events import silent
from bartack.reading.source import Feed
from bartack.recording import About, Cassette, Interaction
from bartack.resilience.budget import RetryBudget
from bartack.secrets import KnownSecrets
from bartack.settings import Secret

__all__ = ["CANARY", "EndlessReadError", "Watched", "stilled", "with_canaries", "within"]

T = TypeVar("T")

CANARY = "twin-canary-5ecret-9f2c"
"""Stands for every secret of a source whose twins are read; nothing that comes out may hold it."""

_START = datetime(2026, 11, 23, 10, tzinfo=UTC)
_MOST_WAITS = 1_000


class EndlessReadError(BaseException):
    """A read asks again and again. No ``Exception``, for whoever is read may catch those."""


class Watched(Cassette):
    """A recording in memory that remembers what it gave, and how often it was asked at most.

    Whatever is asked again is answered again, as a server would: a reader that turns in circles is found out.
    """

    def __init__(self, interactions: Sequence[Interaction], *, about: About | None = None, most: int = 0) -> None:
        super().__init__(Path("twin.yaml"), interactions, about=about, allow_playback_repeats=True)
        self.given: list[Interaction] = []
        self._most = most or 50 + 20 * len(interactions)

    def played(self, interaction: Interaction) -> None:
        """Take note that an interaction was given.

        Raises
        ------
        EndlessReadError
            it was asked more often than any reader of so few pages needs.
        """
        super().played(interaction)
        self.given.append(interaction)
        if len(self.given) > self._most:
            raise EndlessReadError(f"{self._most} requests for {len(self)} recorded answers")


class _Still:
    """Time that passes when somebody sleeps, and at once."""

    def __init__(self) -> None:
        self._passed = 0.0
        self._waits = 0

    def now(self) -> datetime:
        return _START + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        self._passed += seconds
        self._waits += 1
        if self._waits > _MOST_WAITS:
            raise EndlessReadError(f"{_MOST_WAITS} waits")


def stilled(feed: Feed) -> Feed:
    """Return a feed for one read in which waiting costs nothing; nobody is told of it."""
    time = _Still()
    source = feed.source
    runtime = replace(source.runtime, clock=time.now, monotonic=time.monotonic, sleep=time.sleep, emit=silent)
    patience = replace(source.patience, budget=RetryBudget())
    return replace(feed, source=replace(source, runtime=runtime, patience=patience))


def with_canaries(feed: Feed) -> Feed:
    """Return a feed whose source has a canary in the place of each secret."""
    source = feed.source
    secrets = [name for name, value in source.settings if type(value) is Secret]
    settings = source.settings.model_copy(update={name: Secret(CANARY) for name in secrets})
    runtime = replace(source.runtime, known=KnownSecrets([CANARY] if secrets else []))
    connector = type(source.connector)(settings)
    return replace(feed, source=replace(source, connector=connector, settings=settings, runtime=runtime))


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what ``call`` returns, or raise what it raises.

    Raises
    ------
    TimeoutError
        it did neither in time. It is left to itself: a thread cannot be ended from outside.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(call())
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, name="twin", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise TimeoutError(f"nothing came in {seconds:g} s")
    return done[0]
