"""A server on the loopback address that does with each connection exactly what a test says, byte by byte."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

__all__ = ["Raw", "Script", "raw_server", "says"]

Script = Callable[["Raw", socket.socket], None]
"""What is done with a connection; it is closed afterwards."""


@dataclass
class Raw:
    """A running server: where it is, which requests came, whether it is about to end."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(self, held: socket.socket) -> bytes:
        """Read one request without a body."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = held.recv(65_536)
            if not piece:
                break
            received += piece
        if received:
            self.requests.append(received)
        return received

    def dribble(self, held: socket.socket, piece: bytes, every: float = 0.05) -> None:
        """Send a piece again and again until nobody listens any more."""
        with suppress(OSError):
            while not self.ending.wait(every):
                held.sendall(piece)


def says(answer: bytes) -> Script:
    """Answer one request with these bytes."""

    def script(raw: Raw, held: socket.socket) -> None:
        raw.request(held)
        held.sendall(answer)

    return script


@contextmanager
def raw_server(*scripts: Script) -> Iterator[Raw]:
    """Play the scripts for one connection each, the last one again and again; leave no thread behind."""
    raw, threads, held_ones = Raw(), list[threading.Thread](), list[socket.socket]()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        raw.port = listening.getsockname()[1]

        def play(script: Script, held: socket.socket) -> None:
            with suppress(OSError), held:
                script(raw, held)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    held, _ = listening.accept()
                    held_ones.append(held)
                    script = scripts[min(raw.connections, len(scripts) - 1)]
                    raw.connections += 1
                    threads.append(threading.Thread(target=play, args=(script, held), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=serve, daemon=True)
        accepting.start()
        try:
            yield raw
        finally:
            raw.ending.set()
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join(5)
            for held in held_ones:
                with suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(5)
