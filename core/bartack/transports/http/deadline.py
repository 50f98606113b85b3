"""The time that one exchange may take, and sockets that keep to it.

A time-out of the usual kind starts anew with every byte, so a source that sends one byte a second is waited for without
end. Here each wait for the network is cut to what is left of the exchange, whatever it waits for: the look-up of a name,
a connection, the TLS handshake, a proxy, header lines, body. No second thread watches, so none can be left behind, and
nothing is shut down under a reader, which http.client would take for the end of the headers.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

__all__ = ["Deadline", "TLSContext", "TimelySocket"]


class Deadline:
    """When the exchange under way must be done. One belongs to a wire, and starts anew with each of its exchanges."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._monotonic = monotonic
        self._end = monotonic() + seconds

    def start(self) -> None:
        """Begin an exchange."""
        self._end = self._monotonic() + self.seconds

    @property
    def has_passed(self) -> bool:
        """Tell whether the time is up."""
        return self._monotonic() >= self._end

    def within(self, seconds: float | None) -> float:
        """Return ``seconds``, or what is left of the exchange where that is less.

        Raises
        ------
        TimeoutError
            nothing is left.
        """
        left = self._end - self._monotonic()
        if left <= 0:
            raise TimeoutError("the exchange's time is up")
        return left if seconds is None or left < seconds else seconds


class TimelySocket(socket.socket):
    """A socket none of whose waits outlasts the exchange."""

    spoiled = False
    """Set when bytes came that nobody asked for: no further request may go out here."""

    _deadline: Deadline | None = None
    _patience: float | None = None

    @classmethod
    def connected(
        cls,
        family: int,
        address: Any,
        options: list[tuple[int, int, int | bytes]],
        patience: float | None,
        until: Deadline,
    ) -> TimelySocket:
        """Return a socket connected to ``address``; it waits at most ``patience`` seconds for each step.

        Raises
        ------
        OSError
            no connection; ``TimeoutError`` where that took too long.
        """
        made = cls(family, socket.SOCK_STREAM)
        try:
            for option in options:
                made.setsockopt(*option)
            made._deadline = until
            made.settimeout(patience)
            made.connect(address)
        except BaseException:
            made.close()
            raise
        return made

    @property
    def deadline(self) -> Deadline | None:
        """What the waits are cut to."""
        return self._deadline

    def settimeout(self, value: float | None, /) -> None:
        self._patience = value
        super().settimeout(value)

    def connect(self, address: Any, /) -> None:
        self._hurry()
        super().connect(address)

    def recv(self, *args: Any) -> bytes:
        self._hurry()
        return super().recv(*args)

    def recv_into(self, *args: Any) -> int:
        self._hurry()
        return super().recv_into(*args)

    def send(self, *args: Any) -> int:
        self._hurry()
        return super().send(*args)

    def sendall(self, *args: Any) -> None:
        self._hurry()
        super().sendall(*args)

    def _hurry(self) -> None:
        if self.deadline is not None:
            super().settimeout(self.deadline.within(self._patience))


class _TimelyTLSSocket(TimelySocket, ssl.SSLSocket):
    """The same over TLS; ``ssl`` makes it out of a connected socket, and leaves it nothing but the context."""

    @property
    def deadline(self) -> Deadline | None:
        return getattr(self.context, "deadline", None)

    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - the signature of ssl
        self._hurry()
        super().do_handshake(block)


class TLSContext(ssl.SSLContext):
    """TLS as a client, 1.2 or newer, with certificates and host names checked, and handshakes that keep to a deadline."""

    sslsocket_class = _TimelyTLSSocket
    deadline: Deadline

    @classmethod
    def until(cls, deadline: Deadline) -> TLSContext:
        """Return a context that trusts nobody yet."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.deadline = deadline
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        return context
