"""The sockets of a served cassette: one listening port for each recorded origin, a thread for each connection."""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from bartack.errors import ConfigError, RecordingError
from bartack.recording.cassette import Cassette
from bartack.recording.messages import Interaction, RecordedRequest
from bartack.recording.packing import MAX_BODY
from bartack.recording.scrub import Scrubber
from bartack.recording.serving.addresses import Addresses, origins
from bartack.recording.serving.manner import Manner
from bartack.recording.serving.service import Service
from bartack.recording.serving.wire import End, Wire

__all__ = ["CassetteServer"]

_HOST = "127.0.0.1"
_LINGER_NONE = struct.pack("ii", 1, 0)
_IDLE = 120
"""Seconds after which a connection on which nothing is asked is closed."""


class CassetteServer:
    """Serves cassettes on the loopback address until the block is left; then no thread and no socket of it is left either.

    A request is answered as in a replay, whatever its secrets are; where it was recorded several times, its answers come in
    turn, round and round. What failed on the wire fails again. What was never recorded gets 501, with the nearest recording
    and what differs.

    Parameters
    ----------
    manner
        how fast, how late, how often not at all.
    port
        of the first origin, the next ones following; ``0``: free ones.
    clock
        seconds, for the rate and for the time of an answer.
    requests
        so many are taken; then :attr:`enough` is set, and connections are closed without an answer.

    Raises
    ------
    RecordingError
        the cassette holds nothing that can be asked over HTTP.
    ConfigError
        a port is taken.
    """

    def __init__(
        self,
        cassette: Cassette | Sequence[Cassette],
        manner: Manner | None = None,
        *,
        port: int = 0,
        scrubber: Scrubber | None = None,
        clock: Callable[[], float] = time.monotonic,
        requests: int | None = None,
    ) -> None:
        cassettes = [cassette] if isinstance(cassette, Cassette) else list(cassette)
        found = origins(item.request.uri for one in cassettes for item in one.interactions)
        if not found:
            where = ", ".join(str(one.path) for one in cassettes)
            raise RecordingError("nothing in it was asked over HTTP, so it cannot be served", where=where)
        self._leaving = threading.Event()
        with ExitStack() as opened:
            self._listeners = [
                opened.enter_context(_Listener(origin, port and port + number, self._leaving))
                for number, origin in enumerate(found)
            ]
            addresses = Addresses({one.origin: one.address for one in self._listeners})
            self._service = Service(cassettes, scrubber or Scrubber(), addresses, manner or Manner(), clock, requests)
            opened.pop_all()
        self.addresses: Mapping[str, str] = addresses.local
        """Recorded origin -> the local address that stands for it."""
        self.enough = self._service.enough
        """Set when ``requests`` have what they get; anybody may set it, too."""

    @property
    def unplayed(self) -> tuple[Interaction, ...]:
        """The recorded interactions that nobody has asked for yet."""
        return self._service.shelf.unplayed

    def within(self, share: float) -> float | None:
        """Return the seconds within which so large a share of all answers was given (0.99: p99), chosen latency included.

        From the whole request to the whole answer, 429 and 501 included; ``None`` where nothing was answered.
        """
        return self._service.within(share)

    @property
    def counts(self) -> Counter[str]:
        """How many requests were ``answered``, ``limited`` by the rate, ``unknown``, or failed as they were to (``429`` …)."""
        return self._service.counts

    @property
    def misses(self) -> tuple[RecordingError, ...]:
        """What was asked and never recorded, each once."""
        return tuple(self._service.misses.values())

    def __enter__(self) -> Self:
        for listener in self._listeners:
            listener.service = self._service
            listener.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        for listener in self._listeners:
            listener.stop()


class _Listener(ThreadingHTTPServer):
    """The port of one origin."""

    daemon_threads = False  # so that they are waited for
    request_queue_size = 128
    service: Service

    def __init__(self, origin: str, port: int, leaving: threading.Event) -> None:
        self.origin = origin
        self.leaving = leaving
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        try:
            super().__init__((_HOST, port), _Handler)
        except OSError as error:
            step = "name another one, or none: then a free one is taken"
            raise ConfigError(f"port {port} cannot be had: {error.strerror}", where="port", next_step=step) from None
        self.address = f"http://{_HOST}:{self.server_port}"

    def server_bind(self) -> None:
        """Bind; unlike the class above, look up no name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = _HOST, self.socket.getsockname()[1]

    def start(self) -> None:
        self._accepting = threading.Thread(target=self.serve_forever, args=(0.5,), name="cassette-server", daemon=True)
        self._accepting.start()

    def stop(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self.shutdown()
        self._accepting.join()
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)  # its thread notices
        self.server_close()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that has gone; anything else is a fault of ours, and is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: _Listener
    protocol_version = "HTTP/1.1"
    timeout = _IDLE
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        try:
            asked = self._request()
        except ValueError:
            self.send_error(400, "neither the address nor the length of a request may be malformed")
            self.close_connection = True
            return
        service = self.server.service
        if not service.takes():
            self.close_connection = True
            return
        begun = service.clock()
        seconds, wire = service.reply(asked)
        try:
            if seconds and self.server.leaving.wait(seconds):
                self.close_connection = True
                return
            self._write(wire)
        finally:
            service.finished(service.clock() - begun if wire.content else None)
        self._end(wire)

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 - names of http.server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server names it
        """Say nothing: requests are counted."""

    def _request(self) -> RecordedRequest:
        body = self._body()
        target = self.path.encode("latin-1").decode("utf-8", "replace")
        if not target.startswith("/"):  # the absolute form, which every server takes (RFC 9112, 3.2.2)
            parts = urlsplit(target)
            target = parts._replace(scheme="", netloc="", path=parts.path or "/").geturl()
        uri = self.server.origin + target
        return RecordedRequest(self.command, uri, tuple(self.headers.items()), body or None)

    def _body(self) -> bytes:
        """Return what was sent; a ``ValueError`` where its end cannot be found."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            body = bytearray()
            while length := int(self.rfile.readline(1024).partition(b";")[0], 16):
                body += self._piece(length, len(body))
                self.rfile.readline(3)
            while self.rfile.readline(65_537).strip():
                pass  # trailers
            return bytes(body)
        return self._piece(int(self.headers.get("Content-Length", "0")))

    def _piece(self, length: int, before: int = 0) -> bytes:
        if not 0 <= length <= MAX_BODY - before:
            raise ValueError("no length of a body")
        piece = self.rfile.read(length)
        if len(piece) < length:
            raise ValueError("the body is cut off")
        return piece

    def _write(self, wire: Wire) -> None:
        head, blank, body = wire.content.partition(b"\r\n\r\n")
        self.wfile.write(head + blank if self.command == "HEAD" else head + blank + body)

    def _end(self, wire: Wire) -> None:
        match wire.end:
            case End.STAY:
                return
            case End.RESET:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)
                self.connection.close()
            case End.SILENCE:
                self.connection.settimeout(None)
                while self.rfile.read1(65_536):
                    pass  # until the client gives up
        self.close_connection = True
