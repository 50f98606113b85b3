"""The hub for ``asyncio``: a thread a source, and no more read ahead than the consumer takes.

::

    async with aio.open("bartack.toml") as hub:
        people = hub.read(Person)
        async for record in people:
            await use(record)
        people.report
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import CancelledError as ThreadCancelledError
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from bartack.hub import Hub, open_hub
from bartack.reading.explain import Explanation
from bartack.reading.read import Read
from bartack_contracts import Contract, Record, Ref, Reject, Report

if TYPE_CHECKING:
    from bartack.replica.answers import Answer, Changes
    from bartack.replica.links import Linked

__all__ = ["AsyncHub", "AsyncRead", "open"]

C = TypeVar("C", bound=Contract)
T = TypeVar("T")

_AHEAD = 100
"""So many items of all sources together wait for the consumer; then the threads wait."""

_END = object()


class AsyncRead(Generic[C]):
    """A :class:`~bartack.reading.read.Read` for ``async for``: the sources are read at the same time, a thread each.

    Records of one source keep their order; those of several arrive mixed. It ends like a read: with
    :class:`~bartack.errors.IncompleteRead` after the last record when something is missing, unless ``allow_partial``.
    """

    def __init__(self, read: Read[C]) -> None:
        self._read = read
        self._stopped = False

    @property
    def report(self) -> Report:
        """What was counted; final once the iteration has ended."""
        return self._read.report

    @property
    def rejects(self) -> list[Reject]:
        """The rejects, when the iteration has ended."""
        return self._read.rejects

    async def __aiter__(self) -> AsyncIterator[Record[C]]:
        async for item in self.items():
            if isinstance(item, Record):
                yield item

    async def items(self) -> AsyncIterator[Record[C] | Reject]:
        """Yield records and rejects as they arrive."""
        parts = self._read.parts()
        queue: asyncio.Queue[Any] = asyncio.Queue(_AHEAD)
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(max(1, len(parts)), thread_name_prefix="bartack") as threads:
            running = [loop.run_in_executor(threads, self._pump, part, queue, loop) for part in parts]
            try:
                ended = 0
                while ended < len(parts):
                    item = await queue.get()
                    if item is _END:
                        ended += 1
                    else:
                        yield item
            finally:
                self._stopped = True
                while not all(one.done() for one in running):  # let threads that wait for room go on to their end
                    while not queue.empty():
                        queue.get_nowait()
                    await asyncio.sleep(0.01)
        for one in running:
            one.result()
        self._read.gathered(parts)

    def _pump(self, part: Read[C], queue: asyncio.Queue[Any], loop: asyncio.AbstractEventLoop) -> None:
        """Read one source in a thread; waits while the queue is full."""
        items = part.items()
        try:
            for item in items:
                if self._stopped:
                    break
                asyncio.run_coroutine_threadsafe(queue.put(item), loop).result()
        except ThreadCancelledError:
            pass
        finally:
            part.close()
            asyncio.run_coroutine_threadsafe(queue.put(_END), loop).result()


class AsyncHub:
    """A :class:`~bartack.hub.Hub` whose calls do not block the event loop.

    Each source has threads of its own, as many as its ``limits.concurrency``: calls of a source that hangs wait for each
    other, and for nobody else.
    """

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._threads: dict[str, ThreadPoolExecutor] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for threads in self._threads.values():
            await asyncio.to_thread(threads.shutdown)
        self._threads.clear()
        await asyncio.to_thread(self.hub.close)

    def read(self, contract: type[C], **how: Any) -> AsyncRead[C]:
        """Read the records of a contract; takes what :meth:`Hub.read` takes."""
        return AsyncRead(self.hub.read(contract, **how))

    async def get(self, ref: Ref | str, **how: Any) -> Record[Any]:
        """Return one record; takes what :meth:`Hub.get` takes."""
        return await self._in_thread(partial(self.hub.get, **how), ref)

    async def explain(self, ref: Ref | str) -> Explanation:
        """Say how each field of one record came about; see :meth:`Hub.explain`."""
        return await self._in_thread(self.hub.explain, ref)

    async def query(self, contract: type[Contract] | str, **how: Any) -> Answer[Any]:
        """Return records of the store that fulfil conditions; takes what :meth:`Hub.query` takes."""
        return await asyncio.to_thread(self.hub.query, contract, **how)

    async def search(self, contract: type[Contract] | str, text: str, **how: Any) -> Answer[Any]:
        """Return records of the store in which words are; takes what :meth:`Hub.search` takes."""
        return await asyncio.to_thread(self.hub.search, contract, text, **how)

    async def get_many(self, refs: Iterable[Ref | str], **how: Any) -> Answer[Any]:
        """Return records of the store by their refs; takes what :meth:`Hub.get_many` takes."""
        return await asyncio.to_thread(self.hub.get_many, refs, **how)

    async def changes(self, contract: type[Contract] | str | None = None, **how: Any) -> Changes:
        """Return what has changed in the store since a cursor; takes what :meth:`Hub.changes` takes."""
        return await asyncio.to_thread(self.hub.changes, contract, **how)

    async def linked(self, ref: Ref | str, **how: Any) -> Linked:
        """Return what a record is linked with; takes what :meth:`Hub.linked` takes."""
        return await asyncio.to_thread(self.hub.linked, ref, **how)

    async def _in_thread(self, ask: Callable[[Ref | str], T], ref: Ref | str) -> T:
        try:
            name = Ref.parse(str(ref)).source
        except ValueError:
            return ask(ref)  # an error at once
        source = self.hub.config.sources.get(name)
        if source is None:
            return ask(ref)
        if name not in self._threads:
            self._threads[name] = ThreadPoolExecutor(source.limits.concurrency, thread_name_prefix=f"bartack-{name}")
        return await asyncio.get_running_loop().run_in_executor(self._threads[name], ask, ref)


def open(path: str | Path | None = None, *, lock: bool | str | Path = False) -> AsyncHub:  # noqa: A001 - the verb of the design
    """Open the hub of a configuration; see :func:`bartack.open`."""
    return AsyncHub(open_hub(path, lock=lock))
