"""Shows on a terminal that a long read goes on; says nothing in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

__all__ = ["watched"]

T = TypeVar("T")


def watched(items: Iterable[T], what: Callable[[T], str], clock: Callable[[], float] = time.monotonic) -> Iterator[T]:
    """Pass ``items`` on; after the first half second keep one line of standard error up to date."""
    if not sys.stderr.isatty():
        yield from items
        return
    started = told = clock()
    count = 0
    try:
        for item in items:
            count += 1
            now = clock()
            if now - started > 0.5 and now - told > 0.2:
                told = now
                sys.stderr.write(f"\r\x1b[K{what(item)}: {count} rows, {count / (now - started):.0f}/s")
                sys.stderr.flush()
            yield item
    finally:
        if told != started:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
