"""What every transport hands up: pages of native rows. Past this module nobody knows the protocol."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, runtime_checkable

from bartack.events import Emit, silent
from bartack.providers import Provider, builtin
from bartack.resilience.logins import Logins
from bartack.secrets import KnownSecrets

if TYPE_CHECKING:
    from bartack.settings import Secret

__all__ = [
    "OPEN",
    "Body",
    "Call",
    "Clock",
    "Evidence",
    "Gate",
    "KeySpec",
    "Page",
    "Query",
    "Row",
    "Runtime",
    "Session",
    "Stream",
]

Row = Mapping[str, Any]
"""A native row: JSON-like values (``dict``, ``list``, ``str``, ``int``, ``Decimal``, ``bool``, ``None``); from SQL also
``date``, ``datetime``, ``time`` and ``bytes``. An absent key, ``None`` and ``""`` are three different things."""

Evidence = Literal["recorded", "live", "documented"]
"""What a stream's declaration rests on: ``recorded`` real answers, a ``live`` system in the tests, or only ``documented``."""

KeySpec = str | tuple[str, ...] | Mapping[str, Any]
"""Where a row's identity is: a path, several paths that form it together, or a mapping rule."""

Clock = Callable[[], datetime]


def utcnow() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Query:
    """What a caller wants of a stream.

    ``since``: rows changed at or after this moment (aware). ``id``: one record. ``cursor``: go on after an earlier
    page's ``next``; ``seen``: rows that came before it, where that is known, so that a page's ``total`` still means the
    whole read. ``page_size``: rows a request, where the stream lets the caller choose.
    """

    since: datetime | None = None
    id: str | None = None
    cursor: str | None = None
    page_size: int | None = None
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """An answer exactly as the source sent it, decompressed but not decoded.

    ``url`` is what was asked, without credentials. ``headers`` of the answer have names in lower case; cookies are left
    out.
    """

    content: bytes
    content_type: str | None = None
    status: int = 200
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Native rows as they left the wire, with what the source said about them.

    ``rows`` may hold anything the source put into its list, also what is no object: each item is counted.
    ``next``: cursor of the following page, ``None`` on the last. ``has_more``: what the source said, ``None`` where it
    says nothing. ``total``: rows the source declares for the whole read. ``raws``: each row's text as it was sent, where
    that differs from the row as JSON (XML). ``request``: for people, without secrets. ``partial``: why this page is
    known to be less than the source holds (for instance: part of a composite answer failed). ``seconds``: how long it was
    waited for; ``replaced``: numbers of the rows in which a known secret was replaced. Both are filled in where it is read.
    """

    rows: Sequence[Any]
    fetched_at: datetime
    request: str
    next: str | None = None
    has_more: bool | None = None
    total: int | None = None
    raws: Sequence[str] | None = None
    partial: str | None = None
    seconds: float | None = None
    replaced: frozenset[int] = frozenset()


class Call(Protocol):
    """One call of a source that is under way."""

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Tell what came back: the HTTP status, and headers with names in lower case (quotas are read of them)."""


class Gate(Protocol):
    """What every call of a source passes: breaker, quota, bulkhead. One a source, shared by its sessions and threads."""

    def passing(self, host: str) -> AbstractContextManager[Call]:
        """Wait for a turn, then let a call through; how the block ends tells whether the source is well.

        Raises
        ------
        SourceUnavailableError
            no call is let through now; ``retry_after`` says when.
        """


class _Open:
    """A gate that stands open."""

    @contextmanager
    def passing(self, host: str) -> Iterator[Call]:
        yield self

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """Look at nothing."""


OPEN: Gate = _Open()
"""The gate of sessions that nobody guards."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a session may use of the world: all of it is passed in, so that tests can hold it still."""

    clock: Clock = utcnow
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    gate: Gate = OPEN
    logins: Logins = field(default_factory=Logins)
    """What log-ins gave; copies of a runtime share it, so each source has its own."""
    emit: Emit = silent
    source: str = ""
    """Name of the source, for events."""
    adapter: Any | None = None
    """A ``requests`` adapter in the place of the network (replay); or, with a method ``over``, before it (recording)."""
    tape: Any | None = None
    """What answers in the place of a database (:class:`~bartack.recording.sql.SqlPlayer`), or records what it answers."""
    progress: Callable[[str], None] | None = None
    base_dir: str = "."
    """Folder against which relative paths of the configuration are resolved."""
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    providers: Callable[[str], Provider] = builtin
    """Finds a provider of secrets by its name."""
    known: KnownSecrets = field(default_factory=KnownSecrets)
    """What must never be shown of this source."""

    def reveal(self, secret: Secret) -> str:
        """Return a secret's text, and remember that it must never be shown.

        Raises
        ------
        BartackError
            it cannot be looked up; see :meth:`bartack.settings.Secret.reveal`.
        """
        text = secret.reveal(self.environ or None, self.providers)
        self.known.add(*secret.hidden(text))
        return text


@runtime_checkable
class Session(Protocol):
    """An open connection to one source. Belongs to one thread at a time.

    A session may have a method ``described() -> str``, by which ``bartack check`` tells what the source says about itself.
    """

    def close(self) -> None:
        """Give back sockets, cursors and files."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@runtime_checkable
class Stream(Protocol):
    """One native entity of a source: how to ask for it, and how to read an answer.

    A read can go on from the ``next`` of each of its pages: asked with that cursor and the same ``since``, the stream
    yields exactly the rows that were left, as far as the source keeps still.

    A stream may have the attribute ``incremental: bool``: :attr:`Query.since` is heeded, so that all rows changed at or
    after that moment come (others may, too). One without it counts as not incremental.
    """

    @property
    def name(self) -> str:
        """Name within the source; part of every record's ref."""

    @property
    def mapping(self) -> str | tuple[str, ...]:
        """Mapping file(s) beside the connector, one a contract the stream feeds."""

    @property
    def key(self) -> KeySpec:
        """Where a row's identity is."""

    @property
    def evidence(self) -> Evidence:
        """What the declaration rests on."""

    def pages(self, session: Any, query: Query) -> Iterator[Page]:
        """Ask the source and yield its pages, in order, lazily.

        Raises
        ------
        BartackError
            any failure; no foreign exception leaves a stream.
        """

    def decode(self, body: Body) -> Page:
        """Read one answer as the source sent it, without asking anything.

        Takes also what people save by hand: a bare list of rows, or a single row. An error body, an HTML page or a
        body without the declared rows is a typed error, never a page of zero rows.
        """
