"""One decision a payload: who comes second is told, and so is who comes too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bartack.errors import ConfigError, ConflictError
from bartack.reviewing.settling import moved_on
from bartack.store import leases, rejects
from bartack.store.rejects import Decision, Waiting

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["as_decided", "no_such_reject", "settled_before", "take", "waits"]


def take(connection: Connection, reject: Waiting, decision: Decision) -> Decision | None:
    """Write a decision down, as the only one; where the very same was written down before, return that one.

    Raises
    ------
    ConfigError
        the reject is gone.
    ConflictError
        somebody else was faster, or the source was.
    """
    leases.wait_for_turn(connection, reject.source, reject.stream)
    now = rejects.get(connection, reject.number)
    if now is None:
        raise no_such_reject(reject.number)
    made = as_decided(now, rejects.decision_over(connection, now), decision)
    if made is not None:
        return made
    newer = moved_on(connection, now) if decision.action != "dismiss" else None
    if newer is not None:
        raise ConflictError(
            f"{newer}; it is not overwritten by an older payload",
            where=str(reject.ref),
            next_step=f"bartack review dismiss {reject.number}",
        )
    rejects.decide(connection, decision)
    return None


def as_decided(reject: Waiting, before: Decision | None, decision: Decision) -> Decision | None:
    """Return the decision that was made before, where it is the very same; ``None`` while the reject waits.

    Raises
    ------
    ConflictError
        it does not wait any more, for another reason.
    """
    if waits(reject):
        return None
    if before is not None and (before.action, before.body) == (decision.action, decision.body):
        return before
    raise settled_before(reject, before)


def waits(reject: Waiting | None) -> bool:
    """Tell whether a reject waits for a decision."""
    return reject is not None and reject.state == "waiting"


def settled_before(reject: Waiting, decision: Decision | None) -> ConflictError:
    """Return the error of who decides over what is settled: it says how, by whom and when."""
    at = f"{reject.settled_at:%Y-%m-%d %H:%M} UTC" if reject.settled_at is not None else "an unknown time"
    if reject.state == "superseded":
        what = f"the source has sent something else for this row since (noticed {at})"
    elif decision is None or (reject.state == "fixed" and decision.action == "dismiss"):
        what = f"the mapping covers it since {at}"
    else:
        verb = {"correct": "corrected", "override": "overridden", "dismiss": "dismissed"}[decision.action]
        names = ", ".join(decision.body) or "it"
        what = f"{decision.who} has {verb} {names} at {decision.decided_at:%Y-%m-%d %H:%M} UTC"
    return ConflictError(
        f"reject {reject.number} does not wait any more: {what}",
        where=str(reject.ref),
        next_step=f"bartack review show {reject.number}",
    )


def no_such_reject(number: int) -> ConfigError:
    """Return the error of who names a reject that is not there."""
    return ConfigError(f"there is no reject {number}", next_step="bartack review list")
