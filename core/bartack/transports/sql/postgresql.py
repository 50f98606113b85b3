"""What PostgreSQL needs: an end to every wait, and values that Python cannot hold as text.

Only imported where psycopg is installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

import psycopg
from psycopg import DataError
from psycopg.adapt import Loader
from psycopg.types.string import TextLoader

from bartack.transports.sql.settings import SqlSettings
from bartack.transports.sql.values import decoder

__all__ = ["BoundedConnection", "read_as_text"]

Result = TypeVar("Result")

_GRACE = 5.0
"""Seconds that an answer may be late after the server should have ended the statement itself."""


class BoundedConnection(psycopg.Connection[Any]):
    """A connection that waits for no answer longer than it is told: a server, or a proxy, may go silent for good."""

    longest_wait: float = float("inf")

    def bound(self, seconds: float) -> None:
        """Wait for each answer as long as a statement may take, and little more."""
        self.longest_wait = seconds + min(seconds, _GRACE)

    def wait(self, gen: Generator[Any, Any, Result], *args: Any, **kwargs: Any) -> Result:
        """Wait for an answer; close the connection when none comes, for nothing more can be asked of it."""
        try:
            return super().wait(_bounded(gen, self.longest_wait, time.monotonic), *args, **kwargs)
        except _SilentError:
            self.close()
            raise


class _SilentError(psycopg.OperationalError):
    """No answer came."""


def _bounded(
    waiting: Generator[Any, Any, Result], seconds: float, monotonic: Callable[[], float]
) -> Generator[Any, Any, Result]:
    until = monotonic() + seconds
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if monotonic() > until:
                msg = f"no answer within {seconds:g} s"
                raise _SilentError(msg)
            wanted = waiting.send(ready)
    except StopIteration as done:
        result: Result = done.value
        return result


def read_as_text(connection: Any, settings: SqlSettings) -> None:
    """Let one value Python cannot hold (``infinity``, 44 BC, 24:00) be text, instead of the end of the read.

    Intervals are always text: as a ``timedelta`` a month would become 30 days. A server with the encoding SQL_ASCII
    stores any bytes, and refuses to call them UTF-8; text there is decoded here, as the settings say.
    """
    adapters, decode = connection.adapters, decoder(settings.encoding)

    class DecodingLoader(Loader):
        def load(self, data: Any) -> Any:
            return decode(bytes(data))

    for name in ("date", "time", "timetz", "timestamp", "timestamptz"):
        oid = adapters.types[name].oid
        adapters.register_loader(oid, _tolerant(adapters.get_loader(oid, 0)))
    adapters.register_loader("interval", TextLoader)
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        connection.execute("SET client_encoding TO SQL_ASCII")
        connection.commit()
        for name in ("text", "varchar", "bpchar", "name", "interval"):
            adapters.register_loader(name, DecodingLoader)


def _tolerant(inner_type: type) -> type[Loader]:
    class TolerantLoader(Loader):
        def __init__(self, oid: int, context: Any = None) -> None:
            super().__init__(oid, context)
            self._inner = inner_type(oid, context)

        def load(self, data: Any) -> Any:
            try:
                return self._inner.load(data)
            except DataError:
                return bytes(data).decode("ascii")

    return TolerantLoader
