"""Two writers never interleave: one holds the lease, and one that was silent for too long is fenced off."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from bartack.errors import StoreError
from bartack.store import database, leases
from bartack.store.leases import Lease
from bartack.store.runs import Checkpoint, Run
from bartack.syncing import source as sync_source
from bartack.syncing.books import Book
from bartack.syncing.keeping import Kept
from bartack.syncing.stream import StreamSync
from support.numbered import NOW, Estate, hub_of, numbered, person

TERM = timedelta(minutes=11)


@pytest.fixture
def kind() -> type:
    return numbered(people=Estate([person(n, minutes=n) for n in range(23)]))


def test_a_lease_is_held_by_one_and_can_be_given_back(kind: type, tmp_path: Path) -> None:
    with hub_of(kind, tmp_path) as hub, hub.store.write() as connection:
        first = leases.acquire(connection, "crm", "people", leases.me(), NOW)
        with pytest.raises(StoreError, match="is being synced by process"):
            leases.acquire(connection, "crm", "people", leases.me(), NOW)
        leases.release(connection, first)
        assert leases.acquire(connection, "crm", "people", leases.me(), NOW).epoch == first.epoch + 1


def test_a_process_that_has_ended_loses_its_lease_at_once(kind: type, tmp_path: Path) -> None:
    child = os.fork()
    if child == 0:
        with hub_of(kind, tmp_path) as hub, hub.store.write() as connection:
            leases.acquire(connection, "crm", "people", leases.me(), NOW)
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    with hub_of(kind, tmp_path) as hub, hub.store.write() as connection:
        assert leases.acquire(connection, "crm", "people", leases.me(), NOW).epoch == 2


@pytest.mark.parametrize("owner", ["elsewhere.example:17:4711", "odd"])
def test_a_holder_on_another_machine_is_believed_until_its_term_ends(kind: type, tmp_path: Path, owner: str) -> None:
    with hub_of(kind, tmp_path) as hub, hub.store.write() as connection:
        leases.acquire(connection, "crm", "people", "elsewhere.example:17:4711", NOW)
        with pytest.raises(StoreError, match=r"elsewhere\.example"):
            leases.acquire(connection, "crm", "people", leases.me(), NOW + timedelta(minutes=9))
        assert leases.acquire(connection, "crm", "people", leases.me(), NOW + TERM).epoch == 2


def test_a_number_that_another_process_has_now_is_not_the_same_holder() -> None:
    host, number, started = leases.me().rsplit(":", 2)
    assert leases.is_alive(f"{host}:{number}:{started}")
    assert not leases.is_alive(f"{host}:{number}:{int(started) - 1}")


@pytest.mark.parametrize("page", range(5))
def test_a_writer_that_was_overtaken_commits_nothing_more(
    kind: type, tmp_path: Path, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each page of a sync another process takes over, reads everything and publishes; the first one then goes on."""
    moments = [NOW]

    class Overtaken(StreamSync):
        def _keep(self, lease: Lease, run: Run, at: Checkpoint, books: Sequence[Book], kept: Sequence[Kept]) -> None:
            if at.pages - 1 == page:
                monkeypatch.setattr(sync_source, "StreamSync", StreamSync)
                moments.append(moments[-1] + TERM)
                with hub_of(kind, tmp_path, clock=lambda: moments[-1]) as other:
                    (ended,) = other.sync()
                    assert ended.state == "published"
            super()._keep(lease, run, at, books, kept)

    monkeypatch.setattr(sync_source, "StreamSync", Overtaken)
    with hub_of(kind, tmp_path, clock=lambda: moments[-1]) as hub:
        (ended,) = hub.sync()
        assert "taken over" in str(ended.error)
        found = hub.audit()
        assert found.findings == ()
        assert found.balances[0].live == 23


def test_a_stopped_process_that_wakes_up_again_is_fenced_off(
    kind: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGSTOP at every point of a sync, another process takes over, SIGCONT."""
    monkeypatch.setattr(database, "_WAIT", 0.5)
    taken = 0
    for attempt in range(20):
        folder = tmp_path / str(attempt)
        with hub_of(kind, folder) as hub:
            assert hub.store is not None
        child = os.fork()
        if child == 0:
            status = 0
            try:
                with hub_of(kind, folder) as hub:
                    (ended,) = hub.sync()
                    status = 0 if ended.state == "published" else 5
            except StoreError:
                status = 5
            finally:
                os._exit(status)
        time.sleep(0.001 * attempt)
        os.kill(child, signal.SIGSTOP)
        later = NOW + TERM
        with hub_of(kind, folder, clock=lambda later=later: later) as other:  # type: ignore[misc]
            try:
                list(other.sync(full=True))
            except StoreError as error:  # stopped within its transaction: SQLite's own lock is held
                assert "locked" in str(error)  # noqa: PT017
        os.kill(child, signal.SIGCONT)
        taken += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 5
        with hub_of(kind, folder, clock=lambda later=later: later) as hub:  # type: ignore[misc]
            list(hub.sync(full=True))
            found = hub.audit()
            assert found.findings == ()
            assert found.balances[0].live == 23
