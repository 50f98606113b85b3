"""Syncs several sources at the same time, a thread each, so that one that hangs does not hold up the others."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence

from bartack.errors import ConfigError
from bartack.mapping.loader import near
from bartack.reading.source import Source
from bartack.store.state import StateStore
from bartack.syncing.source import not_ready, sync_source
from bartack.syncing.synced import Synced

__all__ = ["sync_all"]


def sync_all(
    sources: Sequence[Source],
    store: StateStore,
    *,
    streams: Sequence[str] = (),
    full: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Synced]:
    """Sync sources and yield how each stream ended, as it ends; see :func:`~bartack.syncing.source.sync_source`.

    ``streams``: of each source those that it has. When the iteration is ended, or one source finds that the store cannot
    be used, the others keep their page and end.

    Raises
    ------
    ConfigError
        no source has one of the streams, or the only source cannot be synced as it is configured.
    """
    jobs = _jobs(sources, streams)
    ended: queue.SimpleQueue[Synced | BaseException | None] = queue.SimpleQueue()
    leaving = threading.Event()

    def work(source: Source, streams: Sequence[str]) -> None:
        try:
            for one in sync_source(source, store, streams=streams, full=full, stop=lambda: leaving.is_set() or stop()):
                ended.put(one)
        except ConfigError as error:
            ended.put(error if len(jobs) == 1 else not_ready(source.name, error))
        except BaseException as error:
            ended.put(error)
        finally:
            ended.put(None)

    threads = [threading.Thread(target=work, args=job, daemon=True) for job in jobs]
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


def _jobs(sources: Sequence[Source], streams: Sequence[str]) -> list[tuple[Source, list[str]]]:
    """Return which streams of which source are meant; none means those of its configuration."""
    own = [(source, [stream.name for stream in source.streams]) for source in sources]
    known = [name for _, names in own for name in names]
    for name in streams:
        if name not in known:
            where = ", ".join(source.name for source in sources)
            step = f"streams: {', '.join(known)}"
            raise ConfigError(f"no stream named {name!r}{near(name, known)}", where=where, next_step=step)
    jobs = [(source, [name for name in streams if name in names]) for source, names in own]
    return [(source, wanted) for source, wanted in jobs if wanted or not streams]
