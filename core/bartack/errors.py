"""Everything that can go wrong, grouped by what the caller should do about it.

::

    BartackError
    ├── ConfigError               correct the configuration, the mapping or the call
    │   └── LockError             what is configured and installed is not what bartack.lock holds
    ├── AccessError               credentials, permission, or the thing asked for is not there
    ├── SourceUnavailableError    down, timeout, rate limit: the same call may work later
    ├── SourceChangedError        the source answers in another form than declared: a person must look
    ├── SourceRefusedError        the source answered with an error of its own
    ├── WireError                 what came over the wire is truncated, corrupt or not what it says it is
    ├── IncompleteRead            the read ended before the source did
    ├── StoreError                Bartack's own state
    ├── ConflictError             somebody else was faster, or the state has moved on: look again, then decide
    ├── ExportError               files that were or are to be exported
    ├── ComparisonError           two sides of a source were compared, and the result cannot be trusted
    └── RecordingError            cassettes: missing, unreadable, or without the interaction asked for

Bad data in a row is never an exception: it becomes an :class:`~bartack_contracts.Issue` or a
:class:`~bartack_contracts.Reject`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from bartack_contracts import Report

__all__ = [
    "AccessError",
    "BartackError",
    "ComparisonError",
    "ConfigError",
    "ConflictError",
    "ExportError",
    "IncompleteRead",
    "LockError",
    "RecordingError",
    "SourceChangedError",
    "SourceRefusedError",
    "SourceUnavailableError",
    "StoreError",
    "WireError",
]


class BartackError(Exception):
    """Base of all errors that leave Bartack.

    ``where`` names the place (``source/stream``, ``file:line``, ``GET https://host/path``), ``next_step`` what a
    person can do now, ``retry_after`` how many seconds the source asked to wait, ``retryable`` whether the same call may
    work when it is made again: the class says what is usual, an error may know better. None of them ever holds a secret.
    """

    retryable: bool = False
    next_step: str | None = None

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        next_step: str | None = None,
        retry_after: float | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.retry_after = retry_after
        if next_step is not None:
            self.next_step = next_step
        if retryable is not None:
            self.retryable = retryable

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        step = f" Next step: {self.next_step}" if self.next_step else ""
        return f"{place}{self.message}{step}"

    def told(self) -> dict[str, str | float | None]:
        """Return the error as plain data, for machines and the store."""
        return {
            "type": type(self).__name__,
            "message": self.message,
            "where": self.where,
            "next_step": self.next_step,
            "retry_after": self.retry_after,
        }

    def at(self, where: str) -> BartackError:
        """Return this error with ``where`` filled in, unless a closer place was already named."""
        if self.where is None:
            self.where = where
        return self

    def rewritten(self, rewrite: Callable[[str], str]) -> Self:
        """Return this error with each of its texts as ``rewrite`` gives it, and without the foreign error it was made of.

        Secrets leave so: drivers and clients keep requests and connection strings on their exceptions.
        """
        self.message = rewrite(self.message)
        self.args = (self.message,)
        self.where = None if self.where is None else rewrite(self.where)
        self.next_step = None if self.next_step is None else rewrite(self.next_step)
        self.__context__ = None
        if not isinstance(self.__cause__, BartackError):
            self.__cause__ = None
        return self


class ConfigError(BartackError):
    """The configuration, a mapping or the call itself cannot be carried out as written."""

    next_step = "correct the configuration, the mapping or the call"


class LockError(ConfigError):
    """What is configured and installed is not what a lock holds; ``differences`` says where, if it can be said."""

    next_step = "bartack lock --check tells the differences"

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        next_step: str | None = None,
        differences: Sequence[object] = (),
    ) -> None:
        super().__init__(message, where=where, next_step=next_step)
        self.differences = tuple(differences)


class AccessError(BartackError):
    """The source refuses who is asking, or does not have what was asked for."""

    next_step = "check the credentials, what they may read, and the id"


class SourceUnavailableError(BartackError):
    """The source does not answer now: down, timed out, or limiting the rate."""

    retryable = True
    next_step = "try again later; bartack check tells when the source answers"


class SourceChangedError(BartackError):
    """The source answers in another form than its connector declares."""

    next_step = "look at what the source answers now; then correct the mapping or the connector"


class SourceRefusedError(BartackError):
    """The source answered with an error or fault of its own."""

    next_step = "ask whoever runs the source what its words mean"


class WireError(BartackError):
    """The bytes that arrived are not a whole, well-formed answer."""

    retryable = True
    next_step = "try again; if it stays so, ask whoever runs the source, and whatever stands in between"


class IncompleteRead(BartackError):  # noqa: N818 - the word of the design; reads like http.client.IncompleteRead
    """A read delivered less than the source has; ``report`` says what is missing and why."""

    next_step = "look at the reasons; bartack check tells which stream fails"

    def __init__(self, message: str, *, report: Report, next_step: str | None = None) -> None:
        super().__init__(message, next_step=next_step)
        self.report = report


class StoreError(BartackError):
    """Bartack's own state cannot be read or written."""

    next_step = "bartack status tells how the state stands"


class ConflictError(BartackError):
    """What was to be decided is not as it was any more: somebody was faster, or the source has something newer."""

    next_step = "look again, then decide"


class ExportError(BartackError):
    """An export cannot be written, or is not what its manifest says."""

    next_step = "export it again"


class ComparisonError(BartackError):
    """Nothing was compared, or a difference that was put in on trial was not found: no news is no good news here."""

    next_step = "compare more: a longer recording, or more rows"


class RecordingError(BartackError):
    """A cassette is missing, unreadable, or holds no recording of what was asked."""

    next_step = "record it again"
