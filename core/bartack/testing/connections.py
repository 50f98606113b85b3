"""One connection of the fault server: requests are read from it, scripts are played on it."""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress

from bartack.testing.fault import HANG, NEXT, RESET, STAY, Pause, Step
from bartack.testing.messages import Request

__all__ = ["Connection", "Stopped"]

_LOOK = 0.02
"""Seconds between two looks whether the client, or the server, has gone."""
_HANDSHAKE = b"\x16\x03"
_LINGER_NONE = struct.pack("ii", 1, 0)


class Stopped(Exception):  # noqa: N818 - no error: the server is leaving
    """The server is leaving."""


class Connection:
    """A connection that was accepted; ``number`` counts them."""

    def __init__(self, accepted: socket.socket, number: int, leaving: threading.Event) -> None:
        self._socket = accepted
        self._leaving = leaving
        self._buffer = b""
        self.number = number
        self.sent = self.received = 0
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        accepted.settimeout(30)

    def secure(self, context: ssl.SSLContext) -> None:
        """Shake hands."""
        self._socket = context.wrap_socket(self._socket, server_side=True)

    def request(self) -> Request | None:
        """Wait for a request; ``None`` when the client closes the connection."""
        while b"\r\n\r\n" not in self._buffer:
            if not self._receive():
                return None
            if self._buffer.startswith(_HANDSHAKE):  # TLS on a plain port: answered as common servers do
                self._socket.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return None
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, *_ = first.split(" ")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._buffer) < length:
            if not self._receive():
                return None
        content, self._buffer = self._buffer[:length], self._buffer[length:]
        return Request(method, target, headers, content, self.number)

    def play(self, steps: Iterable[Step], *, stays: bool, asked: Callable[[Request], None]) -> bool:
        """Take the steps of a script; return whether the connection goes on. ``asked`` is told of requests in between."""
        for step in steps:
            if isinstance(step, bytes):
                self._socket.sendall(step)
                self.sent += len(step)
            elif isinstance(step, Pause):
                self._pause(step.seconds)
            elif step is HANG:
                self._hang()
            elif step is NEXT:
                request = self.request()
                if request is None:
                    return False
                asked(request)
            elif step is RESET:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
                self._socket.close()
                return False
            elif step is STAY:
                return True
        return stays

    def interrupt(self) -> None:
        """Make the thread that serves this connection notice, from another one, that it is over."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Close the connection."""
        self.interrupt()
        self._socket.close()

    def _receive(self) -> bool:
        self._wait_for_bytes()
        came = self._socket.recv(65_536)
        self.received += len(came)
        self._buffer += came
        return bool(came)

    def _wait_for_bytes(self) -> None:
        pending = getattr(self._socket, "pending", int)
        while not pending() and not select.select([self._socket], [], [], _LOOK)[0]:
            if self._leaving.is_set():
                raise Stopped

    def _pause(self, seconds: float) -> None:
        if self._leaving.wait(seconds):
            raise Stopped

    def _hang(self) -> None:
        """Wait until the client has closed its side; what it still sends is thrown away."""
        while True:
            self._wait_for_bytes()
            if not self._socket.recv(65_536):
                return
