"""Keeps the books of one stream: every row that left the wire ends in exactly one column."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol

from bartack.errors import SourceChangedError
from bartack.store.counts import COLUMNS, Counts
from bartack.transports.base import Page
from bartack_contracts import Completeness, StreamReport

__all__ = ["Account", "Memory", "Seen", "mark_of", "nameless", "payload_digest"]

_MOST_IDLE_PAGES = 100
"""So many pages in a row may bring nothing that was not there before; then the source pages in circles."""

_TELLING_PAGE = 5
"""Of so many rows on a page, more than half having come before is no chance: the paging repeats itself."""


def payload_digest(row: Any) -> str:
    """Return ``sha256:…`` of a native row; the order of keys does not matter."""
    text = json.dumps(row, sort_keys=True, separators=(",", ":"), default=_plain)
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def nameless(digest: str) -> str:
    """Return the identity of a row that has none: it is named by its payload."""
    return f"?payload={digest.removeprefix('sha256:')[:16]}"


def mark_of(digest: str) -> bytes:
    """Return the eight bytes of a payload's digest by which doubles are told."""
    return bytes.fromhex(digest.removeprefix("sha256:")[:16])


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, Decimal | date | datetime | time):
        return {type(value).__name__: str(value)}
    return str(value)


class Memory(Protocol):
    """Remembers which records a read has seen."""

    def expect(self, identities: Sequence[str]) -> None:
        """Tell which identities will be asked for next, so that they can be looked up together."""

    def recall(self, identity: str, mark: bytes) -> bytes | None:
        """Return the mark that an identity was seen with before, else remember this one and return ``None``."""


class Seen:
    """Remembers in this process. ``ordered``: rows come ordered by identity, so that doubles are neighbours."""

    def __init__(self, *, ordered: bool = False) -> None:
        self._ordered = ordered
        self._seen: dict[str, bytes] = {}

    def expect(self, identities: Sequence[str]) -> None:
        """Look nothing up: all of them are here."""

    def recall(self, identity: str, mark: bytes) -> bytes | None:
        before = self._seen.get(identity)
        if before is None:
            if self._ordered:
                self._seen.clear()
            self._seen[identity] = mark
        return before


class Account:
    """Counts what becomes of a stream's rows, and knows which records were seen by its ``memory``.

    ``ordered``: the source delivers rows ordered by identity, so that doubles are neighbours. ``before`` (attribute):
    rows that earlier parts of the same read brought; None where that is not known. ``reasons`` say why it is not complete;
    ``remarks`` what else one should know.
    """

    def __init__(self, source: str, stream: str, contract: str, memory: Memory, *, ordered: bool = False) -> None:
        self.source = source
        self.stream = stream
        self.contract = contract
        self.counts: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()
        self.issues: Counter[str] = Counter()
        self.pages = 0
        self.before: int | None = 0
        self.repeated = 0
        self.repeating_pages = 0
        self.oldest: datetime | None = None
        self.declared_total: int | None = None
        self.reasons: list[str] = []
        self.remarks: list[str] = []
        self._memory = memory
        self._ordered = ordered
        self._here: set[str] = set()
        self._again = 0
        self._rows_before_page = 0
        self._idle = 0
        self._said_to_be_last = False

    def page(self, page: Page) -> None:
        """Note that a page arrived, and what it declared."""
        self.pages += 1
        self.oldest = min(self.oldest or page.fetched_at, page.fetched_at)
        if page.total is not None:
            self._declare(page.total)
        if page.partial:
            self.doubt(page.partial)
        if self._said_to_be_last and page.rows:
            self.doubt("more_after_last: the source said that there was no more, and more rows came")
        self._said_to_be_last = page.has_more is False
        self._here.clear()
        self._again = 0
        self._rows_before_page = self.rows

    def page_done(self) -> None:
        """Note that every row of the page is in the books.

        Raises
        ------
        SourceChangedError
            for many pages there was nothing that had not been there before.
        """
        rows = self.rows - self._rows_before_page
        self.repeated += self._again
        if rows >= _TELLING_PAGE and self._again * 2 > rows:
            self.repeating_pages += 1
        self._idle = self._idle + 1 if self._again == rows else 0
        if self._idle > _MOST_IDLE_PAGES:
            raise SourceChangedError(
                f"{self._idle} pages in a row brought nothing new, and more are announced: the source pages in circles",
                next_step="check the paging of the stream: cursor, parameter names, order",
            )

    def _declare(self, total: int) -> None:
        """Take the source's latest word; one that shrinks under the read may have moved rows from page to page."""
        if total < 0:
            self.doubt(f"total_mismatch: the source declared {total} rows, which no source can have")
            return
        if self.declared_total is not None and total < self.declared_total:
            self.doubt(
                "total_shrank: while it was read, the source declared fewer rows than before; rows may have slipped"
            )
        self.declared_total = total

    @property
    def arrived(self) -> int | None:
        """Rows to hold against what the source declared: each once, those of earlier parts with them; None if unknown.

        A row that comes again on a later page makes none for one that did not come. Rows that the source sends twice on
        one page it also counts twice, and so does a source ordered by identity, where a page may end between doubles.
        """
        if self.before is None:
            return None
        return self.before + self.rows - (0 if self._ordered else self.repeated)

    def restore(self, counted: Counts, pages: int, declared_total: int | None, oldest: datetime) -> None:
        """Take over what an interrupted run has counted."""
        self.counts = Counter({name: getattr(counted, name) for name in COLUMNS})
        self.issues = Counter(counted.issues)
        self.unread = Counter(counted.unread)
        self.pages = pages
        self.declared_total = declared_total
        self.oldest = oldest
        self.repeated = counted.notes.get("repeated", 0)
        self.repeating_pages = counted.notes.get("repeating_pages", 0)
        self._idle = counted.notes.get("idle", 0)
        self.reasons = list(counted.notes.get("reasons", ()))

    def notes(self) -> dict[str, Any]:
        """Return what beside the counts a run must know to go on after it was interrupted."""
        return {
            "repeated": self.repeated,
            "repeating_pages": self.repeating_pages,
            "idle": self._idle,
            "reasons": self.reasons,
        }

    def doubt(self, reason: str) -> None:
        """Note, once, why the read cannot be called complete."""
        if reason not in self.reasons:
            self.reasons.append(reason)

    def expect(self, identities: Sequence[str]) -> None:
        """Tell which identities the next rows have."""
        self._memory.expect(identities)

    def seen(self, identity: str, digest: str) -> str | None:
        """Remember a record; say ``same`` or ``other`` when its identity was there before with this or another payload."""
        mark = mark_of(digest)
        before = self._memory.recall(identity, mark)
        if before is None:
            self._here.add(identity)
            return None
        self._again += identity not in self._here
        return "same" if before == mark else "other"

    @property
    def rows(self) -> int:
        """Rows accounted for so far."""
        return self.counts.total()

    def report(self, completeness: Completeness) -> StreamReport:
        """Return the books as they stand."""
        counts = {name: self.counts[name] for name in COLUMNS}
        return StreamReport(
            source=self.source,
            stream=self.stream,
            contract=self.contract,
            rows=self.rows,
            **counts,
            pages=self.pages,
            declared_total=self.declared_total,
            unread=dict(sorted(self.unread.items())),
            issues=dict(sorted(self.issues.items())),
            reasons=(*self.reasons, *self.remarks),
            completeness=completeness,
            freshness="live",
            as_of=self.oldest,
        )
