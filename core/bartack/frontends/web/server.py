"""Runs the application on a socket until a signal ends it: no request under way is cut, and it never takes longer than told."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from bartack.errors import ConfigError
from bartack.frontends.web.connections import Connection
from bartack.frontends.web.security import LONGEST_HEAD

__all__ = ["GRACE", "listening", "run"]

GRACE = 20
"""Seconds that requests under way have to end after the first signal."""

_IDLE = 30
_LAST = 0.5


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address; port 0 for a free one.

    Raises
    ------
    ConfigError
        nothing can listen there.
    """
    where = f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # With its protocol: only then asyncio sets TCP_NODELAY, without which each answer waits for the client's delayed ACK.
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(address)
            sock.listen(128)
        except OSError:
            sock.close()
            raise
    except (OSError, UnicodeError) as error:
        words = getattr(error, "strerror", None) or "no such address"
        raise ConfigError(f"cannot listen: {words}", where=where, next_step="choose another --host or --port") from None
    return sock


def run(app: ASGIApp, sock: socket.socket, *, ending: Callable[[], None] = lambda: None) -> bool:
    """Serve until SIGINT or SIGTERM; ``ending`` is called when that comes. A second signal ends the process at once.

    False where something is still at work after :data:`GRACE`, such as a question to a source that hangs: whoever waits for
    the threads of this process would wait for that.
    """
    Server(app, ending=ending).run([sock])
    threads = [one for one in threading.enumerate() if not one.daemon and one is not threading.current_thread()]
    for thread in threads:
        thread.join(_LAST)
    return not any(thread.is_alive() for thread in threads)


class Server(uvicorn.Server):
    """Uvicorn's server, which ends with status 0 when it was asked to, instead of by the signal."""

    def __init__(self, app: ASGIApp, *, ending: Callable[[], None] = lambda: None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                ws="none",
                loop="asyncio",
                lifespan="on",
                log_config=None,
                log_level="error",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                h11_max_incomplete_event_size=2 * LONGEST_HEAD,
                timeout_keep_alive=_IDLE,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._ending = ending

    def end(self) -> None:
        """End when the requests under way have their answers."""
        if not self.should_exit:
            self.should_exit = True
            self._ending()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Listen to SIGINT and SIGTERM, where that can be done."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def asked(number: int, _frame: FrameType | None) -> None:
            if self.should_exit:
                os._exit(128 + number)  # whoever asks twice does not wait; what is in the store was committed
            self.end()

        before = {one: signal.signal(one, asked) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)
