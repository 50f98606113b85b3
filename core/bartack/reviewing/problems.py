"""Problems that were reported of records, as people work on them: look, correct the source or the mapping, settle."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bartack.errors import ConfigError, ConflictError
from bartack.events import Event
from bartack.masking import MASK
from bartack.normalizers.cleaning import visible
from bartack.reviewing.shelf import Shelf
from bartack.reviewing.who import current_user
from bartack.store import problems
from bartack.store.problems import Problem, ProblemState
from bartack.store.state import StateStore
from bartack.transports.base import Runtime
from bartack_contracts import Record

__all__ = ["LONGEST", "MOST", "Problems", "Reported"]

LONGEST = 1_000
"""Characters of a report."""

MOST = 100
"""So many problems of one reporter may wait; nobody reads more, and who reports without end fills no store."""


@dataclass(frozen=True, slots=True)
class Reported:
    """The ``number`` under which a problem waits. ``new``: false where the very same waits already, and was only counted."""

    number: int
    new: bool


class Problems:
    """The problems of one configuration, at ``hub.review.problems``. Safe to use from several threads."""

    def __init__(self, store: StateStore, shelf: Shelf, runtime: Runtime) -> None:
        self._store = store
        self._shelf = shelf
        self._runtime = runtime

    def report(self, record: Record[Any], words: str, *, field: str | None = None, by: str | None = None) -> Reported:
        """Let a problem with a record wait for a person; nothing else comes of it.

        ``words``: what is wrong; whoever writes them need not be trusted. ``by``: who reports.

        Raises
        ------
        ConfigError
            no words, or too many.
        ConflictError
            too many problems of this reporter wait already.
        """
        told, who, now = visible(words).strip(), by or current_user(), self._runtime.clock()
        if not told or len(told) > LONGEST:
            raise ConfigError(f"a report has 1 to {LONGEST} characters", next_step="say in short what is wrong")
        with self._store.write() as connection:
            number, new = problems.put(
                connection,
                record.ref,
                record.contract,
                record.provenance.payload,
                field=field,
                words=told,
                who=who,
                now=now,
            )
            if new and problems.waiting_of(connection, who) > MOST:
                raise ConflictError(
                    f"{MOST} problems of {who} wait already", next_step="let somebody look at those first"
                )
        if new:
            about: dict[str, str | int] = {"action": "report"}
            self._runtime.emit(Event("review", now, record.ref.source, record.ref.stream, attributes=about))
        return Reported(number, new)

    def list(self, *, source: str | None = None, state: ProblemState | None = "waiting") -> tuple[Problem, ...]:
        """Return problems, the oldest first; ``state=None`` returns those that are settled, too."""
        with self._store.read() as connection:
            found = problems.listed(connection, source=source, state=state)
        masked = {name for name in {one.source for one in found} if self._shelf.masks(name)}
        return tuple(replace(one, words=MASK) if one.source in masked else one for one in found)

    def settle(self, number: int, *, by: str | None = None, note: str | None = None) -> Problem:
        """Write down that a person has looked at a problem; ``note``: what came of it.

        Raises
        ------
        ConfigError
            there is no such problem.
        ConflictError
            somebody else was faster.
        """
        now = self._runtime.clock()
        with self._store.write() as connection:
            done = problems.settle(connection, number, by=by or current_user(), note=note, now=now)
            found = problems.get(connection, number)
            if found is None:
                raise ConfigError(f"there is no problem {number}", next_step="bartack review problems")
            if not done:
                at = f"{found.settled_at:%Y-%m-%d %H:%M} UTC"
                raise ConflictError(
                    f"problem {number} does not wait any more: {found.settled_by} has settled it at {at}",
                    where=str(found.ref),
                    next_step="bartack review problems",
                )
        self._runtime.emit(Event("review", now, found.source, found.stream, attributes={"action": "settle"}))
        return found
