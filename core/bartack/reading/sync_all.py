"""Syncs several sources at the same time, a thread each, so that one that hangs does not hold up the others."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence

from bartack.reading.source import Source
from bartack.reading.sync import Synced
from bartack.reading.sync_source import sync_source
from bartack.store.state import StateStore

__all__ = ["sync_all"]


def sync_all(
    sources: Sequence[Source],
    store: StateStore,
    *,
    streams: Sequence[str] = (),
    full: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Synced]:
    """Sync sources and yield how each stream ended, as it ends; see :func:`~bartack.reading.sync_source.sync_source`.

    When the iteration is ended, or one source finds that the store cannot be used, the others keep their page and end.
    """
    ended: queue.SimpleQueue[Synced | BaseException | None] = queue.SimpleQueue()
    leaving = threading.Event()

    def work(source: Source) -> None:
        try:
            for one in sync_source(source, store, streams=streams, full=full, stop=lambda: leaving.is_set() or stop()):
                ended.put(one)
        except BaseException as error:
            ended.put(error)
        finally:
            ended.put(None)

    threads = [threading.Thread(target=work, args=(one,), daemon=True) for one in sources]
    for thread in threads:
        thread.start()
    running = len(threads)
    waits = True
    try:
        while running:
            one = ended.get()
            if one is None:
                running -= 1
            elif isinstance(one, Synced):
                yield one
            else:
                raise one
    except KeyboardInterrupt:  # whoever is that impatient does not wait for pages; they are asked for again
        waits = False
        raise
    finally:
        leaving.set()
        for thread in threads if waits else ():
            thread.join()
