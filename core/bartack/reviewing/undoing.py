"""Takes a decision back: the reject waits again, and the record is as it was before; refused where others have gone on since."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bartack.errors import ConflictError
from bartack.reviewing.deciding import no_such_reject, settled_before, waits
from bartack.reviewing.settling import finished_run, moved_on
from bartack.store import history, leases, records, rejects, runs, staging
from bartack.store.counts import Counts
from bartack.store.history import Entry
from bartack.store.records import Restored
from bartack.store.rejects import Waiting
from bartack_contracts import Ref

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Undone", "undo"]


@dataclass(frozen=True, slots=True)
class Undone:
    """A decision that was taken back. ``effect``: what that did to the record; ``None`` where there is none it touched."""

    number: int
    ref: Ref
    contract: str
    entry: Entry
    effect: Restored | None


def undo(connection: Connection, reject: Waiting, *, who: str, note: str | None, now: datetime) -> Undone:
    """Take back what was decided over a reject, as a run of its own.

    Raises
    ------
    ConfigError
        the reject is gone.
    ConflictError
        nothing was decided over it, or the source or somebody else has gone on since.
    """
    leases.wait_for_turn(connection, reject.source, reject.stream)
    still = rejects.get(connection, reject.number)
    if still is None:
        raise no_such_reject(reject.number)
    entry = _to_take_back(connection, still)
    rejects.undecide(connection, still)
    rejects.reopen(connection, still.number)
    effect, again = (None, 0) if entry.action == "dismiss" else _put_back(connection, still, entry, now)
    history.add_undo(connection, still, who, note, now)
    run = runs.begin(connection, still.source, still.stream, "review", now=now, since=None, made_by=still.made_by)
    counted: dict[str, Any] = {name: int(name == effect) for name in ("removed", "updated", "unchanged")}
    finished_run(connection, run.run, {still.contract: replace(Counts(queued=1 + again), **counted)}, now)
    return Undone(still.number, still.ref, still.contract, entry, effect)


def _to_take_back(connection: Connection, reject: Waiting) -> Entry:
    """Return the decision that holds over a reject."""
    entry = history.last(connection, reject.number)
    if waits(reject):
        undone = entry is not None and entry.action == "undo"
        by = f": {entry.who} has taken the decision back at {entry.at:%Y-%m-%d %H:%M} UTC" if entry and undone else ""
        raise _nothing_to_undo(reject, f"reject {reject.number} waits{by or ' for a decision'}")
    decided = {"dismiss": "dismissed", "correct": "fixed", "override": "fixed"}
    if entry is None or reject.state != decided.get(entry.action):
        raise _nothing_to_undo(reject, settled_before(reject, None).message)
    if (newer := moved_on(connection, reject)) is not None:
        raise _nothing_to_undo(reject, newer)
    return entry


def _put_back(connection: Connection, reject: Waiting, entry: Entry, now: datetime) -> tuple[Restored, int]:
    """Put the record back that a correction has replaced, and the rejects that left the queue with it; return how many."""
    stored = records.kept(connection, reject.ref, reject.contract)
    if stored is None or stored.row["deleted_at"] is not None:
        raise _nothing_to_undo(reject, "the record that it made is not there any more")
    if stored.row["digest"] != reject.digest or not stored.row["corrected"]:
        raise _nothing_to_undo(reject, "the record is made of something else by now")
    before = history.before(connection, entry.entry)
    if before is None:
        raise _nothing_to_undo(reject, "what was before it is not kept (any more)")
    effect = records.restore(connection, reject.ref, reject.contract, before.record, now)
    staging.uncorrected(connection, reject.ref, reject.contract, reject.digest)
    return effect, sum(_waits_again(connection, number, entry) for number in before.overtaken)


def _waits_again(connection: Connection, number: int, entry: Entry) -> bool:
    """Let an older reject wait again that left the queue because of a decision, and for no other reason since."""
    found = rejects.get(connection, number)
    if found is None or found.state != "superseded" or found.settled_at != entry.at:
        return False
    rejects.reopen(connection, number)
    return True


def _nothing_to_undo(reject: Waiting, why: str) -> ConflictError:
    return ConflictError(
        f"{why}; nothing was undone", where=str(reject.ref), next_step=f"bartack review history {reject.number}"
    )
