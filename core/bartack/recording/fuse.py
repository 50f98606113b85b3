"""A fuse for the network: while it is in, nothing in this process opens a connection or looks up a name.

A replay opens none anyway; the fuse is for whatever goes past it, in any thread. It sees all sockets of Python, by the audit
events of PEP 578 (https://docs.python.org/3/library/audit_events.html). It does not see libraries in C that open sockets of
their own (libpq), nor other processes.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

from bartack.errors import RecordingError

__all__ = ["network_fuse"]

_CONNECTS = frozenset(("socket.connect", "socket.sendto", "socket.sendmsg"))
_LOOKS_UP = frozenset(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"))


class _Fuse:
    """The fuses that are in. An audit hook cannot be taken out again, so there is one a process, made when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hooked = False
        self._strict = 0
        self._lenient = 0
        self._heard: list[list[str]] = []

    @contextmanager
    def inserted(self, *, loopback: bool) -> Iterator[list[str]]:
        heard: list[str] = []
        self._heard.append(heard)
        self._count(1, loopback=loopback)
        try:
            yield heard
        finally:
            self._count(-1, loopback=loopback)
            self._heard = [one for one in self._heard if one is not heard]

    def _count(self, more: int, *, loopback: bool) -> None:
        with self._lock:
            if not self._hooked:
                sys.addaudithook(self._hear)
                self._hooked = True
            if loopback:
                self._lenient += more
            else:
                self._strict += more

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not (self._strict or self._lenient):
            return
        if event in _CONNECTS:
            where: Any = arguments[1]
        elif event in _LOOKS_UP:
            where = arguments[0]
        else:
            return
        if self._strict or not _is_near(where):
            for heard in self._heard:
                heard.append(_told(where))
            raise RecordingError(
                f"the network is off: something wanted to reach {_told(where)}",
                next_step="record what is asked (pytest --record), or find out who goes past the recording",
            )


_FUSE = _Fuse()


@contextmanager
def network_fuse(*, loopback: bool = False) -> Iterator[list[str]]:
    """Let no thread of this process reach the network while the block runs; ``loopback`` addresses where that is said.

    Gives a list of where somebody wanted to go, also where whoever tried it swallows the error. Where several are in at once,
    the strictest counts.

    Raises
    ------
    RecordingError
        out of whatever call wanted to connect, send or look up a name.
    """
    with _FUSE.inserted(loopback=loopback) as heard:
        yield heard


def _is_near(where: Any) -> bool:
    """Tell whether an address or a name is this machine, without looking it up."""
    host = where[0] if isinstance(where, tuple) and where else where
    if host is None or isinstance(host, bytes) or host in ("", "localhost"):
        return True
    if not isinstance(where, tuple) and str(host).startswith("/"):
        return True  # a socket in the file system
    try:
        return ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _told(where: Any) -> str:
    if isinstance(where, tuple):
        return ":".join(str(part) for part in where[:2])
    return repr(where)
