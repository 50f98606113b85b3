"""Shows on a terminal that long work goes on; says nothing in a pipe."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO, TypeVar

from bartack.events import Event

__all__ = ["Line", "SyncProgress", "watched"]

T = TypeVar("T")

Clock = Callable[[], float]


class Line:
    """One line of standard error that is kept up to date, from the first half second on; in a pipe there is none."""

    def __init__(self, clock: Clock = time.monotonic, out: TextIO | None = None) -> None:
        self._clock = clock
        self._out = out or sys.stderr
        self._began = self._told = clock()
        self._shown = False

    def update(self, text: Callable[[float], str]) -> None:
        """Show what ``text`` says of the seconds that have passed; five times a second at most."""
        now = self._clock()
        if now - self._began > 0.5 and now - self._told > 0.2:
            self._told = now
            self.show(text(now - self._began))

    def show(self, text: str) -> None:
        """Show a text, now."""
        if self._out.isatty():
            self._write(text)
            self._shown = True

    def clear(self) -> None:
        """Take the line away, for something that stays."""
        if self._shown:
            self._write("")
            self._shown = False

    def _write(self, text: str) -> None:
        self._out.write(f"\r\x1b[K{text}")
        self._out.flush()


def watched(items: Iterable[T], what: Callable[[T], str], clock: Clock = time.monotonic) -> Iterator[T]:
    """Pass ``items`` on, and show how many came of what."""
    if not sys.stderr.isatty():
        yield from items
        return
    line = Line(clock)
    count = 0
    last: T

    def told(seconds: float) -> str:
        return f"{what(last)}: {count} rows, {count / seconds:.0f}/s"

    try:
        for last in items:
            count += 1
            line.update(told)
            yield last
    finally:
        line.clear()


class SyncProgress:
    """Listens to syncs of several sources at once: shows how many rows of each stream are in the store, or what it waits for."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._rows: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Take one step of a sync."""
        place = f"{event.source}/{event.stream}"
        with self._lock:
            if event.step == "commit":
                self._rows[place] = self._rows.get(place, 0) + int(event.attributes["rows"])
                self._line.update(self._told)
            elif event.step == "sync":
                self._rows.pop(place, None)
            elif event.step in ("retry", "quota") and (wait := float(event.attributes["wait"])) >= 1:
                why = event.attributes.get("error", "its quota")
                self._line.show(f"{event.source} waits {wait:.0f} s ({why})")

    def _told(self, _seconds: float) -> str:
        return ", ".join(f"{place} {count} rows" for place, count in self._rows.items())
