"""Kills a sync at every boundary: before each page is asked for, before each statement, before and after each commit.

Each try runs in a forked process that ends itself with SIGKILL at its point, as a power cut would.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event

from bartack.hub import Hub

__all__ = ["Points", "in_shards", "killed_at", "points_of"]

R = TypeVar("R")


class Points:
    """Counts boundaries; at the one of number ``at`` the process is gone. ``names`` says what was passed."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.names: list[str] = []

    def __call__(self, name: str) -> None:
        self.names.append(name)
        if len(self.names) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, hub: Hub) -> None:
        """Put a point before each statement of the hub's store, and before and after each commit."""
        engine = hub.store.database.engine

        @event.listens_for(engine, "before_cursor_execute")
        def _statement(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self(" ".join(statement.split()[:3]))

        @event.listens_for(engine, "commit")
        def _commit(_connection: Any) -> None:
            self("COMMIT")

        @event.listens_for(engine.pool, "reset")
        def _after(*_: Any) -> None:
            self("after the transaction")


def points_of(work: Callable[[Points], None]) -> list[str]:
    """Return the boundaries that ``work`` passes when nothing happens."""
    points = Points()
    work(points)
    return points.names


def killed_at(number: int, work: Callable[[Points], None]) -> bool:
    """Run ``work`` in a process that is killed at its boundary ``number``; false where it came to its end before."""
    child = os.fork()
    if child == 0:
        status = 1
        with suppress(BaseException):
            try:
                work(Points(number))
                status = 0
            except BaseException:
                traceback.print_exc(file=sys.stderr)
        os._exit(status)
    _, ended = os.waitpid(child, 0)
    if os.WIFSIGNALED(ended):
        assert os.WTERMSIG(ended) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(ended) == 0, "the work failed instead of being killed"
    return False


def in_shards(count: int, folder: Path, work: Callable[[int], list[R]]) -> list[R]:
    """Return what ``work`` gives for each number below ``count``, each in a process of its own, all at the same time."""
    children = {}
    for shard in range(count):
        child = os.fork()
        if child == 0:
            status = 1
            with suppress(BaseException):
                try:
                    (folder / f"shard {shard}").write_bytes(pickle.dumps(work(shard)))
                    status = 0
                except BaseException:
                    traceback.print_exc(file=sys.stderr)
            os._exit(status)
        children[shard] = child
    ended = [os.waitpid(child, 0)[1] for child in children.values()]
    assert ended == [0] * count, "a shard failed; its error is above"
    return [one for shard in children for one in pickle.loads((folder / f"shard {shard}").read_bytes())]
