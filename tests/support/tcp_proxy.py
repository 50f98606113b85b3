"""A line to a server that breaks or goes silent after so many bytes of its answers."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Line", "broken_line"]

Ending = Literal["reset", "close", "silence"]


@dataclass
class Line:
    """Listens at ``port``; passes ``left`` bytes of the server's answers on, then ends as ``ending`` says, once."""

    port: int
    left: int | None = None
    ending: Ending = "reset"
    passed: int = 0
    _open: list[socket.socket] = field(default_factory=list)

    def pass_on(self, source: socket.socket, target: socket.socket, *, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                if counted and self.left is not None and len(data) > self.left:
                    target.sendall(data[: self.left])
                    self.passed += self.left
                    self.left = None  # whoever calls again finds a whole line
                    self.end(target)
                    return
                target.sendall(data)
                if counted:
                    self.passed += len(data)
                    self.left = None if self.left is None else self.left - len(data)
            target.shutdown(socket.SHUT_WR)

    def end(self, client: socket.socket) -> None:
        if self.ending == "silence":
            return
        if self.ending == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.shutdown(socket.SHUT_RD)  # wakes who waits there: nothing is sent before all have let go
            client.close()
            return
        client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for one in self._open:
            with suppress(OSError):
                one.close()


@contextmanager
def broken_line(server: str, *, left: int | None = None, ending: Ending = "reset") -> Iterator[Line]:
    """Stand before a server that listens on a Unix socket."""
    listener = socket.create_server(("127.0.0.1", 0))
    line = Line(listener.getsockname()[1], left, ending)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                there = socket.socket(socket.AF_UNIX)
                there.connect(server)
                line._open += [client, there]
                for source, target, counted in ((client, there, False), (there, client, True)):
                    threading.Thread(
                        target=line.pass_on, args=(source, target), kwargs={"counted": counted}, daemon=True
                    ).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield line
    finally:
        listener.close()
        line.close()
