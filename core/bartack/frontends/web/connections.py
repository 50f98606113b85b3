"""One connection of a client: given a while to ask, and a while to take its answer, so that slow ones harm nobody."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["Connection"]

_HEAD = 10.0
"""Seconds for the head of a request, from its first byte or the connection's beginning on."""

_TAKE = 20.0
"""Seconds in which a client has to take something of its answer."""

_MOST = 500
"""So many connections are open at once; one more is closed again at once."""


class Connection(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it (h11), with deadlines for the client; uvicorn's own are for idle connections only."""

    head_seconds = _HEAD
    take_seconds = _TAKE
    most = _MOST

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
        else:
            self._expect()

    def data_received(self, data: bytes) -> None:
        """Take in some bytes; a head that is not whole yet has its deadline."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_expecting()
        elif self._deadline is None and not self.transport.is_closing():
            self._expect()

    def pause_writing(self) -> None:
        """Wait for a client that does not take its answer as fast as it is made; not for ever."""
        super().pause_writing()
        if self._taking is None:
            self._taking = self.loop.call_later(self.take_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: something was taken."""
        self._stop_taking()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._stop_expecting()
        self._stop_taking()
        super().connection_lost(exc)

    def _expect(self) -> None:
        self._deadline = self.loop.call_later(self.head_seconds, self._too_slow)

    def _too_slow(self) -> None:
        self._deadline = None
        self.transport.abort()

    def _stop_expecting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _stop_taking(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
