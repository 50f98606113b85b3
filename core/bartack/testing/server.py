"""A server on the loopback address that wraps a good service and answers wrongly where a plan says so."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from bartack.testing.connections import Connection, Stopped
from bartack.testing.fault import Fault, Scene
from bartack.testing.messages import Answer, Request, Shape
from bartack.testing.plans import Plan, Turn

__all__ = ["FaultServer", "Handler"]

Handler = Callable[[Request], Answer]
"""The good service. Called for one request at a time."""

_LEAVE = 5.0
"""Seconds within which every thread of a server that stops has ended."""


class FaultServer:
    """Serves until the block is left; then no thread and no socket of it is left either.

    ``answer`` is the good service; ``plan`` may be exchanged at any time, which begins its count anew. ``tls`` serves
    https. What was asked is kept: ``requests`` in order, ``played`` names of the faults that happened, ``received`` and
    ``sent`` bytes, ``connections`` how many were made.

    Raises
    ------
    RuntimeError
        when the block is left: the good service, the plan or a fault raised an exception (the cause), or a thread does not end.
    """

    def __init__(
        self,
        answer: Handler,
        plan: Plan | None = None,
        *,
        shape: Shape | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._answer = answer
        self._shape = shape
        self._tls = tls
        self._lock = threading.Lock()
        self._leaving = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open: set[Connection] = set()
        self._failure: Exception | None = None
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self._listening.getsockname()[1]}"
        self.forget()
        self.plan = plan

    @property
    def plan(self) -> Plan | None:
        """When which fault happens; ``None`` for a server that is only good."""
        return self._plan

    @plan.setter
    def plan(self, plan: Plan | None) -> None:
        with self._lock:
            self._plan = plan
            self._number = 0
            self._pages: Counter[int] = Counter()
            self._earlier: tuple[Answer, ...] = ()

    def forget(self) -> None:
        """Begin all records anew."""
        self.requests: list[Request] = []
        self.played: list[str] = []
        self.received = self.sent = self.connections = 0

    def __enter__(self) -> Self:
        self._accepting = self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join(_LEAVE)  # from here on no thread is added
        with self._lock:
            connections = list(self._open)
        for connection in connections:
            connection.interrupt()
        for thread in self._threads:
            thread.join(_LEAVE)
        if any(thread.is_alive() for thread in self._threads):
            raise RuntimeError("the fault server has a thread that does not end")
        if self._failure is None:
            return
        if error is None:
            raise RuntimeError("the good service, the plan or a fault raised an exception") from self._failure
        error.add_note(f"beside it, the good service, the plan or a fault of the server raised {self._failure!r}")

    def _start(self, run: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=run, name="fault-server", daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _accept(self) -> None:
        while not self._leaving.is_set():
            try:
                accepted, _ = self._listening.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                connection = Connection(accepted, self.connections, self._leaving)
                self._open.add(connection)
                self._threads = [thread for thread in self._threads if thread.is_alive()]
            self._start(partial(self._serve, connection))

    def _serve(self, connection: Connection) -> None:
        try:
            if self._tls is not None:
                connection.secure(self._tls)
            while (request := connection.request()) is not None:
                with self._lock:
                    fault, scene = self._judge(request)
                steps = (scene.answer.wire(),) if fault is None else fault.script(scene)
                if not connection.play(steps, stays=fault is None, asked=self._asked):
                    return
        except (OSError, Stopped):
            pass  # the client has gone, or the server is leaving
        except Exception as failure:  # of the author's code; raised when the block is left
            self._failure = failure
        finally:
            connection.end()
            with self._lock:
                self._open.discard(connection)
                self.sent += connection.sent
                self.received += connection.received

    def _asked(self, request: Request) -> None:
        with self._lock:
            self.requests.append(request)

    def _judge(self, request: Request) -> tuple[Fault | None, Scene]:
        """Return the fault that is due, and what it acts on."""
        self.requests.append(request)
        answer = self._answer(request)
        self._number += 1
        asked = 0
        if answer.page is not None:
            self._pages[answer.page] += 1
            asked = self._pages[answer.page]
        scene = Scene(request, answer, self._earlier, self._shape)
        plan = self._plan
        fault = None if plan is None else plan.fault(Turn(request, answer, self._number, asked))
        if fault is not None:
            self.played.append(fault.name)
        elif answer.page is not None:
            self._earlier = (*self._earlier[:1], answer)
        return fault, scene
