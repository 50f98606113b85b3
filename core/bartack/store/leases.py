"""Who may write a stream now. Every holder has an epoch; a commit of an older epoch is refused in its own transaction."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, and_, select, update

from bartack.errors import StoreError
from bartack.store.tables import leases

__all__ = ["Lease", "acquire", "is_alive", "me", "release", "renew", "wait_for_all", "wait_for_turn"]

_TERM = timedelta(minutes=10)
"""How long a holder may be silent. A process of this machine that has ended loses its lease at once."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write one stream, until someone with a higher epoch has it."""

    source: str
    stream: str
    epoch: int


def me() -> str:
    """Return the name of this process: host, number, and when it started, for numbers are used again."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_alive(owner: str) -> bool:
    """Tell whether a process may still be running; of another machine nobody knows."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdecimal():
        return True
    return _started(int(rest)) == owner.rpartition(":")[2] != ""


def acquire(connection: Connection, source: str, stream: str, owner: str, now: datetime) -> Lease:
    """Take the lease of a stream.

    Raises
    ------
    StoreError
        another process that is alive holds it.
    """
    mine = (leases.c.source == source) & (leases.c.stream == stream)
    held = connection.execute(select(leases).where(mine).with_for_update()).one_or_none()
    if held is None:
        connection.execute(
            leases.insert().values(source=source, stream=stream, epoch=1, owner=owner, expires_at=now + _TERM)
        )
        return Lease(source, stream, 1)
    if held.owner is not None and held.expires_at > now and is_alive(held.owner):
        host, _, number = held.owner.rpartition(":")[0].rpartition(":")
        raise StoreError(
            f"it is being synced by process {number} on {host}",
            where=f"{source}/{stream}",
            next_step=f"wait for it to end; if it hangs, end it, or wait until {held.expires_at:%H:%M} UTC",
        )
    connection.execute(update(leases).where(mine).values(epoch=held.epoch + 1, owner=owner, expires_at=now + _TERM))
    return Lease(source, stream, held.epoch + 1)


def renew(connection: Connection, lease: Lease, now: datetime) -> None:
    """Prolong a lease inside of the transaction that it protects.

    Raises
    ------
    StoreError
        another process has taken it over; nothing of this transaction may be kept.
    """
    kept = connection.execute(update(leases).where(_held(lease)).values(expires_at=now + _TERM))
    if kept.rowcount != 1:
        raise StoreError(
            "another process has taken over this stream; nothing of this page was kept",
            where=f"{lease.source}/{lease.stream}",
            next_step="let the other one go on; this one was silent for too long",
        )


def wait_for_turn(connection: Connection, source: str, stream: str) -> None:
    """Let no page of a sync of this stream be committed beside this transaction; a sync that runs goes on afterwards."""
    mine = (leases.c.source == source) & (leases.c.stream == stream)
    connection.execute(select(leases.c.epoch).where(mine).with_for_update())


def wait_for_all(connection: Connection, source: str) -> None:
    """Wait for the turn of every stream of a source; see :func:`wait_for_turn`."""
    asked = select(leases.c.epoch).where(leases.c.source == source).order_by(leases.c.stream)
    connection.execute(asked.with_for_update())


def release(connection: Connection, lease: Lease) -> None:
    """Give a lease back; the epoch stays, so that whoever held it before is still told apart."""
    connection.execute(update(leases).where(_held(lease)).values(owner=None, expires_at=None))


def _held(lease: Lease) -> ColumnElement[bool]:
    return and_(leases.c.source == lease.source, leases.c.stream == lease.stream, leases.c.epoch == lease.epoch)


def _started(number: int) -> str:
    """Return when a process started, in ticks since this machine did; blank where it is not there."""
    try:
        status = Path(f"/proc/{number}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return "" if Path("/proc").is_dir() or not _exists(number) else "?"
    return status.rpartition(")")[2].split()[19]


def _exists(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
